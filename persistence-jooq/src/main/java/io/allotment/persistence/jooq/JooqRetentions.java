package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.ADDRESS_ATTEMPTS;
import static io.allotment.persistence.jooq.generated.Tables.BILLING_ORDERS;
import static io.allotment.persistence.jooq.generated.Tables.DECISIONS;
import static io.allotment.persistence.jooq.generated.Tables.MAILS;
import static io.allotment.persistence.jooq.generated.Tables.OUTBOX;
import static io.allotment.persistence.jooq.generated.Tables.PASSWORD_RESETS;
import static io.allotment.persistence.jooq.generated.Tables.PAYMENT_EVENTS;
import static io.allotment.persistence.jooq.generated.Tables.PLATFORM_REQUESTS;
import static io.allotment.persistence.jooq.generated.Tables.RETENTIONS;
import static io.allotment.persistence.jooq.generated.Tables.SESSIONS;
import static io.allotment.persistence.jooq.generated.Tables.SUBSCRIPTION_CHECKOUTS;
import static io.allotment.persistence.jooq.generated.Tables.TENANT_REQUESTS;
import static io.allotment.persistence.jooq.generated.Tables.USAGE_EVENTS;

import io.allotment.domain.job.JobName;
import io.allotment.domain.retention.Retention;
import io.allotment.domain.retention.RetentionTerms;
import io.allotment.domain.retention.Retentions;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;

/** What grows with use is found by ids, which tell when they were made. */
final class JooqRetentions implements Retentions {

    /** So many events are rolled up in one go. */
    private static final int BATCH = 5_000;

    private final DSLContext db;
    private final JooqUnits units;
    private final JooqUsageSummaries summaries;

    JooqRetentions(DSLContext db, JooqUnits units, JooqUsageSummaries summaries) {
        this.summaries = summaries;
        this.db = db;
        this.units = units;
    }

    // ---- how long

    @Override
    public Optional<Retention> find(TenantId tenant) {
        return db.selectFrom(RETENTIONS)
                .where(RETENTIONS.TENANT_ID.eq(tenant.value()))
                .fetchOptional(JooqRetentions::retention);
    }

    @Override
    public Optional<Retention> lock(TenantId tenant) {
        return db.selectFrom(RETENTIONS)
                .where(RETENTIONS.TENANT_ID.eq(tenant.value()))
                .forUpdate()
                .fetchOptional(JooqRetentions::retention);
    }

    /** With its tenant: each has one for as long as it is there. */
    static void insert(DSLContext db, Retention retention) {
        db.insertInto(RETENTIONS)
                .set(RETENTIONS.TENANT_ID, retention.tenantId().value())
                .set(RETENTIONS.USAGE_DAYS, retention.terms().usageDays())
                .set(RETENTIONS.KEY_DAYS, retention.terms().keyDays())
                .set(RETENTIONS.NOTICE_DAYS, retention.terms().noticeDays())
                .set(RETENTIONS.KEYS_FROM, retention.keysFrom().orElse(null))
                .set(RETENTIONS.USAGE_FROM, retention.usageFrom().orElse(null))
                .set(RETENTIONS.DUE_AT, retention.dueAt())
                .execute();
    }

    @Override
    public void save(Retention retention) {
        db.update(RETENTIONS)
                .set(RETENTIONS.USAGE_DAYS, retention.terms().usageDays())
                .set(RETENTIONS.KEY_DAYS, retention.terms().keyDays())
                .set(RETENTIONS.NOTICE_DAYS, retention.terms().noticeDays())
                .set(RETENTIONS.KEYS_FROM, retention.keysFrom().orElse(null))
                .set(RETENTIONS.USAGE_FROM, retention.usageFrom().orElse(null))
                .set(RETENTIONS.DUE_AT, retention.dueAt())
                .where(RETENTIONS.TENANT_ID.eq(retention.tenantId().value()))
                .execute();
    }

    @Override
    public List<TenantId> due(JobName job, Instant now, int limit) {
        units.requirePlatform("what is due");
        return db.select(RETENTIONS.TENANT_ID)
                .from(RETENTIONS)
                .where(RETENTIONS.DUE_AT.le(now))
                .and(JooqDueWork.isNotWaiting(RETENTIONS.TENANT_ID, job, now))
                .orderBy(RETENTIONS.DUE_AT, RETENTIONS.TENANT_ID)
                .limit(limit)
                .fetch(row -> new TenantId(row.value1()));
    }

    // ---- how far

