package io.allotment.server;

import io.allotment.domain.billing.ReturnAddresses;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.stripe.StripePayments;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** Whether Stripe takes the payments. Secrets come from the environment alone. */
final class StripeOptions {

    private static final String KEY = "STRIPE_API_KEY";
    private static final String SECRETS = "STRIPE_WEBHOOK_SECRETS";

    @Option(
            names = "--stripe-api-base",
            paramLabel = "URL",
            description = {
                "Another server that speaks as Stripe does, for tests (default: Stripe). Stripe takes the payments where"
                        + " the environment has STRIPE_API_KEY.",
                "Environment: STRIPE_API_BASE"
            })
    private String apiBase;

    @Option(
            names = "--checkout-success-url",
            paramLabel = "URL",
            description = {
                "The page of your product that a checkout leads to when it is done, where whoever asked for it named none.",
                "Environment: ALLOTMENT_CHECKOUT_SUCCESS_URL"
            })
    private String successUrl;

    @Option(
            names = "--checkout-cancel-url",
            paramLabel = "URL",
            description = {
                "The page of your product that a checkout leads to when the payer turns back, where none was named.",
                "Environment: ALLOTMENT_CHECKOUT_CANCEL_URL"
            })
    private String cancelUrl;

    @Option(
            names = "--stripe-automatic-tax",
            description = {
                "Stripe reckons taxes at every checkout that does not say otherwise; in Stripe's settings they must be set up.",
                "Environment: STRIPE_AUTOMATIC_TAX=true"
            })
    private boolean automaticTax;

    private final Surroundings surroundings;

    StripeOptions(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** Empty where Stripe does not; refuses what cannot be meant. */
    Optional<StripePayments.Settings> settings() {
        var key = surroundings.variable(KEY);
        var secrets = surroundings.variable(SECRETS).map(StripeOptions::each).orElse(List.of());
        if (key.isEmpty() && (!secrets.isEmpty() || apiBase != null || automaticTax)) {
            throw new CommandFailed(KEY + " is missing: without it Stripe takes no payments.");
        }
        try {
            var returnTo = new ReturnAddresses(Optional.ofNullable(successUrl), Optional.ofNullable(cancelUrl));
            return key.map(given ->
                    new StripePayments.Settings(given, secrets, Optional.ofNullable(apiBase), returnTo, automaticTax));
        } catch (IllegalArgumentException | InvalidValue unusable) {
            throw new CommandFailed("Stripe's settings: " + unusable.getMessage() + ".", unusable);
        }
    }

    /** For what is nothing without Stripe. */
    StripePayments.Settings required() {
        return settings().orElseThrow(() -> new CommandFailed(KEY + " is missing: Stripe lets nobody in without it."));
    }

    /**
     * For what is nothing without a gateway.
     *
     * @param what has nothing to do then
     * @param atTheSandbox who does it where the sandbox takes payments
     */
    StripePayments.Settings required(String what, String atTheSandbox) {
        return settings()
                .orElseThrow(() -> new CommandFailed(what + " has nothing to do without a gateway: " + KEY
                        + " is missing. Where the sandbox takes payments, " + atTheSandbox + "."));
    }

    /** Separated by spaces or commas. */
    private static List<String> each(String list) {
        return Stream.of(list.strip().split("[\\s,]+"))
                .filter(text -> !text.isEmpty())
                .toList();
    }
}
