package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.domain.access.Caller;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.LastOwner;
import io.allotment.domain.access.PermissionInUse;
import io.allotment.domain.access.PlatformRole;
import io.allotment.domain.access.Right;
import io.allotment.domain.access.RoleInUse;
import io.allotment.domain.access.RoleTerms;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.access.TenantRole;
import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.apikey.ApiKeySettings;
import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** Who may give which rights to whom, and that it is known at once. */
public abstract class AccessContract extends PersistenceContract {

    /** Chooses the changes of the random test, to see a failure again: {@code -Dallotment.seed=…}. */
    private static final String SEED = "allotment.seed";

    private static final PageRequest FIRST = PageRequest.first(PageRequest.MAX_LIMIT);
    private static final RoleKey EDITOR = new RoleKey("editor");

    private Tenant tenant;
    private UserId owner;
    private UserId admin;
    private UserId member;
    private PermissionKey write;

    @BeforeEach
    void a_tenant_with_people() {
        tenant = given.tenant();
        owner = given.member(tenant, SystemRole.OWNER);
        admin = given.member(tenant, SystemRole.ADMIN);
        member = given.member(tenant, SystemRole.MEMBER);
        write = given.permission(Fixtures.word() + ":write");
    }

    // ---- the catalogue

    @Test
    void a_permission_is_made_described_and_deleted() {
        var key = new PermissionKey(Fixtures.word() + ":use");

        var made = allotment.access().createPermission(key, Optional.of("First"));
        clock.advance(Duration.ofSeconds(5));
        var described = allotment.access().describePermission(key, was -> Optional.of("Then"));

        assertThat(made.createdAt()).isEqualTo(START);
        assertThat(described.updatedAt()).isEqualTo(START.plusSeconds(5));
        assertThat(allotment.access().getPermission(key)).isEqualTo(described);
        assertThat(allPages(50, allotment.access()::listPermissions)).contains(described);
        assertThatThrownBy(() -> allotment.access().createPermission(key, Optional.empty()))
                .isInstanceOf(AlreadyExists.class);

        allotment.access().deletePermission(key);

        assertThat(allotment.access().findPermission(key)).isEmpty();
        assertThatThrownBy(() -> allotment.access().deletePermission(key)).isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> allotment.access().describePermission(key, was -> Optional.empty()))
                .isInstanceOf(NotFound.class);
        assertThat(inPlatform(() -> platformActions(key.value())))
                .containsExactly("permission.created", "permission.described", "permission.deleted");
    }

    @Test
    void allotments_own_permissions_stay_as_they_are() {
        assertForbidden(
                "built-in-permission",
                () -> allotment.access().describePermission(Right.GATE_USE.key(), was -> Optional.of("else")));
        assertForbidden("built-in-permission", () -> allotment.access().deletePermission(Right.GATE_USE.key()));
        assertForbidden("built-in-permission", () -> allotment.access().take(SystemRole.MEMBER, Right.GATE_USE.key()));
        assertThat(allotment.access().getPermission(Right.GATE_USE.key()).description())
                .contains(Right.GATE_USE.description());
    }

    @Test
    void a_permission_that_an_operation_needs_stays() {
        given.operation(Operation.of(Fixtures.word(), "test", Credits.ZERO).needing(write.value()));

        assertThatThrownBy(() -> allotment.access().deletePermission(write)).isInstanceOf(PermissionInUse.class);
    }

    @Test
    void a_deleted_permission_is_held_by_nobody() {
        role(EDITOR, write);
        allotment.access().assign(tenant.id(), member, EDITOR, Optional.empty());
        assertThat(holds(member, write)).isTrue();

        allotment.access().deletePermission(write);

        assertThat(holds(member, write)).isFalse();
        assertThat(holds(owner, write)).isFalse();
        assertThat(allotment.access().permissionsOf(tenant.id(), owner)).doesNotContain(write);
    }

    @Test
    void operators_alone_change_the_catalogue_and_everybody_reads_it() {
        var people = as(owner).access();

        for (ThrowingCallable change : List.<ThrowingCallable>of(
                () -> people.createPermission(new PermissionKey(Fixtures.word() + ":x"), Optional.empty()),
                () -> people.describePermission(write, was -> Optional.of("x")),
                () -> people.deletePermission(write),
                () -> people.give(SystemRole.MEMBER, write),
                () -> people.take(SystemRole.MEMBER, write),
                () -> people.assignPlatformRole(owner, PlatformRole.OPERATOR, Optional.empty()),
                () -> people.unassignPlatformRole(owner, PlatformRole.OPERATOR),
                () -> people.listPlatformRoles(FIRST))) {
            assertForbidden("operator-only", change);
        }
        assertThat(people.getPermission(write).key()).isEqualTo(write);
        assertThat(people.systemRoles()).hasSize(5);
        assertThat(people.listPermissions(FIRST).items()).isNotEmpty();
    }

    @Test
    void of_a_tenant_that_is_deleted_nothing_is_remembered() {
        assertThat(holds(owner, write)).isTrue();

        allotment.tenants().delete(tenant.id());

        assertThatThrownBy(() -> as(owner).access().check(tenant.id(), owner, write))
                .isInstanceOf(NotFound.class);
    }

    @Test
    void roles_change_while_the_permissions_they_hold_are_deleted() {
        var access = allotment.access();
        var key = new RoleKey("changing");
        access.createRole(tenant.id(), key, new RoleTerms("Changing", Optional.empty(), Set.of(write)));
        for (int round = 0; round < 20; round++) {
            var doomed = new PermissionKey(Fixtures.word() + ":use");
            access.createPermission(doomed, Optional.empty());
            access.updateRole(tenant.id(), key, Optional.empty(), terms -> holding(terms, Set.of(write, doomed)));
            var name = "Round " + round;

            var deletion = CompletableFuture.runAsync(() -> access.deletePermission(doomed));
            try {
                access.updateRole(
                        tenant.id(),
                        key,
                        Optional.empty(),
                        terms -> new RoleTerms(name, terms.description(), terms.permissions()));
            } catch (Unknown goneMeanwhile) {
                assertThat(goneMeanwhile.field()).contains("permissions");
            }
            deletion.join();

            var role = access.getRole(tenant.id(), key);
            assertThat(role.permissions()).containsExactly(write);
        }
    }

    private static RoleTerms holding(RoleTerms terms, Set<PermissionKey> permissions) {
        return new RoleTerms(terms.name(), terms.description(), permissions);
    }

    // ---- system roles

    @Test
    void what_is_given_to_a_system_role_all_who_have_it_hold_at_once() {
        assertThat(holds(member, write)).isFalse();

        var given = allotment.access().give(SystemRole.MEMBER, write);
        assertThat(given.permissions()).contains(write, Right.GATE_USE.key());
        assertThat(holds(member, write)).isTrue();
        assertThat(holds(admin, write)).isFalse();

        var taken = allotment.access().take(SystemRole.MEMBER, write);
        assertThat(taken.permissions()).doesNotContain(write).contains(Right.GATE_USE.key());
        assertThat(holds(member, write)).isFalse();
    }

    @Test
    void an_owner_holds_what_there_is_and_what_there_will_be() {
        var later = given.permission(Fixtures.word() + ":later");

        assertThat(holds(owner, later)).isTrue();
        assertForbidden("owner-holds-all", () -> allotment.access().give(SystemRole.OWNER, later));
        assertForbidden("owner-holds-all", () -> allotment.access().take(SystemRole.OWNER, later));
        assertThat(allotment.access().systemRole(SystemRole.OWNER).permissions())
                .contains(later, write, Right.AUDIT_READ.key());
    }

    @Test
    void what_a_system_role_always_holds_need_not_be_given() {
        long before = inPlatform(() -> persistence.catalog().version());

        var role = allotment.access().give(SystemRole.MEMBER, Right.GATE_USE.key());

        assertThat(role.permissions()).contains(Right.GATE_USE.key());
        assertThat(inPlatform(() -> persistence.permissions().ofSystemRoles())
                        .getOrDefault(SystemRole.MEMBER, Set.of()))
                .doesNotContain(Right.GATE_USE.key());
        assertThat(inPlatform(() -> persistence.catalog().version())).isEqualTo(before);
        assertThatThrownBy(
                        () -> allotment.access().give(SystemRole.MEMBER, new PermissionKey(Fixtures.word() + ":none")))
                .isInstanceOf(NotFound.class);
    }

    // ---- a tenant's roles

    @Test
    void roles_are_listed_with_those_of_the_system_by_key() {
        for (var key : List.of("aaa", "editor", "middle", "nobody", "zzz")) {
            role(new RoleKey(key), write);
        }

        for (int limit : new int[] {1, 2, 3, 5, 10, 200}) {
            assertThat(allPages(limit, page -> as(admin).access().listRoles(tenant.id(), page)))
                    .as("in pages of %d", limit)
                    .extracting(role -> role.key().value())
                    .containsExactly(
                            "aaa",
                            "admin",
                            "editor",
                            "member",
                            "middle",
                            "moderator",
                            "nobody",
                            "owner",
                            "viewer",
                            "zzz");
        }
        assertThat(as(member).access().getRole(tenant.id(), SystemRole.VIEWER.key()))
                .satisfies(role -> {
                    assertThat(role.isSystem()).isTrue();
                    assertThat(role.permissions()).contains(Right.TENANT_READ.key());
                });
        assertThat(as(member).access().getRole(tenant.id(), EDITOR))
                .extracting(TenantRole::permissions)
                .isEqualTo(Set.of(write));
        assertThatThrownBy(() -> as(member).access().getRole(tenant.id(), new RoleKey("none")))
                .isInstanceOf(NotFound.class);
    }

    @Test
    void a_role_is_made_changed_and_deleted() {
        var owners = as(owner).access();
        var made = owners.createRole(tenant.id(), EDITOR, terms("Editor", write));
        clock.advance(Duration.ofSeconds(3));
        var changed = owners.updateRole(
                tenant.id(),
                EDITOR,
                Optional.of(1L),
                terms -> new RoleTerms("Author", Optional.of("Writes"), terms.permissions()));

        assertThat(made.version()).isEqualTo(1);
        assertThat(changed.version()).isEqualTo(2);
        assertThat(changed.updatedAt()).isEqualTo(START.plusSeconds(3));
        assertThat(owners.getRole(tenant.id(), EDITOR).own()).contains(changed);
        assertThatThrownBy(() -> owners.updateRole(tenant.id(), EDITOR, Optional.of(1L), terms -> terms("Late", write)))
                .isInstanceOf(StaleVersion.class);
        assertThat(owners.updateRole(tenant.id(), EDITOR, Optional.empty(), terms -> terms))
                .as("nothing to change")
                .isEqualTo(changed);
        assertThatThrownBy(() -> owners.createRole(tenant.id(), EDITOR, terms("Again")))
                .isInstanceOf(AlreadyExists.class);

        owners.deleteRole(tenant.id(), EDITOR, false);

        assertThatThrownBy(() -> owners.deleteRole(tenant.id(), EDITOR, false)).isInstanceOf(NotFound.class);
        assertThat(actions("role", "editor")).containsExactly("role.created", "role.changed", "role.deleted");
    }

    @Test
    void a_role_in_use_is_deleted_with_cascade_alone() {
        role(EDITOR, write);
        allotment.access().assign(tenant.id(), member, EDITOR, Optional.empty());
        allotment.access().assign(tenant.id(), admin, EDITOR, Optional.of(START.plusSeconds(10)));
        allotment.members().suspend(tenant.id(), member);

        assertThatThrownBy(() -> as(owner).access().deleteRole(tenant.id(), EDITOR, false))
                .isInstanceOfSatisfying(
                        RoleInUse.class,
                        refusal -> assertThat(refusal.holders()).isEqualTo(2));
        clock.advance(Duration.ofSeconds(10));
        assertThatThrownBy(() -> as(owner).access().deleteRole(tenant.id(), EDITOR, false))
                .isInstanceOfSatisfying(
                        RoleInUse.class,
                        refusal -> assertThat(refusal.holders()).isEqualTo(1));

        as(owner).access().deleteRole(tenant.id(), EDITOR, true);

        allotment.members().reactivate(tenant.id(), member);
        assertThat(holds(member, write)).isFalse();
        assertThat(allotment.access().rolesOf(tenant.id(), member))
                .extracting(held -> held.role())
                .containsExactly(SystemRole.MEMBER.key());
    }

    @Test
    void a_role_whose_holders_time_is_over_is_not_in_use() {
        role(EDITOR, write);
        allotment.access().assign(tenant.id(), member, EDITOR, Optional.of(START.plusSeconds(10)));
        clock.advance(Duration.ofSeconds(10));

        as(owner).access().deleteRole(tenant.id(), EDITOR, false);

        assertThat(allotment.access().rolesOf(tenant.id(), member)).hasSize(1);
    }

    @Test
    void system_roles_are_neither_made_nor_changed_nor_deleted_in_a_tenant() {
        for (var role : SystemRole.values()) {
            assertThatThrownBy(() -> allotment.access().createRole(tenant.id(), role.key(), terms("Mine")))
                    .isInstanceOf(InvalidValue.class);
            assertForbidden(
                    "system-role",
                    () -> allotment
                            .access()
                            .updateRole(tenant.id(), role.key(), Optional.empty(), terms -> terms("Mine")));
            assertForbidden("system-role", () -> allotment.access().deleteRole(tenant.id(), role.key(), true));
        }
    }

    @Test
    void nobody_has_a_role_hold_what_they_do_not_hold() {
        var admins = as(admin).access();
        role(EDITOR, write, Right.AUDIT_READ.key());

        assertForbidden(
                "permission-not-held", () -> admins.createRole(tenant.id(), new RoleKey("new"), terms("New", write)));
        admins.createRole(tenant.id(), new RoleKey("new"), terms("New", Right.AUDIT_READ.key()));
        assertForbidden(
                "permission-not-held",
                () -> admins.updateRole(
                        tenant.id(), new RoleKey("new"), Optional.empty(), terms -> terms("New", write)));
        assertThat(admins.updateRole(
                                tenant.id(),
                                EDITOR,
                                Optional.empty(),
                                terms -> terms("Editor", write, Right.KEY_READ.key()))
                        .permissions())
                .as("what it held before may stay")
                .containsExactlyInAnyOrder(write, Right.KEY_READ.key());
        assertForbidden(
                "permission-not-held",
                () -> admins.updateRole(tenant.id(), EDITOR, Optional.empty(), terms -> terms("Editor")));
        assertThat(holdersRole(EDITOR)).contains(write);
    }

    @Test
    void a_role_holds_permissions_that_there_are() {
        var none = new PermissionKey(Fixtures.word() + ":none");

        assertThatThrownBy(() -> as(owner).access().createRole(tenant.id(), EDITOR, terms("Editor", none)))
                .isInstanceOfSatisfying(
                        Unknown.class, refusal -> assertThat(refusal.field()).contains("permissions"));
    }

    @Test
    void to_manage_and_to_assign_roles_takes_a_right() {
        role(EDITOR);
        var members = as(member).access();

        assertForbidden("permission-missing", () -> members.createRole(tenant.id(), new RoleKey("x"), terms("X")));
        assertForbidden(
                "permission-missing",
                () -> members.updateRole(tenant.id(), EDITOR, Optional.empty(), terms -> terms("X")));
        assertForbidden("permission-missing", () -> members.deleteRole(tenant.id(), EDITOR, true));
        assertForbidden("permission-missing", () -> members.assign(tenant.id(), member, EDITOR, Optional.empty()));
        assertForbidden("permission-missing", () -> members.unassign(tenant.id(), member, SystemRole.MEMBER.key()));
    }

    // ---- who has which role

    @Test
    void a_role_is_given_and_taken_and_that_is_known_at_once() {
        role(EDITOR, write);

        var assigned = as(owner).access().assign(tenant.id(), member, EDITOR, Optional.empty());

        assertThat(assigned.grantedBy()).contains(owner);
        assertThat(assigned.grantedAt()).isEqualTo(START);
        assertThat(holds(member, write)).isTrue();
        assertThat(as(member).access().rolesOf(tenant.id(), member))
                .extracting(held -> held.role().value())
                .containsExactly("editor", "member");
        assertThat(as(member).access().holders(tenant.id(), EDITOR, FIRST).items())
                .containsExactly(assigned);
        assertThat(as(member).access().permissionsOf(tenant.id(), member))
                .contains(write, Right.GATE_USE.key())
                .doesNotContain(Right.ROLE_MANAGE.key());

        as(owner).access().unassign(tenant.id(), member, EDITOR);

        assertThat(holds(member, write)).isFalse();
        assertThatThrownBy(() -> as(owner).access().unassign(tenant.id(), member, EDITOR))
                .isInstanceOf(NotFound.class);
        assertThat(actions("role-assignment", member + "/editor")).containsExactly("role.assigned", "role.unassigned");
    }

    @Test
    void what_changes_in_a_role_all_who_have_it_hold_at_once() {
        role(EDITOR);
        allotment.access().assign(tenant.id(), member, EDITOR, Optional.empty());
        assertThat(holds(member, write)).isFalse();

        as(owner).access().updateRole(tenant.id(), EDITOR, Optional.empty(), terms -> terms("Editor", write));
        assertThat(holds(member, write)).isTrue();

        as(owner).access().updateRole(tenant.id(), EDITOR, Optional.empty(), terms -> terms("Editor"));
        assertThat(holds(member, write)).isFalse();
    }

    @Test
    void a_role_ends_when_it_is_said_to() {
        role(EDITOR, write);
        var end = START.plusSeconds(60);
        allotment.access().assign(tenant.id(), member, EDITOR, Optional.of(end));

        clock.set(end.minusNanos(1_000));
        assertThat(holds(member, write)).isTrue();
        clock.set(end);
        assertThat(holds(member, write)).isFalse();
        assertThat(as(member).access().permissionsOf(tenant.id(), member)).doesNotContain(write);
        assertThatThrownBy(() -> allotment.access().assign(tenant.id(), member, EDITOR, Optional.of(end)))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains("expiresAt"));
    }

    @Test
    void nobody_gives_or_takes_a_role_that_holds_more_than_they_do() {
        role(EDITOR, write);
        var admins = as(admin).access();
        allotment.access().assign(tenant.id(), owner, EDITOR, Optional.empty());

        assertForbidden("permission-not-held", () -> admins.assign(tenant.id(), admin, EDITOR, Optional.empty()));
        assertForbidden("permission-not-held", () -> admins.assign(tenant.id(), member, EDITOR, Optional.empty()));
        assertForbidden("permission-not-held", () -> admins.unassign(tenant.id(), owner, EDITOR));
        assertForbidden("permission-not-held", () -> admins.deleteRole(tenant.id(), EDITOR, true));
        admins.assign(tenant.id(), member, SystemRole.MODERATOR.key(), Optional.empty());
        admins.unassign(tenant.id(), member, SystemRole.MODERATOR.key());
    }

    @Test
    void what_somebody_holds_for_a_time_they_give_for_no_longer() {
        var end = START.plusSeconds(60);
        role(EDITOR, Right.AUDIT_READ.key());
        allotment.access().unassign(tenant.id(), admin, SystemRole.ADMIN.key());
        allotment.access().assign(tenant.id(), admin, SystemRole.ADMIN.key(), Optional.of(end));
        var admins = as(admin).access();

        assertForbidden("permission-not-held", () -> admins.assign(tenant.id(), admin, EDITOR, Optional.empty()));
        assertForbidden(
                "permission-not-held",
                () -> admins.assign(tenant.id(), member, EDITOR, Optional.of(end.plusSeconds(1))));
        assertForbidden(
                "permission-not-held",
                () -> admins.createRole(tenant.id(), new RoleKey("new"), terms("New", Right.AUDIT_READ.key())));
        admins.assign(tenant.id(), member, EDITOR, Optional.of(end));

        clock.set(end);
        assertThat(holds(member, Right.AUDIT_READ.key())).isFalse();
    }

    @Test
    void owners_alone_make_owners() {
        var everything = new RoleKey("everything");
        role(everything, allotment.access().permissionsOf(tenant.id(), owner).toArray(PermissionKey[]::new));
        allotment.access().assign(tenant.id(), admin, everything, Optional.empty());

        assertForbidden(
                "owner-only",
                () -> as(admin).access().assign(tenant.id(), admin, SystemRole.OWNER.key(), Optional.empty()));
        assertForbidden("owner-only", () -> as(admin).access().unassign(tenant.id(), owner, SystemRole.OWNER.key()));

        as(owner).access().assign(tenant.id(), member, SystemRole.OWNER.key(), Optional.of(START.plusSeconds(60)));
        assertForbidden(
                "owner-only",
                () -> as(member).access().assign(tenant.id(), member, SystemRole.OWNER.key(), Optional.empty()));
        as(member).access().assign(tenant.id(), admin, SystemRole.OWNER.key(), Optional.of(START.plusSeconds(60)));
        assertThat(holds(admin, write)).isTrue();
    }

    @Test
    void the_last_owner_stays_one() {
        var owners = SystemRole.OWNER.key();
        for (var who : List.of(allotment, as(owner))) {
            assertThatThrownBy(() -> who.access().unassign(tenant.id(), owner, owners))
                    .isInstanceOf(LastOwner.class);
            assertThatThrownBy(
                            () -> who.access().assign(tenant.id(), owner, owners, Optional.of(START.plusSeconds(60))))
                    .isInstanceOf(LastOwner.class);
        }
        allotment.access().assign(tenant.id(), member, owners, Optional.of(START.plusSeconds(60)));
        assertThatThrownBy(() -> allotment.access().unassign(tenant.id(), owner, owners))
                .as("whose time will be over does not stay one")
                .isInstanceOf(LastOwner.class);
        allotment.access().assign(tenant.id(), member, owners, Optional.empty());
        allotment.members().suspend(tenant.id(), member);
        assertThatThrownBy(() -> allotment.access().unassign(tenant.id(), owner, owners))
                .as("who is suspended does not count")
                .isInstanceOf(LastOwner.class);
        allotment.members().reactivate(tenant.id(), member);

        as(owner).access().unassign(tenant.id(), owner, owners);

        assertThatThrownBy(() -> allotment.access().unassign(tenant.id(), member, owners))
                .isInstanceOf(LastOwner.class);
        assertThat(holds(member, write)).isTrue();
    }

    @RepeatedTest(10)
    void of_two_owners_who_demote_each_other_at_the_same_moment_one_stays() {
        var other = given.member(tenant, SystemRole.OWNER);
        var pairs = List.of(List.of(owner, other), List.of(other, owner));

        var results = Together.run(2, number -> {
            as(pairs.get(number).get(0))
                    .access()
                    .unassign(tenant.id(), pairs.get(number).get(1), SystemRole.OWNER.key());
            return number;
        });

        assertThat(results).filteredOn(result -> result.failure().isEmpty()).hasSize(1);
        assertThat(results)
                .flatExtracting(result -> result.failure().stream().toList())
                .singleElement()
                .isInstanceOf(Forbidden.class);
        assertThat(owners()).isEqualTo(1);
    }

    @RepeatedTest(10)
    void of_two_owners_whom_an_operator_demotes_at_the_same_moment_one_stays() {
        var owners = List.of(owner, given.member(tenant, SystemRole.OWNER));

        var results = Together.run(2, number -> {
            allotment.access().unassign(tenant.id(), owners.get(number), SystemRole.OWNER.key());
            return number;
        });

        assertThat(results)
                .flatExtracting(result -> result.failure().stream().toList())
                .singleElement()
                .isInstanceOf(LastOwner.class);
        assertThat(owners()).isEqualTo(1);
    }

    @RepeatedTest(10)
    void who_is_demoted_gives_nothing_from_then_on() {
        Together.values(Together.run(2, number -> {
            if (number == 0) {
                as(owner).access().unassign(tenant.id(), admin, SystemRole.ADMIN.key());
            } else {
                try {
                    as(admin).access().assign(tenant.id(), member, SystemRole.VIEWER.key(), Optional.empty());
                } catch (Forbidden tooLate) {
                    // The other was first.
                }
            }
            return number;
        }));

        var done = allEntries().stream()
                .map(entry -> entry.event().action() + " " + entry.event().entityId())
                .toList();
        int given = done.indexOf("role.assigned " + member + "/viewer");
        assertThat(done).contains("role.unassigned " + admin + "/admin");
        assertThat(given).isLessThan(done.indexOf("role.unassigned " + admin + "/admin"));
    }

    // ---- asking

    @Test
    void everybody_asks_for_themselves_and_for_others_who_may_see_roles() {
        var without = given.member(tenant, SystemRole.MEMBER);
        allotment.access().unassign(tenant.id(), without, SystemRole.MEMBER.key());
        var stranger = given.user().id();

        assertThat(as(without).access().check(tenant.id(), without, write)).isFalse();
        assertThat(as(without).access().permissionsOf(tenant.id(), without)).isEmpty();
        assertThat(as(without).access().rolesOf(tenant.id(), without)).isEmpty();
        assertForbidden("permission-missing", () -> as(without).access().check(tenant.id(), owner, write));
        assertForbidden("permission-missing", () -> as(without).access().permissionsOf(tenant.id(), owner));
        assertForbidden("permission-missing", () -> as(without).access().rolesOf(tenant.id(), owner));
        assertForbidden("permission-missing", () -> as(without).access().listRoles(tenant.id(), FIRST));
        assertThat(as(member).access().check(tenant.id(), owner, write)).isTrue();
        assertThat(as(member).access().check(tenant.id(), stranger, write)).isFalse();
        assertThatThrownBy(() -> as(member).access().permissionsOf(tenant.id(), stranger))
                .isInstanceOf(NotFound.class);
    }

    @Test
    void who_does_not_belong_to_the_tenant_does_not_hear_of_it() {
        var stranger = given.member(given.tenant(), SystemRole.OWNER);
        var theirs = as(stranger).access();

        for (ThrowingCallable question : List.<ThrowingCallable>of(
                () -> theirs.check(tenant.id(), stranger, write),
                () -> theirs.check(tenant.id(), owner, write),
                () -> theirs.permissionsOf(tenant.id(), owner),
                () -> theirs.listRoles(tenant.id(), FIRST),
                () -> theirs.rolesOf(tenant.id(), owner),
                () -> theirs.assign(tenant.id(), stranger, SystemRole.OWNER.key(), Optional.empty()),
                () -> theirs.createRole(tenant.id(), EDITOR, terms("Editor")))) {
            assertThatThrownBy(question)
                    .isInstanceOfSatisfying(
                            NotFound.class,
                            refusal -> assertThat(refusal.code()).isEqualTo("tenant-not-found"));
        }
    }

    @Test
    void who_is_suspended_may_nothing() {
        allotment.members().suspend(tenant.id(), admin);

        assertThat(holds(admin, Right.ROLE_MANAGE.key())).isFalse();
        assertThat(allotment.access().permissionsOf(tenant.id(), admin)).isEmpty();
        assertThatThrownBy(() -> as(admin).access().listRoles(tenant.id(), FIRST))
                .isInstanceOf(NotFound.class);
    }

    @Test
    void a_key_may_what_its_owner_may_and_its_scopes_say() {
        role(EDITOR, write);
        allotment.access().assign(tenant.id(), member, EDITOR, Optional.empty());
        var key = allotment
                .apiKeys()
                .create(
                        tenant.id(),
                        ApiKey.Wish.of("test", ApiKeySettings.of("Key", Set.of(write, Right.AUDIT_READ.key())))
                                .ownedBy(member))
                .key()
                .id();

        assertThat(as(member).access().permissionsOf(tenant.id(), key)).containsExactly(write);
        assertForbidden(
                "permission-missing",
                () -> as(given.member(tenant, SystemRole.MEMBER)).access().permissionsOf(tenant.id(), key));

        allotment.access().unassign(tenant.id(), member, EDITOR);
        assertThat(allotment.access().permissionsOf(tenant.id(), key)).isEmpty();

        allotment.access().assign(tenant.id(), member, EDITOR, Optional.empty());
        allotment.access().deletePermission(write);
        given.permission(write.value());
        assertThat(allotment.apiKeys().get(tenant.id(), key).settings().scopes())
                .as("a new one of the same name is another one")
                .containsExactly(Right.AUDIT_READ.key());
    }

    // ---- inside units of work

    @Test
    void inside_a_unit_of_work_rights_are_as_they_stand_there_and_gone_with_it() {
        role(EDITOR, write);
        assertThat(holds(member, write)).isFalse();

        inTenantThenUndone(tenant.id(), () -> {
            allotment.access().assign(tenant.id(), member, EDITOR, Optional.empty());
            assertThat(holds(member, write)).isTrue();
        });
        assertThat(holds(member, write)).isFalse();

        // The same change again, which counts to the same number, and another one that gives nothing.
        allotment.access().assign(tenant.id(), admin, SystemRole.VIEWER.key(), Optional.empty());
        assertThat(holds(member, write)).isFalse();
        inTenant(tenant.id(), () -> {
            allotment.access().assign(tenant.id(), member, EDITOR, Optional.empty());
        });
        clock.advance(Duration.ofSeconds(1));
        assertThat(holds(member, write)).isTrue();
    }

    // ---- at random

    @Test
    void random_changes_by_random_members_let_nobody_hold_what_nobody_gave_them() {
        long seed = Long.getLong(SEED, System.nanoTime());
        System.out.println("The random changes of roles have the seed -D" + SEED + "=" + seed);
        var roles = new RandomRoles(allotment, clock, given, new Random(seed));
        try {
            for (int i = 0; i < 300; i++) {
                roles.next();
            }
        } catch (AssertionError | RuntimeException failure) {
            throw new AssertionError(
                    "With -D" + SEED + "=" + seed + ", after:\n" + String.join("\n", roles.told()), failure);
        } finally {
            roles.end();
        }
    }

    // ---- on the platform

    @Test
    void roles_on_the_platform_are_given_and_taken() {
        var user = given.user().id();

        var support =
                allotment.access().assignPlatformRole(user, PlatformRole.SUPPORT, Optional.of(START.plusSeconds(60)));
        var operator = allotment
                .as(Caller.user(owner, PlatformRole.OPERATOR, Origin.HERE))
                .access()
                .assignPlatformRole(user, PlatformRole.OPERATOR, Optional.empty());

        assertThat(operator.grantedBy()).contains(owner);
        assertThat(allotment.access().assignPlatformRole(user, PlatformRole.OPERATOR, Optional.empty()))
                .isEqualTo(operator);
        assertThat(support.grantedBy()).isEmpty();
        assertThat(allPages(50, allotment.access()::listPlatformRoles)).contains(support, operator);

        allotment.access().unassignPlatformRole(user, PlatformRole.OPERATOR);

        assertThatThrownBy(() -> allotment.access().unassignPlatformRole(user, PlatformRole.OPERATOR))
                .isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> allotment
                        .access()
                        .assignPlatformRole(new UserId(ids.next()), PlatformRole.SUPPORT, Optional.empty()))
                .isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> allotment.access().assignPlatformRole(user, PlatformRole.SUPPORT, Optional.of(START)))
                .isInstanceOf(InvalidValue.class);
        assertThat(inPlatform(() -> platformActions(user + "/OPERATOR")))
                .containsExactly("platform-role.assigned", "platform-role.unassigned");
    }

    // ----

    private Allotment as(UserId user) {
        return allotment.as(Caller.user(user, Origin.HERE));
    }

    private boolean holds(UserId user, PermissionKey permission) {
        return allotment.access().check(tenant.id(), user, permission);
    }

    private void role(RoleKey key, PermissionKey... permissions) {
        allotment.access().createRole(tenant.id(), key, terms("Role " + key, permissions));
    }

    private Set<PermissionKey> holdersRole(RoleKey key) {
        return allotment.access().getRole(tenant.id(), key).permissions();
    }

    private static RoleTerms terms(String name, PermissionKey... permissions) {
        return new RoleTerms(name, Optional.empty(), Set.of(permissions));
    }

    private long owners() {
        return inTenant(
                tenant.id(),
                () -> persistence.roles().countHolders(tenant.id(), SystemRole.OWNER.key(), clock.instant()));
    }

    private List<String> actions(String entityType, String entityId) {
        return allEntries().stream()
                .filter(entry -> entry.event().entityType().equals(entityType)
                        && entry.event().entityId().equals(entityId))
                .map(entry -> entry.event().action())
                .toList();
    }

    /** Oldest first. */
    private List<AuditEntry> allEntries() {
        var entries =
                new ArrayList<>(allPages(100, page -> allotment.audit().list(tenant.id(), AuditFilter.ALL, page)));
        Collections.reverse(entries);
        return entries;
    }

    private List<String> platformActions(String entityId) {
        var entries = new ArrayList<>(allPages(100, page -> allotment.audit().listPlatform(AuditFilter.ALL, page)));
        Collections.reverse(entries);
        return entries.stream()
                .filter(entry -> entry.event().entityId().equals(entityId))
                .map(entry -> entry.event().action())
                .toList();
    }

    private static void assertForbidden(String code, ThrowingCallable work) {
        assertThatThrownBy(work)
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo(code))
                .isInstanceOf(Forbidden.class);
    }
}
