package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.AUDIT_HEADS;
import static io.allotment.persistence.jooq.generated.Tables.CREDIT_ACCOUNTS;
import static io.allotment.persistence.jooq.generated.Tables.CREDIT_ENTRIES;
import static io.allotment.persistence.jooq.generated.Tables.DECISIONS;
import static io.allotment.persistence.jooq.generated.Tables.METERED_USES;
import static io.allotment.persistence.jooq.generated.Tables.OUTBOX;
import static io.allotment.persistence.jooq.generated.Tables.QUOTA_HISTORY;
import static io.allotment.persistence.jooq.generated.Tables.TENANTS;
import static io.allotment.persistence.jooq.generated.Tables.TENANT_DIRECTORY;
import static io.allotment.persistence.jooq.generated.Tables.USAGE_ARRIVALS;
import static io.allotment.persistence.jooq.generated.Tables.USAGE_EVENTS;
import static io.allotment.persistence.jooq.generated.Tables.USAGE_ROLLUPS;
import static io.allotment.persistence.jooq.generated.Tables.USAGE_UNPRICED;

import io.allotment.domain.ai.AiTrees;
import io.allotment.domain.audit.AuditHead;
import io.allotment.domain.retention.Retention;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.domain.tenancy.Tenants;
import io.allotment.domain.tenancy.Thresholds;
import io.allotment.domain.tenancy.UnpricedModels;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;

final class JooqTenants implements Tenants {

    private final DSLContext db;
    private final JooqUnits units;

    JooqTenants(DSLContext db, JooqUnits units) {
        this.db = db;
        this.units = units;
    }

    @Override
    public void insert(Tenant tenant) {
        insertRow(tenant);
        enterInDirectory(tenant);
    }

    /** With the head of its audit log, which has no entries yet. */
    private void insertRow(Tenant tenant) {
        var nothing = AuditHead.empty(Optional.of(tenant.id()));
        db.insertInto(TENANTS)
                .set(TENANTS.TENANT_ID, tenant.id().value())
                .set(TENANTS.CREATED_AT, tenant.createdAt())
                .set(columns(tenant))
                .execute();
        JooqRetentions.insert(db, Retention.initial(tenant.id()));
        db.insertInto(AUDIT_HEADS)
                .set(AUDIT_HEADS.TENANT_ID, tenant.id().value())
                .set(AUDIT_HEADS.SEQUENCE, nothing.sequence())
                .set(AUDIT_HEADS.HASH, nothing.hash())
                .execute();
    }

    /** The same as {@link #enterInDirectory}, but it is the user that shows as no row. */
    @Override
    public void insertPersonal(Tenant tenant, UserId user) {
        insertRow(tenant);
        try {
            int rows = db.insertInto(TENANT_DIRECTORY)
                    .set(TENANT_DIRECTORY.TENANT_ID, tenant.id().value())
                    .set(TENANT_DIRECTORY.NAME, tenant.profile().name())
                    .set(TENANT_DIRECTORY.SLUG, tenant.slug().value())
                    .set(TENANT_DIRECTORY.PERSONAL_USER_ID, user.value())
                    .onConflict(TENANT_DIRECTORY.PERSONAL_USER_ID)
                    .doNothing()
                    .execute();
            if (rows == 0) {
                throw new AlreadyExists("tenant", "personalUserId", user);
            }
        } catch (IntegrityConstraintViolationException refused) {
            if (SqlErrors.isForeignKeyViolation(refused)) {
                throw new Unknown("user", "userId", user);
            }
            throw SqlErrors.isUniqueViolation(refused) ? new AlreadyExists("tenant", "slug", tenant.slug()) : refused;
        }
    }

    @Override
    public Optional<UserId> findPerson(TenantId id) {
        return db.select(TENANT_DIRECTORY.PERSONAL_USER_ID)
                .from(TENANT_DIRECTORY)
                .where(TENANT_DIRECTORY.TENANT_ID.eq(id.value()))
                .fetchOptional(TENANT_DIRECTORY.PERSONAL_USER_ID)
                .map(UserId::new);
    }

    @Override
    public Optional<Tenant> findPersonal(UserId user) {
        units.requirePlatform("personal tenants by user");
        return db.select(TENANTS.fields())
                .from(TENANT_DIRECTORY)
                .join(TENANTS)
                .on(TENANTS.TENANT_ID.eq(TENANT_DIRECTORY.TENANT_ID))
                .where(TENANT_DIRECTORY.PERSONAL_USER_ID.eq(user.value()))
                .fetchOptional(JooqTenants::tenant);
    }

