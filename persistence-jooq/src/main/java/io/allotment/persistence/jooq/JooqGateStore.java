package io.allotment.persistence.jooq;

import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateChanges;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.gate.GateStore;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

final class JooqGateStore implements GateStore {

    /** How often a batch is done again because another transaction used one of its keys meanwhile. */
    private static final int MAX_ATTEMPTS = 5;

    private final JooqUnits units;
    private final GateReads reads;
    private final GateWrites writes;

    JooqGateStore(JooqUnits units, GateReads reads, GateWrites writes) {
        this.units = units;
        this.reads = reads;
        this.writes = writes;
    }

    @Override
    public List<Outcome> decide(List<GateCall> calls, Instant now, Function<GateState, GateChanges> decide) {
        if (calls.isEmpty()) {
            return List.of();
        }
        var tenants = tenantsOf(calls);
        return units.isOpen()
                ? units.forTenants(tenants, () -> join(calls, now, decide))
                : inItsOwnUnit(tenants, calls, now, decide);
    }

    /** Where a key was taken meanwhile, the whole transaction goes, and another begins. */
    private List<Outcome> inItsOwnUnit(
            Set<TenantId> tenants, List<GateCall> calls, Instant now, Function<GateState, GateChanges> decide) {
        for (int attempt = 1; ; attempt++) {
            try {
                return units.forTenants(tenants, () -> {
                    var changes = decide.apply(reads.load(calls, now, true));
                    writes.save(changes);
                    return changes.outcomes();
                });
            } catch (KeysTaken taken) {
                // The other's decision is in sight in the next attempt.
                if (attempt == MAX_ATTEMPTS) {
                    throw keysInUse(taken.getCause());
                }
            }
        }
    }

    /** The caller's transaction cannot go: only what was written here is taken back. */
    private List<Outcome> join(List<GateCall> calls, Instant now, Function<GateState, GateChanges> decide) {
        for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
            var changes = decide.apply(reads.load(calls, now, true));
            if (writes.trySave(changes)) {
                return changes.outcomes();
            }
        }
        throw keysInUse(null);
    }

    private static Unavailable keysInUse(Throwable cause) {
        return new Unavailable(
                "The idempotency keys of this request are in use by others; repeat it.", Duration.ofSeconds(1), cause);
    }

    @Override
    public GateState read(List<GateCall> calls, Instant now) {
        return units.forReading(tenantsOf(calls), () -> reads.load(calls, now, false));
    }

    @Override
    public Optional<Decision> find(TenantId tenant, DecisionId id) {
        return reads.find(tenant, id);
    }

    private static Set<TenantId> tenantsOf(List<GateCall> calls) {
        return calls.stream().map(GateCall::tenantId).collect(Collectors.toSet());
    }
}
