package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.application.tenancy.MemberService;
import io.allotment.application.tenancy.TeamService;
import io.allotment.domain.access.Caller;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.LastOwner;
import io.allotment.domain.access.PlatformRole;
import io.allotment.domain.access.Right;
import io.allotment.domain.access.RoleAssignment;
import io.allotment.domain.access.RoleTerms;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.MemberSuspended;
import io.allotment.domain.tenancy.Membership;
import io.allotment.domain.tenancy.PersonalTenant;
import io.allotment.domain.tenancy.Seats;
import io.allotment.domain.tenancy.SeatsTaken;
import io.allotment.domain.tenancy.TeamMembership;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.domain.tenancy.Thresholds;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who belongs to a tenant, who may change that, and what stays true when several do at the same moment. */
public abstract class BelongingContract extends PersistenceContract {

    private static final PageRequest FIRST = PageRequest.first(50);
    private static final int THREADS = 8;

    private UserId owner;
    private Tenant tenant;
    private TenantId id;

    @BeforeEach
    void a_tenant_with_an_owner() {
        owner = given.user().id();
        var word = Fixtures.word();
        tenant = allotment.tenants().create(TenantProfile.of("Tenant " + word, word), Optional.of(owner));
        id = tenant.id();
    }

    // Owners

    @Test
    void who_a_tenant_is_created_for_owns_it() {
        assertThat(as(owner).tenants().get(id)).isEqualTo(tenant);
        assertThat(as(owner)
                        .tenants()
                        .setThresholds(id, Optional.empty(), new Thresholds(List.of(10), Optional.empty())))
                .isNotNull();
        assertThat(roles(owner)).containsExactly("owner");
        assertThat(as(owner).members().get(id, owner).isActive()).isTrue();
    }

    @Test
    void a_tenant_of_somebody_who_does_not_exist_is_not_created() {
        var word = Fixtures.word();
        var profile = TenantProfile.of("Tenant " + word, word);

        assertThatThrownBy(() -> allotment.tenants().create(profile, Optional.of(new UserId(ids.next()))))
                .isInstanceOf(Unknown.class);

        assertThat(allotment.tenants().create(profile).slug()).isEqualTo(new Slug(word));
    }

    @Test
    void the_last_owner_neither_leaves_nor_is_removed_nor_suspended() {
        assertLastOwner(() -> as(owner).members().leave(id));
        assertLastOwner(() -> as(owner).members().remove(id, owner));
        assertLastOwner(() -> as(owner).members().suspend(id, owner));
        assertLastOwner(() -> allotment.members().remove(id, owner));
        assertLastOwner(() -> allotment.members().suspend(id, owner));

        assertThat(as(owner).members().get(id, owner).isActive()).isTrue();
    }

    @Test
    void an_owner_for_a_time_and_a_suspended_owner_do_not_count_as_another() {
        var passing = given.member(tenant);
        inTenant(
                id,
                () -> persistence
                        .roles()
                        .assign(new RoleAssignment(
                                id,
                                passing,
                                SystemRole.OWNER.key(),
                                Optional.empty(),
                                START,
                                Optional.of(START.plus(Duration.ofDays(3_650))))));
        var suspended = given.member(tenant, SystemRole.OWNER);
        allotment.members().suspend(id, suspended);

        assertLastOwner(() -> as(owner).members().leave(id));

        allotment.members().reactivate(id, suspended);
        as(owner).members().leave(id);
        assertThat(members()).containsExactlyInAnyOrder(passing, suspended);
    }

    @Test
    void a_deactivated_owner_does_not_count_as_another() {
        var other = given.member(tenant, SystemRole.OWNER);
        allotment.users().deactivate(other);

        assertLastOwner(() -> as(owner).members().leave(id));
        assertLastOwner(() -> allotment.access().unassign(id, owner, SystemRole.OWNER.key()));

        allotment.users().reactivate(other);
        as(owner).members().leave(id);
        assertThat(members()).containsExactly(other);
    }

