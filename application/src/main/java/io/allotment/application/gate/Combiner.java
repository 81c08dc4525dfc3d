package io.allotment.application.gate;

import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.Unavailable;
import io.allotment.domain.subscription.BillingAccount;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit: joins calls that come at the same time into batches, and gives each its outcome after its batch has
 * committed. It has no timer and no threads: a lone caller waits for nobody, and batches grow as callers come faster than
 * commits end. Thread-safe, for platform and virtual threads.
 */
final class Combiner {

    /**
     * Each lane runs a batch at a time, and more where many wait. Measured on two cores, two lanes do twice what four do on ten
     * thousand accounts: larger batches share more than parallel ones win.
     */
    static final int LANES = Math.max(2, Runtime.getRuntime().availableProcessors() / 2);

    /** As long as another transaction needs to end. */
    private static final Duration FIRST_PAUSE = Duration.ofMillis(10);

    private static final Logger LOG = LoggerFactory.getLogger(Combiner.class);

    private final Attempts attempts;
    private final List<Lane> lanes;

    /** @param batch decides some calls and commits; calling it again with the same calls must be safe */
    Combiner(Function<List<GateCall>, List<Outcome>> batch, int lanes) {
        this(batch, lanes, Lane.Bounds.USUAL, FIRST_PAUSE);
    }

    Combiner(Function<List<GateCall>, List<Outcome>> batch, int lanes, Lane.Bounds bounds, Duration firstPause) {
        this.attempts = new Attempts(batch, firstPause);
        this.lanes = Stream.generate(() -> new Lane(bounds, this::decide))
                .limit(lanes)
                .toList();
    }

    /**
     * Decides the call, together with others. Throws {@link Unavailable} where the store cannot be reached or too many
     * wait already, and what its batch threw because of this call alone.
     */
    Outcome submit(GateCall call) {
        return laneOf(call).submit(call);
    }

    /** Decides the calls as one batch of their own, at once, beside the lanes. */
    List<Outcome> submitTogether(List<GateCall> calls) {
        return attempts.run(calls);
    }

    /** The calls that wait, in all lanes. */
    int waiting() {
        return lanes.stream().mapToInt(Lane::waiting).sum();
    }

    /**
     * The calls of an account that is named are in one lane, and of a tenant those that name none, which its own account
     * pays as a rule: where many lanes met at one account, each would bring it small batches.
     */
    private Lane laneOf(GateCall call) {
        var payers = call.payers();
        var account = payers.isEmpty() ? BillingAccount.idOf(call.tenantId()) : payers.get(payers.size() - 1);
        int hash = 31 * call.tenantId().hashCode() + account.hashCode();
        // Spread by Fibonacci's constant: a tenant's own account has the tenant's id, which leaves the low bits alike.
        return lanes.get((hash * 0x9E3779B9 >>> 16) % lanes.size());
    }

    private void decide(List<Caller> callers) {
        try {
            var outcomes = attempts.run(callers.stream().map(Caller::call).toList());
            for (int i = 0; i < callers.size(); i++) {
                callers.get(i).answered(outcomes.get(i));
            }
        } catch (Unavailable away) {
            callers.forEach(caller -> caller.failed(away));
        } catch (Throwable failure) {
            if (callers.size() == 1) {
                callers.get(0).failed(failure);
            } else {
                LOG.warn("A batch of {} calls failed; they are decided one by one.", callers.size(), failure);
                decideOneByOne(callers);
            }
        }
    }

    /** So that a call that cannot be decided hurts no other. */
    private void decideOneByOne(List<Caller> callers) {
        for (int i = 0; i < callers.size(); i++) {
            var caller = callers.get(i);
            try {
                caller.answered(attempts.run(List.of(caller.call())).get(0));
            } catch (Unavailable away) {
                // Not once more for each of the others: they would wait for minutes.
                callers.subList(i, callers.size()).forEach(left -> left.failed(away));
                return;
            } catch (Throwable failure) {
                caller.failed(failure);
            }
        }
    }
}
