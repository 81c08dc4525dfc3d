package io.allotment.http;

import io.allotment.application.tenancy.TeamService;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TeamId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Team;
import io.allotment.domain.tenancy.TeamMembership;
import java.time.Instant;
import java.util.Optional;

/** Teams inside a tenant, and who is in them. */
final class TeamRoutes {

    void addTo(Routes routes) {
        var team = "/tenants/{tenant}/teams/{team}";
        routes.get("/tenants/{tenant}/teams", this::list);
        routes.postForTenant("/tenants/{tenant}/teams", this::create);
        routes.get(team, this::get);
        routes.patch(team, this::change);
        routes.delete(team, this::delete);
        routes.get(team + "/members", this::listMembers);
        routes.put(team + "/members/{user}", this::putMember);
        routes.delete(team + "/members/{user}", this::removeMember);
    }

    record NewTeam(String name, Optional<String> description) {}

    /** @param version the one it was read at, where somebody else's change in between must not be lost */
    record TeamChange(Optional<String> name, Change<String> description, Optional<Long> version) {

        TeamService.Profile of(TeamService.Profile present) {
            return new TeamService.Profile(name.orElse(present.name()), description.from(present.description()));
        }
    }

    record Place(TeamMembership.Role role) {}

    record TeamView(
            TeamId id, String name, Optional<String> description, Instant createdAt, Instant updatedAt, long version) {

        static TeamView of(Team team) {
            return new TeamView(
                    team.id(), team.name(), team.description(), team.createdAt(), team.updatedAt(), team.version());
        }
    }

    record TeamMemberView(UserId userId, TeamMembership.Role role, Instant createdAt) {

        static TeamMemberView of(TeamMembership membership) {
            return new TeamMemberView(membership.userId(), membership.role(), membership.createdAt());
        }
    }

    private Reply list(Call call) {
        return Reply.ok(Items.of(teams(call).list(call.tenant(), page(call)), TeamView::of));
    }

    private Reply create(Call call) {
        var body = call.body(NewTeam.class);
        var team = teams(call).create(call.tenant(), new TeamService.Profile(body.name(), body.description()));
        return Reply.created(TeamView.of(team)).at("/tenants/" + call.tenant() + "/teams/" + team.id());
    }

    private Reply get(Call call) {
        return Reply.ok(TeamView.of(teams(call).get(call.tenant(), team(call))));
    }

    private Reply change(Call call) {
        var change = call.body(TeamChange.class);
        return Reply.ok(TeamView.of(teams(call).update(call.tenant(), team(call), change.version(), change::of)));
    }

    private Reply delete(Call call) {
        teams(call).delete(call.tenant(), team(call));
        return Reply.noContent();
    }

    private Reply listMembers(Call call) {
        return Reply.ok(Items.of(teams(call).listMembers(call.tenant(), team(call), page(call)), TeamMemberView::of));
    }

    private Reply putMember(Call call) {
        var role = call.body(Place.class).role();
        return Reply.ok(
                TeamMemberView.of(teams(call).putMember(call.tenant(), team(call), MemberRoutes.user(call), role)));
    }

    private Reply removeMember(Call call) {
        teams(call).removeMember(call.tenant(), team(call), MemberRoutes.user(call));
        return Reply.noContent();
    }

    private static TeamService teams(Call call) {
        return call.allotment().teams();
    }

    private static TeamId team(Call call) {
        return call.path("team", TeamId::of);
    }

    private static PageRequest page(Call call) {
        return call.query(Paging.class).page();
    }
}