    @Override
    public Instant keysUpTo(Retention retention, Instant wanted, int some) {
        units.requirePlatform("retention");
        return upTo(retention, retention.keysFrom(), wanted, some, Stream.of(decisions(retention), events(retention)));
    }

    @Override
    public Instant usageUpTo(Retention retention, Instant wanted, int some) {
        units.requirePlatform("retention");
        return upTo(retention, retention.usageFrom(), wanted, some, Stream.of(events(retention)));
    }

    /** Rows of a tenant that are found by their ids. */
    private record Source(Table<?> table, Condition own, Field<UUID> id) {}

    private static Source events(Retention retention) {
        return new Source(
                USAGE_EVENTS, USAGE_EVENTS.TENANT_ID.eq(retention.tenantId().value()), USAGE_EVENTS.ID);
    }

    /** Those that no usage event tells of; the others are found by their events. */
    private static Source decisions(Retention retention) {
        return new Source(
                DECISIONS,
                DECISIONS.TENANT_ID.eq(retention.tenantId().value()).and(DECISIONS.ANSWER.isNotNull()),
                DECISIONS.ID);
    }

    /** At least a millisecond further than before, so that it goes on also where very many were made in one. */
    private Instant upTo(
            Retention retention, Optional<Instant> from, Instant wanted, int some, Stream<Source> sources) {
        return sources.map(source -> nth(source, from, wanted, some))
                .flatMap(Optional::stream)
                .map(last -> from.filter(start -> !start.isBefore(last))
                        .map(start -> start.plusMillis(1))
                        .orElse(last))
                .reduce(wanted, (one, other) -> one.isBefore(other) ? one : other);
    }

    private Optional<Instant> nth(Source source, Optional<Instant> from, Instant before, int some) {
        return db.select(source.id())
                .from(source.table())
                .where(source.own())
                .and(from.map(start -> source.id().ge(Retention.firstIdAt(start)))
                        .orElse(DSL.noCondition()))
                .and(source.id().lt(Retention.firstIdAt(before)))
                .orderBy(source.id())
                .offset(some - 1)
                .limit(1)
                .fetchOptional(row -> Retention.madeAt(row.value1()));
    }

    // ---- a tenant's rows

    @Override
    public int removeDecisions(Retention before, Retention checkpoint) {
        units.requirePlatform("retention");
        var tenant = checkpoint.tenantId().value();
        var from = before.keysFrom().map(Retention::firstIdAt).orElse(new UUID(0, 0));
        var bound = keysBound(checkpoint);
        int told = db.execute("""
                with told as materialized (
                    select id, idempotency_key from allotment.usage_events where tenant_id = ? and id >= ? and id < ?
                )
                delete from allotment.decisions d using told
                where d.tenant_id = ? and d.key_digest = allotment.key_digest(told.idempotency_key) and d.id = told.id
                """, tenant, from, bound, tenant);
        return told
                + db.deleteFrom(DECISIONS)
                        .where(DECISIONS.TENANT_ID.eq(tenant))
                        .and(DECISIONS.ANSWER.isNotNull())
                        .and(DECISIONS.ID.lt(bound))
                        .and(DECISIONS.REFUNDED_ID.isNull().or(DECISIONS.REFUNDED_ID.lt(usageBound(checkpoint))))
                        .execute();
    }

