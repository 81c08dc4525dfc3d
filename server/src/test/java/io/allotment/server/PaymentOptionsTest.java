package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

class PaymentOptionsTest {

    private static final Map<String, String> STRIPE =
            Map.of("STRIPE_API_KEY", "sk_test_1", "STRIPE_WEBHOOK_SECRETS", "whsec_1");

    @Command
    private static final class Serve {
        @Mixin
        private final PaymentOptions payments = new PaymentOptions();

        @Mixin
        private final DoorOptions door = new DoorOptions();

        @Mixin
        private final StripeOptions stripe;

        @Mixin
        private final SignInOptions signIn;

        private Serve(Surroundings surroundings) {
            stripe = new StripeOptions(surroundings);
            signIn = new SignInOptions(surroundings);
        }
    }

    private static PaymentOptions.Kind kind(Map<String, String> environment, String host, String... args) {
        var surroundings = new Surroundings(environment, false);
        var serve = new Serve(surroundings);
        var command = new CommandLine(serve);
        command.setDefaultValueProvider(new EnvironmentDefaults(surroundings));
        command.parseArgs(args);
        return serve.payments
                .settings(
                        host,
                        serve.door.reachedByOthers().or(serve.signIn.settings()::reachedByOthers),
                        Path.of("data"),
                        serve.stripe.settings())
                .kind();
    }

    @Test
    void only_where_nobody_else_reaches_the_server_the_sandbox_takes_payments_without_a_word() {
        assertThat(kind(Map.of(), "127.0.0.1")).isEqualTo(PaymentOptions.Kind.sandbox);
        assertThat(kind(Map.of(), "localhost", "--invitation-link", "http://localhost:3000/join?{token}"))
                .isEqualTo(PaymentOptions.Kind.sandbox);

        refused(Map.of(), "others reach 0.0.0.0", "0.0.0.0");
        refused(Map.of(), "--trusted-proxies", "127.0.0.1", "--trusted-proxies", "127.0.0.1");
        refused(Map.of("ALLOTMENT_TRUSTED_PROXIES", "10.0.0.0/8"), "--trusted-proxies", "127.0.0.1");
        refused(Map.of(), "--https", "127.0.0.1", "--https");
        refused(Map.of(), "https://a.example", "127.0.0.1", "--invitation-link", "https://a.example/join?{token}");
        refused(Map.of(), "https://a.example", "127.0.0.1", "--password-reset-link", "https://a.example/new?{token}");
    }

    @Test
    void whoever_is_named_takes_payments_wherever_the_server_is_reached() {
        assertThat(kind(Map.of(), "127.0.0.1", "--https", "--payments", "sandbox"))
                .isEqualTo(PaymentOptions.Kind.sandbox);
        assertThat(kind(Map.of(), "0.0.0.0", "--payments", "manual")).isEqualTo(PaymentOptions.Kind.manual);
        assertThat(kind(STRIPE, "0.0.0.0", "--https", "--checkout-success-url", "https://a.example/done"))
                .isEqualTo(PaymentOptions.Kind.stripe);
    }

    @Test
    void where_stripe_takes_payments_the_page_after_a_checkout_is_asked_for_at_the_start() {
        refused(STRIPE, "--checkout-success-url", "127.0.0.1");
        refused(STRIPE, "--checkout-success-url", "127.0.0.1", "--payments", "stripe");
        assertThat(kind(STRIPE, "127.0.0.1", "--payments", "manual")).isEqualTo(PaymentOptions.Kind.manual);
    }

    @Test
    void a_file_of_the_sandbox_that_cannot_be_read_is_named_with_what_to_do(@TempDir Path data) throws IOException {
        var file = data.resolve("sandbox.json");
        Files.writeString(file, "{\"name\": ");
        var settings =
                new PaymentOptions.Settings(PaymentOptions.Kind.sandbox, Optional.empty(), Optional.empty(), file);

        assertThatThrownBy(() -> settings.sandbox(Clock.systemUTC()))
                .isInstanceOf(CommandFailed.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("move it away");
    }

    private static void refused(Map<String, String> environment, String why, String host, String... args) {
        assertThatThrownBy(() -> kind(environment, host, args))
                .as(Stream.of(args).toList().toString())
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining(why);
    }
}
