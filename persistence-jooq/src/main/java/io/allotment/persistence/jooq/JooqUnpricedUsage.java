package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.USAGE_EVENTS;
import static io.allotment.persistence.jooq.generated.Tables.USAGE_PRICINGS;
import static io.allotment.persistence.jooq.generated.Tables.USAGE_UNPRICED;

import io.allotment.domain.ai.Cost;
import io.allotment.domain.job.JobName;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.usage.UnpricedModel;
import io.allotment.domain.usage.UnpricedUsage;
import io.allotment.domain.usage.UsageEvent;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * What waits for a price stands in usage_unpriced from when it is rolled up until it has its cost. Both are changed in one
 * transaction with the sums.
 */
final class JooqUnpricedUsage implements UnpricedUsage {

    private static final Field<String> PROVIDER = DSL.field("provider", SQLDataType.CLOB);
    private static final Field<String> MODEL = DSL.field("model", SQLDataType.CLOB);
    private static final Field<Long> EVENTS = DSL.field("events", SQLDataType.BIGINT);
    private static final Field<OffsetDateTime> FIRST_AT = DSL.field("first_at", SQLDataType.TIMESTAMPWITHTIMEZONE);
    private static final Field<OffsetDateTime> LAST_AT = DSL.field("last_at", SQLDataType.TIMESTAMPWITHTIMEZONE);

    /** In one statement: what somebody rolls up now is seen in the one or in the other. */
    private static final String LIST = """
            select provider, model, sum(events)::bigint as events, min(first_at) as first_at, max(last_at) as last_at
            from (
                select provider, model, count(*) as events, min(used_at) as first_at, max(used_at) as last_at
                from allotment.usage_unpriced where tenant_id = ? group by provider, model
                union all
                select e.provider collate "C", e.model collate "C", 1, e.created_at, e.created_at
                from (select tenant_id, unnest(event_ids) as event_id from allotment.usage_arrivals where tenant_id = ?) a
                cross join lateral (
                    select * from allotment.usage_events u where u.tenant_id = a.tenant_id and u.id = a.event_id offset 0
                ) e
                where e.model is not null and e.tokens is not null and e.cost is null
            ) u
            where ? or (model, coalesce(provider, '')) > (? collate "C", ? collate "C")
            group by provider, model
            order by model, coalesce(provider, '')
            limit ?
            """;

    private static final String TAKE = """
            select u.event_id
            from allotment.usage_unpriced u
            join unnest(?, ?, ?) as m(provider, model, wanted_from)
                on u.model = m.model and u.provider is not distinct from m.provider
                and (m.wanted_from is null or u.used_at >= m.wanted_from)
            where u.tenant_id = ? and u.prices_tried is distinct from ?
            order by u.event_id
            limit ?
            for update of u skip locked
            """;

    /** From tenant to tenant along the key: how many events wait does not matter. */
    private static final String DUE = """
            with recursive waiting as (
                (select tenant_id from allotment.usage_unpriced order by tenant_id limit 1)
                union all
                select (select u.tenant_id from allotment.usage_unpriced u where u.tenant_id > w.tenant_id
                        order by u.tenant_id limit 1)
                from waiting w where w.tenant_id is not null
            )
            select w.tenant_id
            from waiting w
            left join allotment.usage_pricings p on p.tenant_id = w.tenant_id
            where w.tenant_id is not null
              and (p.tenant_id is null or p.tried_at <= ?::timestamptz
                   or p.prices <> (select prices from allotment.catalog_version where singleton))
            """;

    private final DSLContext db;
    private final JooqUnits units;
    private final JooqUsageSummaries summaries;

    JooqUnpricedUsage(DSLContext db, JooqUnits units, JooqUsageSummaries summaries) {
        this.db = db;
        this.units = units;
        this.summaries = summaries;
    }

    @Override
    public Page<UnpricedModel> list(TenantId tenant, PageRequest page) {
        var after = page.after().map(UnpricedModel::readPosition).orElse(new String[] {"", ""});
        var rows = new ArrayList<UnpricedModel>();
        new RoundTrip()
                .add(
                        Statement.query(
                                LIST,
                                new Field<?>[] {PROVIDER, MODEL, EVENTS, FIRST_AT, LAST_AT},
                                tenant.value(),
                                tenant.value(),
                                page.after().isEmpty(),
                                after[0],
                                after[1],
                                (long) page.limit() + 1),
                        row -> rows.add(new UnpricedModel(
                                Optional.ofNullable(row.get(PROVIDER)),
                                row.get(MODEL),
                                row.get(EVENTS),
                                row.get(FIRST_AT).toInstant(),
                                row.get(LAST_AT).toInstant())))
                .run(db);
        return Page.of(rows, page, UnpricedModel::position);
    }

