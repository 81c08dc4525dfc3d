package io.allotment.stripe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.stripe.net.Webhook;
import io.allotment.domain.billing.EventRefused;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayDispute;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.PaymentEvent;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.Period;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventsTest {

    private static final Instant AT = Instant.ofEpochSecond(1_795_000_200);
    private static final Period PERIOD =
            Period.between(Instant.ofEpochSecond(1_795_000_000), Instant.ofEpochSecond(1_797_592_000));

    private final StripeDouble server = new StripeDouble();
    private final StripePayments stripe = StripePayments.of(
            StripePayments.Settings.of("sk_test_1", "whsec_1").at(server.base()),
            Clock.fixed(AT, ZoneOffset.UTC),
            time -> {});

    @AfterEach
    void nobodyWasAsked() {
        assertThat(server.calls()).isEmpty();
        server.close();
    }

    @Test
    void a_subscription_is_told_as_it_is_by_its_first_item_that_is_not_metered() {
        assertThat(state("customer.subscription.updated", Samples.SUBSCRIPTION))
                .isEqualTo(new GatewaySubscription(
                        "sub_1",
                        Optional.of("cus_1"),
                        GatewaySubscription.Status.ACTIVE,
                        "price_1",
                        3,
                        PERIOD,
                        Optional.empty(),
                        false,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        AT));
    }

    @Test
    void a_price_that_bears_our_name_is_told_by_it() {
        var named = Samples.SUBSCRIPTION.replace(
                "\"price_1\",\"object\":\"price\",\"metadata\":{}",
                "\"price_1\",\"object\":\"price\",\"metadata\":{\"allotment_price\":\"version/monthly\"}");

        assertThat(subscription("customer.subscription.updated", named).priceId())
                .isEqualTo("version/monthly");
    }

    @ParameterizedTest
    @CsvSource({
        "incomplete, INCOMPLETE",
        "incomplete_expired, EXPIRED",
        "trialing, TRIALING",
        "active, ACTIVE",
        "past_due, PAST_DUE",
        "unpaid, UNPAID",
        "paused, PAUSED",
        "canceled, CANCELED",
        "hibernating, PAST_DUE"
    })
    void every_status_of_a_subscription_has_one_of_ours(String word, GatewaySubscription.Status status) {
        assertThat(subscription(
                                "customer.subscription.updated",
                                Samples.SUBSCRIPTION.replace("\"active\"", "\"" + word + "\""))
                        .status())
                .isEqualTo(status);
    }

    @Test
    void a_trial_a_mark_to_end_and_a_pause_are_told() {
        var told = subscription(
                "customer.subscription.paused",
                Samples.SUBSCRIPTION
                        .replace(
                                "\"trial_start\":null,\"trial_end\":null",
                                "\"trial_start\":1795000000,\"trial_end\":1795600000")
                        .replace(
                                "\"cancel_at\":null,\"canceled_at\":null",
                                "\"cancel_at\":1797592000,\"canceled_at\":1795000150")
                        .replace(
                                "\"pause_collection\":null",
                                "\"pause_collection\":{\"behavior\":\"void\",\"resumes_at\":1796000000}"));

        assertThat(told.trial())
                .contains(Period.between(Instant.ofEpochSecond(1_795_000_000), Instant.ofEpochSecond(1_795_600_000)));
        assertThat(told.cancelAtPeriodEnd()).isTrue();
        assertThat(told.canceledAt()).contains(Instant.ofEpochSecond(1_795_000_150));
        assertThat(told.status()).isEqualTo(GatewaySubscription.Status.PAUSED);
        assertThat(told.resumesAt()).contains(Instant.ofEpochSecond(1_796_000_000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"keep_as_draft", "mark_uncollectible"})
    void one_that_is_only_not_collected_goes_on(String behavior) {
        var told = subscription(
                "customer.subscription.updated",
                Samples.SUBSCRIPTION.replace(
                        "\"pause_collection\":null", "\"pause_collection\":{\"behavior\":\"" + behavior + "\"}"));

        assertThat(told.status()).isEqualTo(GatewaySubscription.Status.ACTIVE);
    }

    @Test
    void the_end_of_a_trial_is_told_ahead() {
        assertThat(read("customer.subscription.trial_will_end", Samples.SUBSCRIPTION))
                .isInstanceOf(PaymentEvent.TrialEnding.class);
    }

    @Test
    void an_invoice_that_waits_to_be_paid_is_told_as_it_is_once_its_prices_were_seen() {
        var open = Samples.invoice(false, false, Samples.METERED_LINE, Samples.LINE)
                .replace("\"paid\"", "\"open\"")
                .replace("\"amount_paid\":5800", "\"amount_paid\":0");

        assertThat(read("invoice.finalized", open)).isEqualTo(changed("invoice.finalized", "in_1"));
        read("customer.subscription.updated", Samples.SUBSCRIPTION);

        var invoice = (GatewayInvoice) state("invoice.finalized", open);
        assertThat(invoice.status()).isEqualTo(GatewayInvoice.Status.OPEN);
        assertThat(invoice.reason()).isEqualTo(GatewayInvoice.Reason.SUBSCRIPTION_CYCLE);
        assertThat(invoice.subscriptionId()).contains("sub_1");
        assertThat(invoice.period()).contains(PERIOD);
        assertThat(invoice.currency()).isEqualTo("EUR");
        assertThat(invoice.totalMinor()).isEqualTo(5_800);
        assertThat(invoice.paidMinor()).isZero();
        assertThat(invoice.taxMinor()).isEqualTo(926);
        assertThat(invoice.paymentId()).isEmpty();
        assertThat(invoice.lines())
                .extracting(
                        GatewayInvoice.Line::description,
                        GatewayInvoice.Line::amountMinor,
                        line -> line.priceId().get())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("Minutes", 100L, "price_metered"),
                        org.assertj.core.groups.Tuple.tuple("3 × Studio", 5_700L, "price_1"));
    }

    @Test
    void an_invoice_that_could_not_be_made_final_is_a_draft_that_nobody_pays() {
        read("customer.subscription.updated", Samples.SUBSCRIPTION);
        var draft = Samples.invoice(false, false, Samples.LINE)
                .replace("\"paid\"", "\"draft\"")
                .replace("\"A-0001\"", "null")
                .replace("\"amount_paid\":5800", "\"amount_paid\":0")
                .replace("1795000110,\"paid_at\":1795000120", "null,\"paid_at\":null");

        var invoice = (GatewayInvoice) state("invoice.finalization_failed", draft);

        assertThat(invoice.status()).isEqualTo(GatewayInvoice.Status.DRAFT);
        assertThat(invoice.number()).isEmpty();
        assertThat(invoice.paidMinor()).isZero();
        assertThat(invoice.paymentId()).isEmpty();
        assertThat(invoice.paidAt()).isEmpty();
    }

    @Test
    void a_paid_invoice_without_its_payments_is_to_be_fetched() {
        read("customer.subscription.updated", Samples.SUBSCRIPTION);

        assertThat(read("invoice.paid", Samples.invoice(false, false, Samples.LINE)))
                .isEqualTo(changed("invoice.paid", "in_1"));
        assertThat(((GatewayInvoice) state("invoice.paid", Samples.invoice(false, true, Samples.LINE))).paymentId())
                .contains("pi_1");
    }

    @Test
    void an_invoice_of_more_lines_than_it_shows_is_to_be_fetched() {
        read("customer.subscription.updated", Samples.SUBSCRIPTION);

        assertThat(read("invoice.paid", Samples.invoice(true, true, Samples.LINE)))
                .isEqualTo(changed("invoice.paid", "in_1"));
    }

    @Test
    void a_change_within_a_period_is_of_the_whole_period_beside_it() {
        read("customer.subscription.updated", Samples.SUBSCRIPTION);
        var proration = Samples.LINE
                .replace("\"proration\":false", "\"proration\":true")
                .replace("1797592000", "1799999999");
        var changed = Samples.invoice(false, true, proration, Samples.LINE)
                .replace("subscription_cycle", "subscription_update");

        var invoice = (GatewayInvoice) state("invoice.paid", changed);
        assertThat(invoice.period()).contains(PERIOD);
        assertThat(invoice.reason()).isEqualTo(GatewayInvoice.Reason.SUBSCRIPTION_CHANGE);
    }

    @Test
    void what_was_bought_once_has_a_moment_and_no_period() {
        var bought = """
                {"id":"il_2","object":"line_item","amount":1900,"currency":"eur","description":"Credits","quantity":1,
                 "period":{"start":1795000000,"end":1795000000},"parent":null,"pricing":null}""";
        var invoice = (GatewayInvoice) state(
                "invoice.paid",
                Samples.invoice(false, true, bought)
                        .replace("subscription_cycle", "manual")
                        .replace(
                                "\"parent\":{\"type\":\"subscription_details\",\"subscription_details\":{\"subscription\":\"sub_1\",\"metadata\":{}}}",
                                "\"parent\":null")
                        .replace(
                                "\"metadata\":{},\n \"status_transitions\"",
                                "\"metadata\":{\"allotment_purchase\":\"p\"},\n \"status_transitions\""));

        assertThat(invoice.period()).isEmpty();
        assertThat(invoice.subscriptionId()).isEmpty();
        assertThat(invoice.reason()).isEqualTo(GatewayInvoice.Reason.PURCHASE);
        assertThat(invoice.lines().get(0).priceId()).isEmpty();
    }

    @Test
    void an_invoice_of_an_unknown_status_is_not_paid() {
        read("customer.subscription.updated", Samples.SUBSCRIPTION);

        var told = (GatewayInvoice) state(
                "invoice.paid",
                Samples.invoice(false, true, Samples.LINE)
                        .replace("\"status\":\"paid\",\"billing", "\"status\":\"settled\",\"billing"));
        assertThat(told.status()).isEqualTo(GatewayInvoice.Status.OPEN);
    }

    @ParameterizedTest
    @CsvSource({
        "open, unpaid, OPEN",
        "complete, paid, PAID",
        "complete, unpaid, PAYING",
        "complete, no_payment_required, NOTHING_DUE",
        "complete, on_its_way, PAYING",
        "expired, unpaid, EXPIRED",
        "adjourned, paid, OPEN"
    })
    void a_checkout_is_done_when_it_is_paid_and_not_when_it_is_complete(
            String status, String payment, GatewayCheckout.Status ours) {
        var told = (GatewayCheckout) state(
                "checkout.session.completed",
                Samples.SESSION
                        .replace("\"complete\"", "\"" + status + "\"")
                        .replace("\"paid\"", "\"" + payment + "\""));

        assertThat(told.status()).isEqualTo(ours);
        assertThat(told.paymentId()).contains("pi_1");
        assertThat(told.invoiceId()).contains("in_1");
        assertThat(told.subscriptionId()).isEmpty();
    }

    @Test
    void a_checkout_that_does_not_name_its_invoice_yet_is_to_be_fetched() {
        var promised = Samples.SESSION.replace(
                "\"invoice\":\"in_1\"", "\"invoice\":null,\"invoice_creation\":{\"enabled\":true}");

        assertThat(read("checkout.session.completed", promised))
                .isEqualTo(new PaymentEvent.Changed(
                        "evt_1", "checkout.session.completed", AT, GatewayObject.Kind.CHECKOUT, "cs_1"));
        assertThat(read("checkout.session.completed", promised.replace("\"paid\"", "\"unpaid\"")))
                .isInstanceOf(PaymentEvent.Told.class);
    }

    @Test
    void money_that_did_not_come_is_told() {
        var told = (GatewayCheckout)
                state("checkout.session.async_payment_failed", Samples.SESSION.replace("\"paid\"", "\"unpaid\""));

        assertThat(told.status()).isEqualTo(GatewayCheckout.Status.FAILED);
    }

    @ParameterizedTest
    @CsvSource({
        "pending, PENDING",
        "requires_action, PENDING",
        "succeeded, SUCCEEDED",
        "failed, FAILED",
        "canceled, CANCELED",
        "lost_in_transit, PENDING"
    })
    void a_refund_can_fail_after_it_succeeded(String word, GatewayRefund.Status status) {
        assertThat(state("refund.failed", Samples.REFUND.replace("\"succeeded\"", "\"" + word + "\"")))
                .isEqualTo(new GatewayRefund(
                        "re_1",
                        Optional.empty(),
                        "pi_1",
                        new Money(500, "EUR"),
                        status,
                        Optional.of("requested_by_customer"),
                        AT));
    }

    @ParameterizedTest
    @CsvSource({
        "warning_needs_response, INQUIRY",
        "warning_under_review, INQUIRY",
        "warning_closed, WON",
        "needs_response, OPEN",
        "under_review, OPEN",
        "won, WON",
        "lost, LOST",
        "prevented, WON",
        "adjourned, OPEN"
    })
    void a_dispute_is_told_as_it_stands(String word, GatewayDispute.Status status) {
        var told = (GatewayDispute)
                state("charge.dispute.created", Samples.DISPUTE.replace("\"needs_response\"", "\"" + word + "\""));

        assertThat(told.status()).isEqualTo(status);
        assertThat(told.amount()).isEqualTo(new Money(1_900, "EUR"));
    }

    @Test
    void an_old_payment_without_an_intent_is_named_by_its_charge() {
        var told = (GatewayRefund) state("refund.created", Samples.REFUND.replace("\"pi_1\"", "null"));

        assertThat(told.paymentId()).isEqualTo("ch_1");
    }

    @Test
    void a_customer_that_was_deleted_is_told() {
        assertThat(read("customer.deleted", "{\"id\":\"cus_1\",\"object\":\"customer\"}"))
                .isEqualTo(new PaymentEvent.CustomerDeleted("evt_1", "customer.deleted", AT, "cus_1"));
    }

    @Test
    void what_is_about_an_invoice_makes_it_be_fetched() {
        assertThat(read(
                        "invoice_payment.paid",
                        "{\"id\":\"inpay_1\",\"object\":\"invoice_payment\",\"invoice\":\"in_1\"}"))
                .isEqualTo(changed("invoice_payment.paid", "in_1"));
        assertThat(read("credit_note.created", "{\"id\":\"cn_1\",\"object\":\"credit_note\",\"invoice\":\"in_1\"}"))
                .isEqualTo(changed("credit_note.created", "in_1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "\"2024-06-20\"", "\"2025-09-30.clover\"", "\"2026-09-30.endive\"", "\"\"", "7"})
    void of_another_version_only_the_name_is_taken(String version) {
        assertThat(stripe.read(Samples.event("customer.subscription.updated", version, Samples.SUBSCRIPTION)))
                .isEqualTo(new PaymentEvent.Changed(
                        "evt_1", "customer.subscription.updated", AT, GatewayObject.Kind.SUBSCRIPTION, "sub_1"));
    }

    @Test
    void of_another_month_of_the_same_release_all_is_taken() {
        assertThat(stripe.read(Samples.event("refund.created", "\"2026-03-25.dahlia\"", Samples.REFUND)))
                .isInstanceOf(PaymentEvent.Told.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":\"sub_1\",\"object\":\"subscription\"}",
                "{\"id\":\"sub_1\",\"object\":\"subscription\",\"status\":\"active\",\"items\":{\"data\":[]}}",
                "{\"id\":\"sub_1\",\"object\":\"subscription\",\"status\":\"active\",\"items\":{\"data\":[{\"id\":\"si_1\",\"price\":{\"id\":\"price_1\"}}]}}",
                "{\"id\":\"sub_1\",\"object\":\"subscription\",\"status\":7,\"items\":[]}"
            })
    void an_object_that_is_not_what_it_should_be_is_fetched(String subscription) {
        assertThat(read("customer.subscription.updated", subscription))
                .isEqualTo(new PaymentEvent.Changed(
                        "evt_1", "customer.subscription.updated", AT, GatewayObject.Kind.SUBSCRIPTION, "sub_1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "invoice.payment_succeeded",
                "charge.refunded",
                "customer.updated",
                "payment_intent.succeeded",
                "billing.alert.triggered",
                "something.new"
            })
    void the_rest_is_of_no_concern(String type) {
        assertThat(read(type, "{\"id\":\"in_1\",\"object\":\"invoice\"}"))
                .isEqualTo(new PaymentEvent.Ignored("evt_1", type, AT));
        assertThat(read("invoice.paid", "{\"id\":\"x_1\",\"object\":\"novelty\"}"))
                .isInstanceOf(PaymentEvent.Ignored.class);
        assertThat(read("invoice.upcoming", "{\"object\":\"invoice\"}")).isInstanceOf(PaymentEvent.Ignored.class);
    }

    @Test
    void thin_events_are_told_apart() {
        var thin = """
                {"id":"evt_thin","object":"v2.core.event","type":"%s","created":"2026-11-20T10:00:00.000Z","livemode":false,
                 "related_object":{"id":"mtr_1","type":"billing.meter","url":"/v1/billing/meters/mtr_1"}}""";

        assertThat(stripe.read(thin.formatted("v1.billing.meter.error_report_triggered")))
                .isEqualTo(new PaymentEvent.Thin(
                        "evt_thin", "v1.billing.meter.error_report_triggered", Instant.parse("2026-11-20T10:00:00Z")));
        assertThat(stripe.read(thin.formatted("v2.core.account.updated"))).isInstanceOf(PaymentEvent.Ignored.class);
    }

    @Test
    void what_is_posted_is_verified_before_it_is_read() throws Exception {
        var body = Samples.event("refund.created", Samples.REFUND);
        var header = Webhook.Signature.generateSignatureHeader(body, "whsec_1", AT.getEpochSecond());

        var delivery = stripe.verify(body.getBytes(StandardCharsets.UTF_8), Optional.of(header), AT);
        assertThat(delivery.eventId()).isEqualTo("evt_1");
        assertThat(delivery.type()).isEqualTo("refund.created");
        assertThat(delivery.at()).isEqualTo(AT);
        assertThat(stripe.read(delivery.payload())).isInstanceOf(PaymentEvent.Told.class);
        assertThatThrownBy(() -> stripe.verify(body.getBytes(StandardCharsets.UTF_8), Optional.empty(), AT))
                .isInstanceOf(EventRefused.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "7",
                "not json",
                "{",
                "{}",
                "{\"id\":\"evt_1\"}",
                "{\"id\":\"evt_1\",\"type\":\"a\"}",
                "{\"id\":\"evt_1\",\"type\":\"a\",\"created\":null}",
                "{\"id\":\"evt_1\",\"type\":\"a\",\"created\":\"yesterday\"}",
                "{\"id\":\"evt_1\",\"type\":\"a\",\"created\":1e400}",
                "{\"id\":7,\"type\":\"a\",\"created\":1}",
                "{\"id\":\"evt_1\",\"type\":\"a\",\"created\":1} {}",
                "{'id':'evt_1','type':'a','created':1}"
            })
    void what_is_signed_and_no_event_is_refused(String body) throws Exception {
        var header = Webhook.Signature.generateSignatureHeader(body, "whsec_1", AT.getEpochSecond());

        assertThatThrownBy(() -> stripe.verify(body.getBytes(StandardCharsets.UTF_8), Optional.of(header), AT))
                .isInstanceOf(EventRefused.class);
    }

    @Test
    void what_is_no_text_is_refused() throws Exception {
        var body = new byte[] {'{', (byte) 0xc3, (byte) 0x28, '}'};
        var mac = javax.crypto.Mac.getInstance("HmacSHA256");
        mac.init(new javax.crypto.spec.SecretKeySpec("whsec_1".getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        mac.update((AT.getEpochSecond() + ".").getBytes(StandardCharsets.UTF_8));
        var header =
                "t=" + AT.getEpochSecond() + ",v1=" + java.util.HexFormat.of().formatHex(mac.doFinal(body));

        assertThatThrownBy(() -> stripe.verify(body, Optional.of(header), AT)).isInstanceOf(EventRefused.class);
    }

    private PaymentEvent read(String type, String object) {
        return stripe.read(Samples.event(type, object));
    }

    private GatewayObject state(String type, String object) {
        var event = read(type, object);
        assertThat(event).isInstanceOf(PaymentEvent.Told.class);
        return ((PaymentEvent.Told) event).state();
    }

    private GatewaySubscription subscription(String type, String object) {
        return (GatewaySubscription) state(type, object);
    }

    private static PaymentEvent changed(String type, String invoice) {
        return new PaymentEvent.Changed("evt_1", type, AT, GatewayObject.Kind.INVOICE, invoice);
    }
}
