package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.CATALOG_VERSION;
import static io.allotment.persistence.jooq.generated.Tables.ENTITLEMENTS;
import static io.allotment.persistence.jooq.generated.Tables.FEATURES;
import static io.allotment.persistence.jooq.generated.Tables.OPERATIONS;
import static io.allotment.persistence.jooq.generated.Tables.PERMISSIONS;
import static io.allotment.persistence.jooq.generated.Tables.PLANS;
import static io.allotment.persistence.jooq.generated.Tables.PLAN_VERSIONS;
import static io.allotment.persistence.jooq.generated.Tables.PRICES;

import io.allotment.domain.catalog.Catalog;
import io.allotment.domain.catalog.Entitlement;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.PlanVersionInUse;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.Unknown;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;

final class JooqCatalog implements Catalog {

    private final DSLContext db;

    JooqCatalog(DSLContext db) {
        this.db = db;
    }

    @Override
    public void lock() {
        lock(db);
    }

    /** Who writes the catalogue, prices too, comes one after the other. */
    static void lock(DSLContext db) {
        db.select(CATALOG_VERSION.VERSION).from(CATALOG_VERSION).forUpdate().fetch();
    }

    private void change() {
        countChange(db);
    }

    /** Every process sees at its next decision that its copy is old. The row is also the lock of who writes here. */
    static void countChange(DSLContext db) {
        db.update(CATALOG_VERSION)
                .set(CATALOG_VERSION.VERSION, CATALOG_VERSION.VERSION.plus(1))
                .execute();
    }

    /** The same, and that prices have changed. */
    static void countPriceChange(DSLContext db) {
        db.update(CATALOG_VERSION)
                .set(CATALOG_VERSION.VERSION, CATALOG_VERSION.VERSION.plus(1))
                .set(CATALOG_VERSION.PRICES, CATALOG_VERSION.PRICES.plus(1))
                .execute();
    }

    @Override
    public void insert(Feature feature, Instant now) {
        change();
        int rows = db.insertInto(FEATURES)
                .set(FEATURES.KEY, feature.key().value())
                .set(FEATURES.NAME, feature.name())
                .set(FEATURES.DESCRIPTION, feature.description().orElse(null))
                .set(FEATURES.KIND, feature.kind().name())
                .set(FEATURES.UNIT, feature.unit().orElse(null))
                .set(FEATURES.CREATED_AT, now)
                .set(FEATURES.UPDATED_AT, now)
                .onConflict(FEATURES.KEY)
                .doNothing()
                .execute();
        requireInserted(rows, "feature", feature.key());
    }

    @Override
    public boolean update(Feature feature, Instant now) {
        change();
        return db.update(FEATURES)
                        .set(FEATURES.NAME, feature.name())
                        .set(FEATURES.DESCRIPTION, feature.description().orElse(null))
                        .set(FEATURES.UNIT, feature.unit().orElse(null))
                        .set(FEATURES.UPDATED_AT, now)
                        .where(FEATURES.KEY.eq(feature.key().value()))
                        .execute()
                == 1;
    }

    @Override
    public Optional<Feature> findFeature(FeatureKey key) {
        return db.selectFrom(FEATURES).where(FEATURES.KEY.eq(key.value())).fetchOptional(JooqCatalog::feature);
    }

    @Override
    public Page<Feature> listFeatures(PageRequest page) {
        var rows = db.selectFrom(FEATURES)
                .where(after(FEATURES.KEY, page))
                .orderBy(FEATURES.KEY)
                .limit(page.limit() + 1)
                .fetch(JooqCatalog::feature);
        return Page.of(rows, page, feature -> feature.key().value());
    }

    @Override
    public void insert(Operation operation, Instant now) {
        change();
        requirePermission(operation);
        try {
            int rows = db.insertInto(OPERATIONS)
                    .set(OPERATIONS.KEY, operation.key().value())
                    .set(columns(operation))
                    .set(OPERATIONS.CREATED_AT, now)
                    .set(OPERATIONS.UPDATED_AT, now)
                    .onConflict(OPERATIONS.KEY)
                    .doNothing()
                    .execute();
            requireInserted(rows, "operation", operation.key());
        } catch (IntegrityConstraintViolationException missing) {
            throw unknownFeature(operation, missing);
        }
    }