    @Override
    public int removeUsage(Retention checkpoint) {
        units.requirePlatform("retention");
        var tenant = checkpoint.tenantId().value();
        var bound = usageBound(checkpoint);
        // Whoever prices some of them now is waited for before anything is locked that they need, and their costs are
        // seen.
        db.execute(
                "select 1 from allotment.usage_unpriced where tenant_id = ? and event_id < ? order by event_id for update",
                tenant,
                bound);
        // Their sums stay.
        boolean waiting = true;
        while (waiting) {
            waiting = summaries.rollUp(checkpoint.tenantId(), BATCH) >= BATCH;
        }
        db.deleteFrom(DECISIONS)
                .where(DECISIONS.TENANT_ID.eq(tenant))
                .and(DECISIONS.REFUNDED_ID.isNotNull())
                .and(DECISIONS.REFUNDED_ID.lt(bound))
                .and(DECISIONS.ID.lt(keysBound(checkpoint)))
                .execute();
        int removed = db.resultQuery("""
                        with gone as (
                            delete from allotment.usage_events e
                            where e.tenant_id = ? and e.id < ?
                              and not exists (
                                  select from allotment.decisions d where d.tenant_id = e.tenant_id and d.refunded_id = e.id)
                              and not exists (
                                  select from allotment.allocations a
                                  where a.tenant_id = e.tenant_id and a.related_type = e.related_type collate "C"
                                    and a.related_id = e.related_id collate "C" and a.account_id = e.account_id
                                    and a.feature_key = any(e.features))
                            returning e.tenant_id, e.id, e.account_id, e.features, e.quota_period_starts, e.quota_period_ends,
                                      e.quantities, e.reservation_id
                        ), counted as (
                            insert into allotment.quota_checkpoints as c
                                (tenant_id, account_id, feature_key, period_start, period_end, used)
                            select g.tenant_id, g.account_id, l.feature_key, l.period_start,
                                   coalesce(l.period_end, 'infinity'), sum(l.quantity)
                            from gone g,
                                 unnest(g.features, g.quota_period_starts, g.quota_period_ends, g.quantities)
                                     l(feature_key, period_start, period_end, quantity)
                            where l.feature_key is not null
                            group by 1, 2, 3, 4, 5
                            on conflict (tenant_id, account_id, feature_key, period_start, period_end)
                            do update set used = c.used + excluded.used
                        ), settled as (
                            delete from allotment.reservations r using gone g
                            where r.tenant_id = ? and r.id = g.reservation_id
                        ), priced as (
                            delete from allotment.usage_costs c using gone g
                            where c.tenant_id = ? and c.event_id = g.id
                        ), unpriced as (
                            delete from allotment.usage_unpriced u using gone g
                            where u.tenant_id = ? and u.event_id = g.id
                        )
                        select count(*) from gone
                        """, tenant, bound, tenant, tenant, tenant).fetchSingle(0, Integer.class);
        db.execute("""
                delete from allotment.reservations where tenant_id = ? and id < ? and status in ('RELEASED', 'LAPSED')
                """, tenant, bound);
        // Of a period that is over nobody counts any more.
        db.execute("""
                delete from allotment.quota_checkpoints c using allotment.quota_counters q
                where c.tenant_id = ? and q.tenant_id = c.tenant_id and q.account_id = c.account_id
                  and q.feature_key = c.feature_key and c.period_start < q.period_start
                """, tenant);
        return removed;
    }

    /**
     * Whoever has a report of a period sent anew is waited for, and then none of the period goes. Ids that a migration made tell nothing of their time; no period
     * begins after its reports are made.
     */
    @Override
    public int removeReports(Retention checkpoint, int limit) {
        units.requirePlatform("retention");
        var tenant = checkpoint.tenantId().value();
        var from = checkpoint.usageFrom().orElse(Instant.EPOCH);
        return db.resultQuery("""
                        with periods as materialized (
                            select row_number() over () as number, p.*
                            from (
                                select r.billing_period_start, r.account_id, r.feature_key, r.gateway, count(*) as reports
                                from allotment.metered_reports r
                                left join allotment.quota_counters q on q.tenant_id = r.tenant_id
                                    and q.account_id = r.account_id and q.feature_key = r.feature_key
                                    and q.period_start <= r.period_start
                                where r.tenant_id = ? and r.billing_period_start < ?::timestamptz
                                group by 1, 2, 3, 4
                                having bool_and(r.created_at < ?::timestamptz and r.status not in ('WAITING', 'UNCLEAR')
                                    and q.tenant_id is null)
                                order by 1, 2, 3, 4
                                limit ?
                            ) p
                        ), locked as materialized (
                            select r.id, p.number, p.reports
                            from periods p
                            join allotment.metered_reports r on r.tenant_id = ? and r.account_id = p.account_id
                                and r.feature_key = p.feature_key and r.billing_period_start = p.billing_period_start
                                and r.gateway = p.gateway
                            where r.status not in ('WAITING', 'UNCLEAR')
                            order by r.id
                            for update of r
                        ), whole as materialized (
                            select l.id, l.number
                            from (select id, number, reports, count(*) over (partition by number) as done from locked) l
                            where l.done = l.reports
                        ), gone as (
                            delete from allotment.metered_reports r using whole w
                            where r.tenant_id = ? and r.id = w.id
                            returning w.number
                        )
                        select count(distinct number) from gone
                        """, tenant, from, from, limit, tenant, tenant).fetchSingle(0, Integer.class);
    }

    private static UUID keysBound(Retention checkpoint) {
        return checkpoint.keysFrom().map(Retention::firstIdAt).orElse(new UUID(0, 0));
    }

    private static UUID usageBound(Retention checkpoint) {
        return checkpoint.usageFrom().map(Retention::firstIdAt).orElse(new UUID(0, 0));
    }