    @Test
    void the_last_owner_is_not_deactivated_unless_the_tenant_is_named() {
        var users = allotment.users();

        assertThatThrownBy(() -> users.deactivate(owner))
                .isInstanceOf(LastOwner.class)
                .hasMessageContaining(id.toString())
                .hasMessageContaining("leavingWithoutOwner");
        assertThatThrownBy(() -> users.deactivate(owner, Set.of(new TenantId(owner.value()))))
                .isInstanceOf(LastOwner.class);
        assertThat(users.get(owner).active()).isTrue();

        assertThat(users.deactivate(owner, Set.of(id)).active()).isFalse();
        assertThat(lastingOwners()).isZero();
        // Nothing is refused of who is out already.
        assertThat(users.deactivate(owner).active()).isFalse();
    }

    @Test
    void a_tenant_of_one_does_not_keep_its_person_from_being_deactivated() {
        var user = given.user().id();
        allotment.tenants().createPersonal(user);

        assertThat(allotment.users().deactivate(user).active()).isFalse();
    }

    @Test
    void a_deactivated_owner_may_go_while_another_stays() {
        var demoted = given.member(tenant, SystemRole.OWNER);
        var removed = given.member(tenant, SystemRole.OWNER);
        allotment.users().deactivate(demoted);
        allotment.users().deactivate(removed);

        as(owner).access().unassign(id, demoted, SystemRole.OWNER.key());
        as(owner).members().remove(id, removed);

        assertThat(members()).containsExactlyInAnyOrder(owner, demoted);
        assertThat(lastingOwners()).isEqualTo(1);
    }

    @Test
    void of_owners_who_leave_at_the_same_moment_one_stays() {
        var owners = Stream.concat(
                        Stream.of(owner),
                        Stream.generate(() -> given.member(tenant, SystemRole.OWNER))
                                .limit(THREADS - 1))
                .toList();

        var results = Together.run(THREADS, thread -> switch (thread % 3) {
            case 0 -> as(owners.get(thread)).members().leave(id);
            case 1 -> as(owners.get(thread)).members().suspend(id, owners.get(thread));
            default -> {
                allotment.members().remove(id, owners.get(thread));
                yield owners.get(thread);
            }
        });

        assertThat(results.stream().filter(result -> result.value().isPresent()))
                .hasSize(THREADS - 1);
        assertThat(results.stream().flatMap(result -> result.failure().stream()))
                .hasSize(1)
                .allMatch(LastOwner.class::isInstance);
        assertThat(lastingOwners()).isEqualTo(1);
    }

    @Test
    void an_owner_hands_over_in_one_step() {
        var heir = given.member(tenant);

        as(owner).members().transferOwnership(id, Optional.empty(), heir);

        assertThat(roles(heir)).containsExactlyInAnyOrder("member", "owner");
        assertThat(roles(owner)).containsExactly("member");
        assertLastOwner(() -> as(heir).members().leave(id));
        assertThatThrownBy(() -> as(owner).members().suspend(id, heir)).isInstanceOf(Forbidden.class);
        as(owner).members().leave(id);
        assertThat(actions()).contains("tenant.ownership-transferred", "member.left");
    }

    @Test
    void who_hands_over_keeps_their_other_roles() {
        inTenant(
                id,
                () -> persistence
                        .roles()
                        .assign(new RoleAssignment(
                                id, owner, SystemRole.ADMIN.key(), Optional.empty(), START, Optional.empty())));

        as(owner).members().transferOwnership(id, Optional.of(owner), given.member(tenant));

        assertThat(roles(owner)).containsExactly("admin");
    }

