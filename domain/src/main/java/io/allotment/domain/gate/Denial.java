package io.allotment.domain.gate;

import static java.util.Objects.requireNonNull;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/**
 * Why not: the step, the scope that refused, and the figures.
 *
 * @param line the line at fault, from 0, where one is
 * @param needed what the charge asks for, in the unit of the scope
 * @param available how much of it there is
 * @param limit of the quota, or the spend limit
 * @param used of the quota in its period, or spent of the limit in its own, before this charge; what is held counts
 * @param resetsAt when it starts again at zero
 */
public record Denial(
        Reason reason,
        Scope scope,
        Optional<Integer> line,
        Optional<BigDecimal> needed,
        Optional<BigDecimal> available,
        Optional<BigDecimal> limit,
        Optional<BigDecimal> used,
        Optional<Instant> resetsAt) {

    /** The rule that refused. */
    public enum Reason {
        TENANT_SUSPENDED(Step.TENANT, "Reactivate the tenant."),
        OPERATION_INACTIVE(Step.OPERATION, "Use an active operation, or set this one active."),
        PERMISSION_MISSING(Step.PERMISSION, "Ask for the permission, or let the system do it."),
        NO_SUBSCRIPTION(Step.SUBSCRIPTION, "Subscribe the account to a plan."),
        SUBSCRIPTION_INACTIVE(Step.SUBSCRIPTION, "Resume or renew the subscription."),
        MODEL_UNPRICED(
                Step.PRICE,
                "Name a model that the price book has, or let the tenant's policy say what becomes of others."),
        NOT_ENTITLED(Step.ENTITLEMENT, "Change to a plan that includes the feature."),
        QUOTA_EXCEEDED(Step.ENTITLEMENT, "Wait for the reset, or change to a plan with a higher limit."),
        SPEND_LIMIT_EXCEEDED(Step.SPEND_LIMIT, "Wait for the next period, or raise the spend limit."),
        INSUFFICIENT_CREDITS(Step.CREDITS, "Add credits.");

        private final Step step;
        private final String help;

        Reason(Step step, String help) {
            this.step = step;
            this.help = help;
        }

        public Step step() {
            return step;
        }
    }

    /**
     * What refused.
     *
     * @param name its id or key
     */
    public record Scope(Kind kind, String name) {

        /** The kinds of things that refuse. */
        public enum Kind {
            TENANT,
            OPERATION,
            PERMISSION,
            ACCOUNT,
            FEATURE,
            MEMBER,
            API_KEY,
            MODEL
        }

        public Scope {
            requireNonNull(kind, "kind");
            requireNonNull(name, "name");
        }
    }

    public Denial {
        requireNonNull(reason, "reason");
        requireNonNull(scope, "scope");
        requireNonNull(line, "line");
        requireNonNull(needed, "needed");
        requireNonNull(available, "available");
        requireNonNull(limit, "limit");
        requireNonNull(used, "used");
        requireNonNull(resetsAt, "resetsAt");
    }

    static Denial of(Reason reason, Scope.Kind kind, Object name, Optional<Integer> line) {
        return new Denial(
                reason,
                new Scope(kind, name.toString()),
                line,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    public Step step() {
        return reason.step();
    }

    /** Why not, as a sentence with the figures. */
    public String message() {
        return switch (reason) {
            case TENANT_SUSPENDED -> "The tenant is suspended.";
            case OPERATION_INACTIVE -> "The operation " + scope.name() + " is not active.";
            case PERMISSION_MISSING -> "The permission " + scope.name() + " is missing.";
            case NO_SUBSCRIPTION -> "The account has no subscription.";
            case SUBSCRIPTION_INACTIVE -> "The account's subscription is not in a state that may spend.";
            case MODEL_UNPRICED -> "The model " + scope.name() + " has no price.";
            case NOT_ENTITLED -> "The plan does not include the feature " + scope.name() + ".";
            case QUOTA_EXCEEDED ->
                "The quota of " + scope.name() + " is " + plain(limit) + ", " + plain(used) + " are used, "
                        + plain(needed) + " were asked for"
                        + resetsAt.map(time -> "; it resets at " + time).orElse("") + ".";
            case SPEND_LIMIT_EXCEEDED ->
                "The " + (scope.kind() == Scope.Kind.MEMBER ? "member" : "API key") + " may spend " + plain(limit)
                        + " credits, " + plain(used) + " are spent or held, " + plain(needed) + " are needed"
                        + resetsAt.map(time -> "; it starts again at " + time).orElse("") + ".";
            case INSUFFICIENT_CREDITS -> plain(needed) + " credits are needed, " + plain(available) + " are available.";
        };
    }

    /** What would help, as a sentence. */
    public String help() {
        return reason.help + " Then try again with a new idempotency key: this one keeps its answer.";
    }

    private static String plain(Optional<BigDecimal> figure) {
        return figure.map(BigDecimal::toPlainString).orElse("0");
    }
}
