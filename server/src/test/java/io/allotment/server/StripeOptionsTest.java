package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.stripe.StripePayments;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class StripeOptionsTest {

    @Command
    private static final class Alone {
        @Mixin
        private final StripeOptions options;

        private Alone(Surroundings surroundings) {
            options = new StripeOptions(surroundings);
        }
    }

    @Test
    void without_a_key_stripe_takes_no_payments() {
        assertThat(settings(Map.of())).isEmpty();
        assertThat(settings(Map.of("STRIPE_API_KEY", " "))).isEmpty();
    }

    @Test
    void what_the_environment_says_is_taken() {
        var settings = settings(Map.of(
                        "STRIPE_API_KEY", "rk_test_1",
                        "STRIPE_WEBHOOK_SECRETS", " whsec_new, whsec_old ",
                        "STRIPE_API_BASE", "http://127.0.0.1:12111/",
                        "STRIPE_AUTOMATIC_TAX", "true",
                        "ALLOTMENT_CHECKOUT_SUCCESS_URL", "https://product.example/done"))
                .orElseThrow();

        assertThat(settings.apiKey()).isEqualTo("rk_test_1");
        assertThat(settings.webhookSecrets()).containsExactly("whsec_new", "whsec_old");
        assertThat(settings.apiBase()).contains("http://127.0.0.1:12111");
        assertThat(settings.returnTo().success()).contains("https://product.example/done");
        assertThat(settings.returnTo().cancel()).isEmpty();
        assertThat(settings.automaticTax()).isTrue();
        assertThat(settings.toString()).doesNotContain("rk_test_1", "whsec");
    }

    @Test
    void what_cannot_be_meant_is_refused_without_repeating_secrets() {
        refused(Map.of("STRIPE_WEBHOOK_SECRETS", "whsec_1"), "STRIPE_API_KEY is missing");
        refused(Map.of("STRIPE_API_BASE", "http://127.0.0.1:1"), "STRIPE_API_KEY is missing");
        refused(Map.of("STRIPE_AUTOMATIC_TAX", "true"), "STRIPE_API_KEY is missing");
        refused(Map.of("STRIPE_API_KEY", "pk_test_hush"), "publishable");
        refused(Map.of("STRIPE_API_KEY", "sk_live_hush", "STRIPE_API_BASE", "http://stripe.example"), "https");
        refused(Map.of("STRIPE_API_KEY", "sk_test_hush", "STRIPE_API_BASE", "stripe.example"), "address");
        refused(Map.of("STRIPE_API_KEY", "sk_test_hush", "ALLOTMENT_CHECKOUT_SUCCESS_URL", "/done"), "successUrl");
    }

    private static void refused(Map<String, String> environment, String why) {
        assertThatThrownBy(() -> settings(environment))
                .isInstanceOf(CommandFailed.class)
                .hasMessageContaining(why)
                .hasMessageNotContaining("hush")
                .hasMessageNotContaining("whsec");
    }

    private static Optional<StripePayments.Settings> settings(Map<String, String> environment) {
        var surroundings = new Surroundings(environment, false);
        var alone = new Alone(surroundings);
        var command = new CommandLine(alone);
        command.setDefaultValueProvider(new EnvironmentDefaults(surroundings));
        command.parseArgs();
        return alone.options.settings();
    }
}
