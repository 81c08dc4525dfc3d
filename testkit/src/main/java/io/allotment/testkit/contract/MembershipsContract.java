package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.access.RoleAssignment;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TeamId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Membership;
import io.allotment.domain.tenancy.Memberships;
import io.allotment.domain.tenancy.Team;
import io.allotment.domain.tenancy.TeamMembership;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who belongs to a tenant, and to whom that is told. */
public abstract class MembershipsContract extends PersistenceContract {

    private TenantId tenant;
    private TenantId other;

    @BeforeEach
    void two_tenants() {
        tenant = given.tenant().id();
        other = given.tenant().id();
    }

    @Test
    void a_membership_comes_back_as_it_was_given() {
        var membership = inserted(Membership.joined(tenant, given.user().id(), "Ada Ünïcode", START));

        assertThat(found(tenant, membership.userId())).contains(membership);
    }

    @Test
    void a_user_may_belong_to_several_tenants_under_several_names() {
        var user = given.user().id();
        var here = inserted(Membership.joined(tenant, user, "Ada here", START));
        var there = inserted(Membership.joined(other, user, "Ada there", START));

        assertThat(found(tenant, user)).contains(here);
        assertThat(found(other, user)).contains(there);
    }

    @Test
    void members_are_listed_in_the_order_of_their_ids() {
        var members = Stream.generate(this::newMember).limit(5).toList();
        members.stream()
                .sorted(Comparator.comparing(
                                (Membership member) -> member.userId().toString())
                        .reversed())
                .forEach(this::inserted);

        assertListing(
                members,
                page -> inTenant(tenant, () -> persistence.memberships().list(tenant, page)));
    }

    @Test
    void a_member_cannot_become_one_again() {
        var membership = inserted(newMember());

        assertThatThrownBy(() -> inserted(Membership.joined(tenant, membership.userId(), "Another name", START)))
                .isInstanceOf(AlreadyExists.class);
        assertThat(found(tenant, membership.userId())).contains(membership);
    }

    @Test
    void somebody_who_does_not_exist_cannot_become_a_member() {
        var nobody = new UserId(ids.next());

        assertThatThrownBy(() -> inserted(Membership.joined(tenant, nobody, "Nobody", START)))
                .isInstanceOf(Unknown.class);
        assertThat(found(tenant, nobody)).isEmpty();
    }

    @Test
    void a_tenant_that_does_not_exist_has_no_members() {
        var nowhere = new TenantId(ids.next());
        var user = given.user().id();

        assertImpossible(() -> inserted(Membership.joined(nowhere, user, "Lost", START)));
        assertThat(found(nowhere, user)).isEmpty();
    }

    @Test
    void another_tenant_neither_sees_nor_makes_members() {
        var membership = inserted(newMember());
        var user = given.user().id();

        inTenant(other, () -> {
            assertThat(persistence.memberships().find(tenant, membership.userId()))
                    .isEmpty();
            assertThat(persistence.memberships().find(other, membership.userId()))
                    .isEmpty();
            assertThat(persistence
                            .memberships()
                            .list(tenant, PageRequest.first(10))
                            .items())
                    .isEmpty();
        });
        assertImpossible(() -> inTenant(
                other, () -> persistence.memberships().insert(Membership.joined(tenant, user, "Smuggled in", START))));
        assertThat(found(tenant, user)).isEmpty();
    }

    @Test
    void the_platform_sees_and_makes_members_of_any_tenant() {
        var member = newMember();

        inPlatform(() -> persistence.memberships().insert(member));

        assertThat(inPlatform(() -> persistence.memberships().find(tenant, member.userId())))
                .contains(member);
    }

    @Test
    void a_failed_unit_leaves_no_member() {
        var member = newMember();

        inTenantThenUndone(tenant, () -> persistence.memberships().insert(member));

        assertThat(found(tenant, member.userId())).isEmpty();
    }

    @Test
    void a_changed_member_comes_back_changed() {
        var membership = inserted(newMember());
        var later = START.plusSeconds(60);

        var renamed = membership.with("Ada L.", DOCUMENT, later);
        inTenant(tenant, () -> persistence.memberships().update(renamed));
        var suspended = renamed.suspended(later);
        inTenant(tenant, () -> persistence.memberships().update(suspended));

        assertThat(found(tenant, membership.userId())).contains(suspended);
        assertThat(suspended.version()).isEqualTo(3);
    }

