package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TeamId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Team;
import io.allotment.domain.tenancy.TeamMembership;
import io.allotment.domain.tenancy.Teams;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Teams of a tenant, and who is in them. */
public abstract class TeamsContract extends PersistenceContract {

    private static final PageRequest FIRST = PageRequest.first(10);

    private Tenant owner;
    private TenantId tenant;
    private Tenant other;

    @BeforeEach
    void two_tenants() {
        owner = given.tenant();
        tenant = owner.id();
        other = given.tenant();
    }

    @Test
    void a_team_comes_back_as_it_was_given_and_as_it_was_changed() {
        var team = inserted(
                Team.created(tenant, new TeamId(ids.next()), "Films & Töne", Optional.of("Two\nlines"), START));
        assertThat(found(team)).contains(team);

        var changed = team.with("Films", Optional.empty(), START.plusSeconds(1));
        inTenant(tenant, () -> persistence.teams().update(changed));

        assertThat(found(team)).contains(changed);
    }

    @Test
    void a_change_on_a_version_that_somebody_else_changed_is_refused() {
        var team = inserted(newTeam());
        var first = team.with("first " + Fixtures.word(), Optional.empty(), START);
        inTenant(tenant, () -> persistence.teams().update(first));

        assertThatThrownBy(() -> inTenant(
                        tenant, () -> persistence.teams().update(team.with("second", Optional.empty(), START))))
                .isInstanceOf(StaleVersion.class);
        assertThat(found(team)).contains(first);
    }

    @Test
    void a_name_is_one_teams_in_the_tenant_and_free_in_others() {
        var team = inserted(newTeam());
        var second = inserted(newTeam());

        assertThatThrownBy(() ->
                        inserted(Team.created(tenant, new TeamId(ids.next()), team.name(), Optional.empty(), START)))
                .isInstanceOf(AlreadyExists.class);
        assertThatThrownBy(() -> inTenant(
                        tenant, () -> persistence.teams().update(second.with(team.name(), Optional.empty(), START))))
                .isInstanceOf(AlreadyExists.class);
        inTenant(
                other.id(),
                () -> persistence
                        .teams()
                        .insert(Team.created(
                                other.id(), new TeamId(ids.next()), team.name(), Optional.empty(), START)));

        assertThat(found(second)).contains(second);
    }

    @Test
    void teams_are_listed_oldest_first() {
        var teams = Stream.generate(this::newTeam).limit(5).toList();
        teams.forEach(this::inserted);

        assertListing(teams, page -> inTenant(tenant, () -> persistence.teams().list(tenant, page)));
    }

    @Test
    void a_deleted_team_is_gone_with_everybodys_place_in_it() {
        var team = inserted(newTeam());
        var stays = inserted(newTeam());
        var user = given.member(owner);
        put(team, user, TeamMembership.Role.LEAD);
        put(stays, user, TeamMembership.Role.MEMBER);

        assertThat(inTenant(tenant, () -> persistence.teams().delete(tenant, team.id())))
                .isTrue();
        assertThat(inTenant(tenant, () -> persistence.teams().delete(tenant, team.id())))
                .isFalse();

        assertThat(found(team)).isEmpty();
        assertThat(places(user)).extracting(place -> place.team().id()).containsExactly(stays.id());
        assertThat(inTenant(tenant, () -> persistence.memberships().find(tenant, user)))
                .isPresent();
    }

    @Test
    void who_is_put_into_a_team_again_has_another_role_and_came_when_they_came() {
        var team = inserted(newTeam());
        var user = given.member(owner);
        put(team, user, TeamMembership.Role.MEMBER);

        inTenant(
                tenant,
                () -> persistence
                        .teams()
                        .put(new TeamMembership(
                                tenant, team.id(), user, TeamMembership.Role.LEAD, START.plusSeconds(60))));

        assertThat(inTenant(tenant, () -> persistence.teams().findMember(tenant, team.id(), user)))
                .contains(new TeamMembership(tenant, team.id(), user, TeamMembership.Role.LEAD, START));
        assertThat(places(user))
                .extracting(place -> place.membership().role())
                .containsExactly(TeamMembership.Role.LEAD);
    }

    @Test
    void a_team_that_is_not_there_and_somebody_who_is_no_member_are_unknown() {
        var team = inserted(newTeam());
        var nowhere = Team.created(tenant, new TeamId(ids.next()), "Nowhere", Optional.empty(), START);
        var elsewhere = given.member(other);

        assertThatThrownBy(() -> put(nowhere, given.member(owner), TeamMembership.Role.MEMBER))
                .isInstanceOf(Unknown.class);
        assertThatThrownBy(() -> put(team, elsewhere, TeamMembership.Role.MEMBER))
                .isInstanceOf(Unknown.class);
        assertThatThrownBy(() -> put(team, new UserId(ids.next()), TeamMembership.Role.MEMBER))
                .isInstanceOf(Unknown.class);
    }

