package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.SUBSCRIPTIONS;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.AlreadySubscribed;
import io.allotment.domain.subscription.Billed;
import io.allotment.domain.subscription.BillingCycle;
import io.allotment.domain.subscription.IncludedCredits;
import io.allotment.domain.subscription.PastDue;
import io.allotment.domain.subscription.ScheduledChange;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.subscription.Subscriptions;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;

final class JooqSubscriptions implements Subscriptions {

    private final DSLContext db;

    JooqSubscriptions(DSLContext db) {
        this.db = db;
    }

    @Override
    public void insert(Subscription subscription) {
        try {
            db.insertInto(SUBSCRIPTIONS)
                    .set(SUBSCRIPTIONS.TENANT_ID, subscription.tenantId().value())
                    .set(SUBSCRIPTIONS.ID, subscription.id().value())
                    .set(SUBSCRIPTIONS.ACCOUNT_ID, subscription.accountId().value())
                    .set(SUBSCRIPTIONS.CREATED_AT, subscription.createdAt())
                    .set(columns(subscription))
                    .execute();
        } catch (IntegrityConstraintViolationException taken) {
            throw SqlErrors.isUniqueViolation(taken)
                    ? new AlreadySubscribed(subscription.accountId(), subscription.status())
                    : taken;
        }
    }

    @Override
    public void update(Subscription subscription) {
        int rows = db.update(SUBSCRIPTIONS)
                .set(columns(subscription))
                .where(SUBSCRIPTIONS.TENANT_ID.eq(subscription.tenantId().value()))
                .and(SUBSCRIPTIONS.ID.eq(subscription.id().value()))
                .execute();
        if (rows != 1) {
            throw new IllegalStateException("A subscription to be changed is not there: " + subscription.id());
        }
    }

    /** What time can change of them. */
    static Statement update(List<Subscription> moved) {
        var rows = new Rows<>(moved);
        return rows.lookup(
                """
                update allotment.subscriptions s
                set plan_version_id = n.plan_version_id, price_key = n.price_key, status = n.status,
                    anchor = n.anchor::timestamptz, cycle_months = n.cycle_months,
                    current_period_start = n.current_period_start::timestamptz,
                    current_period_end = n.current_period_end::timestamptz, past_due_since = n.past_due_since::timestamptz,
                    grace_ends_at = n.grace_ends_at::timestamptz, notice_at = n.notice_at::timestamptz, canceled_at = n.canceled_at::timestamptz,
                    resumes_at = n.resumes_at::timestamptz, scheduled_plan_version_id = n.scheduled_plan_version_id,
                    scheduled_price_key = n.scheduled_price_key, scheduled_cycle_months = n.scheduled_cycle_months,
                    included_period_start = n.included_period_start::timestamptz,
                    included_entitled = n.included_entitled, included_granted = n.included_granted,
                    ended_at = n.ended_at::timestamptz, changes_at = n.changes_at::timestamptz,
                    updated_at = n.updated_at::timestamptz
                from (
                    select unnest(?) as tenant_id, unnest(?) as account_id, unnest(?) as id,
                        unnest(?) as plan_version_id, unnest(?) as price_key, unnest(?) as status,
                        unnest(?) as anchor, unnest(?) as cycle_months, unnest(?) as current_period_start,
                        unnest(?) as current_period_end, unnest(?) as past_due_since, unnest(?) as grace_ends_at,
                        unnest(?) as notice_at,
                        unnest(?) as canceled_at, unnest(?) as resumes_at, unnest(?) as scheduled_plan_version_id,
                        unnest(?) as scheduled_price_key, unnest(?) as scheduled_cycle_months,
                        unnest(?) as included_period_start, unnest(?) as included_entitled,
                        unnest(?) as included_granted, unnest(?) as ended_at, unnest(?) as changes_at,
                        unnest(?) as updated_at
                    limit ?
                ) n
                where s.tenant_id = n.tenant_id and s.account_id = n.account_id and s.id = n.id
                """,
                rows.column(UUID.class, s -> s.tenantId().value()),
                rows.column(UUID.class, s -> s.accountId().value()),
                rows.column(UUID.class, s -> s.id().value()),
                rows.column(UUID.class, s -> s.planVersionId().value()),
                rows.column(String.class, s -> s.price().map(PriceKey::value).orElse(null)),
                rows.column(String.class, s -> s.status().name()),
                rows.column(String.class, s -> s.cycle().anchor().toString()),
                rows.column(Long.class, s -> (long) s.cycle().months()),
                rows.column(String.class, s -> s.currentPeriod().start().toString()),
                rows.column(String.class, s -> Columns.text(s.currentPeriod().end())),
                rows.column(String.class, s -> Columns.text(s.pastDue().map(PastDue::since))),
                rows.column(String.class, s -> Columns.text(s.pastDue().map(PastDue::graceEndsAt))),
                rows.column(String.class, s -> Columns.text(s.pastDue().flatMap(PastDue::noticeAt))),
                rows.column(String.class, s -> Columns.text(s.canceledAt())),
                rows.column(String.class, s -> Columns.text(s.resumesAt())),
                rows.column(
                        UUID.class,
                        s -> s.scheduled()
                                .map(change -> change.planVersionId().value())
                                .orElse(null)),
                rows.column(
                        String.class,
                        s -> s.scheduled()
                                .flatMap(ScheduledChange::price)
                                .map(PriceKey::value)
                                .orElse(null)),
                rows.column(
                        Long.class,
                        s -> s.scheduled().map(change -> (long) change.months()).orElse(null)),
                rows.column(String.class, s -> Columns.text(s.included().map(IncludedCredits::periodStart))),
                rows.column(
                        BigDecimal.class,
                        s -> s.included().map(had -> had.entitled().value()).orElse(null)),
                rows.column(
                        BigDecimal.class,
                        s -> s.included().map(had -> had.granted().value()).orElse(null)),
                rows.column(String.class, s -> Columns.text(s.endedAt())),
                rows.column(String.class, s -> Columns.text(s.changesAt())),
                rows.column(String.class, s -> s.updatedAt().toString()));
    }

