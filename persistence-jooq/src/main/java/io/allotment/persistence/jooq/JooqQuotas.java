package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.QUOTA_COUNTERS;
import static io.allotment.persistence.jooq.generated.Tables.QUOTA_HISTORY;

import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.quota.Quotas;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.QuotaChangeId;
import io.allotment.domain.shared.TenantId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

final class JooqQuotas implements Quotas {

    private final DSLContext db;

    JooqQuotas(DSLContext db) {
        this.db = db;
    }

    @Override
    public List<QuotaCounter> list(TenantId tenant, AccountId account) {
        return db.selectFrom(QUOTA_COUNTERS)
                .where(QUOTA_COUNTERS.TENANT_ID.eq(tenant.value()))
                .and(QUOTA_COUNTERS.ACCOUNT_ID.eq(account.value()))
                .orderBy(QUOTA_COUNTERS.FEATURE_KEY)
                .fetch(JooqQuotas::counter);
    }

    @Override
    public void save(QuotaCounter counter, List<QuotaChange> changes) {
        var trip = new RoundTrip();
        addChanges(trip, List.of(counter), changes);
        try {
            trip.run(db);
        } catch (DataAccessException taken) {
            throw SqlErrors.keyReused(taken, changes.stream().flatMap(change -> change.idempotencyKey().stream()));
        }
    }

    /** Two statements, however many there are. */
    static void addChanges(RoundTrip trip, List<QuotaCounter> counters, List<QuotaChange> changes) {
        trip.add(upsert(counters)).add(insert(changes));
    }

    private static Statement upsert(List<QuotaCounter> counters) {
        return new Insert<>("quota_counters", counters)
                .column("tenant_id", Insert.Type.UUID, c -> c.tenantId().value())
                .column("account_id", Insert.Type.UUID, c -> c.accountId().value())
                .column("feature_key", Insert.Type.TEXT, c -> c.feature().value())
                .column("period_start", Insert.Type.TIMESTAMP, c -> c.period().start())
                .column(
                        "period_end",
                        Insert.Type.TIMESTAMP,
                        c -> c.period().end().orElse(null))
                .column("used", Insert.Type.NUMERIC, c -> c.used().value())
                .column("overage", Insert.Type.NUMERIC, c -> c.overage().value())
                .column("held", Insert.Type.NUMERIC, c -> c.held().value())
                .column("noticed_percent", Insert.Type.BIGINT, c -> (long) c.noticedPercent())
                .statement("""

                        on conflict (tenant_id, account_id, feature_key) do update
                        set period_start = excluded.period_start, period_end = excluded.period_end, used = excluded.used,
                            overage = excluded.overage, held = excluded.held, noticed_percent = excluded.noticed_percent
                        """);
    }

    private static Statement insert(List<QuotaChange> changes) {
        var rows = new Rows<>(changes);
        return rows.command(
                """
                insert into allotment.quota_history (
                    tenant_id, id, account_id, feature_key, operation, amount, used_after, quota_limit, reason,
                    related_type, related_id, period_start, period_end, actor_user_id, actor_key_id, idempotency_key,
                    created_at)
                select
                    tenant_id, id, account_id, feature_key, operation, amount, used_after, quota_limit, reason,
                    related_type, related_id, period_start::timestamptz, period_end::timestamptz, actor_user_id,
                    actor_key_id, idempotency_key, created_at::timestamptz
                from (
                    select unnest(?) as tenant_id, unnest(?) as id, unnest(?) as account_id, unnest(?) as feature_key,
                        unnest(?) as operation, unnest(?) as amount, unnest(?) as used_after,
                        unnest(?) as quota_limit, unnest(?) as reason, unnest(?) as related_type,
                        unnest(?) as related_id, unnest(?) as period_start, unnest(?) as period_end,
                        unnest(?) as actor_user_id, unnest(?) as actor_key_id, unnest(?) as idempotency_key,
                        unnest(?) as created_at
                ) n
                """,
                rows.column(UUID.class, c -> c.tenantId().value()),
                rows.column(UUID.class, c -> c.id().value()),
                rows.column(UUID.class, c -> c.accountId().value()),
                rows.column(String.class, c -> c.feature().value()),
                rows.column(String.class, c -> c.operation().name()),
                rows.column(BigDecimal.class, c -> c.amount().value()),
                rows.column(BigDecimal.class, c -> c.usedAfter().value()),
                rows.column(
                        BigDecimal.class, c -> c.limit().map(Quantity::value).orElse(null)),
                rows.column(String.class, QuotaChange::reason),
                rows.column(String.class, c -> Columns.type(c.relatedTo())),
                rows.column(String.class, c -> Columns.id(c.relatedTo())),
                rows.column(String.class, c -> c.period().start().toString()),
                rows.column(
                        String.class,
                        c -> c.period().end().map(Instant::toString).orElse(null)),
                rows.column(UUID.class, c -> Columns.userId(c.actor())),
                rows.column(UUID.class, c -> Columns.keyId(c.actor())),
                rows.column(
                        String.class,
                        c -> c.idempotencyKey().map(IdempotencyKey::value).orElse(null)),
                rows.column(String.class, c -> c.at().toString()));
    }

