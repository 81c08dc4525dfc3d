package io.allotment.persistence.memory;

import io.allotment.domain.job.DueWork;
import io.allotment.domain.job.JobName;
import io.allotment.domain.shared.Period;
import io.allotment.domain.subscription.PastDue;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.subscription.SubscriptionStatus;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

final class MemoryDueWork implements DueWork {

    private final Tables tables;

    MemoryDueWork(Tables tables) {
        this.tables = tables;
    }

    /** What is due of an account, and since when. */
    private record Due(Account account, Instant since) {}

    @Override
    public List<Account> lapsedLeases(JobName job, Instant now, int limit) {
        tables.requirePlatform("what is due");
        return accounts(
                tables.openReservations
                        .all()
                        .filter(reservation -> !reservation.holdsAt(now))
                        .map(reservation -> new Due(
                                new Account(reservation.tenantId(), reservation.accountId()),
                                reservation.leaseUntil())),
                job,
                now,
                limit);
    }

    @Override
    public List<Account> endedGrants(JobName job, Instant now, int limit) {
        tables.requirePlatform("what is due");
        return accounts(
                tables.liveGrants
                        .all()
                        .filter(grant ->
                                grant.isExpiredAt(now) && grant.remaining().compareTo(grant.held()) > 0)
                        .map(grant -> new Due(
                                new Account(grant.tenantId(), grant.accountId()),
                                grant.terms().expiresAt().orElseThrow())),
                job,
                now,
                limit);
    }

    @Override
    public List<Account> changedSubscriptions(JobName job, Instant now, int limit) {
        return subscriptions(Subscription::changesAt, job, now, limit);
    }

    @Override
    public List<Account> missingPayments(JobName job, Instant now, int limit) {
        return subscriptions(subscription -> subscription.pastDue().flatMap(PastDue::noticeAt), job, now, limit);
    }

    @Override
    public List<Account> endingTrials(JobName job, Instant now, Instant endsBy, int limit) {
        return subscriptions(
                subscription -> subscription
                        .trial()
                        .flatMap(Period::end)
                        .filter(end ->
                                subscription.status() == SubscriptionStatus.TRIALING && !isTold(subscription, end)),
                job,
                now,
                endsBy,
                limit);
    }

    private boolean isTold(Subscription subscription, Instant end) {
        return tables.trialsTold
                .find(Key.of(subscription.tenantId(), subscription.id()))
                .filter(told -> told.end().equals(end))
                .isPresent();
    }

    private List<Account> subscriptions(
            Function<Subscription, Optional<Instant>> dueAt, JobName job, Instant now, int limit) {
        return subscriptions(dueAt, job, now, now, limit);
    }

    /** @param by what is due by then */
    private List<Account> subscriptions(
            Function<Subscription, Optional<Instant>> dueAt, JobName job, Instant now, Instant by, int limit) {
        tables.requirePlatform("what is due");
        return accounts(
                tables.subscriptions
                        .all()
                        .flatMap(subscription -> dueAt
                                .apply(subscription)
                                .filter(time -> !by.isBefore(time))
                                .map(time ->
                                        new Due(new Account(subscription.tenantId(), subscription.accountId()), time))
                                .stream()),
                job,
                now,
                limit);
    }

    private List<Account> accounts(Stream<Due> due, JobName job, Instant now, int limit) {
        return due.filter(one ->
                        !MemoryFailedWorks.isWaiting(tables, one.account().tenantId(), job, now))
                .sorted(Comparator.comparing(Due::since))
                .limit(limit)
                .map(Due::account)
                .distinct()
                .toList();
    }
}