    @Override
    public boolean update(Operation operation, Instant now) {
        change();
        requirePermission(operation);
        try {
            return db.update(OPERATIONS)
                            .set(columns(operation))
                            .set(OPERATIONS.UPDATED_AT, now)
                            .where(OPERATIONS.KEY.eq(operation.key().value()))
                            .execute()
                    == 1;
        } catch (IntegrityConstraintViolationException missing) {
            throw unknownFeature(operation, missing);
        }
    }

    /** Asked first, since an error does not tell which of two foreign keys it was; none goes while the catalogue changes. */
    private void requirePermission(Operation operation) {
        operation.permission().ifPresent(key -> {
            if (!db.fetchExists(PERMISSIONS, PERMISSIONS.KEY.eq(key.value()))) {
                throw new Unknown("permission", "permission", key);
            }
        });
    }

    private static Map<Field<?>, Object> columns(Operation operation) {
        var columns = new HashMap<Field<?>, Object>();
        columns.put(OPERATIONS.DESCRIPTION, operation.description().orElse(null));
        columns.put(OPERATIONS.CATEGORY, operation.category());
        columns.put(OPERATIONS.CREDIT_RATE, operation.creditRate().value());
        columns.put(
                OPERATIONS.FEATURE_KEY,
                operation.feature().map(FeatureKey::value).orElse(null));
        columns.put(
                OPERATIONS.PERMISSION,
                operation.permission().map(PermissionKey::value).orElse(null));
        columns.put(OPERATIONS.ACTIVE, operation.active());
        columns.put(OPERATIONS.METADATA, Json.jsonb(operation.metadata()));
        columns.put(OPERATIONS.CREDIT_BASIS, operation.creditBasis().name());
        return columns;
    }

    private static RuntimeException unknownFeature(Operation operation, IntegrityConstraintViolationException missing) {
        return SqlErrors.isForeignKeyViolation(missing)
                ? new Unknown("feature", "feature", operation.feature().orElseThrow())
                : missing;
    }

    @Override
    public Optional<Operation> findOperation(OperationKey key) {
        return db.selectFrom(OPERATIONS).where(OPERATIONS.KEY.eq(key.value())).fetchOptional(JooqCatalog::operation);
    }

    @Override
    public Page<Operation> listOperations(PageRequest page) {
        var rows = db.selectFrom(OPERATIONS)
                .where(after(OPERATIONS.KEY, page))
                .orderBy(OPERATIONS.KEY)
                .limit(page.limit() + 1)
                .fetch(JooqCatalog::operation);
        return Page.of(rows, page, operation -> operation.key().value());
    }

    @Override
    public void insert(Plan plan, Instant now) {
        change();
        try {
            int rows = db.insertInto(PLANS)
                    .set(PLANS.KEY, plan.key().value())
                    .set(columns(plan))
                    .set(PLANS.CREATED_AT, now)
                    .set(PLANS.UPDATED_AT, now)
                    .onConflict(PLANS.KEY)
                    .doNothing()
                    .execute();
            requireInserted(rows, "plan", plan.key());
        } catch (IntegrityConstraintViolationException taken) {
            throw taken(plan, taken);
        }
    }

    @Override
    public boolean update(Plan plan, Instant now) {
        change();
        try {
            return db.update(PLANS)
                            .set(columns(plan))
                            .set(PLANS.UPDATED_AT, now)
                            .where(PLANS.KEY.eq(plan.key().value()))
                            .execute()
                    == 1;
        } catch (IntegrityConstraintViolationException taken) {
            throw taken(plan, taken);
        }
    }

    private static Map<Field<?>, Object> columns(Plan plan) {
        var columns = new HashMap<Field<?>, Object>();
        columns.put(PLANS.NAME, plan.name());
        columns.put(PLANS.DESCRIPTION, plan.description().orElse(null));
        columns.put(PLANS.ACTIVE, plan.active());
        columns.put(PLANS.FEATURED, plan.featured());
        columns.put(PLANS.SORT_ORDER, plan.sortOrder());
        columns.put(PLANS.DEFAULT_PLAN, plan.defaultPlan());
        return columns;
    }

