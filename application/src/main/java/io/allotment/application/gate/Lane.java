package io.allotment.application.gate;

import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Runs one batch at a time, in its callers' threads, and a second and a third beside it when many wait. Who finds it idle runs a
 * batch at once; who finds it busy waits. When a batch is done, its thread makes one of those that wait the next leader,
 * whose batch takes along who else waits. Tenants take turns, within a tenant first come is first served.
 */
final class Lane {

    /**
     * What keeps a lane small.
     *
     * @param beside calls that must wait for a second batch to begin beside the first; for a third, four times as many
     * @param batch calls of a batch
     * @param waiting calls that wait
     * @param waitingOfTenant of them, those of one tenant: the others must find room while it floods
     */
    record Bounds(int beside, int batch, int waiting, int waitingOfTenant) {

        /**
         * While one batch is written the next is decided, and its new rows are written. Smaller batches share less:
         * measured with 64 callers of one account two at a time do a quarter more than one and three do less than two,
         * with 256 callers three do more. A batch of 256 already shares the cost of its commit so far that a larger
         * one gains little, and it still takes only milliseconds. Sixteen batches may wait; beyond, callers would give up
         * before their turn.
         */
        static final Bounds USUAL = new Bounds(20, 256, 4_096, 1_024);
    }

    private static final int MAX_RUNNING = 3;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final Bounds bounds;
    private final Consumer<List<Caller>> batch;
    private final ReentrantLock lock = new ReentrantLock();
    // All below is read and written by the lock's holder alone.
    private final Map<TenantId, Queue> queues = new HashMap<>();
    /** The tenants that wait, in the order of their turns. */
    private final ArrayDeque<Queue> turns = new ArrayDeque<>();

    private int waiting;
    private int running;

    private record Queue(TenantId tenant, ArrayDeque<Caller> callers) {}

    /** @param batch decides the calls of some callers, all of them */
    Lane(Bounds bounds, Consumer<List<Caller>> batch) {
        this.bounds = bounds;
        this.batch = batch;
    }

    Outcome submit(GateCall call) {
        var caller = new Caller(call);
        if (enter(caller) || caller.awaitTurn()) {
            lead(caller);
        }
        return caller.result();
    }

    int waiting() {
        lock.lock();
        try {
            return waiting;
        } finally {
            lock.unlock();
        }
    }

    /** Gives the caller a batch to run, or else a place to wait. */
    private boolean enter(Caller caller) {
        lock.lock();
        try {
            if (mayBegin()) {
                running++;
                return true;
            }
            enqueue(caller);
            return false;
        } finally {
            lock.unlock();
        }
    }

    private boolean mayBegin() {
        return running == 0 || running < MAX_RUNNING && waiting >= bounds.beside * running * running;
    }

    private void enqueue(Caller caller) {
        requireRoom(waiting, bounds.waiting);
        var queue = queues.get(caller.call().tenantId());
        if (queue == null) {
            queue = new Queue(caller.call().tenantId(), new ArrayDeque<>());
            queues.put(queue.tenant, queue);
            turns.addLast(queue);
        }
        requireRoom(queue.callers.size(), bounds.waitingOfTenant);
        queue.callers.addLast(caller);
        waiting++;
    }

    private static void requireRoom(int taken, int bound) {
        if (taken >= bound) {
            throw new Unavailable(
                    taken + " calls are waiting; repeat with the same idempotency key.", RETRY_AFTER, null);
        }
    }

    /** Whatever happens, the lane goes on and nobody of the batch is left waiting. */
    private void lead(Caller leader) {
        var callers = List.of(leader);
        try {
            callers = withThoseWaiting(leader);
            batch.accept(callers);
        } catch (Throwable failure) {
            callers.stream().filter(caller -> !caller.isDecided()).forEach(caller -> caller.failed(failure));
        } finally {
            // First: who calls again at once then goes with the next batch rather than with the one after it.
            callers.forEach(Caller::wake);
            handOver();
        }
    }

    private List<Caller> withThoseWaiting(Caller leader) {
        lock.lock();
        try {
            int size = Math.min(1 + waiting, bounds.batch);
            var callers = new ArrayList<Caller>(size);
            callers.add(leader);
            while (callers.size() < size) {
                callers.add(next());
            }
            return callers;
        } finally {
            lock.unlock();
        }
    }

    private void handOver() {
        lock.lock();
        try {
            running--;
            if (waiting > 0 && mayBegin()) {
                running++;
                next().lead();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes out whose turn it is. */
    private Caller next() {
        var queue = turns.removeFirst();
        var caller = queue.callers.removeFirst();
        if (queue.callers.isEmpty()) {
            queues.remove(queue.tenant);
        } else {
            turns.addLast(queue);
        }
        waiting--;
        return caller;
    }
}