    private static Map<Field<?>, Object> columns(Subscription subscription) {
        var columns = new HashMap<Field<?>, Object>();
        columns.put(SUBSCRIPTIONS.PLAN_VERSION_ID, subscription.planVersionId().value());
        columns.put(
                SUBSCRIPTIONS.PRICE_KEY,
                subscription.price().map(PriceKey::value).orElse(null));
        columns.put(SUBSCRIPTIONS.STATUS, subscription.status().name());
        columns.put(SUBSCRIPTIONS.ANCHOR, subscription.cycle().anchor());
        columns.put(SUBSCRIPTIONS.CYCLE_MONTHS, subscription.cycle().months());
        columns.put(
                SUBSCRIPTIONS.CURRENT_PERIOD_START, subscription.currentPeriod().start());
        columns.put(
                SUBSCRIPTIONS.CURRENT_PERIOD_END,
                subscription.currentPeriod().end().orElseThrow());
        columns.put(
                SUBSCRIPTIONS.TRIAL_START,
                subscription.trial().map(Period::start).orElse(null));
        columns.put(
                SUBSCRIPTIONS.TRIAL_END,
                subscription.trial().flatMap(Period::end).orElse(null));
        columns.put(
                SUBSCRIPTIONS.PAST_DUE_SINCE,
                subscription.pastDue().map(PastDue::since).orElse(null));
        columns.put(
                SUBSCRIPTIONS.GRACE_ENDS_AT,
                subscription.pastDue().map(PastDue::graceEndsAt).orElse(null));
        columns.put(
                SUBSCRIPTIONS.NOTICE_AT,
                subscription.pastDue().flatMap(PastDue::noticeAt).orElse(null));
        columns.put(SUBSCRIPTIONS.AUTO_RENEW, subscription.autoRenew());
        columns.put(SUBSCRIPTIONS.CANCEL_AT_PERIOD_END, subscription.cancelAtPeriodEnd());
        columns.put(SUBSCRIPTIONS.CANCELED_AT, subscription.canceledAt().orElse(null));
        columns.put(
                SUBSCRIPTIONS.CANCELLATION_REASON,
                subscription.cancellationReason().orElse(null));
        columns.put(SUBSCRIPTIONS.RESUMES_AT, subscription.resumesAt().orElse(null));
        var scheduled = subscription.scheduled();
        columns.put(
                SUBSCRIPTIONS.SCHEDULED_PLAN_VERSION_ID,
                scheduled.map(change -> change.planVersionId().value()).orElse(null));
        columns.put(
                SUBSCRIPTIONS.SCHEDULED_PRICE_KEY,
                scheduled.flatMap(ScheduledChange::price).map(PriceKey::value).orElse(null));
        columns.put(
                SUBSCRIPTIONS.SCHEDULED_CYCLE_MONTHS,
                scheduled.map(ScheduledChange::months).orElse(null));
        var included = subscription.included();
        columns.put(
                SUBSCRIPTIONS.INCLUDED_PERIOD_START,
                included.map(IncludedCredits::periodStart).orElse(null));
        columns.put(
                SUBSCRIPTIONS.INCLUDED_ENTITLED,
                included.map(had -> had.entitled().value()).orElse(null));
        columns.put(
                SUBSCRIPTIONS.INCLUDED_GRANTED,
                included.map(had -> had.granted().value()).orElse(null));
        columns.put(SUBSCRIPTIONS.ENDED_AT, subscription.endedAt().orElse(null));
        columns.put(SUBSCRIPTIONS.CHANGES_AT, subscription.changesAt().orElse(null));
        var billed = subscription.billed();
        columns.put(SUBSCRIPTIONS.GATEWAY, billed.map(Billed::gateway).orElse(null));
        columns.put(SUBSCRIPTIONS.GATEWAY_ID, billed.map(Billed::gatewayId).orElse(null));
        columns.put(SUBSCRIPTIONS.QUANTITY, billed.map(Billed::quantity).orElse(null));
        columns.put(SUBSCRIPTIONS.AS_OF, billed.map(Billed::asOf).orElse(null));
        columns.put(SUBSCRIPTIONS.OVER, billed.map(Billed::over).orElse(null));
        columns.put(SUBSCRIPTIONS.METADATA, Json.jsonb(subscription.metadata()));
        columns.put(SUBSCRIPTIONS.UPDATED_AT, subscription.updatedAt());
        return columns;
    }

