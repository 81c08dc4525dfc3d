package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.access.Permission;
import io.allotment.domain.access.PermissionInUse;
import io.allotment.domain.access.Right;
import io.allotment.domain.access.Role;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.Unknown;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The catalogue of permissions, and what system roles hold of it. */
public abstract class PermissionsContract extends PersistenceContract {

    private final List<PermissionKey> made = new ArrayList<>();

    /** System roles are everybody's: what they hold would be met in other tests. */
    @AfterEach
    void delete_what_was_made() {
        made.forEach(this::delete);
    }

    @Test
    void a_permission_comes_back_as_it_was_given() {
        var full = inserted(
                new Permission(newKey("create"), Optional.of("Grüße, \"世界\"\n🎈"), START, START.plusSeconds(1)));
        var bare = inserted(permission(newKey("create")));

        assertThat(found(full.key())).contains(full);
        assertThat(found(bare.key())).contains(bare);
        assertThat(found(newKey("none"))).isEmpty();
    }

    @Test
    void allotments_own_are_there_from_the_beginning() {
        for (var right : Right.values()) {
            assertThat(found(right.key())).hasValueSatisfying(permission -> {
                assertThat(permission.description()).contains(right.description());
                assertThat(permission.isBuiltIn()).isTrue();
            });
        }
        assertThat(inPlatform(() -> persistence.permissions().keys()))
                .containsAll(Stream.of(Right.values()).map(Right::key).toList());
        assertThat(inserted(permission(newKey("own"))).isBuiltIn()).isFalse();
    }

    @Test
    void a_description_is_changed_and_taken_away() {
        var permission = inserted(permission(newKey("create")));
        var described = permission.described(Optional.of("What it allows"), START.plusSeconds(5));

        inPlatform(() -> persistence.permissions().update(described));
        assertThat(found(permission.key())).contains(described);

        var bare = described.described(Optional.empty(), START.plusSeconds(9));
        inPlatform(() -> persistence.permissions().update(bare));
        assertThat(found(permission.key())).contains(bare);
        assertThatThrownBy(() -> inPlatform(() -> persistence.permissions().update(permission(newKey("none")))))
                .isInstanceOf(NotFound.class);
    }

    @Test
    void a_key_is_taken_once() {
        var permission = inserted(permission(newKey("create")));

        assertThatThrownBy(() -> inserted(new Permission(permission.key(), Optional.of("another"), START, START)))
                .isInstanceOf(AlreadyExists.class);
        assertThatThrownBy(() -> inserted(permission(Right.ROLE_MANAGE.key()))).isInstanceOf(AlreadyExists.class);
        assertThat(found(permission.key())).contains(permission);
    }

    @Test
    void permissions_are_listed_in_the_order_of_their_characters() {
        var word = Fixtures.word();
        var keys = Stream.of("-a:x", ".a:x", "0:x", ":x", ":x-y", ":x.y", ":x0", ":x_y", "_a:x", "a:x")
                .map(ending -> new PermissionKey(word + ending))
                .sorted(Comparator.comparing(PermissionKey::value))
                .toList();
        var permissions = keys.stream().map(PermissionsContract::permission).toList();
        permissions.stream()
                .sorted(Comparator.comparing((Permission one) -> one.key().value())
                        .reversed())
                .forEach(this::inserted);

        assertListingHolds(
                permissions, page -> inPlatform(() -> persistence.permissions().list(page)));
        assertThat(List.copyOf(inPlatform(() -> persistence.permissions().keys())))
                .isSortedAccordingTo(Comparator.comparing(PermissionKey::value))
                .containsAll(keys);
    }

    @Test
    void what_a_system_role_holds_is_given_and_taken() {
        var one = inserted(permission(newKey("one"))).key();
        var two = inserted(permission(newKey("two"))).key();

        assertThat(give(SystemRole.MEMBER, one)).isTrue();
        assertThat(give(SystemRole.MEMBER, one)).isFalse();
        assertThat(give(SystemRole.MEMBER, two)).isTrue();
        assertThat(give(SystemRole.VIEWER, two)).isTrue();
        assertThat(held(SystemRole.MEMBER)).contains(one, two);
        assertThat(held(SystemRole.VIEWER)).contains(two).doesNotContain(one);
        assertThat(held(SystemRole.ADMIN)).doesNotContain(one, two);

        assertThat(take(SystemRole.MEMBER, one)).isTrue();
        assertThat(take(SystemRole.MEMBER, one)).isFalse();
        assertThat(held(SystemRole.MEMBER)).contains(two).doesNotContain(one);
    }

    @Test
    void a_permission_that_does_not_exist_is_given_to_no_role() {
        var none = newKey("none");

        assertThatThrownBy(() -> give(SystemRole.ADMIN, none))
                .isInstanceOfSatisfying(
                        Unknown.class, refusal -> assertThat(refusal.field()).contains("permission"));
        assertThat(take(SystemRole.ADMIN, none)).isFalse();
    }

