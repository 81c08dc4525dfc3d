package io.allotment.stripe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.stripe.model.Refund;
import com.stripe.net.HttpHeaders;
import com.stripe.net.StripeResponse;
import io.allotment.domain.billing.BillingGateway.NewCustomer;
import io.allotment.domain.billing.GatewayAway;
import io.allotment.domain.billing.GatewayObject.Kind;
import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.billing.RightMissing;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of Stripe's errors. */
class CallsTest {

    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
    private static final String REFUNDS = "GET /v1/refunds/re_1";
    private static final NewCustomer ACME = new NewCustomer(
            TenantId.of("0199f3a2-7c1e-7b60-9d5e-2f1a8c4b6e02"),
            AccountId.of("0199f3a2-7c1e-7b60-9d5e-2f1a8c4b6e02"),
            "Acme",
            Optional.empty());

    private final StripeDouble server = new StripeDouble();
    private final List<Duration> pauses = new ArrayList<>();
    private final StripePayments stripe = StripePayments.of(
            StripePayments.Settings.of("sk_test_secret").at(server.base()),
            Clock.fixed(NOW, ZoneOffset.UTC),
            pauses::add);

    @AfterEach
    void close() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {409, 500, 502, 503})
    void what_failed_there_is_asked_twice_more_and_then_it_is_unavailable(int status) {
        server.answering(REFUNDS, status, Samples.error("api_error", "", "sorry"));

        assertThatThrownBy(() -> stripe.fetch(Kind.REFUND, "re_1")).isInstanceOf(Unavailable.class);
        assertThat(server.calls()).hasSize(3);
        assertThat(pauses)
                .hasSize(2)
                .allSatisfy(pause -> assertThat(pause).isBetween(Duration.ofMillis(375), Duration.ofSeconds(1)));
    }

    @Test
    void what_works_again_is_not_noticed() {
        server.answering(REFUNDS, 503, Samples.error("api_error", "", "sorry")).answering(REFUNDS, Samples.REFUND);

        assertThat(stripe.fetch(Kind.REFUND, "re_1")).isPresent();
        assertThat(server.calls()).hasSize(2);
    }

    @Test
    void where_we_ask_too_often_we_ask_slower() {
        for (int i = 0; i < 3; i++) {
            server.answering(REFUNDS, 429, Samples.error("rate_limit_error", "rate_limit", "slow down"));
        }
        server.answering(REFUNDS, Samples.REFUND);

        assertThat(stripe.fetch(Kind.REFUND, "re_1")).isPresent();
        assertThat(pauses).hasSize(3).isSorted();
    }

    @Test
    void the_pause_it_asks_for_is_kept_and_one_that_is_too_long_is_handed_on() {
        server.answering(REFUNDS, 429, Samples.error("rate_limit_error", "rate_limit", "slow"), "Retry-After", "3")
                .answering(REFUNDS, 429, Samples.error("rate_limit_error", "rate_limit", "slow"), "Retry-After", "90");

        var refused = catchThrowableOfType(Unavailable.class, () -> stripe.fetch(Kind.REFUND, "re_1"));
        assertThat(refused.retryAfter()).isEqualTo(Duration.ofSeconds(90));
        assertThat(pauses).containsExactly(Duration.ofSeconds(3));
    }

    @Test
    void patience_with_it_has_an_end() {
        server.answering(REFUNDS, 429, Samples.error("rate_limit_error", "rate_limit", "slow down"));

        assertThatThrownBy(() -> stripe.fetch(Kind.REFUND, "re_1")).isInstanceOf(Unavailable.class);
        assertThat(server.calls()).hasSize(5);
    }

    @Test
    void its_advice_goes_before_our_rules() {
        server.answering(REFUNDS, 500, Samples.error("api_error", "", "for good"), "Stripe-Should-Retry", "false");
        assertThatThrownBy(() -> stripe.fetch(Kind.REFUND, "re_1")).isInstanceOf(Unavailable.class);
        assertThat(server.calls()).hasSize(1);

        server.answering(
                        "GET /v1/refunds/re_2",
                        400,
                        Samples.error("invalid_request_error", "lock_timeout", "locked"),
                        "Stripe-Should-Retry",
                        "true")
                .answering("GET /v1/refunds/re_2", Samples.REFUND);
        assertThat(stripe.fetch(Kind.REFUND, "re_2")).isPresent();
    }

    @Test
    void a_repeated_change_bears_the_same_key() {
        server.answering("GET /v1/customers/search", Samples.list(false))
                .answering("POST /v1/customers", 503, Samples.error("api_error", "", "sorry"))
                .answering("POST /v1/customers", "{\"id\":\"cus_1\",\"object\":\"customer\"}");

        assertThat(stripe.customer(ACME)).isEqualTo("cus_1");
        assertThat(server.calls().subList(1, 3))
                .extracting(call -> call.header("Idempotency-Key"))
                .containsOnly("customer-" + ACME.tenantId() + "-" + ACME.accountId());
    }

    @Test
    void an_error_that_stays_with_its_key_is_left_behind_with_it() {
        server.answering("GET /v1/customers/search", Samples.list(false))
                .answering(
                        "POST /v1/customers",
                        500,
                        Samples.error("api_error", "", "sorry"),
                        "Idempotent-Replayed",
                        "true",
                        "Stripe-Should-Retry",
                        "false")
                .answering("POST /v1/customers", "{\"id\":\"cus_1\",\"object\":\"customer\"}");

        assertThat(stripe.customer(ACME)).isEqualTo("cus_1");
        var key = "customer-" + ACME.tenantId() + "-" + ACME.accountId();
        assertThat(server.calls().subList(1, 3))
                .extracting(call -> call.header("Idempotency-Key"))
                .containsExactly(key, key + ".2");
    }

    @Test
    void nobody_there_is_unavailable() {
        server.close();

        assertThatThrownBy(() -> stripe.fetch(Kind.REFUND, "re_1")).isInstanceOf(Unavailable.class);
        assertThat(pauses).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "<html>Bad gateway</html>", "{\"error\":{}}", "{\"error\":null}", "{}"})
    void an_answer_that_is_not_stripes_is_unavailable(String body) {
        server.answering(REFUNDS, 502, body);
        assertThatThrownBy(() -> stripe.fetch(Kind.REFUND, "re_1"))
                .isInstanceOf(Unavailable.class)
                .hasMessageNotContaining("html");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<html>Welcome</html>", "[]"})
    void a_page_instead_of_an_answer_is_unavailable(String body) {
        server.answering(REFUNDS, 200, body);
        assertThatThrownBy(() -> stripe.fetch(Kind.REFUND, "re_1")).isInstanceOf(Unavailable.class);
    }

    @Test
    void it_does_not_follow_where_it_is_sent() {
        server.answering(REFUNDS, 302, "", "Location", server.base() + "/elsewhere");

        assertThatThrownBy(() -> stripe.fetch(Kind.REFUND, "re_1")).isInstanceOf(Unavailable.class);
        assertThat(server.calls()).extracting(StripeDouble.Call::path).containsOnly("/v1/refunds/re_1");
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void a_key_that_is_refused_is_the_operators_matter_and_is_not_repeated(int status) {
        server.answering(
                REFUNDS,
                status,
                Samples.error(
                        "invalid_request_error",
                        "",
                        "The key sk_test_secret may not. Having the 'rak_charge_read' permission would allow this."));

        assertThatThrownBy(() -> stripe.fetch(Kind.REFUND, "re_1"))
                .isInstanceOf(Unavailable.class)
                .hasMessageContaining("its operator finds more in the log")
                .hasMessageNotContaining("sk_")
                .hasNoCause()
                .satisfies(refused -> assertThat(refused instanceof GatewayAway)
                        .as("a missing right is no outage")
                        .isEqualTo(status == 401))
                .satisfies(refused -> assertThat(refused instanceof RightMissing missing
                                && missing.right().equals(Optional.of("rak_charge_read")))
                        .isEqualTo(status == 403));
        assertThat(server.calls()).hasSize(1);
    }

    @Test
    void what_is_wrong_is_told_in_its_words_without_secrets() {
        server.answering(
                "POST /v1/billing_portal/sessions",
                400,
                Samples.error(
                        "invalid_request_error", "parameter_invalid", "No such configuration for rk_live_abc123."));

        assertThatThrownBy(() -> stripe.portal("cus_1", Optional.empty()))
                .isInstanceOf(GatewayRefused.class)
                .hasMessageContaining("No such configuration for rk_….")
                .extracting(refused -> ((Refusal) refused).kind())
                .isEqualTo(Refusal.Kind.CONFLICT);
    }

    @Test
    void a_card_that_is_declined_is_told_in_its_words() {
        server.answering(
                "POST /v1/billing_portal/sessions",
                402,
                Samples.error("card_error", "card_declined", "Your card was declined."));

        assertThatThrownBy(() -> stripe.portal("cus_1", Optional.empty()))
                .isInstanceOf(GatewayRefused.class)
                .hasMessageContaining("Your card was declined.");
    }

    @Test
    void what_is_not_there_is_not_found() {
        assertThat(stripe.fetch(Kind.SUBSCRIPTION, "sub_9")).isEmpty();
        assertThatThrownBy(() -> stripe.cancel(new IdempotencyKey("k"), "sub_9", true))
                .isInstanceOf(NotFound.class)
                .hasMessage("There is no subscription sub_9.");
    }

    @Test
    void a_key_that_was_used_for_something_else_is_told() {
        server.answering("GET /v1/customers/search", Samples.list(false))
                .answering("POST /v1/customers", 400, Samples.error("idempotency_error", "", "other parameters"));

        assertThatThrownBy(() -> stripe.customer(ACME)).isInstanceOf(IdempotencyKeyReused.class);
    }

    @Test
    void it_tells_stripe_the_key_the_version_and_nothing_of_this_machine() {
        server.answering(REFUNDS, Samples.REFUND);

        stripe.fetch(Kind.REFUND, "re_1");
        stripe.fetch(Kind.REFUND, "re_1");
        assertThat(server.calls()).allSatisfy(call -> {
            assertThat(call.header("Authorization")).isEqualTo("Bearer sk_test_secret");
            assertThat(call.header("Stripe-Version")).isEqualTo("2026-07-29.dahlia");
            assertThat(call.header("User-Agent")).isEqualTo("Allotment");
            assertThat(call.header("X-Stripe-Client-User-Agent")).isNull();
            assertThat(call.header("X-Stripe-Client-Telemetry")).isNull();
        });
    }

    @Test
    void an_interrupted_one_gives_up_and_stays_interrupted() {
        server.answering(REFUNDS, Samples.REFUND);

        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> stripe.fetch(Kind.REFUND, "re_1")).isInstanceOf(Unavailable.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(pauses).isEmpty();
    }

    @Test
    void an_answer_is_dated_by_stripes_clock() {
        var answer = new Refund();
        assertThat(Calls.date(answer)).isEmpty();

        answer.setLastResponse(new StripeResponse(
                200, HttpHeaders.of(Map.of("Date", List.of("Fri, 20 Nov 2026 09:59:58 GMT"))), "{}"));
        assertThat(Calls.date(answer)).contains(NOW.minusSeconds(2));
    }
}