    @Override
    public boolean markTrialTold(Subscription subscription, Instant end) {
        return db.update(SUBSCRIPTIONS)
                        .set(SUBSCRIPTIONS.TRIAL_TOLD_END, end)
                        .where(SUBSCRIPTIONS.TENANT_ID.eq(
                                subscription.tenantId().value()))
                        .and(SUBSCRIPTIONS.ID.eq(subscription.id().value()))
                        .and(SUBSCRIPTIONS.TRIAL_TOLD_END.isDistinctFrom(end))
                        .execute()
                == 1;
    }

    @Override
    public Optional<Subscription> findCurrent(TenantId tenant, AccountId account) {
        return db.selectFrom(SUBSCRIPTIONS)
                .where(SUBSCRIPTIONS.TENANT_ID.eq(tenant.value()))
                .and(SUBSCRIPTIONS.ACCOUNT_ID.eq(account.value()))
                .orderBy(SUBSCRIPTIONS.ENDED_AT.isNull().desc(), SUBSCRIPTIONS.ID.desc())
                .limit(1)
                .fetchOptional(JooqSubscriptions::subscription);
    }

    @Override
    public Optional<Subscription> find(TenantId tenant, AccountId account, SubscriptionId id) {
        return db.selectFrom(SUBSCRIPTIONS)
                .where(SUBSCRIPTIONS.TENANT_ID.eq(tenant.value()))
                .and(SUBSCRIPTIONS.ACCOUNT_ID.eq(account.value()))
                .and(SUBSCRIPTIONS.ID.eq(id.value()))
                .fetchOptional(JooqSubscriptions::subscription);
    }

