package io.allotment.persistence.memory;

import io.allotment.domain.billing.MeteredReport;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.gate.Reservation;
import io.allotment.domain.gate.Verb;
import io.allotment.domain.job.JobName;
import io.allotment.domain.retention.Retention;
import io.allotment.domain.retention.Retentions;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.usage.UsageEvent;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What grows with use is found by ids, which tell when they were made. */
final class MemoryRetentions implements Retentions {

    private static final String WHAT = "retention";

    private final Tables tables;

    MemoryRetentions(Tables tables) {
        this.tables = tables;
    }

    // ---- how long

    @Override
    public Optional<Retention> find(TenantId tenant) {
        return tables.tenants
                .find(Key.of(tenant))
                .map(there -> tables.retentions.find(Key.of(tenant)).orElseGet(() -> Retention.initial(tenant)));
    }

    @Override
    public Optional<Retention> lock(TenantId tenant) {
        // No other unit of work is open while this one is: it is locked already.
        return find(tenant);
    }

    @Override
    public void save(Retention retention) {
        tables.retentions.put(Key.of(retention.tenantId()), retention);
    }

    @Override
    public List<TenantId> due(JobName job, Instant now, int limit) {
        tables.requirePlatform("what is due");
        return tables.tenants
                .all()
                .map(tenant -> find(tenant.id()).orElseThrow())
                .filter(retention -> !retention.dueAt().isAfter(now))
                .filter(retention -> !MemoryFailedWorks.isWaiting(tables, retention.tenantId(), job, now))
                .sorted(Comparator.comparing(Retention::dueAt)
                        .thenComparing(retention -> retention.tenantId().toString()))
                .limit(limit)
                .map(Retention::tenantId)
                .toList();
    }

    // ---- how far

    @Override
    public Instant keysUpTo(Retention retention, Instant wanted, int some) {
        tables.requirePlatform(WHAT);
        return upTo(decisions(retention.tenantId()), retention.keysFrom(), wanted, some);
    }

    @Override
    public Instant usageUpTo(Retention retention, Instant wanted, int some) {
        tables.requirePlatform(WHAT);
        return upTo(events(retention.tenantId()), retention.usageFrom(), wanted, some);
    }

    private Stream<UUID> decisions(TenantId tenant) {
        return tables.decisions
                .under(Key.of(tenant))
                .map(recorded -> recorded.decision().id().value());
    }

    private Stream<UUID> events(TenantId tenant) {
        return tables.events.under(Key.of(tenant)).map(event -> event.id().value());
    }

    /** At least a millisecond further than before, so that it goes on also where very many were made in one. */
    private static Instant upTo(Stream<UUID> ids, Optional<Instant> from, Instant wanted, int some) {
        return ids.filter(id -> from.map(start -> !isBefore(id, start)).orElse(true))
                .filter(id -> isBefore(id, wanted))
                .skip(some - 1L)
                .findFirst()
                .map(Retention::madeAt)
                .map(last -> from.filter(start -> !start.isBefore(last))
                        .map(start -> start.plusMillis(1))
                        .orElse(last))
                .orElse(wanted);
    }

    private static boolean isBefore(UUID id, Instant time) {
        return id.toString().compareTo(Retention.firstIdAt(time).toString()) < 0;
    }

    private static boolean isBefore(UUID id, Optional<Instant> time) {
        return time.filter(end -> isBefore(id, end)).isPresent();
    }

    // ---- a tenant's rows

    @Override
    public int removeDecisions(Retention before, Retention checkpoint) {
        tables.requirePlatform(WHAT);
        return removeDecisions(
                checkpoint,
                decision -> decision.refunded()
                        .map(charge -> isBefore(charge.value(), checkpoint.usageFrom()))
                        .orElse(true));
    }

    private int removeDecisions(Retention checkpoint, Predicate<Decision> which) {
        var gone = tables.decisions
                .under(Key.of(checkpoint.tenantId()))
                .map(GateState.Recorded::decision)
                .filter(decision -> isBefore(decision.id().value(), checkpoint.keysFrom()))
                .filter(which)
                .toList();
        gone.forEach(decision -> {
            var tenant = decision.tenantId();
            // As long as there is its event, that tells it, though nobody finds it by its key.
            if (!tables.events.holds(Key.of(tenant, decision.id()))) {
                tables.decisions.remove(Key.of(tenant, decision.id()));
            }
            decision.key().ifPresent(key -> tables.decisionsByKey.remove(Key.of(tenant, key)));
            decision.refunded().ifPresent(charge -> tables.refunds.remove(Key.of(tenant, charge)));
        });
        return gone.size();
    }

