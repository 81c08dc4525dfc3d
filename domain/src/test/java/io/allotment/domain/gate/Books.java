package io.allotment.domain.gate;

import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.quota.Allocation;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.UsageEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What a store keeps between calls: the gate reads its state from here, and what it decides is written here. */
final class Books {

    final Map<TenantId, Tenant> tenants = new HashMap<>();
    final Set<GateState.Member> members = new HashSet<>();
    final Map<GateState.AccountRef, GateState.AccountState> accounts = new HashMap<>();
    final Map<GateState.KeyRef, GateState.Recorded> recorded = new LinkedHashMap<>();
    final Map<GateState.ReservationRef, Reservation> reservations = new LinkedHashMap<>();
    final Map<Allocation.Ref, Allocation> allocations = new LinkedHashMap<>();
    final Map<SpendLimit.Ref, SpendLimit> limits = new LinkedHashMap<>();
    final Map<GrantId, CreditGrant> grants = new LinkedHashMap<>();
    final List<CreditEntry> entries = new ArrayList<>();
    final List<QuotaChange> quotaChanges = new ArrayList<>();
    final List<UsageEvent> events = new ArrayList<>();
    final List<Notice> notices = new ArrayList<>();

    Books copy() {
        var copy = new Books();
        copy.tenants.putAll(tenants);
        copy.members.addAll(members);
        copy.accounts.putAll(accounts);
        copy.recorded.putAll(recorded);
        copy.reservations.putAll(reservations);
        copy.allocations.putAll(allocations);
        copy.limits.putAll(limits);
        copy.grants.putAll(grants);
        copy.entries.addAll(entries);
        copy.quotaChanges.addAll(quotaChanges);
        copy.events.addAll(events);
        copy.notices.addAll(notices);
        return copy;
    }

    /** What the gate reads at a time. */
    GateState stateAt(Instant now) {
        return new GateState(
                1,
                tenants,
                Map.of(),
                members,
                accounts,
                recorded,
                reservations,
                allocations,
                spendingAt(now),
                charged());
    }

    /** Writes what the gate decided. */
    void keep(GateChanges changes) {
        for (var change : changes.accounts()) {
            var before = accounts.get(change.ref());
            var counters = new HashMap<>(before.counters());
            change.counters().forEach(counter -> counters.put(counter.feature(), counter));
            accounts.put(
                    change.ref(),
                    new GateState.AccountState(
                            change.credits().account(), change.subscription().or(before::subscription), counters));
            change.credits().touched().forEach(grant -> grants.put(grant.id(), grant));
            entries.addAll(change.credits().entries());
            quotaChanges.addAll(change.quotaChanges());
        }
        for (var decided : changes.decisions()) {
            var decision = decided.decision();
            recorded.put(
                    new GateState.KeyRef(decision.tenantId(), decision.key().orElseThrow()), decided);
        }
        for (var reservation : changes.reservations()) {
            reservations.put(new GateState.ReservationRef(reservation.tenantId(), reservation.id()), reservation);
        }
        for (var allocation : changes.allocations()) {
            allocations.put(allocation.ref(), allocation);
        }
        allocations.values().removeIf(allocation -> allocation.quantity().isZero());
        changes.spendLimits().forEach(limit -> limits.put(limit.ref(), limit));
        events.addAll(changes.events());
        notices.addAll(changes.notices());
    }

    private List<GateState.Spending> spendingAt(Instant now) {
        return limits.values().stream()
                .map(limit -> new GateState.Spending(limit, heldAt(limit, now)))
                .toList();
    }

    private Credits heldAt(SpendLimit limit, Instant now) {
        return reservations.values().stream()
                .filter(reservation -> reservation.holdsAt(now)
                        && reservation.tenantId().equals(limit.tenantId())
                        && SpendLimit.Spender.of(reservation.actor()).contains(limit.spender()))
                .map(Reservation::credits)
                .reduce(Credits.ZERO, Credits::plus);
    }

    private Map<GateState.DecisionRef, GateState.Charged> charged() {
        Map<GateState.DecisionRef, Decision> refunds = new HashMap<>();
        for (var record : recorded.values()) {
            var decision = record.decision();
            decision.refunded()
                    .ifPresent(of -> refunds.put(new GateState.DecisionRef(decision.tenantId(), of), decision));
        }
        Map<GateState.DecisionRef, GateState.Charged> charged = new HashMap<>();
        for (var record : recorded.values()) {
            var decision = record.decision();
            var ref = new GateState.DecisionRef(decision.tenantId(), decision.id());
            var event = events.stream()
                    .filter(e -> e.tenantId().equals(ref.tenantId()) && e.id().equals(ref.id()))
                    .findFirst();
            var entry = event.flatMap(this::entryOf);
            charged.put(
                    ref,
                    new GateState.Charged(
                            decision,
                            event,
                            entry,
                            entry.map(this::spentOf).orElse(List.of()),
                            Optional.ofNullable(refunds.get(ref))));
        }
        return charged;
    }

    Optional<CreditEntry> entryOf(UsageEvent event) {
        return event.ledgerSequence()
                .flatMap(sequence -> entries.stream()
                        .filter(entry -> entry.tenantId().equals(event.tenantId())
                                && entry.accountId().equals(event.accountId())
                                && entry.sequence() == sequence)
                        .findFirst());
    }

    /** The grants that hold nothing now: those of the entry, and, where it had drawn on an overdraft, of what repaid one after it. */
    private List<CreditGrant> spentOf(CreditEntry entry) {
        var repaying = entries.stream()
                .filter(later -> entry.overdraftChange().isPositive()
                        && later.type() == CreditEntry.Type.REPAID
                        && later.tenantId().equals(entry.tenantId())
                        && later.accountId().equals(entry.accountId())
                        && later.sequence() > entry.sequence());
        return Stream.concat(Stream.of(entry), repaying)
                .flatMap(one -> one.draws().stream())
                .map(draw -> grants.get(draw.grant()))
                .filter(grant -> grant.remaining().isZero())
                .distinct()
                .toList();
    }
}
