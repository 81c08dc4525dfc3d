package io.allotment.persistence.memory;

import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TeamId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Team;
import io.allotment.domain.tenancy.TeamMembership;
import io.allotment.domain.tenancy.Teams;
import java.util.Optional;

final class MemoryTeams implements Teams {

    private final Tables tables;

    MemoryTeams(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void insert(Team team) {
        tables.teams.requireToWrite(team);
        if (!tables.tenants.holds(Key.of(team.tenantId()))) {
            throw new Unknown("tenant", "tenantId", team.tenantId());
        }
        requireUnique(team);
        tables.teams.put(Key.of(team.tenantId(), team.id()), team);
    }

    @Override
    public void update(Team team) {
        tables.teams.requireToWrite(team);
        if (find(team.tenantId(), team.id())
                .filter(before -> before.version() == team.version() - 1)
                .isEmpty()) {
            throw new StaleVersion("team", team.id());
        }
        requireUnique(team);
        tables.teams.put(Key.of(team.tenantId(), team.id()), team);
    }

    private void requireUnique(Team team) {
        boolean taken = tables.teams
                .under(Key.of(team.tenantId()))
                .anyMatch(
                        other -> other.name().equals(team.name()) && !other.id().equals(team.id()));
        if (taken) {
            throw new AlreadyExists("team", "name", team.name());
        }
    }

    @Override
    public Optional<Team> find(TenantId tenant, TeamId id) {
        return tables.teams.find(Key.of(tenant, id));
    }

    @Override
    public Page<Team> list(TenantId tenant, PageRequest page) {
        return tables.teams.page(Key.of(tenant), Position.ID, page);
    }

    @Override
    public boolean delete(TenantId tenant, TeamId id) {
        return find(tenant, id).isPresent() && tables.teams.remove(Key.of(tenant, id));
    }

    @Override
    public void put(TeamMembership membership) {
        tables.teamMemberships.requireToWrite(membership);
        var tenant = membership.tenantId();
        if (find(tenant, membership.teamId()).isEmpty()) {
            throw new Unknown("team", "teamId", membership.teamId());
        }
        if (tables.memberships.find(Key.of(tenant, membership.userId())).isEmpty()) {
            throw new Unknown("member", "userId", membership.userId());
        }
        var joined = findMember(tenant, membership.teamId(), membership.userId())
                .map(TeamMembership::createdAt)
                .orElse(membership.createdAt());
        var written = new TeamMembership(tenant, membership.teamId(), membership.userId(), membership.role(), joined);
        tables.teamMemberships.put(Key.of(tenant, written.teamId(), written.userId()), written);
        tables.teamsOfMembers.put(Key.of(tenant, written.userId(), written.teamId()), written);
    }

    @Override
    public Optional<TeamMembership> findMember(TenantId tenant, TeamId team, UserId user) {
        return tables.teamMemberships.find(Key.of(tenant, team, user));
    }

    @Override
    public boolean removeMember(TenantId tenant, TeamId team, UserId user) {
        return findMember(tenant, team, user).isPresent() && tables.teamMemberships.remove(Key.of(tenant, team, user));
    }

    @Override
    public Page<TeamMembership> listMembers(TenantId tenant, TeamId team, PageRequest page) {
        return tables.teamMemberships.page(Key.of(tenant, team), Position.ID, page);
    }

    @Override
    public Page<Place> listPlaces(TenantId tenant, UserId user, PageRequest page) {
        return tables.teamsOfMembers
                .page(Key.of(tenant, user), Position.ID, page)
                .map(membership -> new Place(find(tenant, membership.teamId()).orElseThrow(), membership));
    }
}