    /** A failed statement ends the transaction, so what is taken cannot be asked: a default plan is the rarer case. */
    private static RuntimeException taken(Plan plan, IntegrityConstraintViolationException taken) {
        if (!SqlErrors.isUniqueViolation(taken)) {
            return taken;
        }
        return String.valueOf(taken.getMessage()).contains("(default_plan)")
                ? new AlreadyExists("plan", "defaultPlan", true)
                : new AlreadyExists("plan", "name", plan.name());
    }

    @Override
    public Optional<Plan> findPlan(PlanKey key) {
        return db.selectFrom(PLANS).where(PLANS.KEY.eq(key.value())).fetchOptional(JooqCatalog::plan);
    }

    @Override
    public Optional<Plan> findDefaultPlan() {
        return db.selectFrom(PLANS).where(PLANS.DEFAULT_PLAN).and(PLANS.ACTIVE).fetchOptional(JooqCatalog::plan);
    }

    @Override
    public Page<Plan> listPlans(PageRequest page) {
        var rows = db.selectFrom(PLANS)
                .where(after(PLANS.KEY, page))
                .orderBy(PLANS.KEY)
                .limit(page.limit() + 1)
                .fetch(JooqCatalog::plan);
        return Page.of(rows, page, plan -> plan.key().value());
    }

    @Override
    public void insert(PlanVersion version) {
        change();
        var terms = version.terms();
        int rows = db.insertInto(PLAN_VERSIONS)
                .set(PLAN_VERSIONS.ID, version.id().value())
                .set(PLAN_VERSIONS.PLAN_KEY, version.plan().value())
                .set(PLAN_VERSIONS.NUMBER, version.number())
                .set(PLAN_VERSIONS.TRIAL_DAYS, terms.trialDays())
                .set(PLAN_VERSIONS.GRACE_DAYS, terms.graceDays())
                .set(PLAN_VERSIONS.SEAT_LIMIT, terms.seatLimit().orElse(null))
                .set(PLAN_VERSIONS.INCLUDED_CREDITS, terms.includedCredits().value())
                .set(PLAN_VERSIONS.ROLLOVER_MAX, terms.rolloverMax().value())
                .set(PLAN_VERSIONS.FEATURES, Json.jsonb(terms.features()))
                .set(PLAN_VERSIONS.CREATED_AT, version.createdAt())
                .onConflict(PLAN_VERSIONS.PLAN_KEY, PLAN_VERSIONS.NUMBER)
                .doNothing()
                .execute();
        requireInserted(rows, "plan version", version.number());
        for (int i = 0; i < terms.prices().size(); i++) {
            insertPrice(version.id(), i, terms.prices().get(i));
        }
        for (int i = 0; i < terms.entitlements().size(); i++) {
            insertEntitlement(version.id(), i, terms.entitlements().get(i));
        }
    }

    private void insertPrice(PlanVersionId version, int position, Price price) {
        db.insertInto(PRICES)
                .set(PRICES.PLAN_VERSION_ID, version.value())
                .set(PRICES.KEY, price.key().value())
                .set(PRICES.POSITION, position)
                .set(PRICES.INTERVAL_UNIT, price.interval().name())
                .set(PRICES.INTERVAL_COUNT, price.intervalCount())
                .set(PRICES.AMOUNT_MINOR, price.money().amountMinor())
                .set(PRICES.CURRENCY, price.money().currency())
                .set(PRICES.STRIPE_PRICE_ID, price.stripePriceId().orElse(null))
                .set(PRICES.STRIPE_PRODUCT_ID, price.stripeProductId().orElse(null))
                .execute();
    }

    private void insertEntitlement(PlanVersionId version, int position, Entitlement entitlement) {
        var row = db.insertInto(ENTITLEMENTS)
                .set(ENTITLEMENTS.PLAN_VERSION_ID, version.value())
                .set(ENTITLEMENTS.FEATURE_KEY, entitlement.feature().value())
                .set(ENTITLEMENTS.POSITION, position);
        if (entitlement instanceof Entitlement.Switch onOff) {
            row = row.set(ENTITLEMENTS.ENABLED, onOff.enabled());
        } else if (entitlement instanceof Entitlement.Value config) {
            row = row.set(ENTITLEMENTS.CONFIG_VALUE, config.value());
        } else if (entitlement instanceof Entitlement.Metered metered) {
            var quota = metered.quota();
            row = row.set(
                            ENTITLEMENTS.QUOTA_LIMIT,
                            quota.limit().map(Quantity::value).orElse(null))
                    .set(ENTITLEMENTS.RESET_POLICY, quota.reset().name())
                    .set(ENTITLEMENTS.WINDOW_SECONDS, quota.windowSeconds().orElse(null))
                    .set(ENTITLEMENTS.OVERAGE_POLICY, quota.overage().name())
                    .set(ENTITLEMENTS.GRACE_PERCENT, quota.gracePercent());
        }
        try {
            row.execute();
        } catch (IntegrityConstraintViolationException missing) {
            throw SqlErrors.isForeignKeyViolation(missing)
                    ? new Unknown("feature", "entitlements[" + position + "].feature", entitlement.feature())
                    : missing;
        }
    }

