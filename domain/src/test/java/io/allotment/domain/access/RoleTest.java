package io.allotment.domain.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RoleTest {

    private static final Instant NOW = Instant.parse("2026-03-10T10:00:00Z");
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private static final PermissionKey READ = new PermissionKey("text:read");

    @Test
    void a_changed_role_counts_on_and_keeps_when_it_was_made() {
        var role = Role.created(TENANT, new RoleKey("editor"), terms("Editor"), NOW);

        var changed = role.with(terms("Author", READ), NOW.plusSeconds(1));

        assertThat(role.version()).isEqualTo(1);
        assertThat(changed)
                .isEqualTo(new Role(
                        TENANT,
                        new RoleKey("editor"),
                        "Author",
                        Optional.empty(),
                        Set.of(READ),
                        NOW,
                        NOW.plusSeconds(1),
                        2));
        assertThat(changed.with(changed.terms(), NOW.plusSeconds(2))).isSameAs(changed);
    }

    @ParameterizedTest
    @EnumSource
    void a_tenants_own_role_has_no_system_roles_name(SystemRole role) {
        assertThatThrownBy(() -> Role.created(TENANT, role.key(), terms("Mine"), NOW))
                .isInstanceOf(InvalidValue.class);
    }

    @Test
    void a_role_holds_a_thousand_permissions_at_the_most() {
        var many = IntStream.range(0, 1_001)
                .mapToObj(i -> new PermissionKey("thing:" + i))
                .collect(Collectors.toSet());

        assertThatThrownBy(() -> new RoleTerms("Editor", Optional.empty(), many))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains("permissions"));
        many.remove(new PermissionKey("thing:0"));
        assertThat(new RoleTerms("Editor", Optional.empty(), many).permissions())
                .hasSize(1_000);
    }

    @Test
    void each_system_role_holds_what_the_next_one_does_and_more() {
        var roles = SystemRole.values();
        for (int i = 1; i < roles.length; i++) {
            assertThat(roles[i - 1].rights()).containsAll(roles[i].rights());
        }
        assertThat(SystemRole.MEMBER.rights()).contains(Right.GATE_USE.key()).doesNotContain(Right.ROLE_ASSIGN.key());
        assertThat(SystemRole.VIEWER.rights()).allMatch(key -> key.action().equals("read"));
    }

    @Test
    void a_system_role_holds_what_it_was_given_and_an_owner_everything() {
        var given = Map.of(SystemRole.VIEWER, Set.of(READ));
        var catalogue = Set.of(READ, Right.GATE_USE.key());

        assertThat(SystemRole.OWNER.permissions(catalogue, given)).isEqualTo(catalogue);
        assertThat(SystemRole.VIEWER.permissions(catalogue, given))
                .contains(READ)
                .containsAll(SystemRole.VIEWER.rights());
        assertThat(SystemRole.MEMBER.permissions(catalogue, given)).isEqualTo(SystemRole.MEMBER.rights());
    }

    @Test
    void a_role_is_shown_with_its_permissions_in_order() {
        var write = new PermissionKey("text:write");
        var role = Role.created(TENANT, new RoleKey("editor"), terms("Editor", write, READ), NOW);

        assertThat(TenantRole.of(role).permissions()).containsExactly(READ, write);
        assertThat(TenantRole.of(role).isSystem()).isFalse();
        assertThat(TenantRole.of(SystemRole.OWNER, Set.of(write, READ), Map.of())
                        .permissions())
                .containsExactly(READ, write);
    }

    @Test
    void the_last_owner_stays() {
        assertThatThrownBy(() -> LastOwner.requireAnother(TENANT, true, 1)).isInstanceOf(LastOwner.class);
        assertThatCode(() -> LastOwner.requireAnother(TENANT, true, 2)).doesNotThrowAnyException();
        assertThatCode(() -> LastOwner.requireAnother(TENANT, false, 0)).doesNotThrowAnyException();
    }

    private static RoleTerms terms(String name, PermissionKey... permissions) {
        return new RoleTerms(name, Optional.empty(), Set.of(permissions));
    }
}