    @Override
    public int removeUsage(Retention checkpoint) {
        tables.requirePlatform(WHAT);
        var tenant = checkpoint.tenantId();
        removeDecisions(
                checkpoint,
                decision -> decision.verb() == Verb.REFUND
                        && decision.refunded()
                                .filter(charge -> isBefore(charge.value(), checkpoint.usageFrom()))
                                .isPresent());
        var gone = tables.events
                .under(Key.of(tenant))
                .filter(event -> isBefore(event.id().value(), checkpoint.usageFrom()))
                .filter(event -> !tables.refunds.holds(Key.of(tenant, event.id())))
                .filter(event -> !isAllocated(event))
                .toList();
        gone.forEach(event -> {
            count(event);
            event.reservation().ifPresent(id -> tables.reservations.remove(Key.of(tenant, id)));
            tables.events.remove(Key.of(tenant, event.id()));
            tables.removedEvents.put(Key.of(tenant, event.id()), event);
            tables.decisions.remove(Key.of(tenant, event.id()));
        });
        tables.reservations
                .under(Key.of(tenant))
                .filter(reservation -> isBefore(reservation.id().value(), checkpoint.usageFrom()))
                .filter(reservation -> reservation.status() == Reservation.Status.RELEASED
                        || reservation.status() == Reservation.Status.LAPSED)
                .toList()
                .forEach(reservation -> tables.reservations.remove(Key.of(tenant, reservation.id())));
        forgetPeriodsThatAreOver(tenant);
        return gone.size();
    }

    @Override
    public int removeReports(Retention checkpoint, int limit) {
        tables.requirePlatform(WHAT);
        var tenant = checkpoint.tenantId();
        var periods = tables
                .meteredReports
                .under(Key.of(tenant))
                .collect(Collectors.groupingBy(report ->
                        List.of(report.accountId(), report.gateway(), report.feature(), report.billingPeriodStart())))
                .values()
                .stream()
                .filter(period -> period.stream().allMatch(report -> isDone(report, checkpoint)))
                .sorted(Comparator.comparing(period -> period.get(0).billingPeriodStart()))
                .limit(limit)
                .toList();
        periods.stream()
                .flatMap(List::stream)
                .forEach(report -> tables.meteredReports.remove(Key.of(tenant, report.id())));
        return periods.size();
    }

    /** Whether nobody counts it, sends it, or looks into it any more. */
    private boolean isDone(MeteredReport report, Retention checkpoint) {
        return checkpoint
                        .usageFrom()
                        .filter(from -> report.createdAt().isBefore(from))
                        .isPresent()
                && report.status() != MeteredReport.Status.WAITING
                && report.status() != MeteredReport.Status.UNCLEAR
                && tables.counters
                        .find(Key.of(report.tenantId(), report.accountId(), report.feature()))
                        .filter(counter -> !counter.period().start().isAfter(report.periodStart()))
                        .isEmpty();
    }

    private boolean isAllocated(UsageEvent event) {
        return event.relatedTo().stream()
                .flatMap(entity -> tables.allocationsByEntity.under(
                        Key.of(event.tenantId(), Key.bytes(entity.type()), Key.bytes(entity.id()), event.accountId())))
                .anyMatch(allocation -> event.lines().stream()
                        .anyMatch(line -> line.quota()
                                .filter(use -> use.feature().equals(allocation.feature()))
                                .isPresent()));
    }

    private void count(UsageEvent event) {
        event.lines()
                .forEach(line -> line.quota().ifPresent(use -> {
                    var period = new CountedPeriod(event.tenantId(), event.accountId(), use.feature(), use.period());
                    var key = key(period);
                    var before =
                            tables.counted.find(key).map(Tables.Counted::used).orElse(BigDecimal.ZERO);
                    tables.counted.put(
                            key,
                            new Tables.Counted(
                                    period, before.add(line.quantity().value())));
                }));
    }

