package io.allotment.persistence.memory;

import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateChanges;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.gate.GateStore;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.usage.UsageEvent;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

final class MemoryGateStore implements GateStore {

    private final Tables tables;
    private final Units units;
    private final MemorySubscriptions subscriptions;
    private final MemoryCreditAccounts credits;
    private final MemorySpendLimits spendLimits;
    private final MemoryQuotas quotas;
    private final MemoryAllocations allocations;
    private final MemoryReservations reservations;
    private final MemoryOutbox outbox;
    private final MemoryMeteredUses meteredUses;

    MemoryGateStore(
            Tables tables,
            Units units,
            MemorySubscriptions subscriptions,
            MemoryCreditAccounts credits,
            MemorySpendLimits spendLimits,
            MemoryQuotas quotas,
            MemoryAllocations allocations,
            MemoryReservations reservations,
            MemoryOutbox outbox,
            MemoryMeteredUses meteredUses) {
        this.tables = tables;
        this.units = units;
        this.subscriptions = subscriptions;
        this.credits = credits;
        this.spendLimits = spendLimits;
        this.quotas = quotas;
        this.allocations = allocations;
        this.reservations = reservations;
        this.outbox = outbox;
        this.meteredUses = meteredUses;
    }

    @Override
    public List<Outcome> decide(List<GateCall> calls, Instant now, Function<GateState, GateChanges> decide) {
        return units.forTenants(tenantsOf(calls), () -> {
            var changes = decide.apply(load(calls, now));
            save(changes);
            return changes.outcomes();
        });
    }

    @Override
    public GateState read(List<GateCall> calls, Instant now) {
        return units.forTenants(tenantsOf(calls), () -> load(calls, now));
    }

    @Override
    public Optional<Decision> find(TenantId tenant, DecisionId id) {
        return tables.decisions.find(Key.of(tenant, id)).map(GateState.Recorded::decision);
    }

    private static Set<TenantId> tenantsOf(List<GateCall> calls) {
        return calls.stream().map(GateCall::tenantId).collect(Collectors.toUnmodifiableSet());
    }

    private GateState load(List<GateCall> calls, Instant now) {
        return new GateLoading(tables, subscriptions, credits, spendLimits, quotas, allocations, reservations, now)
                .load(calls);
    }

    private void save(GateChanges changes) {
        for (var change : changes.accounts()) {
            credits.save(change.credits());
            change.subscription().ifPresent(subscriptions::update);
            change.counters().forEach(counter -> quotas.save(counter, List.of()));
            change.quotaChanges().forEach(quotas::append);
        }
        changes.reservations().forEach(reservations::put);
        changes.allocations().forEach(allocations::put);
        changes.spendLimits().forEach(spendLimits::save);
        changes.decisions().forEach(this::append);
        changes.events().forEach(this::append);
        changes.notices().forEach(outbox::append);
        changes.metered().forEach(meteredUses::append);
    }

    private void append(GateState.Recorded recorded) {
        var decision = recorded.decision();
        var byKey = Key.of(decision.tenantId(), decision.key().orElseThrow());
        if (tables.decisionsByKey.holds(byKey)) {
            throw new IllegalStateException(
                    "There is a decision under the key " + decision.key().get() + " already");
        }
        tables.decisionsByKey.put(byKey, recorded);
        tables.decisions.put(Key.of(decision.tenantId(), decision.id()), recorded);
        decision.refunded().ifPresent(charge -> {
            var undone = Key.of(decision.tenantId(), charge);
            if (tables.refunds.holds(undone)) {
                throw new IllegalStateException("The decision " + charge + " was undone already");
            }
            tables.refunds.put(undone, decision);
        });
    }

    private void append(UsageEvent event) {
        var key = Key.of(event.tenantId(), event.id());
        if (tables.events.holds(key)) {
            throw new IllegalStateException("There is a usage event " + event.id() + " already");
        }
        tables.events.put(key, event);
    }
}