    @Override
    public Optional<QuotaChange> findChange(TenantId tenant, IdempotencyKey key) {
        return db.selectFrom(QUOTA_HISTORY)
                .where(QUOTA_HISTORY.TENANT_ID.eq(tenant.value()))
                .and(QUOTA_HISTORY.IDEMPOTENCY_KEY.eq(key.value()))
                .fetchOptional(JooqQuotas::change);
    }

    /** Which line of its decision consumed; 0 for what is not consumption. */
    private static final Field<Integer> LINE = DSL.field("line", SQLDataType.INTEGER);

    /**
     * Resets and changes by hand, and the lines of usage events. What is consumed comes after the reset that the same
     * decision met, so within an id the lines go first, last line first.
     */
    @Override
    public Page<QuotaChange> history(TenantId tenant, AccountId account, FeatureKey feature, PageRequest page) {
        var position = page.after().map(Position::of);
        var rows = db.resultQuery(
                        """
                        select h.*
                        from (
                            (select tenant_id, id, account_id, feature_key, operation, amount, used_after, quota_limit, reason,
                                    related_type, related_id, period_start, period_end, actor_user_id, actor_key_id,
                                    idempotency_key, created_at, 0 as line
                             from allotment.quota_history
                             where tenant_id = {0} and account_id = {1} and feature_key = {2} and ({3} or id <= {4})
                             order by id desc
                             limit {6})
                            union all
                            select e.tenant_id, e.id, e.account_id, l.feature_key, 'INCREMENT', l.quantity, l.used, l.quota_limit,
                                   l.operation, e.related_type, e.related_id, l.period_start, l.period_end, e.actor_user_id,
                                   e.actor_key_id, null, e.created_at, l.line::integer
                            from (
                                select * from allotment.usage_events
                                where tenant_id = {0} and account_id = {1} and {2} = any(features) and ({3} or id <= {4})
                                order by id desc
                                limit {6}
                            ) e
                            cross join unnest(e.features, e.operations, e.quantities, e.quota_used, e.quota_limits,
                                              e.quota_period_starts, e.quota_period_ends) with ordinality
                                 as l(feature_key, operation, quantity, used, quota_limit, period_start, period_end, line)
                            where l.feature_key = {2}
                        ) h
                        where {3} or (h.id, h.line) < ({4}, {5})
                        order by h.id desc, h.line desc
                        limit {6}
                        """,
                        DSL.val(tenant.value()),
                        DSL.val(account.value()),
                        DSL.val(feature.value()),
                        DSL.val(position.isEmpty()),
                        DSL.val(position.map(Position::id).orElse(new UUID(0, 0))),
                        DSL.val(position.map(Position::line).orElse(0)),
                        DSL.val(page.limit() + 1))
                .coerce(columnsWithLine())
                .fetch(row -> new Placed(change(row), row.get(LINE)));
        return Page.of(rows, page, row -> row.change().id() + "." + row.line()).map(Placed::change);
    }