    @Test
    void ownership_goes_to_an_active_member_and_comes_from_an_owner() {
        var member = given.member(tenant);
        var suspended = given.member(tenant);
        allotment.members().suspend(id, suspended);
        var second = given.member(tenant, SystemRole.OWNER);

        assertThatThrownBy(() -> transfer(owner, Optional.empty(), suspended)).isInstanceOf(MemberSuspended.class);
        assertThatThrownBy(() -> transfer(owner, Optional.empty(), given.user().id()))
                .isInstanceOf(Unknown.class);
        assertThatThrownBy(() -> transfer(owner, Optional.empty(), owner)).isInstanceOf(InvalidValue.class);
        assertThatThrownBy(() -> transfer(owner, Optional.of(second), member)).isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> transfer(member, Optional.empty(), member)).isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> transfer(given.user().id(), Optional.empty(), member))
                .isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> allotment.members().transferOwnership(id, Optional.of(member), second))
                .isInstanceOf(InvalidValue.class);
        assertThat(roles(owner)).containsExactly("owner");

        allotment.members().transferOwnership(id, Optional.of(owner), member);
        assertThat(roles(owner)).containsExactly("member");
        assertThat(roles(member)).containsExactlyInAnyOrder("member", "owner");
    }

    @Test
    void of_owners_who_hand_over_to_each_other_at_the_same_moment_one_is_left_at_least() {
        var second = given.member(tenant, SystemRole.OWNER);

        for (int i = 0; i < 5; i++) {
            Together.run(
                    2,
                    thread -> thread == 0
                            ? transfer(owner, Optional.empty(), second)
                            : transfer(second, Optional.empty(), owner));
            assertThat(lastingOwners()).isPositive();
        }
    }

    // Who manages whom

    @Test
    void people_join_by_invitation_and_only_the_operator_adds_them() {
        var user = given.user().id();

        assertThatThrownBy(() -> as(owner).members().add(id, user, "Smuggled", SystemRole.MEMBER.key()))
                .isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> allotment.members().add(id, user, "Ada", new RoleKey("no-such-role")))
                .isInstanceOf(Unknown.class);
        assertThat(members()).containsExactly(owner);

        allotment.members().add(id, user, "Ada", SystemRole.VIEWER.key());
        assertThat(roles(user)).containsExactly("viewer");
        assertThatThrownBy(() -> allotment.members().add(id, user, "Ada", SystemRole.ADMIN.key()))
                .isInstanceOf(AlreadyExists.class);
        assertThat(roles(user)).containsExactly("viewer");
    }

    @Test
    void for_somebody_elsewhere_the_tenant_does_not_exist() {
        var stranger = given.user().id();
        var nowhere = new TenantId(ids.next());
        var calls = List.<ThrowingCallable>of(
                () -> as(stranger).members().list(id, FIRST),
                () -> as(stranger).members().describe(id, FIRST),
                () -> as(stranger).members().get(id, owner),
                () -> as(stranger).members().seats(id),
                () -> as(stranger).members().leave(id),
                () -> as(stranger).members().remove(id, owner),
                () -> as(stranger).members().suspend(id, owner),
                () -> as(stranger).members().update(id, stranger, Optional.empty(), any -> any),
                () -> as(stranger).tenants().get(id),
                () -> as(stranger).tenants().delete(id),
                () -> as(stranger).tenants().suspend(id),
                () -> as(stranger).teams().list(id, FIRST),
                () -> as(stranger).invitations().list(id, FIRST));

        for (var call : calls) {
            assertThatThrownBy(call).isInstanceOf(NotFound.class).hasMessage("There is no tenant " + id + ".");
        }
        assertThatThrownBy(() -> as(stranger).members().list(nowhere, FIRST))
                .hasMessage("There is no tenant " + nowhere + ".");
        assertThatThrownBy(() -> as(stranger).tenants().getBySlug(tenant.slug()))
                .isInstanceOf(NotFound.class)
                .hasMessage("There is no tenant " + tenant.slug() + ".");
    }

    @Test
    void members_look_and_do_not_touch() {
        var member = given.member(tenant);

        assertThat(as(member).tenants().getBySlug(tenant.slug()).id()).isEqualTo(id);
        assertThat(as(member).members().list(id, FIRST).items()).hasSize(2);
        for (var call : List.<ThrowingCallable>of(
                () -> as(member).members().suspend(id, owner),
                () -> as(member).members().remove(id, owner),
                () -> as(member).members().update(id, owner, Optional.empty(), any -> any),
                () -> as(member).tenants().update(id, Optional.empty(), any -> any),
                () -> as(member).tenants().suspend(id),
                () -> as(member).tenants().delete(id),
                () -> as(member).tenants().create(TenantProfile.of("Mine", "mine")),
                () -> as(member).tenants().list(FIRST),
                () -> as(owner).tenants().delete(id))) {
            assertThatThrownBy(call).isInstanceOf(Forbidden.class);
        }
    }

    @Test
    void who_looks_after_members_sees_their_addresses_and_everybody_their_own() {
        var user = given.user();
        allotment.members().add(id, user.id(), "Ada", SystemRole.MODERATOR.key());
        var member = given.member(tenant);

        var all = allotment.members().describe(id, FIRST).items();
        assertThat(all)
                .extracting(MemberService.Described::membership)
                .isEqualTo(allotment.members().list(id, FIRST).items());
        assertThat(all).allMatch(described -> described.email().isPresent());
        var ada = described(as(user.id()), user.id());
        assertThat(ada.email()).contains(user.email());
        assertThat(ada.roles().orElseThrow())
                .extracting(RoleAssignment::role)
                .containsExactly(SystemRole.MODERATOR.key());
        assertThat(described(as(user.id()), owner).email()).isPresent();

        assertThat(described(as(member), owner).email()).isEmpty();
        assertThat(described(as(member), owner).roles().orElseThrow())
                .extracting(RoleAssignment::role)
                .containsExactly(SystemRole.OWNER.key());
        assertThat(described(as(member), member).email()).isPresent();
    }

    @Test
    void roles_are_told_to_who_may_see_them_alone() {
        allotment
                .access()
                .createRole(
                        id,
                        new RoleKey("looker"),
                        new RoleTerms("Looker", Optional.empty(), Set.of(Right.MEMBER_READ.key())));
        var looker = given.user().id();
        allotment.members().add(id, looker, "Looker", new RoleKey("looker"));

        assertThat(described(as(looker), owner).roles()).isEmpty();
        assertThat(described(as(looker), looker).roles()).isPresent();
    }

    private MemberService.Described described(Allotment caller, UserId user) {
        return caller.members().describe(id, FIRST).items().stream()
                .filter(member -> member.membership().userId().equals(user))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void everybody_may_change_what_is_said_about_themselves() {
        var member = given.member(tenant);
        var before = as(member).members().get(id, member);

        var after = as(member)
                .members()
                .update(
                        id,
                        member,
                        Optional.of(before.version()),
                        any -> new MemberService.Profile("Ada", Document.of("theme", "dark")));

        assertThat(after.displayName()).isEqualTo("Ada");
        assertThat(as(owner).members().get(id, member)).isEqualTo(after);
        assertThatThrownBy(() -> as(member).members().update(id, member, Optional.of(1L), any -> any))
                .isInstanceOf(StaleVersion.class);
    }

    @Test
    void nobody_manages_a_member_who_holds_more() {
        var moderator = given.member(tenant, SystemRole.MODERATOR);
        var admin = given.member(tenant, SystemRole.ADMIN);
        var other = given.member(tenant, SystemRole.ADMIN);
        var member = given.member(tenant);

        for (var call : List.<ThrowingCallable>of(
                () -> as(moderator).members().suspend(id, admin),
                () -> as(moderator).members().remove(id, admin),
                () -> as(moderator).members().update(id, admin, Optional.empty(), any -> any),
                () -> as(moderator).members().suspend(id, owner),
                () -> as(admin).members().suspend(id, owner),
                () -> as(admin).members().remove(id, owner))) {
            assertThatThrownBy(call).isInstanceOf(Forbidden.class);
        }

        as(moderator).members().suspend(id, member);
        as(moderator).members().reactivate(id, member);
        as(moderator).members().remove(id, member);
        as(admin).members().suspend(id, other);
        as(owner).members().remove(id, admin);
        assertThat(members()).containsExactlyInAnyOrder(owner, moderator, other);
    }

    @Test
    void a_suspended_member_may_nothing_until_they_are_active_again() {
        var member = given.member(tenant, SystemRole.ADMIN);
        assertThat(as(member).tenants().get(id)).isEqualTo(tenant);

        as(owner).members().suspend(id, member);
        as(owner).members().suspend(id, member);

        assertThatThrownBy(() -> as(member).tenants().get(id)).isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> as(member).members().leave(id)).isInstanceOf(NotFound.class);
        as(owner).members().reactivate(id, member);
        assertThat(as(member).tenants().get(id)).isEqualTo(tenant);
        assertThat(actions().stream().filter("member.suspended"::equals)).hasSize(1);
    }

    @Test
    void who_was_removed_may_nothing_and_comes_back_without_old_rights() {
        var member = given.member(tenant, SystemRole.ADMIN);
        as(owner).members().remove(id, member);

        assertThatThrownBy(() -> as(member).tenants().get(id)).isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> allotment.members().remove(id, member)).isInstanceOf(NotFound.class);

        allotment.members().add(id, member, "Back", SystemRole.VIEWER.key());
        assertThatThrownBy(() -> as(member).members().suspend(id, owner)).isInstanceOf(Forbidden.class);
    }

    @Test
    void support_reads_everything_and_changes_nothing() {
        var support = allotment.as(Caller.user(given.user().id(), PlatformRole.SUPPORT, Origin.HERE));

        assertThat(support.tenants().get(id)).isEqualTo(tenant);
        assertThat(support.members().list(id, FIRST).items()).hasSize(1);
        assertThat(support.members().describe(id, FIRST).items())
                .allMatch(member -> member.email().isPresent() && member.roles().isPresent());
        assertThatThrownBy(() -> support.tenants().suspend(id)).isInstanceOf(Refusal.class);
        assertThatThrownBy(() -> support.members().suspend(id, owner)).isInstanceOf(Refusal.class);
        assertThatThrownBy(() -> support.members().transferOwnership(id, Optional.empty(), owner))
                .isInstanceOf(Refusal.class);
        assertThatThrownBy(() -> support.members().add(id, given.user().id(), "No", SystemRole.OWNER.key()))
                .isInstanceOf(Refusal.class);
    }

    // A user's tenants

    @Test
    void somebodys_tenants_are_told_to_themselves_and_the_operator() {
        var elsewhere = given.tenant();
        allotment.members().add(elsewhere.id(), owner, "There", SystemRole.MEMBER.key());

        assertThat(as(owner).members().listOwnTenants(FIRST).items())
                .extracting(place -> place.tenant().id())
                .containsExactly(id, elsewhere.id());
        assertThat(allotment.members().listTenantsOf(owner, FIRST).items()).hasSize(2);
        assertThatThrownBy(() -> as(given.member(tenant)).members().listTenantsOf(owner, FIRST))
                .isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> allotment.members().listOwnTenants(FIRST)).isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> allotment.members().listTenantsOf(new UserId(ids.next()), FIRST))
                .isInstanceOf(NotFound.class);
    }

    // Seats

    @Test
    void the_plan_limits_active_members() {
        seated(3);
        var second = given.member(tenant);
        given.member(tenant);
        assertThat(as(owner).members().seats(id)).isEqualTo(new Seats(3, Optional.of(3L)));

        assertThatThrownBy(() -> given.member(tenant))
                .isInstanceOfSatisfying(
                        SeatsTaken.class, taken -> assertThat(taken.limit()).isEqualTo(3));
        as(owner).members().suspend(id, second);
        assertThat(as(owner).members().seats(id).used()).isEqualTo(2);
        given.member(tenant);
        assertThatThrownBy(() -> as(owner).members().reactivate(id, second)).isInstanceOf(SeatsTaken.class);
        assertThat(as(owner).members().seats(id).used()).isEqualTo(3);
    }

    @Test
    void a_quota_of_seats_counts_instead_of_the_seat_limit() {
        try {
            allotment
                    .catalog()
                    .create(new Feature(
                            Seats.FEATURE, "Seats", Optional.empty(), Feature.Kind.ALLOCATED, Optional.of("seat")));
        } catch (AlreadyExists present) {
            // Another test made it.
        }
        given.subscribe(
                tenant,
                Fixtures.accountOf(tenant),
                terms(10)
                        .with(
                                Seats.FEATURE.value(),
                                new Quota(
                                        Optional.of(Quantity.of(2)),
                                        Quota.Reset.NEVER,
                                        Optional.empty(),
                                        Quota.Overage.BLOCK,
                                        0)));
        given.member(tenant);

        assertThatThrownBy(() -> given.member(tenant)).isInstanceOf(SeatsTaken.class);
        assertThat(as(owner).members().seats(id)).isEqualTo(new Seats(2, Optional.of(2L)));
    }

    @Test
    void without_a_plan_there_is_no_limit() {
        given.member(tenant);

        assertThat(allotment.members().seats(id)).isEqualTo(new Seats(2, Optional.empty()));
    }

    @Test
    void of_many_who_are_added_at_the_same_moment_as_many_get_in_as_there_are_seats() {
        seated(3);

        var results = Together.run(THREADS, thread -> given.member(tenant));

        assertThat(results.stream().filter(result -> result.value().isPresent()))
                .hasSize(2);
        assertThat(results.stream().flatMap(result -> result.failure().stream()))
                .hasSize(THREADS - 2)
                .allMatch(SeatsTaken.class::isInstance);
        assertThat(allotment.members().seats(id).used()).isEqualTo(3);
    }

    @Test
    void of_many_who_are_reactivated_at_the_same_moment_as_many_come_back_as_there_are_seats() {
        var members = Stream.generate(() -> given.member(tenant)).limit(THREADS).toList();
        members.forEach(member -> allotment.members().suspend(id, member));
        seated(3);

        var results = Together.run(THREADS, thread -> allotment.members().reactivate(id, members.get(thread)));

        assertThat(results.stream().filter(result -> result.value().isPresent()))
                .hasSize(2);
        assertThat(allotment.members().seats(id).used()).isEqualTo(3);
    }

    // Personal tenants

    @Test
    void a_personal_tenant_is_made_once_and_is_its_persons_alone() {
        var user = given.user();

        var personal = allotment.tenants().createPersonal(user.id());

        assertThat(allotment.tenants().createPersonal(user.id())).isEqualTo(personal);
        assertThat(as(user.id()).members().list(personal.id(), FIRST).items())
                .extracting(Membership::userId)
                .containsExactly(user.id());
        assertThat(as(user.id()).members().seats(personal.id())).isEqualTo(new Seats(1, Optional.of(1L)));
        assertThatThrownBy(() -> allotment.members().add(personal.id(), owner, "Not mine", SystemRole.MEMBER.key()))
                .isInstanceOf(PersonalTenant.class);
        assertThatThrownBy(() -> as(user.id()).members().leave(personal.id())).isInstanceOf(LastOwner.class);
        assertThatThrownBy(() -> as(owner).tenants().createPersonal(owner)).isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> allotment.tenants().createPersonal(new UserId(ids.next())))
                .isInstanceOf(NotFound.class);
    }

    @Test
    void a_personal_tenant_that_many_make_at_the_same_moment_is_one() {
        var user = given.user().id();

        var results = Together.run(
                THREADS, thread -> allotment.tenants().createPersonal(user).id());

        assertThat(new HashSet<>(Together.values(results))).hasSize(1);
        assertThat(allotment.members().listTenantsOf(user, FIRST).items()).hasSize(1);
    }

    // Teams

    @Test
    void what_changes_nothing_is_not_written() {
        var member = given.member(tenant);
        var before = allotment.members().get(id, member);
        var team = allotment.teams().create(id, new TeamService.Profile("Films", Optional.of("of all kinds")));
        var place = allotment.teams().putMember(id, team.id(), member, TeamMembership.Role.LEAD);
        var roles = allotment.access().rolesOf(id, member);
        var done = actions();
        clock.advance(Duration.ofMinutes(1));

        assertThat(allotment.members().update(id, member, Optional.of(1L), any -> any))
                .isEqualTo(before);
        assertThat(allotment.teams().update(id, team.id(), Optional.of(1L), any -> any))
                .isEqualTo(team);
        assertThat(allotment.teams().putMember(id, team.id(), member, TeamMembership.Role.LEAD))
                .isEqualTo(place);
        assertThat(allotment.tenants().update(id, Optional.of(1L), any -> any)).isEqualTo(tenant);
        assertThat(allotment.tenants().setThresholds(id, Optional.of(1L), tenant.thresholds()))
                .isEqualTo(tenant);
        assertThat(as(owner).access().assign(id, member, SystemRole.MEMBER.key(), Optional.empty()))
                .isEqualTo(roles.get(0));

        assertThat(actions()).isEqualTo(done);
        assertThat(allotment.members().get(id, member)).isEqualTo(before);
        assertThat(allotment.teams().get(id, team.id())).isEqualTo(team);
        assertThat(allotment.tenants().get(id)).isEqualTo(tenant);
        assertThat(allotment.access().rolesOf(id, member)).isEqualTo(roles);
    }

    @Test
    void who_manages_teams_may_all_of_it_and_who_leads_one_says_who_is_in_it() {
        var moderator = given.member(tenant, SystemRole.MODERATOR);
        var lead = given.member(tenant);
        var member = given.member(tenant);
        var profile = new TeamService.Profile("Films", Optional.empty());
        assertThatThrownBy(() -> as(lead).teams().create(id, profile)).isInstanceOf(Forbidden.class);
        var team = as(moderator).teams().create(id, profile).id();
        as(moderator).teams().putMember(id, team, lead, TeamMembership.Role.LEAD);

        as(lead).teams().putMember(id, team, member, TeamMembership.Role.MEMBER);

        assertThat(as(member).teams().listTeamsOf(id, member, FIRST).items())
                .extracting(place -> place.team().id())
                .containsExactly(team);
        assertThatThrownBy(() -> as(member).teams().putMember(id, team, member, TeamMembership.Role.LEAD))
                .isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> as(member).teams().removeMember(id, team, lead))
                .isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> as(lead).teams().update(id, team, Optional.empty(), any -> profile))
                .isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> as(lead).teams().delete(id, team)).isInstanceOf(Forbidden.class);
        as(member).teams().removeMember(id, team, member);
        as(lead).teams().removeMember(id, team, lead);
        assertThatThrownBy(() -> as(lead).teams().putMember(id, team, lead, TeamMembership.Role.LEAD))
                .isInstanceOf(Forbidden.class);
        assertThat(as(owner).teams().listMembers(id, team, FIRST).items()).isEmpty();
        as(moderator).teams().delete(id, team);
        assertThatThrownBy(() -> as(owner).teams().get(id, team)).isInstanceOf(NotFound.class);
        assertThat(actions()).contains("team.created", "team.member-put", "team.member-removed", "team.deleted");
    }

    private Allotment as(UserId user) {
        return allotment.as(Caller.user(user, Origin.HERE));
    }

    private Membership transfer(UserId caller, Optional<UserId> from, UserId to) {
        return as(caller).members().transferOwnership(id, from, to);
    }

    private void seated(int seats) {
        given.subscribe(tenant, Fixtures.accountOf(tenant), terms(seats));
    }

    private static PlanVersionTerms terms(int seats) {
        return new PlanVersionTerms(
                0, 0, Optional.of(seats), Credits.ZERO, Credits.ZERO, Document.EMPTY, List.of(), List.of());
    }

    private List<String> roles(UserId user) {
        return inTenant(id, () -> persistence.roles().of(id, user)).stream()
                .map(assignment -> assignment.role().value())
                .toList();
    }

    private List<UserId> members() {
        return allotment.members().list(id, FIRST).items().stream()
                .map(Membership::userId)
                .toList();
    }

    private long lastingOwners() {
        return inTenant(id, () -> persistence.roles().countHolders(id, SystemRole.OWNER.key(), LastOwner.END_OF_TIME));
    }

    private List<String> actions() {
        return inTenant(id, () -> persistence.audit().list(Optional.of(id), AuditFilter.ALL, PageRequest.first(200)))
                .items()
                .stream()
                .map(entry -> entry.event().action())
                .toList();
    }

    private static void assertLastOwner(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(LastOwner.class);
    }
}