    @Override
    public int removeRequests(TenantId tenant, Instant before, int limit) {
        units.requirePlatform("retention");
        int requests = db.deleteFrom(TENANT_REQUESTS)
                .where(TENANT_REQUESTS.TENANT_ID.eq(tenant.value()))
                .and(TENANT_REQUESTS.IDEMPOTENCY_KEY.in(DSL.select(TENANT_REQUESTS.IDEMPOTENCY_KEY)
                        .from(TENANT_REQUESTS)
                        .where(TENANT_REQUESTS.TENANT_ID.eq(tenant.value()))
                        .and(TENANT_REQUESTS.CREATED_AT.lt(before))
                        .orderBy(TENANT_REQUESTS.CREATED_AT)
                        .limit(limit)))
                .execute();
        int orders = db.deleteFrom(BILLING_ORDERS)
                .where(BILLING_ORDERS.TENANT_ID.eq(tenant.value()))
                .and(BILLING_ORDERS.ID.in(DSL.select(BILLING_ORDERS.ID)
                        .from(BILLING_ORDERS)
                        .where(BILLING_ORDERS.TENANT_ID.eq(tenant.value()))
                        .and(BILLING_ORDERS.CREATED_AT.lt(before))
                        .orderBy(BILLING_ORDERS.CREATED_AT)
                        .limit(limit - requests)))
                .execute();
        int checkouts = db.deleteFrom(SUBSCRIPTION_CHECKOUTS)
                .where(SUBSCRIPTION_CHECKOUTS.TENANT_ID.eq(tenant.value()))
                .and(SUBSCRIPTION_CHECKOUTS.ID.in(DSL.select(SUBSCRIPTION_CHECKOUTS.ID)
                        .from(SUBSCRIPTION_CHECKOUTS)
                        .where(SUBSCRIPTION_CHECKOUTS.TENANT_ID.eq(tenant.value()))
                        .and(SUBSCRIPTION_CHECKOUTS.CREATED_AT.lt(before))
                        .and(SUBSCRIPTION_CHECKOUTS
                                .STATUS
                                .notIn(JooqSubscriptionCheckouts.NOT_OVER)
                                .or(SUBSCRIPTION_CHECKOUTS.EXPIRES_AT.lt(before)))
                        .orderBy(SUBSCRIPTION_CHECKOUTS.CREATED_AT)
                        .limit(limit - requests - orders)))
                .execute();
        return requests + orders + checkouts;
    }

    @Override
    public int removeNotices(TenantId tenant, Instant before, int limit) {
        units.requirePlatform("retention");
        return db.deleteFrom(OUTBOX)
                .where(OUTBOX.TENANT_ID.eq(tenant.value()))
                .and(DSL.row(OUTBOX.DECISION_ID, OUTBOX.NUMBER)
                        .in(DSL.select(OUTBOX.DECISION_ID, OUTBOX.NUMBER)
                                .from(OUTBOX)
                                .where(OUTBOX.TENANT_ID.eq(tenant.value()))
                                .and(OUTBOX.DECISION_ID.lt(Retention.firstIdAt(before)))
                                .orderBy(OUTBOX.DECISION_ID, OUTBOX.NUMBER)
                                .limit(limit)))
                .execute();
    }

    @Override
    public Oldest oldest(TenantId tenant) {
        units.requirePlatform("retention");
        var retention = find(tenant).orElse(Retention.initial(tenant));
        var keys = Stream.of(
                        first(decisions(retention), retention.keysFrom()),
                        first(events(retention), retention.keysFrom()),
                        db.select(TENANT_REQUESTS.CREATED_AT)
                                .from(TENANT_REQUESTS)
                                .where(TENANT_REQUESTS.TENANT_ID.eq(tenant.value()))
                                .orderBy(TENANT_REQUESTS.CREATED_AT)
                                .limit(1)
                                .fetchOptional(TENANT_REQUESTS.CREATED_AT))
                .flatMap(Optional::stream)
                .min(Instant::compareTo);
        var notices = new Source(OUTBOX, OUTBOX.TENANT_ID.eq(tenant.value()), OUTBOX.DECISION_ID);
        return new Oldest(first(events(retention), Optional.empty()), keys, first(notices, Optional.empty()));
    }

    private Optional<Instant> first(Source source, Optional<Instant> from) {
        return db.select(source.id())
                .from(source.table())
                .where(source.own())
                .and(from.map(start -> source.id().ge(Retention.firstIdAt(start)))
                        .orElse(DSL.noCondition()))
                .orderBy(source.id())
                .limit(1)
                .fetchOptional(row -> Retention.madeAt(row.value1()));
    }

    // ---- the platform's rows

