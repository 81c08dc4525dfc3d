package io.allotment.persistence.memory;

import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.gate.Reservation;
import io.allotment.domain.quota.Allocation;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.UsageEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Gathers what deciding some calls needs to know, call by call; used once. */
final class GateLoading {

    private final Tables tables;
    private final MemorySubscriptions subscriptions;
    private final MemoryCreditAccounts credits;
    private final MemorySpendLimits spendLimits;
    private final MemoryQuotas quotas;
    private final MemoryAllocations allocations;
    private final MemoryReservations reservations;
    private final Instant now;

    private final Map<TenantId, Tenant> tenants = new HashMap<>();
    private final Set<GateState.Member> members = new HashSet<>();
    private final Map<GateState.AccountRef, GateState.AccountState> accounts = new HashMap<>();
    private final Map<GateState.KeyRef, GateState.Recorded> recorded = new HashMap<>();
    private final Map<GateState.ReservationRef, Reservation> loadedReservations = new HashMap<>();
    private final Map<Allocation.Ref, Allocation> loadedAllocations = new HashMap<>();
    private final Set<TenantSpender> spenders = new HashSet<>();
    private final Map<GateState.DecisionRef, GateState.Charged> charged = new HashMap<>();

    /** A spender across tenants. */
    private record TenantSpender(TenantId tenantId, SpendLimit.Spender spender) {}

    /** @param now reservations whose lease has ended by then hold nothing */
    GateLoading(
            Tables tables,
            MemorySubscriptions subscriptions,
            MemoryCreditAccounts credits,
            MemorySpendLimits spendLimits,
            MemoryQuotas quotas,
            MemoryAllocations allocations,
            MemoryReservations reservations,
            Instant now) {
        this.tables = tables;
        this.subscriptions = subscriptions;
        this.credits = credits;
        this.spendLimits = spendLimits;
        this.quotas = quotas;
        this.allocations = allocations;
        this.reservations = reservations;
        this.now = now;
    }

    GateState load(List<GateCall> calls) {
        calls.forEach(this::add);
        accounts.keySet()
                .forEach(ref -> reservations
                        .listOverdue(ref.tenantId(), ref.accountId(), now)
                        .forEach(this::add));
        return new GateState(
                tables.catalogVersion(),
                tenants,
                rightsVersions(),
                members,
                accounts,
                recorded,
                loadedReservations,
                loadedAllocations,
                spending(),
                charged);
    }

    private Map<TenantId, Long> rightsVersions() {
        var versions = new HashMap<TenantId, Long>();
        tenants.keySet()
                .forEach(id -> tables.rightsVersions
                        .find(Key.of(id))
                        .ifPresent(version -> versions.put(id, version.number())));
        return versions;
    }

    private void add(GateCall call) {
        var tenant = call.tenantId();
        tables.tenants.find(Key.of(tenant)).ifPresent(row -> tenants.put(tenant, row));
        call.actor()
                .flatMap(Actor::member)
                .filter(member ->
                        tables.memberships.find(Key.of(tenant, member)).isPresent())
                .ifPresent(member -> members.add(new GateState.Member(tenant, member)));
        call.key()
                .ifPresent(key -> tables.decisionsByKey
                        .find(Key.of(tenant, key))
                        .ifPresent(row -> recorded.put(new GateState.KeyRef(tenant, key), row)));
        addFirst(tenant, call.payers());
        if (call.request() instanceof GateRequest.OfCharge of) {
            addSpenders(tenant, of.charge().actor());
            of.charge().relatedTo().ifPresent(entity -> addAllocations(tenant, entity));
        } else if (call.request() instanceof GateRequest.OfReservation of) {
            reservations.find(tenant, of.reservation()).ifPresent(reservation -> {
                add(reservation);
                addFirst(tenant, List.of(reservation.accountId()));
                addSpenders(tenant, reservation.actor());
            });
        } else if (call.request() instanceof GateRequest.Deallocate deallocate) {
            addAllocations(tenant, deallocate.relatedTo());
        } else if (call.request() instanceof GateRequest.Refund refund) {
            addCharged(tenant, refund.decision());
        }
    }

