package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.AI_MODELS;
import static io.allotment.persistence.jooq.generated.Tables.AI_PROVIDERS;
import static io.allotment.persistence.jooq.generated.Tables.CATALOG_VERSION;
import static io.allotment.persistence.jooq.generated.Tables.MODEL_PRICES;
import static io.allotment.persistence.jooq.generated.Tables.TENANT_MODEL_PRICES;

import io.allotment.domain.ai.AiCatalog;
import io.allotment.domain.ai.AiModel;
import io.allotment.domain.ai.AiProvider;
import io.allotment.domain.ai.AiTrees;
import io.allotment.domain.ai.Clause;
import io.allotment.domain.ai.ModelPrice;
import io.allotment.domain.ai.ModelRef;
import io.allotment.domain.ai.PriceBook;
import io.allotment.domain.ai.PriceTerms;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.ModelPriceId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Query;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;

final class JooqAiCatalog implements AiCatalog {

    /** So many rows go to the database at once. */
    private static final int BATCH = 500;

    private final DSLContext db;

    JooqAiCatalog(DSLContext db) {
        this.db = db;
    }

    @Override
    public void lock() {
        JooqCatalog.lock(db);
    }

    @Override
    public void saveProviders(List<AiProvider> providers, Instant now) {
        if (providers.isEmpty()) {
            return;
        }
        JooqCatalog.countPriceChange(db);
        run(providers.stream()
                .<Query>map(provider -> db.insertInto(AI_PROVIDERS)
                        .set(AI_PROVIDERS.KEY, provider.key())
                        .set(columns(provider))
                        .set(AI_PROVIDERS.CREATED_AT, now)
                        .set(AI_PROVIDERS.UPDATED_AT, now)
                        .onConflict(AI_PROVIDERS.KEY)
                        .doUpdate()
                        .set(columns(provider))
                        .set(AI_PROVIDERS.UPDATED_AT, now))
                .toList());
    }

    private static Map<Field<?>, Object> columns(AiProvider provider) {
        var columns = new HashMap<Field<?>, Object>();
        columns.put(AI_PROVIDERS.NAME, provider.name());
        columns.put(AI_PROVIDERS.BASE_URL, provider.baseUrl().orElse(null));
        columns.put(AI_PROVIDERS.API_PATTERN, provider.apiPattern().orElse(null));
        columns.put(
                AI_PROVIDERS.MODEL_MATCH,
                provider.modelMatch().map(JooqAiCatalog::jsonb).orElse(null));
        columns.put(
                AI_PROVIDERS.PROVIDER_MATCH,
                provider.providerMatch().map(JooqAiCatalog::jsonb).orElse(null));
        columns.put(AI_PROVIDERS.KEY_REQUIRED, provider.keyRequired());
        columns.put(AI_PROVIDERS.STREAMING, provider.streaming());
        columns.put(AI_PROVIDERS.ACTIVE, provider.active());
        columns.put(AI_PROVIDERS.POSITION, provider.position());
        columns.put(AI_PROVIDERS.FALLBACKS, provider.fallbacks().toArray(String[]::new));
        columns.put(
                AI_PROVIDERS.EXTRACTORS,
                JSONB.valueOf(Json.write(
                        provider.extractors().stream().map(AiTrees::tree).toList())));
        return columns;
    }

    @Override
    public void saveModels(List<AiModel> models, Instant now) {
        if (models.isEmpty()) {
            return;
        }
        JooqCatalog.countPriceChange(db);
        try {
            run(models.stream()
                    .<Query>map(model -> db.insertInto(AI_MODELS)
                            .set(AI_MODELS.PROVIDER_KEY, model.ref().provider())
                            .set(AI_MODELS.NAME, model.ref().model())
                            .set(columns(model))
                            .set(AI_MODELS.CREATED_AT, now)
                            .set(AI_MODELS.UPDATED_AT, now)
                            .onConflict(AI_MODELS.PROVIDER_KEY, AI_MODELS.NAME)
                            .doUpdate()
                            .set(columns(model))
                            .set(AI_MODELS.UPDATED_AT, now))
                    .toList());
        } catch (IntegrityConstraintViolationException wrong) {
            throw SqlErrors.isForeignKeyViolation(wrong)
                    ? new Unknown("provider", "provider", models.get(0).ref().provider())
                    : wrong;
        }
    }

