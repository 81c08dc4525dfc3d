package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.USAGE_COSTS;
import static io.allotment.persistence.jooq.generated.Tables.USAGE_EVENTS;

import io.allotment.domain.ai.Cost;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.quota.QuotaUse;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.ModelPriceId;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.domain.usage.UsageEvents;
import io.allotment.domain.usage.UsageFilter;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.SelectOnConditionStep;
import org.jooq.impl.DSL;

final class JooqUsage implements UsageEvents {

    private final DSLContext db;

    JooqUsage(DSLContext db) {
        this.db = db;
    }

    @Override
    public Optional<UsageEvent> find(TenantId tenant, DecisionId id) {
        return withCosts(db)
                .where(USAGE_EVENTS.TENANT_ID.eq(tenant.value()))
                .and(USAGE_EVENTS.ID.eq(id.value()))
                .fetchOptional(JooqUsage::eventWithCost);
    }

    @Override
    public Page<UsageEvent> list(TenantId tenant, UsageFilter filter, PageRequest page) {
        var rows = withCosts(db)
                .where(USAGE_EVENTS.TENANT_ID.eq(tenant.value()))
                .and(matching(filter))
                .and(Columns.before(USAGE_EVENTS.ID, page))
                .orderBy(USAGE_EVENTS.ID.desc())
                .limit(page.limit() + 1)
                .fetch(JooqUsage::eventWithCost);
        return Page.of(rows, page, event -> event.id().toString());
    }

    /** Events, and what they turned out to have cost where that was told later: {@link #eventWithCost}. */
    static SelectOnConditionStep<Record> withCosts(DSLContext db) {
        return db.select(USAGE_EVENTS.fields())
                .select(USAGE_COSTS.COST, USAGE_COSTS.COST_CURRENCY, USAGE_COSTS.MODEL_PRICE_ID)
                .from(USAGE_EVENTS)
                .leftJoin(USAGE_COSTS)
                .on(USAGE_COSTS.TENANT_ID.eq(USAGE_EVENTS.TENANT_ID))
                .and(USAGE_COSTS.EVENT_ID.eq(USAGE_EVENTS.ID));
    }

    private static Condition matching(UsageFilter filter) {
        var none = DSL.noCondition();
        return DSL.and(
                filter.account()
                        .<Condition>map(account -> USAGE_EVENTS.ACCOUNT_ID.eq(account.value()))
                        .orElse(none),
                filter.operation()
                        .<Condition>map(
                                key -> DSL.condition("{0} = any({1})", DSL.val(key.value()), USAGE_EVENTS.OPERATIONS))
                        .orElse(none),
                filter.relatedTo()
                        .<Condition>map(entity -> USAGE_EVENTS
                                .RELATED_TYPE
                                .eq(entity.type())
                                .and(USAGE_EVENTS.RELATED_ID.eq(entity.id())))
                        .orElse(none),
                Columns.in(filter.at(), USAGE_EVENTS.CREATED_AT));
    }

    /**
     * New events.
     *
     * @param decisions of the events, whose key and plan stand in the event's row too
     */
    static Statement insert(List<UsageEvent> events, Map<DecisionId, Decision> decisions) {
        var insert = new Insert<>("usage_events", events);
        var lines = insert.lists(UsageEvent::lines);
        return insert.column("tenant_id", Insert.Type.UUID, e -> e.tenantId().value())
                .column("id", Insert.Type.UUID, e -> e.id().value())
                .column(
                        "idempotency_key",
                        Insert.Type.TEXT,
                        e -> decisions
                                .get(e.id())
                                .key()
                                .map(IdempotencyKey::value)
                                .orElse(null))
                .column("account_id", Insert.Type.UUID, e -> e.accountId().value())
                .column("actor_user_id", Insert.Type.UUID, e -> Columns.userId(e.actor()))
                .column("actor_key_id", Insert.Type.UUID, e -> Columns.keyId(e.actor()))
                .arrays(
                        "operations",
                        Insert.Type.TEXT,
                        lines,
                        line -> line.operation().value())
                .arrays(
                        "quantities",
                        Insert.Type.NUMERIC,
                        lines,
                        line -> line.quantity().value())
                .arrays(
                        "line_credits",
                        Insert.Type.NUMERIC,
                        lines,
                        line -> line.credits().value())
                .arrays(
                        "features",
                        Insert.Type.TEXT,
                        lines,
                        quota(quota -> quota.feature().value()))
                .arrays(
                        "quota_used",
                        Insert.Type.NUMERIC,
                        lines,
                        quota(quota -> quota.used().value()))
                .arrays(
                        "quota_limits",
                        Insert.Type.NUMERIC,
                        lines,
                        quota(quota -> quota.limit().map(Quantity::value).orElse(null)))
                .arrays(
                        "quota_above",
                        Insert.Type.NUMERIC,
                        lines,
                        quota(quota -> quota.above().value()))
                .arrays(
                        "quota_period_starts",
                        Insert.Type.TIMESTAMP,
                        lines,
                        quota(quota -> quota.period().start()))
                .arrays(
                        "quota_period_ends",
                        Insert.Type.TIMESTAMP,
                        lines,
                        quota(quota -> quota.period().end().orElse(null)))
                .column("credits", Insert.Type.NUMERIC, e -> e.credits().value())
                .column(
                        "uncovered_credits",
                        Insert.Type.NUMERIC,
                        e -> e.uncoveredCredits().value())
                .column(
                        "balance_after",
                        Insert.Type.NUMERIC,
                        e -> e.balanceAfter().value())
                .column(
                        "ledger_sequence",
                        Insert.Type.BIGINT,
                        e -> e.ledgerSequence().orElse(null))
                .column(
                        "plan_version_id",
                        Insert.Type.UUID,
                        e -> decisions
                                .get(e.id())
                                .plan()
                                .map(plan -> plan.planVersionId().value())
                                .orElse(null))
                .column(
                        "subscription_status",
                        Insert.Type.TEXT,
                        e -> decisions
                                .get(e.id())
                                .plan()
                                .map(plan -> plan.status().name())
                                .orElse(null))
                .column(
                        "reservation_id",
                        Insert.Type.UUID,
                        e -> e.reservation().map(ReservationId::value).orElse(null))
                .column("related_type", Insert.Type.TEXT, e -> Columns.type(e.relatedTo()))
                .column("related_id", Insert.Type.TEXT, e -> Columns.id(e.relatedTo()))
                .column("model", Insert.Type.TEXT, e -> e.model().orElse(null))
                .column("tokens", Insert.Type.JSON, e -> Json.orNull(e.tokens()))
                .column("metadata", Insert.Type.JSON, e -> Json.orNull(e.metadata()))
                .column("provider", Insert.Type.TEXT, e -> e.provider().orElse(null))
                .column(
                        "cost",
                        Insert.Type.NUMERIC,
                        e -> e.cost().map(Cost::amount).orElse(null))
                .column(
                        "cost_currency",
                        Insert.Type.TEXT,
                        e -> e.cost().map(Cost::currency).orElse(null))
                .column(
                        "model_price_id",
                        Insert.Type.UUID,
                        e -> e.cost()
                                .flatMap(Cost::price)
                                .map(ModelPriceId::value)
                                .orElse(null))
                .column("source", Insert.Type.TEXT, e -> e.source().name())
                .column("created_at", Insert.Type.TIMESTAMP, UsageEvent::at)
                .statement();
    }