    @Test
    void a_deleted_permission_is_held_by_no_role_any_more() {
        var tenant = given.tenant().id();
        var gone = inserted(permission(newKey("gone"))).key();
        var stays = inserted(permission(newKey("stays"))).key();
        give(SystemRole.MODERATOR, gone);
        var role = new RoleKey("editor");
        inTenant(
                tenant,
                () -> persistence
                        .roles()
                        .insert(new Role(
                                tenant, role, "Editor", Optional.empty(), Set.of(gone, stays), START, START, 1)));

        assertThat(delete(gone)).isTrue();

        assertThat(delete(gone)).isFalse();
        assertThat(found(gone)).isEmpty();
        assertThat(held(SystemRole.MODERATOR)).doesNotContain(gone);
        assertThat(inTenant(tenant, () -> persistence.roles().find(tenant, role)))
                .hasValueSatisfying(left -> {
                    assertThat(left.permissions()).containsExactly(stays);
                    assertThat(left.version()).isEqualTo(1);
                });
        inserted(permission(gone));
        assertThat(inTenant(tenant, () -> persistence.roles().permissions(tenant, Set.of(role))))
                .as("a new one of the same name is another one")
                .containsEntry(role, Set.of(stays));
    }

    @Test
    void a_permission_that_an_operation_needs_is_not_deleted() {
        var key = inserted(permission(newKey("needed"))).key();
        var operation = given.operation(
                Operation.of(Fixtures.word(), "test", Credits.of(1)).needing(key.value()));

        assertThatThrownBy(() -> delete(key)).isInstanceOf(PermissionInUse.class);
        assertThat(found(key)).isPresent();

        inPlatform(() -> persistence
                .catalog()
                .update(Operation.of(operation.value(), "test", Credits.of(1)), START.plus(Duration.ofDays(1))));
        assertThat(delete(key)).isTrue();
    }

    @Test
    void every_change_counts_as_one_of_the_catalogue() {
        var key = newKey("counted");

        for (Runnable change : List.<Runnable>of(
                () -> inserted(permission(key)),
                () -> inPlatform(() -> persistence.permissions().update(permission(key))),
                () -> give(SystemRole.MEMBER, key),
                () -> take(SystemRole.MEMBER, key),
                () -> delete(key))) {
            long before = inPlatform(() -> persistence.catalog().version());
            change.run();
            assertThat(inPlatform(() -> persistence.catalog().version())).isGreaterThan(before);
        }
    }

    @Test
    void a_tenant_reads_the_catalogue_and_cannot_change_it() {
        var tenant = given.tenant().id();
        var permission = inserted(permission(newKey("shared")));
        give(SystemRole.MEMBER, permission.key());

        inTenant(tenant, () -> {
            assertThat(persistence.permissions().find(permission.key())).contains(permission);
            assertThat(persistence.permissions().keys()).contains(permission.key());
            assertThat(persistence.permissions().ofSystemRoles().get(SystemRole.MEMBER))
                    .contains(permission.key());
        });
        assertImpossible(() ->
                inTenant(tenant, () -> persistence.permissions().insert(permission(newKey("smuggled")))));
        assertImpossible(() -> inTenant(
                tenant, () -> persistence.permissions().update(permission.described(Optional.of("smuggled"), START))));
        assertImpossible(() -> inTenant(tenant, () -> persistence.permissions().delete(permission.key())));
        assertImpossible(() ->
                inTenant(tenant, () -> persistence.permissions().give(SystemRole.VIEWER, permission.key())));
        assertImpossible(() ->
                inTenant(tenant, () -> persistence.permissions().take(SystemRole.MEMBER, permission.key())));
        assertThat(found(permission.key())).contains(permission);
        assertThat(held(SystemRole.MEMBER)).contains(permission.key());
        assertThat(held(SystemRole.VIEWER)).doesNotContain(permission.key());
    }

    @Test
    void a_failed_unit_leaves_the_catalogue_as_it_was() {
        var kept = inserted(permission(newKey("kept"))).key();
        give(SystemRole.MEMBER, kept);
        var added = newKey("added");

        inPlatformThenUndone(() -> {
            persistence.permissions().insert(permission(added));
            persistence.permissions().give(SystemRole.ADMIN, added);
            persistence.permissions().delete(kept);
        });

        assertThat(found(added)).isEmpty();
        assertThat(held(SystemRole.ADMIN)).doesNotContain(added);
        assertThat(found(kept)).isPresent();
        assertThat(held(SystemRole.MEMBER)).contains(kept);
    }

    private static PermissionKey newKey(String action) {
        return new PermissionKey(Fixtures.word() + ":" + action);
    }

    private static Permission permission(PermissionKey key) {
        return new Permission(key, Optional.empty(), START, START);
    }

    private Permission inserted(Permission permission) {
        inPlatform(() -> persistence.permissions().insert(permission));
        made.add(permission.key());
        return permission;
    }

    private Optional<Permission> found(PermissionKey key) {
        return inPlatform(() -> persistence.permissions().find(key));
    }

    private boolean delete(PermissionKey key) {
        return inPlatform(() -> persistence.permissions().delete(key));
    }

    private boolean give(SystemRole role, PermissionKey permission) {
        return inPlatform(() -> persistence.permissions().give(role, permission));
    }

    private boolean take(SystemRole role, PermissionKey permission) {
        return inPlatform(() -> persistence.permissions().take(role, permission));
    }

    private Set<PermissionKey> held(SystemRole role) {
        return inPlatform(() -> persistence.permissions().ofSystemRoles()).getOrDefault(role, Set.of());
    }
}