    @Override
    public Optional<Subscription> findBilled(TenantId tenant, String gateway, String gatewayId) {
        return db.selectFrom(SUBSCRIPTIONS)
                .where(SUBSCRIPTIONS.TENANT_ID.eq(tenant.value()))
                .and(SUBSCRIPTIONS.GATEWAY.eq(gateway))
                .and(SUBSCRIPTIONS.GATEWAY_ID.eq(gatewayId))
                .fetchOptional(JooqSubscriptions::subscription);
    }

    @Override
    public Optional<Subscription> findStillBilled(TenantId tenant) {
        return db.selectFrom(SUBSCRIPTIONS)
                .where(SUBSCRIPTIONS.TENANT_ID.eq(tenant.value()))
                .and(SUBSCRIPTIONS.OVER.eq(false))
                .orderBy(SUBSCRIPTIONS.ID)
                .limit(1)
                .fetchOptional(JooqSubscriptions::subscription);
    }

    @Override
    public Optional<Subscription> findBilledElsewhere(String gateway) {
        return db.selectFrom(SUBSCRIPTIONS)
                .where(SUBSCRIPTIONS.GATEWAY.lt(gateway).or(SUBSCRIPTIONS.GATEWAY.gt(gateway)))
                .and(SUBSCRIPTIONS.OVER.eq(DSL.inline(false)))
                .limit(1)
                .fetchOptional(JooqSubscriptions::subscription);
    }

    @Override
    public Page<Subscription> listStillBilled(String gateway, PageRequest page) {
        var rows = db.selectFrom(SUBSCRIPTIONS)
                .where(SUBSCRIPTIONS.GATEWAY.eq(gateway))
                .and(SUBSCRIPTIONS.OVER.eq(DSL.inline(false)))
                .and(Columns.after(SUBSCRIPTIONS.ID, page))
                .orderBy(SUBSCRIPTIONS.ID)
                .limit(page.limit() + 1)
                .fetch(JooqSubscriptions::subscription);
        return Page.of(rows, page, subscription -> subscription.id().toString());
    }

    @Override
    public boolean hadTrial(TenantId tenant, AccountId account) {
        return db.fetchExists(db.selectOne()
                .from(SUBSCRIPTIONS)
                .where(SUBSCRIPTIONS.TENANT_ID.eq(tenant.value()))
                .and(SUBSCRIPTIONS.ACCOUNT_ID.eq(account.value()))
                .and(SUBSCRIPTIONS.TRIAL_START.isNotNull()));
    }

    @Override
    public Page<Subscription> list(TenantId tenant, AccountId account, PageRequest page) {
        var rows = db.selectFrom(SUBSCRIPTIONS)
                .where(SUBSCRIPTIONS.TENANT_ID.eq(tenant.value()))
                .and(SUBSCRIPTIONS.ACCOUNT_ID.eq(account.value()))
                .and(Columns.before(SUBSCRIPTIONS.ID, page))
                .orderBy(SUBSCRIPTIONS.ID.desc())
                .limit(page.limit() + 1)
                .fetch(JooqSubscriptions::subscription);
        return Page.of(rows, page, subscription -> subscription.id().toString());
    }

    @Override
    public Page<Ref> listSubscribers(PlanVersionId version, PageRequest page) {
        var rows = db.select(SUBSCRIPTIONS.TENANT_ID, SUBSCRIPTIONS.ACCOUNT_ID, SUBSCRIPTIONS.ID)
                .from(SUBSCRIPTIONS)
                .where(SUBSCRIPTIONS.PLAN_VERSION_ID.eq(version.value()))
                .and(SUBSCRIPTIONS.ENDED_AT.isNull())
                .and(Columns.after(SUBSCRIPTIONS.ID, page))
                .orderBy(SUBSCRIPTIONS.ID)
                .limit(page.limit() + 1)
                .fetch(JooqSubscriptions::ref);
        return Page.of(rows, page, ref -> ref.id().toString());
    }

