package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.access.Role;
import io.allotment.domain.access.RoleAssignment;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Membership;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A tenant's own roles, and who has which. */
public abstract class RolesContract extends PersistenceContract {

    private Tenant here;
    private TenantId tenant;
    private TenantId other;
    private UserId user;

    @BeforeEach
    void two_tenants_and_a_member() {
        here = given.tenant();
        tenant = here.id();
        other = given.tenant().id();
        user = given.member(here);
        // Whatever a new member begins with.
        inTenant(
                tenant,
                () -> List.copyOf(persistence.roles().of(tenant, user))
                        .forEach(held -> persistence.roles().unassign(tenant, user, held.role())));
    }

    @Test
    void a_role_comes_back_as_it_was_given() {
        var full = inserted(new Role(
                tenant,
                key("editor"),
                "Redakteur 🎈",
                Optional.of("Writes\nand rewrites"),
                Set.of(permission(), permission()),
                START,
                START.plusSeconds(1),
                1));
        var bare = inserted(role("bare"));

        assertThat(found(full.key())).contains(full);
        assertThat(found(bare.key())).contains(bare);
        assertThat(found(key("none"))).isEmpty();
    }

    @Test
    void a_changed_role_holds_what_it_was_changed_to() {
        var stays = permission();
        var role = inserted(role("editor", stays, permission()));
        var changed = new Role(
                tenant,
                role.key(),
                "Author",
                Optional.of("Now with one"),
                Set.of(stays, permission()),
                START,
                START.plusSeconds(7),
                2);

        inTenant(tenant, () -> persistence.roles().update(changed));
        assertThat(found(role.key())).contains(changed);

        var empty = new Role(tenant, role.key(), "Author", Optional.empty(), Set.of(), START, START.plusSeconds(8), 3);
        inTenant(tenant, () -> persistence.roles().update(empty));
        assertThat(found(role.key())).contains(empty);
    }

    @Test
    void a_change_on_an_old_version_is_refused() {
        var role = inserted(role("editor", permission()));
        var renamed = new Role(tenant, role.key(), "Author", Optional.empty(), Set.of(), START, START, 2);
        inTenant(tenant, () -> persistence.roles().update(renamed));

        assertThatThrownBy(() -> inTenant(tenant, () -> persistence.roles().update(renamed)))
                .isInstanceOf(StaleVersion.class);
        assertThatThrownBy(() -> inTenant(tenant, () -> persistence.roles().update(role("none"))))
                .isInstanceOf(StaleVersion.class);
        assertThat(found(role.key())).contains(renamed);
    }

    @Test
    void a_key_is_taken_once_in_a_tenant() {
        var role = inserted(role("editor"));
        inserted(new Role(other, role.key(), "Theirs", Optional.empty(), Set.of(), START, START, 1));

        assertThatThrownBy(() -> inserted(role("editor", permission()))).isInstanceOf(AlreadyExists.class);
        assertThat(found(role.key())).contains(role);
    }

    @Test
    void a_role_holds_permissions_of_the_catalogue_alone() {
        var none = new PermissionKey(Fixtures.word() + ":none");
        var role = inserted(role("editor"));

        assertThatThrownBy(() -> inserted(role("author", permission(), none)))
                .isInstanceOfSatisfying(Unknown.class, refusal -> {
                    assertThat(refusal.field()).contains("permissions");
                    assertThat(refusal).hasMessageContaining(none.value());
                });
        assertThatThrownBy(() -> inTenant(
                        tenant,
                        () -> persistence
                                .roles()
                                .update(new Role(
                                        tenant,
                                        role.key(),
                                        "Editor",
                                        Optional.empty(),
                                        Set.of(none),
                                        START,
                                        START,
                                        2))))
                .isInstanceOf(Unknown.class);
        assertThat(found(key("author"))).isEmpty();
        assertThat(found(role.key())).contains(role);
    }

