package io.allotment.domain.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RightsTest {

    private static final Instant NOW = Instant.parse("2026-03-10T10:00:00Z");
    private static final Instant LATER = NOW.plusSeconds(60);
    private static final PermissionKey READ = new PermissionKey("text:read");
    private static final PermissionKey WRITE = new PermissionKey("text:write");
    private static final PermissionKey NONE = new PermissionKey("text:none");
    private static final PermissionIndex INDEX = new PermissionIndex(catalogue());
    private static final Map<RoleKey, Set<PermissionKey>> OWN =
            Map.of(new RoleKey("reader"), Set.of(READ), new RoleKey("writer"), Set.of(WRITE, NONE));

    @Test
    void what_any_role_holds_is_held() {
        var rights = rights(held("reader"), held("writer"));

        assertThat(rights.holds(READ, NOW)).isTrue();
        assertThat(rights.holds(WRITE, NOW)).isTrue();
        assertThat(rights.holds(Right.GATE_USE.key(), NOW)).isFalse();
        assertThat(rights.at(NOW)).containsExactly(READ, WRITE);
    }

    @Test
    void what_is_not_in_the_catalogue_is_held_by_nobody() {
        assertThat(rights(held("writer")).holds(NONE, NOW)).isFalse();
        assertThat(Rights.all(INDEX).holds(NONE, NOW)).isFalse();
    }

    @Test
    void a_role_that_is_not_there_holds_nothing() {
        assertThat(rights(held("gone")).at(NOW)).isEmpty();
    }

    @Test
    void a_role_that_ends_counts_until_then() {
        var rights = rights(held("reader"), held("writer", LATER));

        assertThat(rights.holds(WRITE, LATER.minusNanos(1))).isTrue();
        assertThat(rights.holds(WRITE, LATER)).isFalse();
        assertThat(rights.holds(READ, LATER)).isTrue();
        assertThat(rights.at(LATER)).containsExactly(READ);
    }

    @Test
    void what_is_held_for_a_time_is_not_held_longer() {
        var rights = rights(held("reader"), held("writer", LATER));

        assertThat(rights.holds(READ, NOW, Optional.empty())).isTrue();
        assertThat(rights.holds(WRITE, NOW, Optional.of(LATER))).isTrue();
        assertThat(rights.holds(WRITE, NOW, Optional.of(LATER.plusNanos(1)))).isFalse();
        assertThat(rights.holds(WRITE, NOW, Optional.empty())).isFalse();
        assertThat(rights.holds(NONE, NOW, Optional.of(NOW))).isFalse();
        assertThat(rights(held("writer", LATER), held("writer")).holds(WRITE, NOW, Optional.empty()))
                .isTrue();
    }

    @Test
    void an_owner_holds_all_that_there_is() {
        assertThat(rights(held("owner")).at(NOW)).containsExactlyInAnyOrderElementsOf(catalogue());
    }

    @Test
    void a_system_role_holds_what_it_always_does_and_what_the_operator_gave() {
        var rights = Rights.of(INDEX, List.of(held("viewer")), Map.of(SystemRole.VIEWER, Set.of(READ)), Map.of());

        assertThat(rights.holds(READ, NOW)).isTrue();
        assertThat(rights.at(NOW)).containsAll(SystemRole.VIEWER.rights()).doesNotContain(WRITE);
    }

    @Test
    void what_is_within_scopes_is_held_no_longer_and_no_further() {
        var scoped = rights(held("reader"), held("writer", LATER)).within(Set.of(WRITE, NONE));

        assertThat(scoped.at(NOW)).containsExactly(WRITE);
        assertThat(scoped.at(LATER)).isEmpty();
    }

    @Test
    void every_permission_of_a_large_catalogue_has_a_bit_of_its_own() {
        var many = Stream.iterate(0, i -> i + 1)
                .limit(500)
                .map(i -> new PermissionKey("thing:" + i))
                .toList();
        var index = new PermissionIndex(new HashSet<>(many));
        for (int i = 0; i < many.size(); i += 37) {
            var rights =
                    Rights.of(index, List.of(held("one")), Map.of(), Map.of(new RoleKey("one"), Set.of(many.get(i))));
            assertThat(rights.at(NOW)).containsExactly(many.get(i));
        }
    }

    private static Set<PermissionKey> catalogue() {
        var catalogue = new HashSet<>(Set.of(READ, WRITE));
        Stream.of(Right.values()).map(Right::key).forEach(catalogue::add);
        return catalogue;
    }

    private static Rights rights(RoleAssignment... assignments) {
        return Rights.of(INDEX, List.of(assignments), Map.of(), OWN);
    }

    private static RoleAssignment held(String role) {
        return held(role, Optional.empty());
    }

    private static RoleAssignment held(String role, Instant end) {
        return held(role, Optional.of(end));
    }

    private static RoleAssignment held(String role, Optional<Instant> end) {
        return new RoleAssignment(
                new TenantId(new UUID(1, 1)),
                new UserId(new UUID(1, 2)),
                new RoleKey(role),
                Optional.empty(),
                NOW,
                end);
    }
}
