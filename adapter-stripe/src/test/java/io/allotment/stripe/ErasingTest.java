package io.allotment.stripe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.shared.Unavailable;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who was erased here is known at Stripe no more than what is billed needs. */
class ErasingTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_795_000_000);

    private static final String SESSIONS = "GET /v1/checkout/sessions";

    private final StripeDouble server = new StripeDouble();
    private final StripePayments stripe = StripePayments.of(
            StripePayments.Settings.of("sk_test_1").at(server.base()), Clock.fixed(NOW, ZoneOffset.UTC), time -> {});

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void an_erased_customer_for_whom_nothing_is_billed_is_deleted() {
        server.answering(SESSIONS, Samples.list(false))
                .answering("GET /v1/customers/cus_1", "{\"id\":\"cus_1\",\"object\":\"customer\"}")
                .answering(
                        "GET /v1/subscriptions",
                        Samples.list(
                                false,
                                "{\"id\":\"sub_0\",\"object\":\"subscription\",\"status\":\"incomplete_expired\"}"))
                .answering("DELETE /v1/customers/cus_1", "{\"id\":\"cus_1\",\"object\":\"customer\",\"deleted\":true}");

        stripe.eraseCustomer("cus_1");

        assertThat(server.calls().get(2).fields()).containsEntry("customer", "cus_1");
        var deleted = server.calls().get(3);
        assertThat(deleted.method()).isEqualTo("DELETE");
        assertThat(deleted.header("Idempotency-Key")).isEqualTo("delete-customer-cus_1");
    }

    @Test
    void an_erased_customer_who_is_billed_loses_name_and_addresses_and_goes_on() {
        server.answering(SESSIONS, Samples.list(false))
                .answering("GET /v1/customers/cus_1", "{\"id\":\"cus_1\",\"object\":\"customer\"}")
                .answering("GET /v1/subscriptions", Samples.list(false, Samples.SUBSCRIPTION))
                .answering("POST /v1/customers/cus_1", "{\"id\":\"cus_1\",\"object\":\"customer\"}");

        stripe.eraseCustomer("cus_1");

        var redacted = server.calls().get(3);
        assertThat(redacted.header("Idempotency-Key")).isEqualTo("redact-customer-cus_1");
        assertThat(redacted.fields())
                .containsOnly(
                        entry("name", ""),
                        entry("business_name", ""),
                        entry("individual_name", ""),
                        entry("email", ""),
                        entry("phone", ""),
                        entry("description", ""),
                        entry("address", ""),
                        entry("shipping", ""));
    }

    @Test
    void what_an_erased_customer_could_still_pay_expires_first() {
        server.answering(SESSIONS, Samples.list(true, session("cs_1"), session("cs_2")))
                .answering("POST /v1/checkout/sessions/cs_1/expire", session("cs_1"))
                .answering(
                        "POST /v1/checkout/sessions/cs_2/expire",
                        400,
                        Samples.error("invalid_request_error", "", "Only open sessions can be expired."))
                .answering("GET /v1/checkout/sessions/cs_2", session("cs_2").replace("open", "complete"))
                .answering(SESSIONS, Samples.list(false, session("cs_3")))
                .answering("POST /v1/checkout/sessions/cs_3/expire", session("cs_3"))
                .answering("GET /v1/customers/cus_1", "{\"id\":\"cus_1\",\"object\":\"customer\",\"deleted\":true}");

        stripe.eraseCustomer("cus_1");

        assertThat(server.calls())
                .extracting(StripeDouble.Call::path)
                .containsExactly(
                        "/v1/checkout/sessions",
                        "/v1/checkout/sessions/cs_1/expire",
                        "/v1/checkout/sessions/cs_2/expire",
                        "/v1/checkout/sessions/cs_2",
                        "/v1/checkout/sessions",
                        "/v1/checkout/sessions/cs_3/expire",
                        "/v1/customers/cus_1");
        assertThat(server.calls().get(0).fields())
                .containsOnly(entry("customer", "cus_1"), entry("status", "open"), entry("limit", "100"));
        assertThat(server.calls().get(1).header("Idempotency-Key")).isEqualTo("expire-cs_1");
    }

    @Test
    void a_page_that_is_gone_keeps_no_customer() {
        server.answering(SESSIONS, Samples.list(false, session("cs_gone")))
                .answering("GET /v1/customers/cus_1", "{\"id\":\"cus_1\",\"object\":\"customer\"}")
                .answering("GET /v1/subscriptions", Samples.list(false))
                .answering("DELETE /v1/customers/cus_1", "{\"id\":\"cus_1\",\"object\":\"customer\",\"deleted\":true}");
        stripe.eraseCustomer("cus_1");
        assertThat(server.calls()).anyMatch(call -> call.method().equals("DELETE"));
    }

    @Test
    void while_a_page_stays_open_its_customer_is_not_erased() {
        server.answering(SESSIONS, Samples.list(false, session("cs_1")))
                .answering(
                        "POST /v1/checkout/sessions/cs_1/expire",
                        400,
                        Samples.error("invalid_request_error", "", "Not today."))
                .answering("GET /v1/checkout/sessions/cs_1", session("cs_1"));
        assertThatThrownBy(() -> stripe.eraseCustomer("cus_1")).isInstanceOf(GatewayRefused.class);
    }

    private static String session(String id) {
        return "{\"id\":\"" + id + "\",\"object\":\"checkout.session\",\"status\":\"open\"}";
    }

    @Test
    void who_is_not_there_is_erased_and_who_cannot_be_asked_for_is_not() {
        server.answering(SESSIONS, Samples.list(false))
                .answering("GET /v1/customers/cus_1", "{\"id\":\"cus_1\",\"object\":\"customer\",\"deleted\":true}");
        stripe.eraseCustomer("cus_1");
        stripe.eraseCustomer("cus_of_nobody");
        assertThat(server.calls()).hasSize(4).allMatch(call -> call.method().equals("GET"));

        server.answering(SESSIONS, Samples.list(false))
                .answering("GET /v1/customers/cus_2", 403, "{\"error\":{\"type\":\"invalid_request_error\"}}");
        assertThatThrownBy(() -> stripe.eraseCustomer("cus_2")).isInstanceOf(Unavailable.class);
    }
}
