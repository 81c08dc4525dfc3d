package io.allotment.persistence.memory;

import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateChanges;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.gate.GateStore;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.UsageEvent;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

final class MemoryGateStore implements GateStore {

    private final Tables tables;
    private final Units units;
    private final MemorySubscriptions subscriptions;
    private final MemoryCreditAccounts credits;
    private final MemoryQuotas quotas;

    MemoryGateStore(
            Tables tables,
            Units units,
            MemorySubscriptions subscriptions,
            MemoryCreditAccounts credits,
            MemoryQuotas quotas) {
        this.tables = tables;
        this.units = units;
        this.subscriptions = subscriptions;
        this.credits = credits;
        this.quotas = quotas;
    }

    @Override
    public List<Outcome> decide(List<GateCall> calls, Function<GateState, GateChanges> decide) {
        return units.forTenants(tenantsOf(calls), () -> {
            var changes = decide.apply(load(calls));
            save(changes);
            return changes.outcomes();
        });
    }

    @Override
    public GateState read(List<GateCall> calls) {
        return units.forTenants(tenantsOf(calls), () -> load(calls));
    }

    @Override
    public Optional<Decision> find(TenantId tenant, DecisionId id) {
        return tables.decisions.find(Key.of(tenant, id)).map(GateState.Recorded::decision);
    }

    private static Set<TenantId> tenantsOf(List<GateCall> calls) {
        return calls.stream().map(GateCall::tenantId).collect(Collectors.toUnmodifiableSet());
    }

    private GateState load(List<GateCall> calls) {
        Map<TenantId, Tenant> tenants = new HashMap<>();
        Set<GateState.Member> members = new HashSet<>();
        Map<OperationKey, Operation> operations = new HashMap<>();
        Map<PlanVersionId, PlanVersion> planVersions = new HashMap<>();
        Map<GateState.AccountRef, GateState.AccountState> accounts = new HashMap<>();
        Map<GateState.KeyRef, GateState.Recorded> recorded = new HashMap<>();
        for (var call : calls) {
            var tenant = call.tenantId();
            tables.tenants.find(Key.of(tenant)).ifPresent(row -> tenants.put(tenant, row));
            if (call.charge().actor() instanceof Actor.User user
                    && tables.memberships.find(Key.of(tenant, user.id())).isPresent()) {
                members.add(new GateState.Member(tenant, user.id()));
            }
            call.charge().lines().stream()
                    .map(Charge.Line::operation)
                    .forEach(key -> tables.operations.find(Key.of(key)).ifPresent(row -> operations.put(key, row)));
            account(call).ifPresent(account -> accounts.put(account.ref(), account));
            call.key()
                    .ifPresent(key -> tables.decisionsByKey
                            .find(Key.of(tenant, key))
                            .ifPresent(row -> recorded.put(new GateState.KeyRef(tenant, key), row)));
        }
        accounts.values().stream()
                .flatMap(account -> account.subscription().stream())
                .flatMap(subscription -> tables.planVersions.find(Key.of(subscription.planVersionId())).stream())
                .forEach(version -> planVersions.put(version.id(), version));
        return new GateState(tenants, members, operations, planVersions, accounts, recorded);
    }

    private Optional<GateState.AccountState> account(GateCall call) {
        var tenant = call.tenantId();
        return call.payers().stream()
                .flatMap(payer -> credits.find(tenant, payer).stream())
                .findFirst()
                .map(account -> {
                    Map<FeatureKey, QuotaCounter> counters = new HashMap<>();
                    quotas.list(tenant, account.id()).forEach(counter -> counters.put(counter.feature(), counter));
                    return new GateState.AccountState(
                            account, subscriptions.findCurrent(tenant, account.id()), counters);
                });
    }

    private void save(GateChanges changes) {
        for (var change : changes.accounts()) {
            credits.save(change.credits());
            change.subscription().ifPresent(subscriptions::update);
            change.counters().forEach(counter -> quotas.save(counter, List.of()));
            change.quotaChanges().forEach(quotas::append);
        }
        changes.decisions().forEach(this::append);
        changes.events().forEach(this::append);
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
    }

    private void append(UsageEvent event) {
        var key = Key.of(event.tenantId(), event.id());
        if (tables.events.holds(key)) {
            throw new IllegalStateException("There is a usage event " + event.id() + " already");
        }
        tables.events.put(key, event);
    }
}