    @Test
    void roles_are_listed_by_their_keys() {
        var roles = Stream.of("a-1", "a.1", "a1", "a_1", "b")
                .map(key -> role(key, permission()))
                .sorted(Comparator.comparing(role -> role.key().value()))
                .toList();
        roles.stream()
                .sorted(Comparator.comparing((Role role) -> role.key().value()).reversed())
                .forEach(this::inserted);

        assertListing(roles, page -> inTenant(tenant, () -> persistence.roles().list(tenant, page)));
    }

    @Test
    void what_several_roles_hold_is_told_together() {
        var one = permission();
        var two = permission();
        inserted(role("first", one, two));
        inserted(role("second", two));
        inserted(role("third"));

        assertThat(permissions("first", "second", "third", "none"))
                .isEqualTo(Map.of(key("first"), Set.of(one, two), key("second"), Set.of(two), key("third"), Set.of()));
        assertThat(permissions()).isEmpty();
    }

    @Test
    void an_assignment_comes_back_as_it_was_given() {
        inserted(role("editor"));
        var forEver = assigned(holding("admin"));
        var forAWhile = assigned(new RoleAssignment(
                tenant,
                user,
                key("editor"),
                Optional.of(given.user().id()),
                START.plusSeconds(1),
                Optional.of(START.plus(Duration.ofDays(3)))));

        assertThat(of(user)).containsExactly(forEver, forAWhile);
    }

    @Test
    void a_role_given_again_has_the_other_giver_and_end() {
        inserted(role("editor"));
        assigned(holding("editor"));
        var again = assigned(new RoleAssignment(
                tenant,
                user,
                key("editor"),
                Optional.of(user),
                START.plusSeconds(5),
                Optional.of(START.plusSeconds(50))));
        assertThat(of(user)).containsExactly(again);
        assertThat(holders("editor")).containsExactly(again);

        var forEver = assigned(holding("editor"));
        assertThat(of(user)).containsExactly(forEver);
    }

    @Test
    void a_role_is_taken_once() {
        assigned(holding("viewer"));
        assigned(holding("member"));

        assertThat(unassign("viewer")).isTrue();
        assertThat(unassign("viewer")).isFalse();
        assertThat(unassign("none")).isFalse();
        assertThat(of(user)).containsExactly(holding("member"));
        assertThat(holders("viewer")).isEmpty();
    }

    @Test
    void members_alone_get_roles_that_there_are() {
        var stranger = given.user().id();

        assertThatThrownBy(() -> assigned(assignment(stranger, "member")))
                .isInstanceOfSatisfying(
                        Unknown.class, refusal -> assertThat(refusal.field()).contains("userId"));
        assertThatThrownBy(() -> assigned(holding("none")))
                .isInstanceOfSatisfying(
                        Unknown.class, refusal -> assertThat(refusal.field()).contains("role"));
        inserted(new Role(other, key("theirs"), "Theirs", Optional.empty(), Set.of(), START, START, 1));
        assertThatThrownBy(() -> assigned(holding("theirs"))).isInstanceOf(Unknown.class);
        assertThat(of(user)).isEmpty();
    }

    @Test
    void holders_are_listed_by_user() {
        inserted(role("editor"));
        inserted(role("editor2"));
        assigned(holding("editor2"));
        var holders = Stream.generate(() -> assignment(given.member(here), "editor"))
                .limit(4)
                .sorted(Comparator.comparing(held -> held.userId().toString()))
                .toList();
        holders.stream()
                .sorted(Comparator.comparing(
                                (RoleAssignment held) -> held.userId().toString())
                        .reversed())
                .forEach(this::assigned);

        assertListing(
                holders, page -> inTenant(tenant, () -> persistence.roles().holders(tenant, key("editor"), page)));
    }