    private static Key key(CountedPeriod period) {
        return Key.of(
                period.tenantId(),
                period.accountId(),
                period.feature(),
                period.period().start(),
                period.period().end().map(Instant::toString).orElse(""));
    }

    /** Nobody counts in them any more. */
    private void forgetPeriodsThatAreOver(TenantId tenant) {
        tables.counted
                .under(Key.of(tenant))
                .filter(counted -> tables.counters
                        .find(Key.of(
                                tenant,
                                counted.period().accountId(),
                                counted.period().feature()))
                        .filter(counter -> counted.period()
                                .period()
                                .start()
                                .isBefore(counter.period().start()))
                        .isPresent())
                .toList()
                .forEach(counted -> tables.counted.remove(key(counted.period())));
    }

    @Override
    public int removeRequests(TenantId tenant, Instant before, int limit) {
        tables.requirePlatform(WHAT);
        int requests = tables.tenantRequests.removeSome(
                Key.of(tenant), request -> request.createdAt().isBefore(before), limit);
        int orders = tables.billingOrders.removeSome(
                Key.of(tenant), order -> order.createdAt().isBefore(before), limit - requests);
        int checkouts = tables.subscriptionCheckouts.removeSome(
                Key.of(tenant), checkout -> checkout.isOverSince(before), limit - requests - orders);
        return requests + orders + checkouts;
    }

    @Override
    public int removeNotices(TenantId tenant, Instant before, int limit) {
        tables.requirePlatform(WHAT);
        return tables.notices.removeSome(
                Key.of(tenant), notice -> isBefore(notice.decision().value(), before), limit);
    }

    @Override
    public Oldest oldest(TenantId tenant) {
        tables.requirePlatform(WHAT);
        var from = find(tenant).flatMap(Retention::keysFrom);
        Function<Stream<UUID>, Stream<Instant>> kept =
                ids -> ids.filter(id -> from.map(start -> !isBefore(id, start)).orElse(true))
                        .map(Retention::madeAt);
        var keys = Stream.concat(
                        kept.apply(decisions(tenant)),
                        tables.tenantRequests.under(Key.of(tenant)).map(Tables.Request::createdAt))
                .min(Comparator.naturalOrder());
        return new Oldest(
                events(tenant).map(Retention::madeAt).findFirst(),
                keys,
                tables.notices
                        .under(Key.of(tenant))
                        .map(notice -> Retention.madeAt(notice.decision().value()))
                        .findFirst());
    }

    // ---- the platform's rows

    @Override
    public int removePlatformRequests(Instant before, int limit) {
        return tables.platformRequests.removeSome(
                Key.of(), request -> request.createdAt().isBefore(before), limit);
    }

    @Override
    public int removeSessions(Instant before, int limit) {
        int removed =
                tables.sessions.removeSome(Key.of(), session -> session.endsAt().isBefore(before), limit);
        tables.sessionsByToken.removeIf(key -> tables.sessions.find(key).isEmpty());
        return removed;
    }

    @Override
    public int removeResets(Instant before, int limit) {
        return tables.passwordResets.removeSome(
                Key.of(), reset -> reset.expiresAt().isBefore(before), limit);
    }

    @Override
    public int removeAttempts(Instant before, int kept, int limit) {
        var oneTooMany = tables.addressAttempts
                .all()
                .flatMap(attempts -> attempts.lastFailedAt().stream())
                .sorted(Comparator.reverseOrder())
                .skip(kept)
                .findFirst();
        return tables.addressAttempts.removeSome(
                Key.of(),
                attempts -> attempts.lastFailedAt()
                        .filter(last -> last.isBefore(before)
                                || oneTooMany.filter(end -> !last.isAfter(end)).isPresent())
                        .isPresent(),
                limit);
    }

    @Override
    public int removeMails(Instant before, int limit) {
        return tables.mails.removeSome(Key.of(), mail -> isBefore(mail.id(), before), limit);
    }

    @Override
    public int removePaymentEvents(Instant before, int limit) {
        return tables.paymentEvents.removeSome(
                Key.of(), event -> event.receivedAt().isBefore(before), limit);
    }
}
