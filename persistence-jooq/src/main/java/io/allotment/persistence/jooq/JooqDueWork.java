package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.CREDIT_GRANTS;
import static io.allotment.persistence.jooq.generated.Tables.FAILED_WORK;
import static io.allotment.persistence.jooq.generated.Tables.RESERVATIONS;
import static io.allotment.persistence.jooq.generated.Tables.SUBSCRIPTIONS;

import io.allotment.domain.gate.Reservation;
import io.allotment.domain.job.DueWork;
import io.allotment.domain.job.JobName;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.SubscriptionStatus;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record2;
import org.jooq.ResultQuery;
import org.jooq.impl.DSL;

/** Reads as many due rows as there may be accounts, along an index by time: how many tenants there are does not matter. */
final class JooqDueWork implements DueWork {

    private final DSLContext db;
    private final JooqUnits units;

    JooqDueWork(DSLContext db, JooqUnits units) {
        this.db = db;
        this.units = units;
    }

    @Override
    public List<Account> lapsedLeases(JobName job, Instant now, int limit) {
        units.requirePlatform("what is due");
        return accounts(db.select(RESERVATIONS.TENANT_ID, RESERVATIONS.ACCOUNT_ID)
                .from(RESERVATIONS)
                .where(RESERVATIONS.STATUS.eq(DSL.inline(Reservation.Status.HELD.name())))
                .and(RESERVATIONS.LEASE_UNTIL.le(now))
                .and(isNotWaiting(RESERVATIONS.TENANT_ID, job, now))
                .orderBy(RESERVATIONS.LEASE_UNTIL)
                .limit(limit));
    }

    @Override
    public List<Account> endedGrants(JobName job, Instant now, int limit) {
        units.requirePlatform("what is due");
        return accounts(db.select(CREDIT_GRANTS.TENANT_ID, CREDIT_GRANTS.ACCOUNT_ID)
                .from(CREDIT_GRANTS)
                .where(CREDIT_GRANTS.LIVE)
                .and(CREDIT_GRANTS.EXPIRES_AT.le(now))
                .and(CREDIT_GRANTS.REMAINING.gt(CREDIT_GRANTS.HELD))
                .and(isNotWaiting(CREDIT_GRANTS.TENANT_ID, job, now))
                .orderBy(CREDIT_GRANTS.EXPIRES_AT)
                .limit(limit));
    }

    @Override
    public List<Account> changedSubscriptions(JobName job, Instant now, int limit) {
        return subscriptions(SUBSCRIPTIONS.CHANGES_AT, job, now, limit);
    }

    @Override
    public List<Account> missingPayments(JobName job, Instant now, int limit) {
        return subscriptions(SUBSCRIPTIONS.NOTICE_AT, job, now, limit);
    }

    @Override
    public List<Account> endingTrials(JobName job, Instant now, Instant endsBy, int limit) {
        units.requirePlatform("what is due");
        return accounts(db.select(SUBSCRIPTIONS.TENANT_ID, SUBSCRIPTIONS.ACCOUNT_ID)
                .from(SUBSCRIPTIONS)
                // As it stands in the index's condition.
                .where(SUBSCRIPTIONS.STATUS.eq(DSL.inline(SubscriptionStatus.TRIALING.name())))
                .and(SUBSCRIPTIONS.TRIAL_TOLD_END.isDistinctFrom(SUBSCRIPTIONS.TRIAL_END))
                .and(SUBSCRIPTIONS.TRIAL_END.le(endsBy))
                .and(isNotWaiting(SUBSCRIPTIONS.TENANT_ID, job, now))
                .orderBy(SUBSCRIPTIONS.TRIAL_END)
                .limit(limit));
    }

    private List<Account> subscriptions(Field<Instant> dueAt, JobName job, Instant now, int limit) {
        units.requirePlatform("what is due");
        return accounts(db.select(SUBSCRIPTIONS.TENANT_ID, SUBSCRIPTIONS.ACCOUNT_ID)
                .from(SUBSCRIPTIONS)
                .where(dueAt.le(now))
                .and(isNotWaiting(SUBSCRIPTIONS.TENANT_ID, job, now))
                .orderBy(dueAt)
                .limit(limit));
    }

    private static List<Account> accounts(ResultQuery<Record2<UUID, UUID>> due) {
        return due.fetch(row -> new Account(new TenantId(row.value1()), new AccountId(row.value2()))).stream()
                .distinct()
                .toList();
    }

    /** Whether nothing of the tenant's in this job failed that is to be left alone. */
    static Condition isNotWaiting(Field<UUID> tenant, JobName job, Instant now) {
        return DSL.notExists(DSL.selectOne()
                .from(FAILED_WORK)
                .where(FAILED_WORK.TENANT_ID.eq(tenant))
                .and(FAILED_WORK.JOB.eq(job.value()))
                .and(FAILED_WORK.NEXT_ATTEMPT_AT.isNull().or(FAILED_WORK.NEXT_ATTEMPT_AT.gt(now))));
    }
}