    /** The first of some accounts that exists. */
    private void addFirst(TenantId tenant, List<AccountId> candidates) {
        for (var id : candidates) {
            var ref = new GateState.AccountRef(tenant, id);
            if (!accounts.containsKey(ref)) {
                find(tenant, id).ifPresent(account -> accounts.put(ref, account));
            }
            if (accounts.containsKey(ref)) {
                return;
            }
        }
    }

    private Optional<GateState.AccountState> find(TenantId tenant, AccountId id) {
        return credits.find(tenant, id).map(account -> {
            Map<FeatureKey, QuotaCounter> counters = new HashMap<>();
            quotas.list(tenant, id).forEach(counter -> counters.put(counter.feature(), counter));
            return new GateState.AccountState(account, subscriptions.findCurrent(tenant, id), counters);
        });
    }

    private void add(Reservation reservation) {
        loadedReservations.put(new GateState.ReservationRef(reservation.tenantId(), reservation.id()), reservation);
    }

    private void addAllocations(TenantId tenant, RelatedEntity entity) {
        allocations.of(tenant, entity).forEach(allocation -> loadedAllocations.put(allocation.ref(), allocation));
    }

    private void addSpenders(TenantId tenant, Actor actor) {
        SpendLimit.Spender.of(actor).forEach(spender -> spenders.add(new TenantSpender(tenant, spender)));
    }

    private void addCharged(TenantId tenant, DecisionId id) {
        tables.decisions
                .find(Key.of(tenant, id))
                .map(GateState.Recorded::decision)
                .ifPresent(decision -> {
                    var event = tables.events.find(Key.of(tenant, id));
                    var entry = event.flatMap(this::entryOf);
                    var spent = entry.stream()
                            .flatMap(drawn -> Stream.concat(Stream.of(drawn), repaidSince(drawn)))
                            .flatMap(drawn -> drawn.draws().stream())
                            .flatMap(draw ->
                                    tables.grants.find(Key.of(tenant, decision.accountId(), draw.grant())).stream())
                            .filter(grant -> grant.remaining().isZero())
                            .distinct()
                            .toList();
                    charged.put(
                            new GateState.DecisionRef(tenant, id),
                            new GateState.Charged(
                                    decision, event, entry, spent, tables.refunds.find(Key.of(tenant, id))));
                    addFirst(tenant, List.of(decision.accountId()));
                    addSpenders(tenant, decision.actor());
                    event.flatMap(UsageEvent::relatedTo).ifPresent(entity -> addAllocations(tenant, entity));
                });
    }

    /** What was overdrawn may have been repaid since, by grants that hold nothing now. */
    private Stream<CreditEntry> repaidSince(CreditEntry drawn) {
        return drawn.overdraftChange().isPositive()
                ? tables.entries
                        .under(Key.of(drawn.tenantId(), drawn.accountId()))
                        .filter(entry -> entry.type() == CreditEntry.Type.REPAID && entry.sequence() > drawn.sequence())
                : Stream.empty();
    }

    private Optional<CreditEntry> entryOf(UsageEvent event) {
        return event.ledgerSequence()
                .flatMap(sequence -> tables.entries.find(Key.of(event.tenantId(), event.accountId(), sequence)));
    }

    private List<GateState.Spending> spending() {
        var spending = new ArrayList<GateState.Spending>();
        for (var each : spenders) {
            var limits = spendLimits.of(each.tenantId(), each.spender());
            if (!limits.isEmpty()) {
                var held = reservations.heldBy(each.spender(), each.tenantId(), now);
                limits.forEach(limit -> spending.add(new GateState.Spending(limit, held)));
            }
        }
        return spending;
    }
}