    @Override
    public Optional<PlanVersion> findVersion(PlanVersionId id) {
        return versions("v.id = ?", id.value()).stream().findFirst();
    }

    @Override
    public Optional<PlanVersion> findVersionPriced(String gatewayPriceId) {
        return db.select(PRICES.PLAN_VERSION_ID)
                .from(PRICES)
                .where(PRICES.STRIPE_PRICE_ID.eq(gatewayPriceId))
                .orderBy(PRICES.PLAN_VERSION_ID.desc())
                .limit(1)
                .fetchOptional(PRICES.PLAN_VERSION_ID)
                .flatMap(id -> findVersion(new PlanVersionId(id)));
    }

    @Override
    public List<PlanVersion> listVersions(PlanKey plan) {
        return versions("v.plan_key = ?", plan.value());
    }

    /** Versions with all their parts, in one round trip. */
    private List<PlanVersion> versions(String where, Object value) {
        var versions = new ArrayList<Record>();
        var prices = new HashMap<UUID, List<Price>>();
        var entitlements = new HashMap<UUID, List<Entitlement>>();
        new RoundTrip()
                .add(
                        Statement.query(
                                "select " + Columns.of("v", PLAN_VERSIONS) + " from allotment.plan_versions v where "
                                        + where + " order by v.plan_key, v.number",
                                PLAN_VERSIONS.fields(),
                                value),
                        versions::add)
                .add(
                        Statement.query(
                                "select " + Columns.of("p", PRICES)
                                        + " from allotment.prices p join allotment.plan_versions v on v.id = p.plan_version_id"
                                        + " where " + where + " order by p.position",
                                PRICES.fields(),
                                value),
                        row -> prices.computeIfAbsent(row.get(PRICES.PLAN_VERSION_ID), id -> new ArrayList<>())
                                .add(price(row)))
                .add(
                        Statement.query(
                                "select " + Columns.of("e", ENTITLEMENTS) + " from allotment.entitlements e"
                                        + " join allotment.plan_versions v on v.id = e.plan_version_id"
                                        + " where " + where + " order by e.position",
                                ENTITLEMENTS.fields(),
                                value),
                        row -> entitlements
                                .computeIfAbsent(row.get(ENTITLEMENTS.PLAN_VERSION_ID), id -> new ArrayList<>())
                                .add(entitlement(row)))
                .run(db);
        return versions.stream()
                .map(row -> version(
                        row,
                        prices.getOrDefault(row.get(PLAN_VERSIONS.ID), List.of()),
                        entitlements.getOrDefault(row.get(PLAN_VERSIONS.ID), List.of())))
                .toList();
    }

    @Override
    public boolean deleteVersion(PlanKey plan, int number) {
        change();
        try {
            return db.deleteFrom(PLAN_VERSIONS)
                            .where(PLAN_VERSIONS.PLAN_KEY.eq(plan.value()))
                            .and(PLAN_VERSIONS.NUMBER.eq(number))
                            .execute()
                    == 1;
        } catch (IntegrityConstraintViolationException used) {
            throw SqlErrors.isForeignKeyViolation(used) ? new PlanVersionInUse(plan, number) : used;
        }
    }

    private static void requireInserted(int rows, String what, Object key) {
        if (rows == 0) {
            throw new AlreadyExists(what, what.equals("plan version") ? "number" : "key", key);
        }
    }

    private static Condition after(Field<String> key, PageRequest page) {
        return page.after().<Condition>map(after -> key.gt(Columns.key(after))).orElse(DSL.noCondition());
    }

