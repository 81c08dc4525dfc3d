package io.allotment.server;

import io.allotment.domain.gate.Denial;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.Credits;
import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.Map;

/** Counts the gate's answers: those decided now, and those given again. Thread-safe. */
final class Tally {

    private final Map<Denial.Reason, Long> denied = new EnumMap<>(Denial.Reason.class);
    private long allowed;
    private long allowedBefore;
    private long deniedBefore;
    private Credits drawn = Credits.ZERO;
    private BigDecimal cost = BigDecimal.ZERO;
    private long unpriced;

    synchronized void add(Outcome.Answer answer) {
        var decision = answer.decision();
        if (decision.allowed()) {
            decision.cost().ifPresentOrElse(of -> cost = cost.add(of.amount()), () -> unpriced++);
        }
        if (answer.replayed() && decision.allowed()) {
            allowedBefore++;
        } else if (answer.replayed()) {
            deniedBefore++;
        } else if (decision.allowed()) {
            allowed++;
            drawn = drawn.plus(decision.credits());
        } else {
            denied.merge(decision.denial().orElseThrow().reason(), 1L, Long::sum);
        }
    }

    synchronized long allowed() {
        return allowed;
    }

    synchronized long denied() {
        return denied.values().stream().mapToLong(Long::longValue).sum();
    }

    synchronized Map<Denial.Reason, Long> deniedByReason() {
        return new EnumMap<>(denied);
    }

    /** By what was decided now. */
    synchronized Credits drawn() {
        return drawn;
    }

    /** Of all that was allowed, with those given again; in the currency of the prices. */
    synchronized BigDecimal cost() {
        return cost;
    }

    /** What was allowed and has no cost, with those given again. */
    synchronized long unpriced() {
        return unpriced;
    }

    /** Answers given again. */
    synchronized long replayed() {
        return allowedBefore + deniedBefore;
    }

    /** With those given again. */
    synchronized long allowedInAll() {
        return allowed + allowedBefore;
    }

    /** With those given again. */
    synchronized long deniedInAll() {
        return denied() + deniedBefore;
    }
}