    @Override
    public List<UsageEvent> take(TenantId tenant, List<Wanted> models, long pricesVersion, int limit) {
        units.requirePlatform("pricing usage");
        var wanted = new Rows<>(models);
        var ids = new ArrayList<UUID>();
        new RoundTrip()
                .add(
                        Statement.query(
                                TAKE,
                                new Field<?>[] {USAGE_UNPRICED.EVENT_ID},
                                wanted.column(
                                        String.class,
                                        one -> one.asked().provider().orElse(null)),
                                wanted.column(String.class, one -> one.asked().model()),
                                new Statement.Array(
                                        "timestamptz",
                                        models.stream()
                                                .map(one -> one.from()
                                                        .map(from -> from.atOffset(ZoneOffset.UTC))
                                                        .orElse(null))
                                                .toArray(OffsetDateTime[]::new)),
                                tenant.value(),
                                pricesVersion,
                                (long) limit),
                        row -> ids.add(row.get(USAGE_UNPRICED.EVENT_ID)))
                .run(db);
        return db.selectFrom(USAGE_EVENTS)
                .where(USAGE_EVENTS.TENANT_ID.eq(tenant.value()))
                .and(USAGE_EVENTS.ID.in(ids))
                .orderBy(USAGE_EVENTS.ID)
                .fetch(JooqUsage::event);
    }

    @Override
    public void price(List<UsageEvent> priced, Instant now) {
        units.requirePlatform("pricing usage");
        var rows = new Insert<>("usage_costs", priced);
        var trip = new RoundTrip()
                .add(rows.column(
                                "tenant_id", Insert.Type.UUID, e -> e.tenantId().value())
                        .column("event_id", Insert.Type.UUID, e -> e.id().value())
                        .column("cost", Insert.Type.NUMERIC, e -> cost(e).amount())
                        .column("cost_currency", Insert.Type.TEXT, e -> cost(e).currency())
                        .column(
                                "model_price_id",
                                Insert.Type.UUID,
                                e -> cost(e).price().orElseThrow().value())
                        .column("created_at", Insert.Type.TIMESTAMP, e -> now)
                        .statement());
        trip.run(db);
        int waited = db.deleteFrom(USAGE_UNPRICED)
                .where(USAGE_UNPRICED.TENANT_ID.eq(priced.get(0).tenantId().value()))
                .and(USAGE_UNPRICED.EVENT_ID.in(
                        priced.stream().map(event -> event.id().value()).toList()))
                .execute();
        if (waited != priced.size()) {
            throw new IllegalStateException(
                    "of " + priced.size() + " events that get a cost " + waited + " waited for one");
        }
        summaries.addCosts(priced);
    }

    @Override
    public void unfit(List<UsageEvent> unfit, long pricesVersion) {
        units.requirePlatform("pricing usage");
        if (!unfit.isEmpty()) {
            db.update(USAGE_UNPRICED)
                    .set(USAGE_UNPRICED.PRICES_TRIED, pricesVersion)
                    .where(USAGE_UNPRICED.TENANT_ID.eq(unfit.get(0).tenantId().value()))
                    .and(USAGE_UNPRICED.EVENT_ID.in(
                            unfit.stream().map(event -> event.id().value()).toList()))
                    .execute();
        }
    }

    private static Cost cost(UsageEvent event) {
        return event.cost().orElseThrow();
    }

    @Override
    public List<TenantId> due(JobName job, Instant now, Instant triedBefore, int limit) {
        units.requirePlatform("what is due");
        var tenants = DSL.table("({0})", DSL.sql(DUE, triedBefore.atOffset(ZoneOffset.UTC)))
                .as("t", "tenant_id");
        var tenant = DSL.field(DSL.name("t", "tenant_id"), SQLDataType.UUID);
        return db.select(tenant)
                .from(tenants)
                .where(JooqDueWork.isNotWaiting(tenant, job, now))
                .orderBy(tenant)
                .limit(limit)
                .fetch((Record row) -> new TenantId(row.get(tenant)));
    }

    @Override
    public void tried(TenantId tenant, long pricesVersion, Instant now) {
        units.requirePlatform("pricing usage");
        try {
            db.insertInto(USAGE_PRICINGS)
                    .set(USAGE_PRICINGS.TENANT_ID, tenant.value())
                    .set(USAGE_PRICINGS.TRIED_AT, now)
                    .set(USAGE_PRICINGS.PRICES, pricesVersion)
                    .onConflict(USAGE_PRICINGS.TENANT_ID)
                    .doUpdate()
                    .set(USAGE_PRICINGS.TRIED_AT, now)
                    .set(USAGE_PRICINGS.PRICES, pricesVersion)
                    .execute();
        } catch (IntegrityConstraintViolationException gone) {
            throw SqlErrors.isForeignKeyViolation(gone) ? new NotFound("tenant", tenant) : gone;
        }
    }
}