    private static Map<Field<?>, Object> columns(AiModel model) {
        var columns = new HashMap<Field<?>, Object>();
        columns.put(AI_MODELS.DISPLAY_NAME, model.displayName());
        columns.put(AI_MODELS.DESCRIPTION, model.description().orElse(null));
        columns.put(AI_MODELS.PRICE_COMMENTS, model.priceComments().orElse(null));
        columns.put(AI_MODELS.MATCH, jsonb(model.match()));
        columns.put(AI_MODELS.POSITION, model.position());
        columns.put(AI_MODELS.CAPABILITIES, model.capabilities().toArray(String[]::new));
        columns.put(AI_MODELS.CONTEXT_WINDOW, model.contextWindow().orElse(null));
        columns.put(AI_MODELS.DEPRECATED, model.deprecated());
        columns.put(AI_MODELS.ACTIVE, model.active());
        return columns;
    }

    @Override
    public void insertPrices(List<ModelPrice> prices) {
        if (prices.isEmpty()) {
            return;
        }
        JooqCatalog.countPriceChange(db);
        insert(
                prices,
                prices.stream()
                        .<Query>map(price -> db.insertInto(MODEL_PRICES)
                                .set(MODEL_PRICES.ID, price.id().value())
                                .set(MODEL_PRICES.PROVIDER_KEY, price.model().provider())
                                .set(MODEL_PRICES.MODEL_NAME, price.model().model())
                                .set(
                                        MODEL_PRICES.EFFECTIVE_FROM,
                                        price.effectiveFrom().orElse(null))
                                .set(MODEL_PRICES.POSITION, price.position())
                                .set(MODEL_PRICES.CONDITION, condition(price))
                                .set(MODEL_PRICES.RATES, rates(price))
                                .set(MODEL_PRICES.CURRENCY, price.currency())
                                .set(MODEL_PRICES.CREATED_AT, price.createdAt()))
                        .toList());
    }

    @Override
    public void insertPricesOf(TenantId tenant, List<ModelPrice> prices) {
        if (prices.isEmpty()) {
            return;
        }
        JooqCatalog.countPriceChange(db);
        insert(
                prices,
                prices.stream()
                        .<Query>map(price -> db.insertInto(TENANT_MODEL_PRICES)
                                .set(TENANT_MODEL_PRICES.TENANT_ID, tenant.value())
                                .set(TENANT_MODEL_PRICES.ID, price.id().value())
                                .set(
                                        TENANT_MODEL_PRICES.PROVIDER_KEY,
                                        price.model().provider())
                                .set(
                                        TENANT_MODEL_PRICES.MODEL_NAME,
                                        price.model().model())
                                .set(
                                        TENANT_MODEL_PRICES.EFFECTIVE_FROM,
                                        price.effectiveFrom().orElse(null))
                                .set(TENANT_MODEL_PRICES.POSITION, price.position())
                                .set(TENANT_MODEL_PRICES.CONDITION, condition(price))
                                .set(TENANT_MODEL_PRICES.RATES, rates(price))
                                .set(TENANT_MODEL_PRICES.CURRENCY, price.currency())
                                .set(TENANT_MODEL_PRICES.CREATED_AT, price.createdAt()))
                        .toList());
    }

    private void insert(List<ModelPrice> prices, List<Query> statements) {
        try {
            run(statements);
        } catch (IntegrityConstraintViolationException wrong) {
            if (SqlErrors.isForeignKeyViolation(wrong)) {
                throw new Unknown("model", "model", prices.get(0).model());
            }
            throw SqlErrors.isUniqueViolation(wrong)
                    ? new AlreadyExists(
                            "price",
                            "effectiveFrom",
                            prices.get(0).effectiveFrom().map(Instant::toString).orElse("always"))
                    : wrong;
        }
    }

