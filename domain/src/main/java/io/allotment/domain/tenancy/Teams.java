package io.allotment.domain.tenancy;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TeamId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.util.Optional;

/** Port: a tenant's teams, and who is in them. */
public interface Teams {

    /** A team, and what somebody is in it. */
    record Place(Team team, TeamMembership membership) {
        public Place {
            requireNonNull(team, "team");
            requireNonNull(membership, "membership");
        }
    }

    /** Refuses a name that another team of the tenant has ({@code AlreadyExists}). */
    void insert(Team team);

    /** Writes what was read at the version before; refuses a stale one, and a taken name. */
    void update(Team team);

    Optional<Team> find(TenantId tenant, TeamId id);

    /** Oldest first. */
    Page<Team> list(TenantId tenant, PageRequest page);

    /** With everybody's place in it; the members stay members of the tenant. False where there is none. */
    boolean delete(TenantId tenant, TeamId id);

    /**
     * Puts somebody into the team, or gives who is in it another role. Refuses a team that is not there, and somebody who is no
     * member of the tenant ({@code Unknown}).
     */
    void put(TeamMembership membership);

    Optional<TeamMembership> findMember(TenantId tenant, TeamId team, UserId user);

    /** False where they are not in it. */
    boolean removeMember(TenantId tenant, TeamId team, UserId user);

    /** In the order of user ids. */
    Page<TeamMembership> listMembers(TenantId tenant, TeamId team, PageRequest page);

    /** The teams that somebody is in, by team id. */
    Page<Place> listPlaces(TenantId tenant, UserId user, PageRequest page);
}
