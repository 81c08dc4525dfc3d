package io.allotment.domain.gate;

import io.allotment.domain.catalog.Definitions;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.tenancy.Tenant;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

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
    public static GateChanges decide(GateState state, Definitions definitions, List<GateCall> calls, Instant now) {
        return new Deciding(state, definitions, now).decide(calls);
    }

    /**
     * An account as time alone has made it.
     *
     * @param change what is to be saved; empty where nothing changed
     * @param lapsed the reservations whose lease has ended, as they are now
     */
    public record Present(
            GateState.AccountState account, Optional<GateChanges.AccountChange> change, List<Reservation> lapsed) {
        public Present {
            lapsed = List.copyOf(lapsed);
        }
    }

    /**
     * Brings an account up to the time, for changes that are none of the gate's: what is overdue lapses, grants whose end
     * has come are written off, an overdraft is repaid, the subscription moves on
     * and its new period brings its included credits.
     *
     * @param overdue its reservations that hold though their lease has ended
     * @param plans what subscriptions are to
     */
    public static Present bringToTime(
            GateState.AccountState account,
            List<Reservation> overdue,
            Tenant tenant,
            Function<PlanVersionId, Optional<PlanVersion>> plans,
            Instant now) {
        var deciding = new DecidingAccount(account, overdue, tenant, plans, now);
        return new Present(
                deciding.state(),
                deciding.changes(),
                overdue.stream().map(reservation -> reservation.at(now)).toList());
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
        for (var step : steps(decision)) {
            if (decision.denial().filter(denial -> denial.step() == step).isPresent()) {
                trace.add(new TraceStep(step, false, decision.denial().get().message()));
                break;
            }
            trace.add(new TraceStep(step, true, passed(step, decision)));
        }
        return List.copyOf(trace);
    }

    private static List<Step> steps(Decision decision) {
        return switch (decision.verb()) {
            case CHECK, CONSUME, RESERVE ->
                Arrays.stream(Step.values())
                        .filter(step -> step != Step.FOUND)
                        .filter(step -> step != Step.PRICE || asksForPrice(decision))
                        .toList();
            case RENEW, SETTLE, RELEASE, REFUND -> List.of(Step.FOUND, Step.ENTITLEMENT, Step.CREDITS);
            case RECORD -> List.of(Step.ENTITLEMENT, Step.CREDITS);
        };
    }

    /** Work without a model needs no price. */
    private static boolean asksForPrice(Decision decision) {
        return decision.cost().isPresent()
                || decision.denial()
                        .filter(denial -> denial.step() == Step.PRICE)
                        .isPresent();
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
            case PRICE ->
                decision.cost()
                        .map(cost -> "The AI work costs " + cost.amount().toPlainString() + " " + cost.currency()
                                + cost.price()
                                        .map(price -> " by the price " + price)
                                        .orElse(", which is the tenant's price for what is in no book")
                                + ".")
                        .orElseThrow();
            case ENTITLEMENT -> {
                var quotas = decision.lines().stream()
                        .flatMap(line -> line.quota().stream())
                        .map(quota -> quota.feature() + " " + quota.used() + " of "
                                + quota.limit().map(Object::toString).orElse("unlimited"))
                        .toList();
                yield quotas.isEmpty() ? "No quota is drawn." : "Used: " + String.join(", ", quotas) + ".";
            }
            case SPEND_LIMIT -> "No spend limit of the actor is exceeded.";
            case CREDITS -> credits(decision);
            case FOUND ->
                decision.refunded()
                        .map(charge -> "It undoes the decision " + charge + ".")
                        .or(() -> decision.reservation().map(id -> "It is about the reservation " + id + "."))
                        .orElse("What was allocated was held.");
        };
    }

    private static String credits(Decision decision) {
        if (decision.credits().isZero()) {
            return "No credits move.";
        }
        var grants = decision.draws().stream()
                .map(draw -> (draw.amount().isNegative()
                                ? draw.amount().negated() + " of grant "
                                : draw.amount() + " to grant ")
                        + draw.grant() + " (" + draw.remainingAfter() + " left)")
                .toList();
        var moved = switch (decision.verb()) {
            case CHECK -> " credits due";
            case CONSUME, SETTLE, RECORD -> " credits drawn";
            case RESERVE, RENEW -> " credits held";
            case RELEASE, REFUND -> " credits given back";
        };
        var uncovered = decision.uncoveredCredits().isZero()
                ? ""
                : " " + decision.uncoveredCredits() + " of them were not there: they are uncovered.";
        return decision.credits() + moved + (grants.isEmpty() ? "" : ": " + String.join(", ", grants)) + "."
                + uncovered;
    }

    /** All credits the lines are due. */
    static Credits total(List<Credits> credits) {
        return credits.stream().reduce(Credits.ZERO, Credits::plus);
    }
}