    private void run(List<Query> statements) {
        for (int from = 0; from < statements.size(); from += BATCH) {
            db.batch(statements.subList(from, Math.min(from + BATCH, statements.size())))
                    .execute();
        }
    }

    private static JSONB condition(ModelPrice price) {
        return AiTrees.tree(price.terms().condition())
                .map(tree -> JSONB.valueOf(Json.write(tree)))
                .orElse(null);
    }

    private static JSONB rates(ModelPrice price) {
        return JSONB.valueOf(Json.write(AiTrees.tree(price.rates())));
    }

    private static JSONB jsonb(Clause clause) {
        return JSONB.valueOf(Json.write(AiTrees.tree(clause)));
    }

    @Override
    public long version() {
        return db.select(CATALOG_VERSION.PRICES).from(CATALOG_VERSION).fetchSingle(CATALOG_VERSION.PRICES);
    }

    @Override
    public PriceBook book() {
        return new PriceBook(
                db.selectFrom(AI_PROVIDERS).fetch(JooqAiCatalog::provider),
                db.selectFrom(AI_MODELS).fetch(JooqAiCatalog::model),
                prices(db));
    }

    @Override
    public Optional<AiProvider> findProvider(String key) {
        return db.selectFrom(AI_PROVIDERS).where(AI_PROVIDERS.KEY.eq(key)).fetchOptional(JooqAiCatalog::provider);
    }

    @Override
    public Page<AiProvider> listProviders(PageRequest page) {
        var rows = db.selectFrom(AI_PROVIDERS)
                .where(page.after()
                        .<Condition>map(after -> AI_PROVIDERS.KEY.gt(Columns.key(after)))
                        .orElse(DSL.noCondition()))
                .orderBy(AI_PROVIDERS.KEY)
                .limit(page.limit() + 1)
                .fetch(JooqAiCatalog::provider);
        return Page.of(rows, page, AiProvider::key);
    }

    @Override
    public Optional<AiModel> findModel(ModelRef ref) {
        return db.selectFrom(AI_MODELS)
                .where(AI_MODELS.PROVIDER_KEY.eq(ref.provider()))
                .and(AI_MODELS.NAME.eq(ref.model()))
                .fetchOptional(JooqAiCatalog::model);
    }

    @Override
    public Page<AiModel> listModels(String provider, PageRequest page) {
        var rows = db.selectFrom(AI_MODELS)
                .where(AI_MODELS.PROVIDER_KEY.eq(provider))
                .and(page.after()
                        .<Condition>map(after -> AI_MODELS.NAME.gt(Cursor.freeText(after)))
                        .orElse(DSL.noCondition()))
                .orderBy(AI_MODELS.NAME)
                .limit(page.limit() + 1)
                .fetch(JooqAiCatalog::model);
        return Page.of(rows, page, model -> Cursor.of(model.ref().model()));
    }

    @Override
    public List<ModelPrice> pricesOf(TenantId tenant) {
        return db.selectFrom(TENANT_MODEL_PRICES)
                .where(TENANT_MODEL_PRICES.TENANT_ID.eq(tenant.value()))
                .orderBy(TENANT_MODEL_PRICES.CREATED_AT, TENANT_MODEL_PRICES.ID)
                .fetch(JooqAiCatalog::agreedPrice);
    }

    /** All rows of the book. */
    static List<ModelPrice> prices(DSLContext db) {
        return db.selectFrom(MODEL_PRICES).fetch(JooqAiCatalog::price);
    }

    /** A row that was agreed with the tenant, or one of the book. */
    static Optional<ModelPrice> price(DSLContext db, TenantId tenant, ModelPriceId id) {
        return db.selectFrom(TENANT_MODEL_PRICES)
                .where(TENANT_MODEL_PRICES.TENANT_ID.eq(tenant.value()))
                .and(TENANT_MODEL_PRICES.ID.eq(id.value()))
                .fetchOptional(JooqAiCatalog::agreedPrice)
                .or(() -> db.selectFrom(MODEL_PRICES)
                        .where(MODEL_PRICES.ID.eq(id.value()))
                        .fetchOptional(JooqAiCatalog::price));
    }