    private static Feature feature(Record row) {
        return new Feature(
                new FeatureKey(row.get(FEATURES.KEY)),
                row.get(FEATURES.NAME),
                Columns.optional(row, FEATURES.DESCRIPTION),
                Feature.Kind.valueOf(row.get(FEATURES.KIND)),
                Columns.optional(row, FEATURES.UNIT));
    }

    static Operation operation(Record row) {
        return new Operation(
                new OperationKey(row.get(OPERATIONS.KEY)),
                Columns.optional(row, OPERATIONS.DESCRIPTION),
                row.get(OPERATIONS.CATEGORY),
                new Credits(row.get(OPERATIONS.CREDIT_RATE)),
                Columns.optional(row, OPERATIONS.FEATURE_KEY).map(FeatureKey::new),
                Columns.optional(row, OPERATIONS.PERMISSION).map(PermissionKey::new),
                row.get(OPERATIONS.ACTIVE),
                Json.document(row.get(OPERATIONS.METADATA)),
                Operation.CreditBasis.valueOf(row.get(OPERATIONS.CREDIT_BASIS)));
    }

    private static Plan plan(Record row) {
        return new Plan(
                new PlanKey(row.get(PLANS.KEY)),
                row.get(PLANS.NAME),
                Columns.optional(row, PLANS.DESCRIPTION),
                row.get(PLANS.ACTIVE),
                row.get(PLANS.FEATURED),
                row.get(PLANS.SORT_ORDER),
                row.get(PLANS.DEFAULT_PLAN));
    }

    private static PlanVersion version(Record row, List<Price> prices, List<Entitlement> entitlements) {
        return new PlanVersion(
                new PlanVersionId(row.get(PLAN_VERSIONS.ID)),
                new PlanKey(row.get(PLAN_VERSIONS.PLAN_KEY)),
                row.get(PLAN_VERSIONS.NUMBER),
                new PlanVersionTerms(
                        row.get(PLAN_VERSIONS.TRIAL_DAYS),
                        row.get(PLAN_VERSIONS.GRACE_DAYS),
                        Columns.optional(row, PLAN_VERSIONS.SEAT_LIMIT),
                        new Credits(row.get(PLAN_VERSIONS.INCLUDED_CREDITS)),
                        new Credits(row.get(PLAN_VERSIONS.ROLLOVER_MAX)),
                        Json.document(row.get(PLAN_VERSIONS.FEATURES)),
                        prices,
                        entitlements),
                row.get(PLAN_VERSIONS.CREATED_AT));
    }

    private static Price price(Record row) {
        return new Price(
                new PriceKey(row.get(PRICES.KEY)),
                Price.Interval.valueOf(row.get(PRICES.INTERVAL_UNIT)),
                row.get(PRICES.INTERVAL_COUNT),
                new Money(row.get(PRICES.AMOUNT_MINOR), row.get(PRICES.CURRENCY)),
                Columns.optional(row, PRICES.STRIPE_PRICE_ID),
                Columns.optional(row, PRICES.STRIPE_PRODUCT_ID));
    }

    private static Entitlement entitlement(Record row) {
        var feature = new FeatureKey(row.get(ENTITLEMENTS.FEATURE_KEY));
        if (row.get(ENTITLEMENTS.ENABLED) != null) {
            return new Entitlement.Switch(feature, row.get(ENTITLEMENTS.ENABLED));
        }
        if (row.get(ENTITLEMENTS.CONFIG_VALUE) != null) {
            return new Entitlement.Value(feature, row.get(ENTITLEMENTS.CONFIG_VALUE));
        }
        return new Entitlement.Metered(
                feature,
                new Quota(
                        Columns.optional(row, ENTITLEMENTS.QUOTA_LIMIT).map(Quantity::new),
                        Quota.Reset.valueOf(row.get(ENTITLEMENTS.RESET_POLICY)),
                        Columns.optional(row, ENTITLEMENTS.WINDOW_SECONDS),
                        Quota.Overage.valueOf(row.get(ENTITLEMENTS.OVERAGE_POLICY)),
                        row.get(ENTITLEMENTS.GRACE_PERCENT)));
    }

    @Override
    public long version() {
        return db.select(CATALOG_VERSION.VERSION).from(CATALOG_VERSION).fetchSingle(CATALOG_VERSION.VERSION);
    }
}
