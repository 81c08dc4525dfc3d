package io.allotment.persistence.memory;

import io.allotment.domain.job.DueWork;
import io.allotment.domain.job.JobName;
import io.allotment.domain.subscription.PastDue;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
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
        tables.requirePlatform("what is due");
        return accounts(
                tables.subscriptions
                        .all()
                        .filter(subscription -> subscription
                                .changesAt()
                                .filter(time -> !now.isBefore(time))
                                .isPresent())
                        .map(subscription -> new Due(
                                new Account(subscription.tenantId(), subscription.accountId()),
                                subscription.changesAt().orElseThrow())),
                job,
                now,
                limit);
    }

    @Override
    public List<Account> missingPayments(JobName job, Instant now, int limit) {
        tables.requirePlatform("what is due");
        return accounts(
                tables.subscriptions
                        .all()
                        .filter(subscription -> subscription
                                .pastDue()
                                .flatMap(PastDue::noticeAt)
                                .filter(time -> !now.isBefore(time))
                                .isPresent())
                        .map(subscription -> new Due(
                                new Account(subscription.tenantId(), subscription.accountId()),
                                subscription
                                        .pastDue()
                                        .flatMap(PastDue::noticeAt)
                                        .orElseThrow())),
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