    @Test
    void members_of_a_team_are_listed_in_the_order_of_their_ids() {
        var team = inserted(newTeam());
        var elsewhere = inserted(newTeam());
        var members = Stream.generate(() -> given.member(owner))
                .limit(5)
                .sorted(Comparator.comparing(UserId::toString))
                .map(user -> put(team, user, TeamMembership.Role.MEMBER))
                .toList();
        put(elsewhere, given.member(owner), TeamMembership.Role.MEMBER);

        assertListing(
                members, page -> inTenant(tenant, () -> persistence.teams().listMembers(tenant, team.id(), page)));
    }

    @Test
    void somebodys_teams_are_listed_oldest_first() {
        var user = given.member(owner);
        var places = Stream.generate(this::newTeam)
                .limit(5)
                .map(this::inserted)
                .map(team -> new Teams.Place(team, put(team, user, TeamMembership.Role.LEAD)))
                .toList();
        put(inserted(newTeam()), given.member(owner), TeamMembership.Role.MEMBER);

        assertListing(places, page -> inTenant(tenant, () -> persistence.teams().listPlaces(tenant, user, page)));
    }

    @Test
    void who_is_taken_out_of_a_team_is_out() {
        var team = inserted(newTeam());
        var user = given.member(owner);
        put(team, user, TeamMembership.Role.LEAD);

        assertThat(inTenant(tenant, () -> persistence.teams().removeMember(tenant, team.id(), user)))
                .isTrue();
        assertThat(inTenant(tenant, () -> persistence.teams().removeMember(tenant, team.id(), user)))
                .isFalse();

        assertThat(inTenant(tenant, () -> persistence.teams().findMember(tenant, team.id(), user)))
                .isEmpty();
        assertThat(places(user)).isEmpty();
    }

    @Test
    void another_tenant_neither_sees_nor_changes_teams() {
        var team = inserted(newTeam());
        var user = given.member(owner);
        put(team, user, TeamMembership.Role.MEMBER);

        inTenant(other.id(), () -> {
            assertThat(persistence.teams().find(tenant, team.id())).isEmpty();
            assertThat(persistence.teams().find(other.id(), team.id())).isEmpty();
            assertThat(persistence.teams().list(tenant, FIRST).items()).isEmpty();
            assertThat(persistence.teams().findMember(tenant, team.id(), user)).isEmpty();
            assertThat(persistence.teams().listMembers(tenant, team.id(), FIRST).items())
                    .isEmpty();
            assertThat(persistence.teams().listPlaces(tenant, user, FIRST).items())
                    .isEmpty();
            assertThat(persistence.teams().removeMember(tenant, team.id(), user))
                    .isFalse();
            assertThat(persistence.teams().delete(tenant, team.id())).isFalse();
        });
        assertImpossible(() -> inTenant(other.id(), () -> persistence.teams().insert(newTeam())));
        assertImpossible(() ->
                inTenant(other.id(), () -> persistence.teams().update(team.with("Theirs", Optional.empty(), START))));
        assertImpossible(() -> inTenant(
                other.id(),
                () -> persistence
                        .teams()
                        .put(new TeamMembership(tenant, team.id(), user, TeamMembership.Role.LEAD, START))));
        assertThat(found(team)).contains(team);
        assertThat(places(user))
                .extracting(place -> place.membership().role())
                .containsExactly(TeamMembership.Role.MEMBER);
    }

    @Test
    void a_tenant_that_does_not_exist_has_no_teams() {
        var nowhere = new TenantId(ids.next());

        assertImpossible(() -> inTenant(
                nowhere,
                () -> persistence
                        .teams()
                        .insert(Team.created(nowhere, new TeamId(ids.next()), "Lost", Optional.empty(), START))));
    }

    @Test
    void a_failed_unit_leaves_teams_as_they_were() {
        var team = inserted(newTeam());
        var user = given.member(owner);
        put(team, user, TeamMembership.Role.MEMBER);
        var never = newTeam();

        inTenantThenUndone(tenant, () -> {
            persistence.teams().insert(never);
            persistence.teams().update(team.with("changed", Optional.empty(), START));
            persistence.teams().removeMember(tenant, team.id(), user);
            persistence.teams().delete(tenant, team.id());
        });

        assertThat(found(team)).contains(team);
        assertThat(found(never)).isEmpty();
        assertThat(places(user)).hasSize(1);
    }

    private Team newTeam() {
        return Team.created(tenant, new TeamId(ids.next()), "Team " + Fixtures.word(), Optional.empty(), START);
    }

    private Team inserted(Team team) {
        inTenant(tenant, () -> persistence.teams().insert(team));
        return team;
    }

    private TeamMembership put(Team team, UserId user, TeamMembership.Role role) {
        var membership = new TeamMembership(tenant, team.id(), user, role, START);
        inTenant(tenant, () -> persistence.teams().put(membership));
        return membership;
    }

    private Optional<Team> found(Team team) {
        return inTenant(tenant, () -> persistence.teams().find(tenant, team.id()));
    }

    private List<Teams.Place> places(UserId user) {
        return inTenant(tenant, () -> persistence.teams().listPlaces(tenant, user, FIRST))
                .items();
    }
}
