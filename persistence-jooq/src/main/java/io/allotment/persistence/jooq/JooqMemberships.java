package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.MEMBERSHIPS;
import static io.allotment.persistence.jooq.generated.Tables.MODEL_PREFERENCES;
import static io.allotment.persistence.jooq.generated.Tables.TENANTS;

import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Membership;
import io.allotment.domain.tenancy.Memberships;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;

final class JooqMemberships implements Memberships {

    private final DSLContext db;
    private final JooqUnits units;

    JooqMemberships(DSLContext db, JooqUnits units) {
        this.db = db;
        this.units = units;
    }

    @Override
    public void insert(Membership membership) {
        try {
            int rows = db.insertInto(MEMBERSHIPS)
                    .set(MEMBERSHIPS.TENANT_ID, membership.tenantId().value())
                    .set(MEMBERSHIPS.USER_ID, membership.userId().value())
                    .set(MEMBERSHIPS.DISPLAY_NAME, membership.displayName())
                    .set(MEMBERSHIPS.STATUS, membership.status().name())
                    .set(MEMBERSHIPS.SETTINGS, Json.jsonb(membership.settings()))
                    .set(MEMBERSHIPS.CREATED_AT, membership.createdAt())
                    .set(MEMBERSHIPS.UPDATED_AT, membership.updatedAt())
                    .set(MEMBERSHIPS.VERSION, membership.version())
                    .onConflict(MEMBERSHIPS.TENANT_ID, MEMBERSHIPS.USER_ID)
                    .doNothing()
                    .execute();
            if (rows == 0) {
                throw new AlreadyExists("member", "userId", membership.userId());
            }
        } catch (IntegrityConstraintViolationException missing) {
            throw SqlErrors.isForeignKeyViolation(missing)
                    ? new Unknown("user", "userId", membership.userId())
                    : missing;
        }
    }

    @Override
    public void update(Membership membership) {
        int rows = db.update(MEMBERSHIPS)
                .set(MEMBERSHIPS.DISPLAY_NAME, membership.displayName())
                .set(MEMBERSHIPS.STATUS, membership.status().name())
                .set(MEMBERSHIPS.SETTINGS, Json.jsonb(membership.settings()))
                .set(MEMBERSHIPS.UPDATED_AT, membership.updatedAt())
                .set(MEMBERSHIPS.VERSION, membership.version())
                .where(MEMBERSHIPS.TENANT_ID.eq(membership.tenantId().value()))
                .and(MEMBERSHIPS.USER_ID.eq(membership.userId().value()))
                .and(MEMBERSHIPS.VERSION.eq(membership.version() - 1))
                .execute();
        if (rows == 0) {
            throw new StaleVersion("member", membership.userId());
        }
    }

    @Override
    public boolean remove(TenantId tenant, UserId user) {
        boolean removed = db.deleteFrom(MEMBERSHIPS)
                        .where(MEMBERSHIPS.TENANT_ID.eq(tenant.value()))
                        .and(MEMBERSHIPS.USER_ID.eq(user.value()))
                        .execute()
                == 1;
        // Their holder may be the tenant too, so no foreign key does it.
        db.deleteFrom(MODEL_PREFERENCES)
                .where(MODEL_PREFERENCES.TENANT_ID.eq(tenant.value()))
                .and(MODEL_PREFERENCES.HOLDER_ID.eq(user.value()))
                .execute();
        return removed;
    }

    @Override
    public Optional<Membership> find(TenantId tenant, UserId user) {
        return db.selectFrom(MEMBERSHIPS)
                .where(MEMBERSHIPS.TENANT_ID.eq(tenant.value()))
                .and(MEMBERSHIPS.USER_ID.eq(user.value()))
                .fetchOptional(JooqMemberships::membership);
    }

    @Override
    public Page<Membership> list(TenantId tenant, PageRequest page) {
        var rows = db.selectFrom(MEMBERSHIPS)
                .where(MEMBERSHIPS.TENANT_ID.eq(tenant.value()))
                .and(Columns.after(MEMBERSHIPS.USER_ID, page))
                .orderBy(MEMBERSHIPS.USER_ID)
                .limit(page.limit() + 1)
                .fetch(JooqMemberships::membership);
        return Page.of(rows, page, membership -> membership.userId().toString());
    }

    @Override
    public Page<Place> listPlaces(UserId user, PageRequest page) {
        units.requirePlatform("a user's places in all tenants");
        var rows = db.select(TENANTS.fields())
                .select(MEMBERSHIPS.fields())
                .from(MEMBERSHIPS)
                .join(TENANTS)
                .on(TENANTS.TENANT_ID.eq(MEMBERSHIPS.TENANT_ID))
                .where(MEMBERSHIPS.USER_ID.eq(user.value()))
                .and(Columns.after(MEMBERSHIPS.TENANT_ID, page))
                .orderBy(MEMBERSHIPS.TENANT_ID)
                .limit(page.limit() + 1)
                .fetch(row -> new Place(JooqTenants.tenant(row), membership(row)));
        return Page.of(rows, page, place -> place.tenant().id().toString());
    }

    @Override
    public long countActive(TenantId tenant) {
        return db.fetchCount(
                MEMBERSHIPS,
                MEMBERSHIPS.TENANT_ID.eq(tenant.value()),
                MEMBERSHIPS.STATUS.eq(Membership.Status.ACTIVE.name()));
    }

    private static Membership membership(Record row) {
        return new Membership(
                new TenantId(row.get(MEMBERSHIPS.TENANT_ID)),
                new UserId(row.get(MEMBERSHIPS.USER_ID)),
                row.get(MEMBERSHIPS.DISPLAY_NAME),
                Membership.Status.valueOf(row.get(MEMBERSHIPS.STATUS)),
                Json.document(row.get(MEMBERSHIPS.SETTINGS)),
                row.get(MEMBERSHIPS.CREATED_AT),
                row.get(MEMBERSHIPS.UPDATED_AT),
                row.get(MEMBERSHIPS.VERSION));
    }
}
