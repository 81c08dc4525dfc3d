package io.allotment.application.gate;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.RetryPolicy;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.Unavailable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Runs a batch again while the store is {@link Unavailable}: a deadlock or a lost connection passes. That is always safe:
 * every call has an idempotency key, so that what an attempt committed unnoticed is found by the next.
 */
final class Attempts {

    static final int MAX = 5;

    /** No attempt begins later than this: when each of them waits for a connection in vain, two are enough. */
    private static final Duration MAX_DURATION = Duration.ofSeconds(5);

    /** From attempt to attempt, so that with 10 ms first all pauses together stay below a second. */
    private static final double BACKOFF = 4;

    private static final double JITTER = 0.5;

    private final Function<List<GateCall>, List<Outcome>> batch;
    private final FailsafeExecutor<List<Outcome>> executor;

    /** @param firstPause between the first attempt and the second */
    Attempts(Function<List<GateCall>, List<Outcome>> batch, Duration firstPause) {
        this.batch = batch;
        this.executor = Failsafe.with(RetryPolicy.<List<Outcome>>builder()
                .handle(Unavailable.class)
                .withMaxAttempts(MAX)
                .withMaxDuration(MAX_DURATION)
                .withBackoff(firstPause, firstPause.multipliedBy(64), BACKOFF)
                .withJitter(JITTER)
                .build());
    }

    /**
     * The calls' outcomes, in their order. An interrupt of this thread does not disturb the batch, because others wait for
     * it too; it is kept for afterwards.
     */
    List<Outcome> run(List<GateCall> calls) {
        boolean interrupted = Thread.interrupted();
        try {
            for (int turn = 1; ; turn++) {
                try {
                    return own(calls, executor.get(() -> batch.apply(calls)));
                } catch (RuntimeException failure) {
                    // Waiting, for a connection or the next attempt, ends like this when somebody interrupts it.
                    if (!Thread.interrupted()) {
                        throw failure;
                    }
                    interrupted = true;
                    if (turn == MAX) {
                        throw failure;
                    }
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static List<Outcome> own(List<GateCall> calls, List<Outcome> outcomes) {
        if (outcomes.size() != calls.size()) {
            throw new IllegalStateException(calls.size() + " calls came to " + outcomes.size() + " outcomes");
        }
        var own = new ArrayList<Outcome>(calls.size());
        for (int i = 0; i < calls.size(); i++) {
            own.add(own(calls.get(i), outcomes.get(i)));
        }
        return List.copyOf(own);
    }

    /** A decision found under the call's own id is this very call's effect, of an attempt that committed unnoticed. */
    private static Outcome own(GateCall call, Outcome outcome) {
        return outcome instanceof Outcome.Answer answer
                        && answer.replayed()
                        && answer.decision().id().equals(call.id())
                ? new Outcome.Answer(answer.decision(), false)
                : outcome;
    }
}