    /** A name that is taken shows as no row, a slug that is taken as an error: so the one at fault can be told. */
    private void enterInDirectory(Tenant tenant) {
        try {
            int rows = db.insertInto(TENANT_DIRECTORY)
                    .set(TENANT_DIRECTORY.TENANT_ID, tenant.id().value())
                    .set(TENANT_DIRECTORY.NAME, tenant.profile().name())
                    .set(TENANT_DIRECTORY.SLUG, tenant.slug().value())
                    .onConflict(TENANT_DIRECTORY.NAME)
                    .doNothing()
                    .execute();
            if (rows == 0) {
                throw new AlreadyExists("tenant", "name", tenant.profile().name());
            }
        } catch (IntegrityConstraintViolationException taken) {
            throw SqlErrors.isUniqueViolation(taken) ? new AlreadyExists("tenant", "slug", tenant.slug()) : taken;
        }
    }

    @Override
    public void update(Tenant tenant) {
        int rows = db.update(TENANTS)
                .set(columns(tenant))
                .set(TENANTS.GATE_VERSION, TENANTS.GATE_VERSION.plus(1))
                .where(TENANTS.TENANT_ID.eq(tenant.id().value()))
                .and(TENANTS.VERSION.eq(tenant.version() - 1))
                .execute();
        if (rows == 0) {
            throw new StaleVersion("tenant", tenant.id());
        }
        updateDirectory(tenant, TENANT_DIRECTORY.NAME, "name", tenant.profile().name());
        updateDirectory(tenant, TENANT_DIRECTORY.SLUG, "slug", tenant.slug().value());
    }

    @Override
    public Optional<Long> rightsVersion(TenantId id) {
        return db.select(TENANTS.GATE_VERSION)
                .from(TENANTS)
                .where(TENANTS.TENANT_ID.eq(id.value()))
                .fetchOptional(TENANTS.GATE_VERSION);
    }

    @Override
    public boolean lockRights(TenantId id) {
        return countChange(db, id);
    }

    /**
     * Something else of the tenant has changed that decisions rely on: somebody is limited now. Whoever lets members go has to
     * say so too.
     */
    static boolean countChange(DSLContext db, TenantId tenant) {
        return db.update(TENANTS)
                        .set(TENANTS.GATE_VERSION, TENANTS.GATE_VERSION.plus(1))
                        .where(TENANTS.TENANT_ID.eq(tenant.value()))
                        .execute()
                == 1;
    }

    private static Map<Field<?>, Object> columns(Tenant tenant) {
        var profile = tenant.profile();
        var columns = new HashMap<Field<?>, Object>();
        columns.put(TENANTS.NAME, profile.name());
        columns.put(TENANTS.SLUG, profile.slug().value());
        columns.put(TENANTS.WEBSITE, profile.website().orElse(null));
        columns.put(TENANTS.DESCRIPTION, profile.description().orElse(null));
        columns.put(TENANTS.TIME_ZONE, profile.timeZone().getId());
        columns.put(TENANTS.METADATA, Json.jsonb(profile.metadata()));
        columns.put(TENANTS.QUOTA_PERCENTS, tenant.thresholds().quotaPercents().toArray(new Integer[0]));
        columns.put(
                TENANTS.LOW_CREDITS,
                tenant.thresholds().lowCredits().map(Credits::value).orElse(null));
        columns.put(TENANTS.UNPRICED_MODELS, tenant.unpricedModels().policy().name());
        columns.put(
                TENANTS.DEFAULT_MODEL_RATES,
                tenant.unpricedModels()
                        .rates()
                        .map(rates -> JSONB.valueOf(Json.write(AiTrees.tree(rates))))
                        .orElse(null));
        columns.put(TENANTS.STATUS, tenant.status().name());
        columns.put(TENANTS.UPDATED_AT, tenant.updatedAt());
        columns.put(TENANTS.VERSION, tenant.version());
        return columns;
    }

    private void updateDirectory(Tenant tenant, Field<String> column, String field, String value) {
        try {
            db.update(TENANT_DIRECTORY)
                    .set(column, value)
                    .where(TENANT_DIRECTORY.TENANT_ID.eq(tenant.id().value()))
                    .and(column.ne(value))
                    .execute();
        } catch (IntegrityConstraintViolationException taken) {
            throw SqlErrors.isUniqueViolation(taken) ? new AlreadyExists("tenant", field, value) : taken;
        }
    }

    @Override
    public Optional<Tenant> find(TenantId id) {
        return db.selectFrom(TENANTS).where(TENANTS.TENANT_ID.eq(id.value())).fetchOptional(JooqTenants::tenant);
    }

