package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.TEAMS;
import static io.allotment.persistence.jooq.generated.Tables.TEAM_MEMBERSHIPS;

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
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;

final class JooqTeams implements Teams {

    private final DSLContext db;

    JooqTeams(DSLContext db) {
        this.db = db;
    }

    @Override
    public void insert(Team team) {
        int rows = db.insertInto(TEAMS)
                .set(TEAMS.TENANT_ID, team.tenantId().value())
                .set(TEAMS.ID, team.id().value())
                .set(TEAMS.NAME, team.name())
                .set(TEAMS.DESCRIPTION, team.description().orElse(null))
                .set(TEAMS.CREATED_AT, team.createdAt())
                .set(TEAMS.UPDATED_AT, team.updatedAt())
                .set(TEAMS.VERSION, team.version())
                .onConflict(TEAMS.TENANT_ID, TEAMS.NAME)
                .doNothing()
                .execute();
        if (rows == 0) {
            throw new AlreadyExists("team", "name", team.name());
        }
    }

    @Override
    public void update(Team team) {
        try {
            int rows = db.update(TEAMS)
                    .set(TEAMS.NAME, team.name())
                    .set(TEAMS.DESCRIPTION, team.description().orElse(null))
                    .set(TEAMS.UPDATED_AT, team.updatedAt())
                    .set(TEAMS.VERSION, team.version())
                    .where(TEAMS.TENANT_ID.eq(team.tenantId().value()))
                    .and(TEAMS.ID.eq(team.id().value()))
                    .and(TEAMS.VERSION.eq(team.version() - 1))
                    .execute();
            if (rows == 0) {
                throw new StaleVersion("team", team.id());
            }
        } catch (IntegrityConstraintViolationException taken) {
            throw SqlErrors.isUniqueViolation(taken) ? new AlreadyExists("team", "name", team.name()) : taken;
        }
    }

    @Override
    public Optional<Team> find(TenantId tenant, TeamId id) {
        return db.selectFrom(TEAMS)
                .where(TEAMS.TENANT_ID.eq(tenant.value()))
                .and(TEAMS.ID.eq(id.value()))
                .fetchOptional(JooqTeams::team);
    }

    @Override
    public Page<Team> list(TenantId tenant, PageRequest page) {
        var rows = db.selectFrom(TEAMS)
                .where(TEAMS.TENANT_ID.eq(tenant.value()))
                .and(Columns.after(TEAMS.ID, page))
                .orderBy(TEAMS.ID)
                .limit(page.limit() + 1)
                .fetch(JooqTeams::team);
        return Page.of(rows, page, team -> team.id().toString());
    }

    @Override
    public boolean delete(TenantId tenant, TeamId id) {
        return db.deleteFrom(TEAMS)
                        .where(TEAMS.TENANT_ID.eq(tenant.value()))
                        .and(TEAMS.ID.eq(id.value()))
                        .execute()
                == 1;
    }

    @Override
    public void put(TeamMembership membership) {
        if (find(membership.tenantId(), membership.teamId()).isEmpty()) {
            throw new Unknown("team", "teamId", membership.teamId());
        }
        try {
            db.insertInto(TEAM_MEMBERSHIPS)
                    .set(TEAM_MEMBERSHIPS.TENANT_ID, membership.tenantId().value())
                    .set(TEAM_MEMBERSHIPS.TEAM_ID, membership.teamId().value())
                    .set(TEAM_MEMBERSHIPS.USER_ID, membership.userId().value())
                    .set(TEAM_MEMBERSHIPS.ROLE, membership.role().name())
                    .set(TEAM_MEMBERSHIPS.CREATED_AT, membership.createdAt())
                    .onConflict(TEAM_MEMBERSHIPS.TENANT_ID, TEAM_MEMBERSHIPS.TEAM_ID, TEAM_MEMBERSHIPS.USER_ID)
                    .doUpdate()
                    .set(TEAM_MEMBERSHIPS.ROLE, membership.role().name())
                    .execute();
        } catch (IntegrityConstraintViolationException missing) {
            throw SqlErrors.isForeignKeyViolation(missing)
                    ? new Unknown("member", "userId", membership.userId())
                    : missing;
        }
    }