    private static ModelPrice agreedPrice(Record row) {
        return price(
                row.get(TENANT_MODEL_PRICES.ID),
                row.get(TENANT_MODEL_PRICES.PROVIDER_KEY),
                row.get(TENANT_MODEL_PRICES.MODEL_NAME),
                row.get(TENANT_MODEL_PRICES.EFFECTIVE_FROM),
                row.get(TENANT_MODEL_PRICES.POSITION),
                row.get(TENANT_MODEL_PRICES.CONDITION),
                row.get(TENANT_MODEL_PRICES.RATES),
                row.get(TENANT_MODEL_PRICES.CURRENCY),
                row.get(TENANT_MODEL_PRICES.CREATED_AT));
    }

    private static AiProvider provider(Record row) {
        return new AiProvider(
                row.get(AI_PROVIDERS.KEY),
                row.get(AI_PROVIDERS.NAME),
                Columns.optional(row, AI_PROVIDERS.BASE_URL),
                Columns.optional(row, AI_PROVIDERS.API_PATTERN),
                Columns.optional(row, AI_PROVIDERS.MODEL_MATCH).map(JooqAiCatalog::clause),
                Columns.optional(row, AI_PROVIDERS.PROVIDER_MATCH).map(JooqAiCatalog::clause),
                row.get(AI_PROVIDERS.KEY_REQUIRED),
                row.get(AI_PROVIDERS.STREAMING),
                row.get(AI_PROVIDERS.ACTIVE),
                row.get(AI_PROVIDERS.POSITION),
                List.of(row.get(AI_PROVIDERS.FALLBACKS)),
                Json.readList(row.get(AI_PROVIDERS.EXTRACTORS).data()).stream()
                        .map(AiTrees::extractor)
                        .toList());
    }

    private static AiModel model(Record row) {
        return new AiModel(
                new ModelRef(row.get(AI_MODELS.PROVIDER_KEY), row.get(AI_MODELS.NAME)),
                row.get(AI_MODELS.DISPLAY_NAME),
                Columns.optional(row, AI_MODELS.DESCRIPTION),
                Columns.optional(row, AI_MODELS.PRICE_COMMENTS),
                clause(row.get(AI_MODELS.MATCH)),
                row.get(AI_MODELS.POSITION),
                List.of(row.get(AI_MODELS.CAPABILITIES)),
                Columns.optional(row, AI_MODELS.CONTEXT_WINDOW),
                row.get(AI_MODELS.DEPRECATED),
                row.get(AI_MODELS.ACTIVE));
    }

    private static ModelPrice price(Record row) {
        return price(
                row.get(MODEL_PRICES.ID),
                row.get(MODEL_PRICES.PROVIDER_KEY),
                row.get(MODEL_PRICES.MODEL_NAME),
                row.get(MODEL_PRICES.EFFECTIVE_FROM),
                row.get(MODEL_PRICES.POSITION),
                row.get(MODEL_PRICES.CONDITION),
                row.get(MODEL_PRICES.RATES),
                row.get(MODEL_PRICES.CURRENCY),
                row.get(MODEL_PRICES.CREATED_AT));
    }

    private static ModelPrice price(
            UUID id,
            String provider,
            String model,
            Instant effectiveFrom,
            int position,
            JSONB condition,
            JSONB rates,
            String currency,
            Instant createdAt) {
        return new ModelPrice(
                new ModelPriceId(id),
                new ModelRef(provider, model),
                Optional.ofNullable(effectiveFrom),
                position,
                new PriceTerms(
                        AiTrees.condition(condition == null ? null : Json.read(condition.data())),
                        AiTrees.rates(Json.read(rates.data()))),
                currency,
                createdAt);
    }

    private static Clause clause(JSONB json) {
        return AiTrees.clause(Json.read(json.data()));
    }
}