    @Test
    void a_change_on_a_version_that_somebody_else_changed_is_refused() {
        var membership = inserted(newMember());
        var first = membership.with("first", membership.settings(), START);
        inTenant(tenant, () -> persistence.memberships().update(first));

        assertThatThrownBy(() -> inTenant(
                        tenant,
                        () -> persistence
                                .memberships()
                                .update(membership.with("second", membership.settings(), START))))
                .isInstanceOf(StaleVersion.class);
        assertThat(found(tenant, membership.userId())).contains(first);
    }

    @Test
    void a_removed_member_is_gone_with_roles_and_places_in_teams() {
        var membership = inserted(newMember());
        var stays = inserted(newMember());
        var team = Team.created(tenant, new TeamId(ids.next()), "Films", Optional.empty(), START);
        inTenant(tenant, () -> {
            persistence.teams().insert(team);
            for (var member : List.of(membership, stays)) {
                persistence
                        .teams()
                        .put(new TeamMembership(tenant, team.id(), member.userId(), TeamMembership.Role.MEMBER, START));
                persistence
                        .roles()
                        .assign(new RoleAssignment(
                                tenant,
                                member.userId(),
                                SystemRole.VIEWER.key(),
                                Optional.empty(),
                                START,
                                Optional.empty()));
            }
        });

        assertThat(inTenant(tenant, () -> persistence.memberships().remove(tenant, membership.userId())))
                .isTrue();
        assertThat(inTenant(tenant, () -> persistence.memberships().remove(tenant, membership.userId())))
                .isFalse();

        assertThat(found(tenant, membership.userId())).isEmpty();
        inTenant(tenant, () -> {
            assertThat(persistence.roles().of(tenant, membership.userId())).isEmpty();
            assertThat(persistence.roles().of(tenant, stays.userId())).hasSize(1);
            assertThat(persistence
                            .teams()
                            .listMembers(tenant, team.id(), PageRequest.first(10))
                            .items())
                    .extracting(TeamMembership::userId)
                    .containsExactly(stays.userId());
            assertThat(persistence
                            .teams()
                            .listPlaces(tenant, membership.userId(), PageRequest.first(10))
                            .items())
                    .isEmpty();
        });
        // Who comes back begins anew.
        inserted(Membership.joined(tenant, membership.userId(), "Back", START));
        assertThat(inTenant(tenant, () -> persistence.roles().of(tenant, membership.userId())))
                .isEmpty();
    }

    @Test
    void a_users_places_are_listed_by_tenant_for_the_platform_alone() {
        var user = given.user().id();
        var tenants = Stream.generate(given::tenant)
                .limit(5)
                .sorted(Comparator.comparing(one -> one.id().toString()))
                .toList();
        var places = tenants.stream()
                .map(one -> new Memberships.Place(one, inserted(Membership.joined(one.id(), user, "Ada", START))))
                .toList();
        inserted(newMember());

        assertListing(places, page -> inPlatform(() -> persistence.memberships().listPlaces(user, page)));
        assertImpossible(() ->
                inTenant(tenants.get(0).id(), () -> persistence.memberships().listPlaces(user, PageRequest.first(10))));
    }

    @Test
    void active_members_are_counted() {
        var first = inserted(newMember());
        inserted(newMember());
        inserted(Membership.joined(other, given.user().id(), "elsewhere", START));
        inTenant(tenant, () -> persistence.memberships().update(first.suspended(START)));

        assertThat(inTenant(tenant, () -> persistence.memberships().countActive(tenant)))
                .isEqualTo(1);
        assertThat(inTenant(other, () -> persistence.memberships().countActive(tenant)))
                .isZero();
    }

    @Test
    void another_tenant_neither_changes_nor_removes_members() {
        var membership = inserted(newMember());

        assertImpossible(() -> inTenant(other, () -> persistence.memberships().update(membership.suspended(START))));
        assertThat(inTenant(other, () -> persistence.memberships().remove(tenant, membership.userId())))
                .isFalse();
        assertThat(found(tenant, membership.userId())).contains(membership);
    }

    @Test
    void a_failed_unit_leaves_members_as_they_were() {
        var changed = inserted(newMember());
        var removed = inserted(newMember());

        inTenantThenUndone(tenant, () -> {
            persistence.memberships().update(changed.suspended(START));
            persistence.memberships().remove(tenant, removed.userId());
        });

        assertThat(found(tenant, changed.userId())).contains(changed);
        assertThat(found(tenant, removed.userId())).contains(removed);
    }

    private Membership newMember() {
        return Membership.joined(tenant, given.user().id(), "Member", START);
    }

    private Membership inserted(Membership membership) {
        inTenant(membership.tenantId(), () -> persistence.memberships().insert(membership));
        return membership;
    }

    private Optional<Membership> found(TenantId where, UserId user) {
        return inTenant(where, () -> persistence.memberships().find(where, user));
    }
}