    private static List<Field<?>> columnsWithLine() {
        var fields = new ArrayList<Field<?>>(List.of(
                QUOTA_HISTORY.TENANT_ID,
                QUOTA_HISTORY.ID,
                QUOTA_HISTORY.ACCOUNT_ID,
                QUOTA_HISTORY.FEATURE_KEY,
                QUOTA_HISTORY.OPERATION,
                QUOTA_HISTORY.AMOUNT,
                QUOTA_HISTORY.USED_AFTER,
                QUOTA_HISTORY.QUOTA_LIMIT,
                QUOTA_HISTORY.REASON,
                QUOTA_HISTORY.RELATED_TYPE,
                QUOTA_HISTORY.RELATED_ID,
                QUOTA_HISTORY.PERIOD_START,
                QUOTA_HISTORY.PERIOD_END,
                QUOTA_HISTORY.ACTOR_USER_ID,
                QUOTA_HISTORY.ACTOR_KEY_ID,
                QUOTA_HISTORY.IDEMPOTENCY_KEY,
                QUOTA_HISTORY.CREATED_AT));
        fields.add(LINE);
        return fields;
    }

    private record Placed(QuotaChange change, int line) {}

    private record Position(UUID id, int line) {
        static Position of(String cursor) {
            int dot = cursor.indexOf('.');
            if (dot < 0) {
                throw Columns.cursorNotOurs();
            }
            return new Position(Columns.uuid(cursor.substring(0, dot)), Columns.line(cursor.substring(dot + 1)));
        }
    }

    static QuotaCounter counter(Record row) {
        return new QuotaCounter(
                new TenantId(row.get(QUOTA_COUNTERS.TENANT_ID)),
                new AccountId(row.get(QUOTA_COUNTERS.ACCOUNT_ID)),
                new FeatureKey(row.get(QUOTA_COUNTERS.FEATURE_KEY)),
                Columns.period(row.get(QUOTA_COUNTERS.PERIOD_START), row.get(QUOTA_COUNTERS.PERIOD_END)),
                new Quantity(row.get(QUOTA_COUNTERS.USED)),
                new Quantity(row.get(QUOTA_COUNTERS.OVERAGE)),
                new Quantity(row.get(QUOTA_COUNTERS.HELD)),
                row.get(QUOTA_COUNTERS.NOTICED_PERCENT));
    }

    private static QuotaChange change(Record row) {
        return new QuotaChange(
                new TenantId(row.get(QUOTA_HISTORY.TENANT_ID)),
                new QuotaChangeId(row.get(QUOTA_HISTORY.ID)),
                new AccountId(row.get(QUOTA_HISTORY.ACCOUNT_ID)),
                new FeatureKey(row.get(QUOTA_HISTORY.FEATURE_KEY)),
                QuotaChange.Operation.valueOf(row.get(QUOTA_HISTORY.OPERATION)),
                new Quantity(row.get(QUOTA_HISTORY.AMOUNT)),
                new Quantity(row.get(QUOTA_HISTORY.USED_AFTER)),
                Columns.optional(row, QUOTA_HISTORY.QUOTA_LIMIT).map(Quantity::new),
                row.get(QUOTA_HISTORY.REASON),
                Columns.relatedTo(row.get(QUOTA_HISTORY.RELATED_TYPE), row.get(QUOTA_HISTORY.RELATED_ID)),
                Columns.period(row.get(QUOTA_HISTORY.PERIOD_START), row.get(QUOTA_HISTORY.PERIOD_END)),
                Columns.actor(row.get(QUOTA_HISTORY.ACTOR_USER_ID), row.get(QUOTA_HISTORY.ACTOR_KEY_ID)),
                Columns.optional(row, QUOTA_HISTORY.IDEMPOTENCY_KEY).map(IdempotencyKey::new),
                row.get(QUOTA_HISTORY.CREATED_AT));
    }
}