    @Test
    void the_roles_of_several_members_are_found_at_once() {
        inserted(role("editor"));
        inserted(role("editor2"));
        var second = assigned(holding("editor2"));
        var first = assigned(holding("editor"));
        var colleague = given.member(here);
        given.member(here);
        var withoutRoles = given.user().id();
        inTenant(tenant, () -> persistence.memberships().insert(Membership.joined(tenant, withoutRoles, "Eve", START)));
        var asked = Set.of(user, colleague, withoutRoles);

        var found = inTenant(tenant, () -> persistence.roles().of(tenant, asked));
        assertThat(found).containsOnlyKeys(user, colleague);
        assertThat(found.get(user)).containsExactly(first, second);
        assertThat(found.get(colleague)).hasSize(1).isEqualTo(of(colleague));
        assertThat(inTenant(tenant, () -> persistence.roles().of(tenant, Set.<UserId>of())))
                .isEmpty();
        assertThat(inTenant(other, () -> persistence.roles().of(tenant, asked))).isEmpty();
        assertThat(inTenant(other, () -> persistence.roles().of(other, asked))).isEmpty();
    }

    @Test
    void who_has_a_role_that_counts_is_counted() {
        var owner = SystemRole.OWNER.key().value();
        assigned(holding(owner));
        var until = START.plusSeconds(60);
        assigned(new RoleAssignment(
                tenant, given.member(here), key(owner), Optional.empty(), START, Optional.of(until)));
        inTenant(
                other,
                () -> assertThat(persistence.roles().countHolders(other, key(owner), START))
                        .isZero());

        assertThat(count(owner, START)).isEqualTo(2);
        assertThat(count(owner, until.minusNanos(1_000))).isEqualTo(2);
        assertThat(count(owner, until)).isEqualTo(1);
        assertThat(count("admin", START)).isZero();
    }

    @Test
    void who_was_deactivated_is_not_counted() {
        var owner = SystemRole.OWNER.key().value();
        assigned(holding(owner));
        var other = given.member(here, SystemRole.OWNER);

        allotment.users().deactivate(other);

        assertThat(count(owner, START)).isEqualTo(1);
        assertThat(holders(owner)).hasSize(2);
        allotment.users().reactivate(other);
        assertThat(count(owner, START)).isEqualTo(2);
    }

    @Test
    void a_deleted_role_is_had_by_nobody() {
        inserted(role("editor", permission()));
        inserted(role("author"));
        assigned(holding("editor"));
        assigned(holding("author"));
        inserted(new Role(other, key("editor"), "Theirs", Optional.empty(), Set.of(), START, START, 1));

        assertThat(delete("editor")).isTrue();

        assertThat(delete("editor")).isFalse();
        assertThat(found(key("editor"))).isEmpty();
        assertThat(of(user)).containsExactly(holding("author"));
        inserted(role("editor"));
        assertThat(holders("editor")).isEmpty();
        assertThat(permissions("editor")).isEqualTo(Map.of(key("editor"), Set.of()));
        assertThat(inTenant(other, () -> persistence.roles().find(other, key("editor"))))
                .isPresent();
    }

    @Test
    void a_deleted_tenant_takes_its_roles_along() {
        inserted(role("editor", permission()));
        assigned(holding("editor"));
        assigned(holding("owner"));

        inPlatform(() -> persistence.tenants().delete(tenant));

        inPlatform(() -> {
            assertThat(persistence.roles().find(tenant, key("editor"))).isEmpty();
            assertThat(persistence.roles().of(tenant, user)).isEmpty();
            assertThat(persistence.roles().countHolders(tenant, key("owner"), START))
                    .isZero();
        });
    }