    @Override
    public int removePlatformRequests(Instant before, int limit) {
        units.requirePlatform("retention");
        return db.deleteFrom(PLATFORM_REQUESTS)
                .where(PLATFORM_REQUESTS.IDEMPOTENCY_KEY.in(DSL.select(PLATFORM_REQUESTS.IDEMPOTENCY_KEY)
                        .from(PLATFORM_REQUESTS)
                        .where(PLATFORM_REQUESTS.CREATED_AT.lt(before))
                        .orderBy(PLATFORM_REQUESTS.CREATED_AT)
                        .limit(limit)))
                .execute();
    }

    /** By their ids, which tell when they were begun: none goes on for longer than {@code Session.LONGEST}. */
    @Override
    public int removeSessions(Instant before, int limit) {
        units.requirePlatform("retention");
        return db.deleteFrom(SESSIONS)
                .where(SESSIONS.ID.in(DSL.select(SESSIONS.ID)
                        .from(SESSIONS)
                        .where(SESSIONS.ID.lt(Retention.firstIdAt(before)))
                        .and(SESSIONS.ENDS_AT.lt(before))
                        .orderBy(SESSIONS.ID)
                        .limit(limit)))
                .execute();
    }

    @Override
    public int removeResets(Instant before, int limit) {
        units.requirePlatform("retention");
        return db.deleteFrom(PASSWORD_RESETS)
                .where(PASSWORD_RESETS.TOKEN_SHA256.in(DSL.select(PASSWORD_RESETS.TOKEN_SHA256)
                        .from(PASSWORD_RESETS)
                        .where(PASSWORD_RESETS.EXPIRES_AT.lt(before))
                        .orderBy(PASSWORD_RESETS.EXPIRES_AT)
                        .limit(limit)))
                .execute();
    }

    @Override
    public int removeAttempts(Instant before, int kept, int limit) {
        units.requirePlatform("retention");
        var tooMany = DSL.select(ADDRESS_ATTEMPTS.LAST_FAILED_AT)
                .from(ADDRESS_ATTEMPTS)
                .where(ADDRESS_ATTEMPTS.LAST_FAILED_AT.isNotNull())
                .orderBy(ADDRESS_ATTEMPTS.LAST_FAILED_AT.desc())
                .offset(kept)
                .limit(1);
        return db.deleteFrom(ADDRESS_ATTEMPTS)
                .where(ADDRESS_ATTEMPTS.ADDRESS_SHA256.in(DSL.select(ADDRESS_ATTEMPTS.ADDRESS_SHA256)
                        .from(ADDRESS_ATTEMPTS)
                        .where(ADDRESS_ATTEMPTS.LAST_FAILED_AT.lt(before))
                        .or(ADDRESS_ATTEMPTS.LAST_FAILED_AT.le(DSL.field(tooMany)))
                        .or(ADDRESS_ATTEMPTS.LAST_FAILED_AT.isNull())
                        .orderBy(ADDRESS_ATTEMPTS.LAST_FAILED_AT)
                        .limit(limit)))
                .execute();
    }

    @Override
    public int removeMails(Instant before, int limit) {
        units.requirePlatform("retention");
        return db.deleteFrom(MAILS)
                .where(MAILS.ID.in(DSL.select(MAILS.ID)
                        .from(MAILS)
                        .where(MAILS.ID.lt(Retention.firstIdAt(before)))
                        .orderBy(MAILS.ID)
                        .limit(limit)))
                .execute();
    }

    @Override
    public int removePaymentEvents(Instant before, int limit) {
        units.requirePlatform("retention");
        return db.deleteFrom(PAYMENT_EVENTS)
                .where(DSL.row(PAYMENT_EVENTS.GATEWAY, PAYMENT_EVENTS.ID)
                        .in(DSL.select(PAYMENT_EVENTS.GATEWAY, PAYMENT_EVENTS.ID)
                                .from(PAYMENT_EVENTS)
                                .where(PAYMENT_EVENTS.RECEIVED_AT.lt(before))
                                .orderBy(PAYMENT_EVENTS.RECEIVED_AT)
                                .limit(limit)))
                .execute();
    }

    private static Retention retention(Record row) {
        return new Retention(
                new TenantId(row.get(RETENTIONS.TENANT_ID)),
                new RetentionTerms(
                        row.get(RETENTIONS.USAGE_DAYS), row.get(RETENTIONS.KEY_DAYS), row.get(RETENTIONS.NOTICE_DAYS)),
                Columns.optional(row, RETENTIONS.KEYS_FROM),
                Columns.optional(row, RETENTIONS.USAGE_FROM),
                row.get(RETENTIONS.DUE_AT));
    }
}
