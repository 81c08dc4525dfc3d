package io.allotment.application.tenancy;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Right;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TeamId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Team;
import io.allotment.domain.tenancy.TeamMembership;
import io.allotment.domain.tenancy.Teams;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Teams inside a tenant. Who manages teams may all of it; who leads one says who is in it. All methods refuse a tenant that is
 * not there or not the caller's, and a team that is not there ({@link NotFound}). Thread-safe.
 */
public final class TeamService {

    private final Persistence persistence;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;

    public TeamService(Persistence persistence, Ids ids, Moments moments, Acting acting) {
        this.persistence = persistence;
        this.ids = ids;
        this.moments = moments;
        this.acting = acting;
    }

    /** What a team is called. */
    public record Profile(String name, Optional<String> description) {}

    /** Refuses a name that another team of the tenant has. */
    public Team create(TenantId tenant, Profile profile) {
        acting.require(tenant, Right.TEAM_MANAGE);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            requireTenant(tenant);
            var team =
                    Team.created(tenant, new TeamId(ids.next()), profile.name(), profile.description(), moments.now());
            persistence.teams().insert(team);
            acting.record(
                    tenant, AuditEvent.of("team.created", "team", team.id()).to(values(team)));
            return team;
        });
    }

    public Team get(TenantId tenant, TeamId id) {
        acting.require(tenant, Right.MEMBER_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> team(tenant, id));
    }

    /** Oldest first. */
    public Page<Team> list(TenantId tenant, PageRequest page) {
        acting.require(tenant, Right.MEMBER_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            requireTenant(tenant);
            return persistence.teams().list(tenant, page);
        });
    }

    /**
     * Changes what it is called. Nothing happens where that is the same.
     *
     * @param readAt the version the change was made on, where somebody else's change in between must not be lost
     */
    public Team update(TenantId tenant, TeamId id, Optional<Long> readAt, UnaryOperator<Profile> change) {
        acting.require(tenant, Right.TEAM_MANAGE);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            var before = team(tenant, id);
            if (readAt.isPresent() && readAt.get() != before.version()) {
                throw new StaleVersion("team", id);
            }
            var profile = change.apply(new Profile(before.name(), before.description()));
            var after = before.with(profile.name(), profile.description(), moments.now());
            if (after.version() == before.version()) {
                return before;
            }
            persistence.teams().update(after);
            acting.record(
                    tenant,
                    AuditEvent.of("team.updated", "team", id)
                            .from(values(before))
                            .to(values(after)));
            return after;
        });
    }

    /** Its members stay members of the tenant. */
    public void delete(TenantId tenant, TeamId id) {
        acting.require(tenant, Right.TEAM_MANAGE);
        persistence.unitOfWork().forTenant(tenant, () -> {
            var team = team(tenant, id);
            persistence.teams().delete(tenant, id);
            acting.record(tenant, AuditEvent.of("team.deleted", "team", id).from(values(team)));
        });
    }

    /**
     * Puts a member of the tenant into the team, or gives who is in it another role there. Nothing happens where it is the same
     * role. Refuses somebody who is no member of the tenant.
     */
    public TeamMembership putMember(TenantId tenant, TeamId id, UserId user, TeamMembership.Role role) {
        acting.requireMember(tenant);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            team(tenant, id);
            requireToLead(tenant, id);
            var before = persistence.teams().findMember(tenant, id, user);
            if (before.filter(was -> was.role() == role).isPresent()) {
                return before.get();
            }
            persistence.teams().put(new TeamMembership(tenant, id, user, role, moments.now()));
            acting.record(
                    tenant,
                    AuditEvent.of("team.member-put", "team", id)
                            .from(before.<Map<String, Object>>map(
                                            was -> Map.of("role", was.role().name()))
                                    .orElse(Map.of()))
                            .to(Map.of("user", user.toString(), "role", role.name())));
            return persistence.teams().findMember(tenant, id, user).orElseThrow();
        });
    }

    /** Oneself everybody may take out. Refuses somebody who is not in it. */
    public void removeMember(TenantId tenant, TeamId id, UserId user) {
        acting.requireMember(tenant);
        persistence.unitOfWork().forTenant(tenant, () -> {
            team(tenant, id);
            if (!People.is(acting, user)) {
                requireToLead(tenant, id);
            }
            if (!persistence.teams().removeMember(tenant, id, user)) {
                throw new NotFound("team member", user);
            }
            acting.record(
                    tenant, AuditEvent.of("team.member-removed", "team", id).from(Map.of("user", user.toString())));
        });
    }

    public Page<TeamMembership> listMembers(TenantId tenant, TeamId id, PageRequest page) {
        acting.require(tenant, Right.MEMBER_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            team(tenant, id);
            return persistence.teams().listMembers(tenant, id, page);
        });
    }

    /** The teams that a member is in; one's own everybody may see. */
    public Page<Teams.Place> listTeamsOf(TenantId tenant, UserId user, PageRequest page) {
        if (People.is(acting, user)) {
            acting.requireMember(tenant);
        } else {
            acting.require(tenant, Right.MEMBER_READ);
        }
        return persistence.unitOfWork().forTenant(tenant, () -> {
            requireTenant(tenant);
            if (persistence.memberships().find(tenant, user).isEmpty()) {
                throw new NotFound("member", user);
            }
            return persistence.teams().listPlaces(tenant, user, page);
        });
    }

    private void requireToLead(TenantId tenant, TeamId id) {
        boolean leads = acting.actor() instanceof Actor.User user
                && persistence
                        .teams()
                        .findMember(tenant, id, user.id())
                        .filter(membership -> membership.role() == TeamMembership.Role.LEAD)
                        .isPresent();
        if (!leads) {
            acting.require(tenant, Right.TEAM_MANAGE);
        }
    }

    private Team team(TenantId tenant, TeamId id) {
        requireTenant(tenant);
        return persistence.teams().find(tenant, id).orElseThrow(() -> new NotFound("team", id));
    }

    private void requireTenant(TenantId id) {
        if (persistence.tenants().find(id).isEmpty()) {
            throw new NotFound("tenant", id);
        }
    }

    private static Map<String, Object> values(Team team) {
        var values = new HashMap<String, Object>();
        values.put("name", team.name());
        team.description().ifPresent(text -> values.put("description", text));
        return values;
    }
}
