package io.allotment.domain.gate;

import io.allotment.domain.shared.Credits;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The gate's rules: a pure function of what is stored, what is asked and the time. Every adapter runs this one, so that no
 * two can disagree.
 */
public final class Gate {

    private Gate() {}

    /**
     * Decides the calls in their order, each seeing what those before it did. A call that is wrong in itself is refused
     * and disturbs no other.
     */
    public static GateChanges decide(GateState state, List<GateCall> calls, Instant now) {
        return new Deciding(state, now).decide(calls);
    }

    /**
     * The whole reason of a decision: each step in order, up to the one that refused.
     *
     * @param passed whether the step let it through
     * @param detail what the step saw, as a sentence with the figures
     */
    public record TraceStep(Step step, boolean passed, String detail) {}

    /** Tells a decision step by step. */
    public static List<TraceStep> explain(Decision decision) {
        var trace = new ArrayList<TraceStep>();
        for (var step : Step.values()) {
            if (decision.denial().filter(denial -> denial.step() == step).isPresent()) {
                trace.add(new TraceStep(step, false, decision.denial().get().message()));
                break;
            }
            trace.add(new TraceStep(step, true, passed(step, decision)));
        }
        return List.copyOf(trace);
    }

    private static String passed(Step step, Decision decision) {
        return switch (step) {
            case TENANT -> "The tenant is active.";
            case OPERATION -> {
                var names = decision.lines().stream()
                        .map(line -> line.quantity() + " of " + line.operation())
                        .toList();
                yield "Active: " + String.join(", ", names) + ".";
            }
            case PERMISSION -> "The actor may do it.";
            case SUBSCRIPTION ->
                decision.plan()
                        .map(plan -> "The subscription is " + plan.status() + " on plan version " + plan.planVersionId()
                                + ".")
                        .orElse("No subscription was needed.");
            case ENTITLEMENT -> {
                var quotas = decision.lines().stream()
                        .flatMap(line -> line.quota().stream())
                        .map(quota -> quota.feature() + " " + quota.used() + " of "
                                + quota.limit().map(Object::toString).orElse("unlimited"))
                        .toList();
                yield quotas.isEmpty() ? "No quota is drawn." : "Used: " + String.join(", ", quotas) + ".";
            }
            case CREDITS -> {
                if (decision.credits().isZero()) {
                    yield "No credits are due.";
                }
                var draws = decision.draws().stream()
                        .map(draw -> draw.amount().negated() + " of grant " + draw.grant() + " ("
                                + draw.remainingAfter() + " left)")
                        .toList();
                yield decision.credits() + " credits: " + String.join(", ", draws) + ".";
            }
        };
    }

    /** All credits the lines are due. */
    static Credits total(List<Credits> credits) {
        return credits.stream().reduce(Credits.ZERO, Credits::plus);
    }
}
