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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.Collectors;

final class JooqGateStore implements GateStore {

    /** How often a batch is done again because another transaction used one of its keys meanwhile. */
    private static final int MAX_ATTEMPTS = 5;

    /** Who repeats what was done mostly repeats more than one call. */
    private static final int WARY_BATCHES = 16;

    private final JooqUnits units;
    private final GateReads reads;
    private final GateWrites writes;
    private final GateMemory memory;
    private final ReentrantLock deciding = new ReentrantLock();
    /** So many batches are decided on what is loaded before another one trusts that its keys are new. */
    private final AtomicInteger wary = new AtomicInteger();

    JooqGateStore(JooqUnits units, GateReads reads, GateWrites writes, GateMemory memory) {
        this.units = units;
        this.reads = reads;
        this.writes = writes;
        this.memory = memory;
    }

    @Override
    public List<Outcome> decide(List<GateCall> calls, Instant now, Function<GateState, GateChanges> decide) {
        if (calls.isEmpty()) {
            return List.of();
        }
        var tenants = tenantsOf(calls);
        if (units.isOpen()) {
            return units.forTenants(tenants, () -> join(calls, now, decide));
        }
        if (wary.getAndUpdate(left -> Math.max(0, left - 1)) == 0) {
            var outcomes = onWhatIsRemembered(tenants, calls, now, decide);
            if (outcomes.isPresent()) {
                return outcomes.get();
            }
        }
        return onWhatIsLoaded(tenants, calls, now, decide);
    }

    /**
     * One round trip with the commit in it, or two where another batch of the accounts is under way, and nothing to read, as
     * a rule. Empty where not all that is needed is
     * remembered, or where it turned out to be old: then nothing is written.
     */
    private Optional<List<Outcome>> onWhatIsRemembered(
            Set<TenantId> tenants, List<GateCall> calls, Instant now, Function<GateState, GateChanges> decide) {
        var unknown = memory.unknown(calls);
        if (unknown.isEmpty()) {
            return Optional.empty();
        }
        if (!unknown.get().isEmpty()) {
            look(unknown.get(), now);
        }
        long version = memory.newVersion(calls);
        var writing = new GateMemory.Writing();
        GateMemory.Remembered remembered;
        GateChanges changes;
        // One after another, so that the next batch is decided on what this one leaves, before it is committed.
        deciding.lock();
        try {
            var all = memory.recall(calls);
            if (all.isEmpty()) {
                return Optional.empty();
            }
            remembered = all.get();
            changes = decide.apply(remembered.state());
            if (!isWhole(changes)) {
                return Optional.empty();
            }
            memory.keep(remembered, changes, version, writing);
        } finally {
            deciding.unlock();
        }
        try {
            memory.awaitConnected(remembered);
            units.forTenants(tenants, () -> {
                writing.connected();
                writes.saveRemembered(remembered, changes, version, memory::awaitBefore);
                writing.done();
                return null;
            });
            return Optional.of(changes.outcomes());
        } catch (RememberedOld old) {
            memory.doubt(remembered, version);
            return Optional.empty();
        } catch (KeysTaken taken) {
            memory.doubt(remembered, version);
            wary.set(WARY_BATCHES);
            return Optional.empty();
        } catch (RuntimeException | Error failure) {
            memory.doubt(remembered, version);
            throw failure;
        } finally {
            writing.connected();
            writing.done();
        }
    }

    /**
     * Whether no more had to be known: not what an entity holds already of an allocated feature, and not whether a call that
     * is refused was decided before, which only one that is written would meet.
     */
    private static boolean isWhole(GateChanges changes) {
        return changes.allocations().isEmpty()
                && changes.outcomes().stream().noneMatch(outcome -> outcome instanceof Outcome.Refused);
    }

    /** Without locks: what somebody changes meanwhile turns out to be old. */
    private void look(List<GateCall> calls, Instant now) {
        units.forReading(tenantsOf(calls), () -> {
            memory.learn(calls, reads.load(calls, now, false));
            return null;
        });
    }

    /** Where a key was taken meanwhile, the whole transaction goes, and another begins. */
    private List<Outcome> onWhatIsLoaded(
            Set<TenantId> tenants, List<GateCall> calls, Instant now, Function<GateState, GateChanges> decide) {
        memory.awaitWriting(calls);
        for (int attempt = 1; ; attempt++) {
            try {
                return units.forTenants(tenants, () -> {
                    long version = memory.newVersion(calls);
                    var loaded = reads.load(calls, now, true);
                    var changes = decide.apply(loaded.state());
                    writes.save(changes, version);
                    memory.learn(calls, loaded, changes, version);
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
            var changes = decide.apply(reads.load(calls, now, true).state());
            if (writes.trySave(changes, memory.newVersion(calls))) {
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
        return units.forReading(
                tenantsOf(calls), () -> reads.load(calls, now, false).state());
    }

    @Override
    public Optional<Decision> find(TenantId tenant, DecisionId id) {
        return reads.find(tenant, id);
    }

    private static Set<TenantId> tenantsOf(List<GateCall> calls) {
        return calls.stream().map(GateCall::tenantId).collect(Collectors.toSet());
    }
}