    @Override
    public Optional<TeamMembership> findMember(TenantId tenant, TeamId team, UserId user) {
        return db.selectFrom(TEAM_MEMBERSHIPS)
                .where(TEAM_MEMBERSHIPS.TENANT_ID.eq(tenant.value()))
                .and(TEAM_MEMBERSHIPS.TEAM_ID.eq(team.value()))
                .and(TEAM_MEMBERSHIPS.USER_ID.eq(user.value()))
                .fetchOptional(JooqTeams::membership);
    }

    @Override
    public boolean removeMember(TenantId tenant, TeamId team, UserId user) {
        return db.deleteFrom(TEAM_MEMBERSHIPS)
                        .where(TEAM_MEMBERSHIPS.TENANT_ID.eq(tenant.value()))
                        .and(TEAM_MEMBERSHIPS.TEAM_ID.eq(team.value()))
                        .and(TEAM_MEMBERSHIPS.USER_ID.eq(user.value()))
                        .execute()
                == 1;
    }

    @Override
    public Page<TeamMembership> listMembers(TenantId tenant, TeamId team, PageRequest page) {
        var rows = db.selectFrom(TEAM_MEMBERSHIPS)
                .where(TEAM_MEMBERSHIPS.TENANT_ID.eq(tenant.value()))
                .and(TEAM_MEMBERSHIPS.TEAM_ID.eq(team.value()))
                .and(Columns.after(TEAM_MEMBERSHIPS.USER_ID, page))
                .orderBy(TEAM_MEMBERSHIPS.USER_ID)
                .limit(page.limit() + 1)
                .fetch(JooqTeams::membership);
        return Page.of(rows, page, membership -> membership.userId().toString());
    }

    @Override
    public Page<Place> listPlaces(TenantId tenant, UserId user, PageRequest page) {
        var rows = db.select(TEAMS.fields())
                .select(TEAM_MEMBERSHIPS.fields())
                .from(TEAM_MEMBERSHIPS)
                .join(TEAMS)
                .on(TEAMS.TENANT_ID.eq(TEAM_MEMBERSHIPS.TENANT_ID))
                .and(TEAMS.ID.eq(TEAM_MEMBERSHIPS.TEAM_ID))
                .where(TEAM_MEMBERSHIPS.TENANT_ID.eq(tenant.value()))
                .and(TEAM_MEMBERSHIPS.USER_ID.eq(user.value()))
                .and(Columns.after(TEAM_MEMBERSHIPS.TEAM_ID, page))
                .orderBy(TEAM_MEMBERSHIPS.TEAM_ID)
                .limit(page.limit() + 1)
                .fetch(row -> new Place(team(row), membership(row)));
        return Page.of(rows, page, place -> place.team().id().toString());
    }

    private static Team team(Record row) {
        return new Team(
                new TenantId(row.get(TEAMS.TENANT_ID)),
                new TeamId(row.get(TEAMS.ID)),
                row.get(TEAMS.NAME),
                Columns.optional(row, TEAMS.DESCRIPTION),
                row.get(TEAMS.CREATED_AT),
                row.get(TEAMS.UPDATED_AT),
                row.get(TEAMS.VERSION));
    }

    private static TeamMembership membership(Record row) {
        return new TeamMembership(
                new TenantId(row.get(TEAM_MEMBERSHIPS.TENANT_ID)),
                new TeamId(row.get(TEAM_MEMBERSHIPS.TEAM_ID)),
                new UserId(row.get(TEAM_MEMBERSHIPS.USER_ID)),
                TeamMembership.Role.valueOf(row.get(TEAM_MEMBERSHIPS.ROLE)),
                row.get(TEAM_MEMBERSHIPS.CREATED_AT));
    }
}
