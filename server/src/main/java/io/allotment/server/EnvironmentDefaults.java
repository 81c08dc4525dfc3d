package io.allotment.server;

import java.util.Map;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Takes from the environment what the command line does not say. */
final class EnvironmentDefaults implements IDefaultValueProvider {

    private static final Map<String, String> VARIABLES = Map.ofEntries(
            Map.entry("--data", "ALLOTMENT_DATA"),
            Map.entry("--database-url", "ALLOTMENT_DATABASE_URL"),
            Map.entry("--connections", "ALLOTMENT_CONNECTIONS"),
            Map.entry("--host", "ALLOTMENT_HOST"),
            Map.entry("--port", "ALLOTMENT_PORT"),
            Map.entry("--root-key", "ALLOTMENT_ROOT_KEY"),
            Map.entry("--jobs", "ALLOTMENT_JOBS"),
            Map.entry("--dunning", "ALLOTMENT_DUNNING"),
            Map.entry("--payment-instructions", "ALLOTMENT_PAYMENT_INSTRUCTIONS"),
            Map.entry("--payments", "ALLOTMENT_PAYMENTS"),
            Map.entry("--stripe-api-base", "STRIPE_API_BASE"),
            Map.entry("--stripe-automatic-tax", "STRIPE_AUTOMATIC_TAX"),
            Map.entry("--checkout-success-url", "ALLOTMENT_CHECKOUT_SUCCESS_URL"),
            Map.entry("--checkout-cancel-url", "ALLOTMENT_CHECKOUT_CANCEL_URL"),
            Map.entry("--oidc-issuers", "ALLOTMENT_OIDC_ISSUERS"),
            Map.entry("--google-client-id", "ALLOTMENT_GOOGLE_CLIENT_ID"),
            Map.entry("--sign-up", "ALLOTMENT_SIGN_UP"),
            Map.entry("--invitation-link", "ALLOTMENT_INVITATION_LINK"),
            Map.entry("--password-reset-link", "ALLOTMENT_PASSWORD_RESET_LINK"),
            Map.entry("--trusted-proxies", "ALLOTMENT_TRUSTED_PROXIES"),
            Map.entry("--cors-origins", "ALLOTMENT_CORS_ORIGINS"),
            Map.entry("--https", "ALLOTMENT_HTTPS"),
            Map.entry("--tenant-rate", "ALLOTMENT_TENANT_RATE"),
            Map.entry("--user-rate", "ALLOTMENT_USER_RATE"),
            Map.entry("--stranger-rate", "ALLOTMENT_STRANGER_RATE"),
            Map.entry("--request-timeout", "ALLOTMENT_REQUEST_TIMEOUT"));

    private final Surroundings surroundings;

    EnvironmentDefaults(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public String defaultValue(ArgSpec argument) {
        if (argument instanceof OptionSpec option && VARIABLES.containsKey(option.longestName())) {
            return surroundings.variable(VARIABLES.get(option.longestName())).orElse(null);
        }
        return null;
    }
}