    /** Null for a line without quota. */
    private static Function<UsageEvent.Line, Object> quota(Function<QuotaUse, Object> element) {
        return line -> line.quota().map(element).orElse(null);
    }

    static UsageEvent eventWithCost(Record row) {
        var event = event(row);
        return Columns.optional(row, USAGE_COSTS.COST)
                .map(cost -> event.priced(new Cost(
                        cost,
                        row.get(USAGE_COSTS.COST_CURRENCY),
                        Optional.of(new ModelPriceId(row.get(USAGE_COSTS.MODEL_PRICE_ID))))))
                .orElse(event);
    }

    /** As it was written: what its decision answered. */
    static UsageEvent event(Record row) {
        return new UsageEvent(
                new TenantId(row.get(USAGE_EVENTS.TENANT_ID)),
                new DecisionId(row.get(USAGE_EVENTS.ID)),
                new AccountId(row.get(USAGE_EVENTS.ACCOUNT_ID)),
                Columns.actor(row.get(USAGE_EVENTS.ACTOR_USER_ID), row.get(USAGE_EVENTS.ACTOR_KEY_ID)),
                lines(row),
                new Credits(row.get(USAGE_EVENTS.CREDITS)),
                new Credits(row.get(USAGE_EVENTS.UNCOVERED_CREDITS)),
                new Credits(row.get(USAGE_EVENTS.BALANCE_AFTER)),
                Columns.optional(row, USAGE_EVENTS.LEDGER_SEQUENCE),
                Columns.optional(row, USAGE_EVENTS.RESERVATION_ID).map(ReservationId::new),
                Columns.relatedTo(row.get(USAGE_EVENTS.RELATED_TYPE), row.get(USAGE_EVENTS.RELATED_ID)),
                Columns.optional(row, USAGE_EVENTS.MODEL),
                Json.tokens(row.get(USAGE_EVENTS.TOKENS)),
                Json.document(row.get(USAGE_EVENTS.METADATA)),
                UsageEvent.Source.valueOf(row.get(USAGE_EVENTS.SOURCE)),
                row.get(USAGE_EVENTS.CREATED_AT),
                Columns.optional(row, USAGE_EVENTS.PROVIDER),
                Columns.optional(row, USAGE_EVENTS.COST)
                        .map(cost -> new Cost(
                                cost,
                                row.get(USAGE_EVENTS.COST_CURRENCY),
                                Columns.optional(row, USAGE_EVENTS.MODEL_PRICE_ID)
                                        .map(ModelPriceId::new))));
    }

    private static List<UsageEvent.Line> lines(Record row) {
        var operations = row.get(USAGE_EVENTS.OPERATIONS);
        var lines = new ArrayList<UsageEvent.Line>(operations.length);
        for (int i = 0; i < operations.length; i++) {
            lines.add(new UsageEvent.Line(
                    new OperationKey(operations[i]),
                    new Quantity(row.get(USAGE_EVENTS.QUANTITIES)[i]),
                    new Credits(row.get(USAGE_EVENTS.LINE_CREDITS)[i]),
                    quota(row, i)));
        }
        return lines;
    }

    private static Optional<QuotaUse> quota(Record row, int line) {
        var feature = row.get(USAGE_EVENTS.FEATURES)[line];
        if (feature == null) {
            return Optional.empty();
        }
        BigDecimal limit = row.get(USAGE_EVENTS.QUOTA_LIMITS)[line];
        return Optional.of(new QuotaUse(
                new FeatureKey(feature),
                new Quantity(row.get(USAGE_EVENTS.QUOTA_USED)[line]),
                Optional.ofNullable(limit).map(Quantity::new),
                new Quantity(row.get(USAGE_EVENTS.QUOTA_ABOVE)[line]),
                Columns.period(
                        Columns.instant(row.get(USAGE_EVENTS.QUOTA_PERIOD_STARTS)[line]),
                        Columns.instant(row.get(USAGE_EVENTS.QUOTA_PERIOD_ENDS)[line]))));
    }
}