    private static Ref ref(Record row) {
        return new Ref(
                new TenantId(row.get(SUBSCRIPTIONS.TENANT_ID)),
                new AccountId(row.get(SUBSCRIPTIONS.ACCOUNT_ID)),
                new SubscriptionId(row.get(SUBSCRIPTIONS.ID)));
    }

    static Subscription subscription(Record row) {
        var trialStart = row.get(SUBSCRIPTIONS.TRIAL_START);
        Optional<Period> trial = trialStart == null
                ? Optional.empty()
                : Optional.of(Period.between(trialStart, row.get(SUBSCRIPTIONS.TRIAL_END)));
        Instant periodStart = row.get(SUBSCRIPTIONS.CURRENT_PERIOD_START);
        return new Subscription(
                new TenantId(row.get(SUBSCRIPTIONS.TENANT_ID)),
                new SubscriptionId(row.get(SUBSCRIPTIONS.ID)),
                new AccountId(row.get(SUBSCRIPTIONS.ACCOUNT_ID)),
                new PlanVersionId(row.get(SUBSCRIPTIONS.PLAN_VERSION_ID)),
                Columns.optional(row, SUBSCRIPTIONS.PRICE_KEY).map(PriceKey::new),
                SubscriptionStatus.valueOf(row.get(SUBSCRIPTIONS.STATUS)),
                new BillingCycle(row.get(SUBSCRIPTIONS.ANCHOR), row.get(SUBSCRIPTIONS.CYCLE_MONTHS)),
                Period.between(periodStart, row.get(SUBSCRIPTIONS.CURRENT_PERIOD_END)),
                trial,
                Columns.optional(row, SUBSCRIPTIONS.PAST_DUE_SINCE)
                        .map(since -> new PastDue(
                                since,
                                row.get(SUBSCRIPTIONS.GRACE_ENDS_AT),
                                Columns.optional(row, SUBSCRIPTIONS.NOTICE_AT))),
                row.get(SUBSCRIPTIONS.AUTO_RENEW),
                row.get(SUBSCRIPTIONS.CANCEL_AT_PERIOD_END),
                Columns.optional(row, SUBSCRIPTIONS.CANCELED_AT),
                Columns.optional(row, SUBSCRIPTIONS.CANCELLATION_REASON),
                Columns.optional(row, SUBSCRIPTIONS.RESUMES_AT),
                Columns.optional(row, SUBSCRIPTIONS.SCHEDULED_PLAN_VERSION_ID)
                        .map(version -> new ScheduledChange(
                                new PlanVersionId(version),
                                Columns.optional(row, SUBSCRIPTIONS.SCHEDULED_PRICE_KEY)
                                        .map(PriceKey::new),
                                row.get(SUBSCRIPTIONS.SCHEDULED_CYCLE_MONTHS))),
                Columns.optional(row, SUBSCRIPTIONS.INCLUDED_PERIOD_START)
                        .map(start -> new IncludedCredits(
                                start,
                                new Credits(row.get(SUBSCRIPTIONS.INCLUDED_ENTITLED)),
                                new Credits(row.get(SUBSCRIPTIONS.INCLUDED_GRANTED)))),
                Columns.optional(row, SUBSCRIPTIONS.ENDED_AT),
                Columns.optional(row, SUBSCRIPTIONS.GATEWAY)
                        .map(gateway -> new Billed(
                                gateway,
                                row.get(SUBSCRIPTIONS.GATEWAY_ID),
                                row.get(SUBSCRIPTIONS.QUANTITY),
                                row.get(SUBSCRIPTIONS.AS_OF),
                                row.get(SUBSCRIPTIONS.OVER))),
                Json.document(row.get(SUBSCRIPTIONS.METADATA)),
                row.get(SUBSCRIPTIONS.CREATED_AT),
                row.get(SUBSCRIPTIONS.UPDATED_AT));
    }
}