    @Test
    void another_tenant_neither_sees_nor_changes_roles() {
        var role = inserted(role("editor", permission()));
        var held = assigned(holding("editor"));

        inTenant(other, () -> {
            var roles = persistence.roles();
            assertThat(roles.find(tenant, role.key())).isEmpty();
            assertThat(roles.list(tenant, PageRequest.first(10)).items()).isEmpty();
            assertThat(roles.permissions(tenant, Set.of(role.key()))).isEmpty();
            assertThat(roles.of(tenant, user)).isEmpty();
            assertThat(roles.holders(tenant, role.key(), PageRequest.first(10)).items())
                    .isEmpty();
            assertThat(roles.countHolders(tenant, role.key(), START)).isZero();
            assertThat(roles.delete(tenant, role.key())).isFalse();
            assertThat(roles.unassign(tenant, user, role.key())).isFalse();
        });
        assertImpossible(() -> inTenant(other, () -> persistence.roles().insert(role("smuggled"))));
        assertImpossible(() -> inTenant(
                other,
                () -> persistence
                        .roles()
                        .update(new Role(
                                tenant, role.key(), "Smuggled", Optional.empty(), Set.of(), START, START, 2))));
        assertImpossible(() -> inTenant(other, () -> persistence.roles().assign(holding("owner"))));
        assertThat(found(role.key())).contains(role);
        assertThat(of(user)).containsExactly(held);
    }

    @Test
    void a_failed_unit_leaves_roles_as_they_were() {
        var kept = permission();
        var role = inserted(role("editor", kept));
        var held = assigned(holding("editor"));

        inTenantThenUndone(tenant, () -> {
            persistence.roles().insert(role("author"));
            persistence.roles().assign(holding("author"));
            persistence
                    .roles()
                    .update(new Role(tenant, role.key(), "Other", Optional.empty(), Set.of(), START, START, 2));
            persistence.roles().delete(tenant, role.key());
        });

        assertThat(found(role.key())).contains(role);
        assertThat(found(key("author"))).isEmpty();
        assertThat(of(user)).containsExactly(held);
        assertThat(holders("editor")).containsExactly(held);
    }

    private static RoleKey key(String key) {
        return new RoleKey(key);
    }

    private PermissionKey permission() {
        return given.permission(Fixtures.word() + ":use");
    }

    private Role role(String key, PermissionKey... permissions) {
        return new Role(tenant, key(key), "Role " + key, Optional.empty(), Set.of(permissions), START, START, 1);
    }

    private RoleAssignment holding(String role) {
        return assignment(user, role);
    }

    private RoleAssignment assignment(UserId member, String role) {
        return new RoleAssignment(tenant, member, key(role), Optional.empty(), START, Optional.empty());
    }

    private Role inserted(Role role) {
        inTenant(role.tenantId(), () -> persistence.roles().insert(role));
        return role;
    }

    private RoleAssignment assigned(RoleAssignment assignment) {
        inTenant(tenant, () -> persistence.roles().assign(assignment));
        return assignment;
    }

    private boolean unassign(String role) {
        return inTenant(tenant, () -> persistence.roles().unassign(tenant, user, key(role)));
    }

    private boolean delete(String role) {
        return inTenant(tenant, () -> persistence.roles().delete(tenant, key(role)));
    }

    private Optional<Role> found(RoleKey key) {
        return inTenant(tenant, () -> persistence.roles().find(tenant, key));
    }

    private List<RoleAssignment> of(UserId member) {
        return inTenant(tenant, () -> persistence.roles().of(tenant, member));
    }

    private List<RoleAssignment> holders(String role) {
        return inTenant(
                        tenant,
                        () -> persistence.roles().holders(tenant, key(role), PageRequest.first(PageRequest.MAX_LIMIT)))
                .items();
    }

    private long count(String role, Instant now) {
        return inTenant(tenant, () -> persistence.roles().countHolders(tenant, key(role), now));
    }

    private Map<RoleKey, Set<PermissionKey>> permissions(String... roles) {
        return inTenant(
                tenant,
                () -> persistence
                        .roles()
                        .permissions(
                                tenant,
                                Set.copyOf(
                                        Stream.of(roles).map(RolesContract::key).toList())));
    }
}