    @Override
    public Optional<Tenant> findBySlug(Slug slug) {
        return db.select(TENANTS.fields())
                .from(TENANT_DIRECTORY)
                .join(TENANTS)
                .on(TENANTS.TENANT_ID.eq(TENANT_DIRECTORY.TENANT_ID))
                .where(TENANT_DIRECTORY.SLUG.eq(slug.value()))
                .fetchOptional(JooqTenants::tenant);
    }

    @Override
    public Page<Tenant> list(PageRequest page) {
        var rows = db.selectFrom(TENANTS)
                .where(Columns.after(TENANTS.TENANT_ID, page))
                .orderBy(TENANTS.TENANT_ID)
                .limit(page.limit() + 1)
                .fetch(JooqTenants::tenant);
        return Page.of(rows, page, tenant -> tenant.id().toString());
    }

    @Override
    public void lock(TenantId id) {
        units.takeTime();
        // Who works in the tenant holds locks that this waits for, and may wait for this one's: it gives way, soon
        // enough
        // that no deadlock is seen in it, and is done again.
        db.execute("set local lock_timeout = 250");
        db.select(TENANTS.TENANT_ID)
                .from(TENANTS)
                .where(TENANTS.TENANT_ID.eq(id.value()))
                .forUpdate()
                .fetch();
        // Whoever changes an account holds its lock: with all of them held, nothing is written any more, and what was
        // is seen.
        db.select(CREDIT_ACCOUNTS.ACCOUNT_ID)
                .from(CREDIT_ACCOUNTS)
                .where(CREDIT_ACCOUNTS.TENANT_ID.eq(id.value()))
                .orderBy(CREDIT_ACCOUNTS.ACCOUNT_ID)
                .forUpdate()
                .fetch();
    }

    @Override
    public boolean delete(TenantId id) {
        lock(id);
        // Before its accounts: whoever makes reports of them needs the accounts, and is waited for.
        db.deleteFrom(METERED_USES).where(METERED_USES.TENANT_ID.eq(id.value())).execute();
        boolean existed =
                db.deleteFrom(TENANTS).where(TENANTS.TENANT_ID.eq(id.value())).execute() == 1;
        // The append-only tables have no foreign key that would cascade.
        // First what waits to be rolled up: whoever is at it is waited for, and what it came to is seen.
        db.deleteFrom(USAGE_ARRIVALS)
                .where(USAGE_ARRIVALS.TENANT_ID.eq(id.value()))
                .execute();
        db.deleteFrom(USAGE_ROLLUPS)
                .where(USAGE_ROLLUPS.TENANT_ID.eq(id.value()))
                .execute();
        db.deleteFrom(USAGE_UNPRICED)
                .where(USAGE_UNPRICED.TENANT_ID.eq(id.value()))
                .execute();
        db.deleteFrom(USAGE_EVENTS).where(USAGE_EVENTS.TENANT_ID.eq(id.value())).execute();
        db.deleteFrom(DECISIONS).where(DECISIONS.TENANT_ID.eq(id.value())).execute();
        db.deleteFrom(CREDIT_ENTRIES)
                .where(CREDIT_ENTRIES.TENANT_ID.eq(id.value()))
                .execute();
        db.deleteFrom(QUOTA_HISTORY)
                .where(QUOTA_HISTORY.TENANT_ID.eq(id.value()))
                .execute();
        db.deleteFrom(OUTBOX).where(OUTBOX.TENANT_ID.eq(id.value())).execute();
        return existed;
    }

    static Tenant tenant(Record row) {
        return new Tenant(
                new TenantId(row.get(TENANTS.TENANT_ID)),
                new TenantProfile(
                        row.get(TENANTS.NAME),
                        new Slug(row.get(TENANTS.SLUG)),
                        Columns.optional(row, TENANTS.WEBSITE),
                        Columns.optional(row, TENANTS.DESCRIPTION),
                        ZoneId.of(row.get(TENANTS.TIME_ZONE)),
                        Json.document(row.get(TENANTS.METADATA))),
                new Thresholds(
                        List.of(row.get(TENANTS.QUOTA_PERCENTS)),
                        Columns.optional(row, TENANTS.LOW_CREDITS).map(Credits::new)),
                Tenant.Status.valueOf(row.get(TENANTS.STATUS)),
                row.get(TENANTS.CREATED_AT),
                row.get(TENANTS.UPDATED_AT),
                row.get(TENANTS.VERSION),
                new UnpricedModels(
                        UnpricedModels.Policy.valueOf(row.get(TENANTS.UNPRICED_MODELS)),
                        Columns.optional(row, TENANTS.DEFAULT_MODEL_RATES)
                                .map(json -> AiTrees.rates(Json.read(json.data())))));
    }
}
