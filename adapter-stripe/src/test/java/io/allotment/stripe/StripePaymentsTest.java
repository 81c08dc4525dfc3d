package io.allotment.stripe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.allotment.domain.billing.BillingGateway;
import io.allotment.domain.billing.BillingGateway.MeteredUsage;
import io.allotment.domain.billing.BillingGateway.NewCustomer;
import io.allotment.domain.billing.BillingGateway.RefundOrder;
import io.allotment.domain.billing.BillingGateway.SubscriptionChange;
import io.allotment.domain.billing.BillingGateway.SubscriptionOrder;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewayObject.Kind;
import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.billing.PaymentEvent;
import io.allotment.domain.billing.PaymentGateway.Order;
import io.allotment.domain.billing.PlanPriceId;
import io.allotment.domain.billing.ReturnAddresses;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.RefundId;
import io.allotment.domain.shared.TenantId;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each call: method, path, fields and key. */
class StripePaymentsTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_795_000_000);
    private static final String ID = "0199f3a2-7c1e-7b60-9d5e-2f1a8c4b6e02";
    private static final String OTHER = "0199f3a2-7c1e-7b60-9d5e-2f1a8c4b6e03";
    private static final TenantId TENANT = TenantId.of(ID);
    private static final AccountId ACCOUNT = AccountId.of(OTHER);
    private static final ReturnAddresses HOME = new ReturnAddresses(
            Optional.of("https://product.example/done"), Optional.of("https://product.example/back"));
    private static final IdempotencyKey KEY = new IdempotencyKey("change-1");

    private final StripeDouble server = new StripeDouble();
    private final StripePayments stripe = StripePayments.of(
            StripePayments.Settings.of("sk_test_1").at(server.base()), Clock.fixed(NOW, ZoneOffset.UTC), time -> {});

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void a_customer_is_looked_for_and_then_made_once() {
        server.answering("GET /v1/customers/search", Samples.list(false))
                .answering("POST /v1/customers", "{\"id\":\"cus_1\",\"object\":\"customer\"}");

        assertThat(stripe.customer(new NewCustomer(TENANT, ACCOUNT, "Acme", Optional.of(new Email("ada@example.org")))))
                .isEqualTo("cus_1");

        assertThat(server.calls().get(0).fields())
                .containsEntry(
                        "query",
                        "metadata['allotment_tenant']:'" + ID + "' AND metadata['allotment_account']:'" + OTHER + "'");
        var made = server.calls().get(1);
        assertThat(made.header("Idempotency-Key")).isEqualTo("customer-" + ID + "-" + OTHER);
        assertThat(made.fields())
                .containsOnly(
                        entry("name", "Acme"),
                        entry("email", "ada@example.org"),
                        entry("metadata[allotment_tenant]", ID),
                        entry("metadata[allotment_account]", OTHER));
    }

    @Test
    void a_customer_that_is_there_is_taken() {
        server.answering("GET /v1/customers/search", Samples.list(false, "{\"id\":\"cus_7\",\"object\":\"customer\"}"));

        assertThat(stripe.customer(new NewCustomer(TENANT, ACCOUNT, "Acme", Optional.empty())))
                .isEqualTo("cus_7");
        assertThat(server.onlyCall().method()).isEqualTo("GET");
    }

    @Test
    void a_customer_that_was_deleted_since_is_not_given_back() {
        server.answering("GET /v1/customers/search", Samples.list(false))
                .answering(
                        "POST /v1/customers",
                        200,
                        "{\"id\":\"cus_1\",\"object\":\"customer\"}",
                        "Idempotent-Replayed",
                        "true")
                .answering("POST /v1/customers", "{\"id\":\"cus_2\",\"object\":\"customer\"}")
                .answering("GET /v1/customers/cus_1", "{\"id\":\"cus_1\",\"object\":\"customer\",\"deleted\":true}");

        assertThat(stripe.customer(new NewCustomer(TENANT, ACCOUNT, "Acme", Optional.empty())))
                .isEqualTo("cus_2");
        assertThat(server.calls().get(3).header("Idempotency-Key"))
                .isEqualTo("customer-" + ID + "-" + OTHER + "-after-cus_1");
    }

    @Test
    void a_purchase_is_paid_at_a_session_and_gets_an_invoice() {
        server.answering("POST /v1/checkout/sessions", Samples.SESSION);

        var checkout = stripe.checkout(order(Optional.empty(), Optional.of("cus_1"), HOME));

        assertThat(checkout.gateway()).isEqualTo("stripe");
        assertThat(checkout.id()).isEqualTo("cs_1");
        assertThat(checkout.url()).contains("https://checkout.example/cs_1");
        assertThat(checkout.expiresAt()).isEqualTo(Instant.ofEpochSecond(1_795_086_400));
        var call = server.onlyCall();
        assertThat(call.header("Idempotency-Key")).isEqualTo("purchase-" + ID);
        assertThat(call.fields())
                .containsOnly(
                        entry("mode", "payment"),
                        entry("customer", "cus_1"),
                        entry("client_reference_id", ID),
                        entry("success_url", "https://product.example/done"),
                        entry("cancel_url", "https://product.example/back"),
                        entry("line_items[0][quantity]", "1"),
                        entry("line_items[0][price_data][currency]", "eur"),
                        entry("line_items[0][price_data][unit_amount]", "1900"),
                        entry("line_items[0][price_data][product_data][name]", "A hundred credits"),
                        entry("metadata[allotment_tenant]", ID),
                        entry("metadata[allotment_account]", OTHER),
                        entry("metadata[allotment_purchase]", ID),
                        entry("payment_intent_data[metadata][allotment_tenant]", ID),
                        entry("payment_intent_data[metadata][allotment_account]", OTHER),
                        entry("payment_intent_data[metadata][allotment_purchase]", ID),
                        entry("invoice_creation[enabled]", "true"),
                        entry("invoice_creation[invoice_data][metadata][allotment_tenant]", ID),
                        entry("invoice_creation[invoice_data][metadata][allotment_account]", OTHER),
                        entry("invoice_creation[invoice_data][metadata][allotment_purchase]", ID));
    }

    @Test
    void a_product_that_stripe_knows_is_sold_by_its_price() {
        server.answering("POST /v1/checkout/sessions", Samples.SESSION);

        stripe.checkout(order(Optional.of("price_7"), Optional.empty(), HOME));
        assertThat(server.onlyCall().fields())
                .containsEntry("line_items[0][price]", "price_7")
                .doesNotContainKeys("line_items[0][price_data][currency]", "customer");
    }

    @Test
    void a_product_whose_price_was_made_by_us_is_sold_by_that_one_and_by_the_money_where_it_costs_something_else() {
        var price =
                "{\"id\":\"price_8\",\"object\":\"price\",\"active\":true,\"unit_amount\":1900,\"currency\":\"eur\"}";
        server.answering("GET /v1/prices", Samples.list(false, price))
                .answering("GET /v1/prices", Samples.list(false, price.replace("1900", "2900")))
                .answering("GET /v1/prices", Samples.list(false, price.replace("true", "false")))
                .answering("GET /v1/prices", Samples.list(false))
                .answering("POST /v1/checkout/sessions", Samples.SESSION);

        stripe.checkout(order(Optional.of("credit-product/pack"), Optional.empty(), HOME));
        assertThat(server.calls().get(0).fields()).containsEntry("lookup_keys[0]", "credit-product/pack");
        assertThat(server.calls().get(1).fields())
                .containsEntry("line_items[0][price]", "price_8")
                .doesNotContainKey("line_items[0][price_data][currency]");
        for (int call = 3; call <= 7; call += 2) {
            stripe.checkout(order(Optional.of("credit-product/pack"), Optional.empty(), HOME));
            assertThat(server.calls().get(call).fields())
                    .containsEntry("line_items[0][price_data][unit_amount]", "1900")
                    .doesNotContainKey("line_items[0][price]");
        }
    }

    @Test
    void where_it_leads_back_to_must_be_known() {
        assertThatThrownBy(() -> stripe.checkout(order(Optional.empty(), Optional.empty(), ReturnAddresses.NONE)))
                .isInstanceOf(InvalidValue.class)
                .hasMessageStartingWith("successUrl");
        assertThat(server.calls()).isEmpty();

        server.answering("POST /v1/checkout/sessions", Samples.SESSION);
        StripePayments.of(
                        StripePayments.Settings.of("sk_test_1")
                                .at(server.base())
                                .returningTo(HOME),
                        Clock.fixed(NOW, ZoneOffset.UTC))
                .checkout(order(Optional.empty(), Optional.empty(), ReturnAddresses.NONE));
        assertThat(server.onlyCall().fields()).containsEntry("success_url", "https://product.example/done");
    }

    @Test
    void a_subscription_begins_at_a_session() {
        server.answering("POST /v1/checkout/sessions", Samples.SESSION);

        var checkout = stripe.subscribe(subscribe("price_1", 14, Optional.empty(), true, true));

        assertThat(checkout.id()).isEqualTo("cs_1");
        var call = server.onlyCall();
        assertThat(call.header("Idempotency-Key")).isEqualTo("subscribe-" + ID);
        assertThat(call.fields())
                .containsOnly(
                        entry("mode", "subscription"),
                        entry("customer", "cus_1"),
                        entry("client_reference_id", ID),
                        entry("success_url", "https://product.example/done"),
                        entry("cancel_url", "https://product.example/back"),
                        entry("line_items[0][price]", "price_1"),
                        entry("line_items[0][quantity]", "3"),
                        entry("allow_promotion_codes", "true"),
                        entry("automatic_tax[enabled]", "true"),
                        entry("customer_update[address]", "auto"),
                        entry("metadata[allotment_tenant]", ID),
                        entry("metadata[allotment_account]", OTHER),
                        entry("metadata[allotment_checkout]", ID),
                        entry("subscription_data[billing_mode][type]", "flexible"),
                        entry("subscription_data[trial_period_days]", "14"),
                        entry("subscription_data[metadata][allotment_tenant]", ID),
                        entry("subscription_data[metadata][allotment_account]", OTHER),
                        entry("subscription_data[metadata][allotment_checkout]", ID));
    }

    @Test
    void where_taxes_are_reckoned_as_a_rule_they_are_for_plans_and_for_what_is_bought_once_unless_it_is_said() {
        server.answering("POST /v1/checkout/sessions", Samples.SESSION);
        var taxing = StripePayments.of(
                StripePayments.Settings.of("sk_test_1").at(server.base()).reckoningTaxes(true),
                Clock.fixed(NOW, ZoneOffset.UTC));
        var order = subscribe("price_1", 0, Optional.empty(), false, false);

        taxing.subscribe(order);
        taxing.checkout(order(Optional.empty(), Optional.of("cus_1"), HOME));
        taxing.checkout(order(Optional.empty(), Optional.empty(), HOME));
        taxing.subscribe(new SubscriptionOrder(
                order.id(),
                TENANT,
                ACCOUNT,
                "cus_1",
                "Studio",
                "price_1",
                order.price(),
                1,
                1,
                0,
                Optional.empty(),
                false,
                Optional.of(false),
                HOME,
                NOW));

        assertThat(server.calls())
                .extracting(call -> call.fields().get("automatic_tax[enabled]"))
                .containsExactly("true", "true", "true", null);
        assertThat(server.calls())
                .extracting(call -> call.fields().get("customer_update[address]"))
                .containsExactly("auto", "auto", null, null);
    }

    @Test
    void a_promotion_that_is_given_leaves_no_field_for_another() {
        server.answering("POST /v1/checkout/sessions", Samples.SESSION);

        stripe.subscribe(subscribe("price_1", 0, Optional.of("promo_1"), true, false));
        assertThat(server.onlyCall().fields())
                .containsEntry("discounts[0][promotion_code]", "promo_1")
                .doesNotContainKeys(
                        "allow_promotion_codes", "automatic_tax[enabled]", "subscription_data[trial_period_days]");
    }

    @Test
    void a_price_that_stripe_does_not_know_is_made_and_bears_our_name() {
        var name = new PlanPriceId(PlanVersionId.of(ID), new PriceKey("monthly")).toString();
        server.answering("GET /v1/prices", Samples.list(false))
                .answering("POST /v1/prices", "{\"id\":\"price_9\",\"object\":\"price\"}")
                .answering("POST /v1/checkout/sessions", Samples.SESSION);

        stripe.subscribe(subscribe(name, 0, Optional.empty(), false, false));

        assertThat(server.calls().get(0).fields()).containsEntry("lookup_keys[0]", name);
        var price = server.calls().get(1);
        assertThat(price.header("Idempotency-Key")).isEqualTo("price-" + name);
        assertThat(price.fields())
                .containsOnly(
                        entry("lookup_key", name),
                        entry("metadata[allotment_price]", name),
                        entry("currency", "eur"),
                        entry("unit_amount", "1900"),
                        entry("recurring[interval]", "month"),
                        entry("recurring[interval_count]", "1"),
                        entry("product_data[name]", "Studio"));
        assertThat(server.calls().get(2).fields()).containsEntry("line_items[0][price]", "price_9");
    }

    @Test
    void a_price_that_bears_our_name_is_taken_if_it_costs_the_same() {
        var name = new PlanPriceId(PlanVersionId.of(ID), new PriceKey("monthly")).toString();
        var price =
                "{\"id\":\"price_9\",\"object\":\"price\",\"unit_amount\":1900,\"currency\":\"eur\",\"recurring\":{\"interval\":\"month\",\"interval_count\":1}}";
        server.answering("GET /v1/prices", Samples.list(false, price))
                .answering("GET /v1/prices", Samples.list(false, price.replace("1900", "2900")))
                .answering("POST /v1/checkout/sessions", Samples.SESSION);

        stripe.subscribe(subscribe(name, 0, Optional.empty(), false, false));
        assertThat(server.calls().get(1).fields()).containsEntry("line_items[0][price]", "price_9");
        assertThatThrownBy(() -> stripe.subscribe(subscribe(name, 0, Optional.empty(), false, false)))
                .isInstanceOf(GatewayRefused.class);
    }

    @Test
    void the_portal_is_another_one_each_minute() {
        server.answering(
                "POST /v1/billing_portal/sessions",
                "{\"id\":\"bps_1\",\"object\":\"billing_portal.session\",\"url\":\"https://portal.example/1\"}");

        assertThat(stripe.portal("cus_1", Optional.of("https://product.example")))
                .isEqualTo("https://portal.example/1");
        StripePayments.of(
                        StripePayments.Settings.of("sk_test_1").at(server.base()),
                        Clock.fixed(NOW.plusSeconds(60), ZoneOffset.UTC))
                .portal("cus_1", Optional.of("https://product.example"));

        assertThat(server.calls().get(0).fields())
                .containsOnly(entry("customer", "cus_1"), entry("return_url", "https://product.example"));
        assertThat(server.calls())
                .extracting(call -> call.header("Idempotency-Key"))
                .doesNotHaveDuplicates()
                .allMatch(key -> key.startsWith("portal-cus_1-"));
    }

    @Test
    void a_subscription_changes_at_its_base_item() {
        server.answering("GET /v1/subscriptions/sub_1", Samples.SUBSCRIPTION)
                .answering(
                        "POST /v1/subscriptions/sub_1",
                        Samples.SUBSCRIPTION.replace("\"quantity\":3", "\"quantity\":5"));

        var changed = stripe.change(
                new SubscriptionChange(KEY, "sub_1", "Studio", "price_2", new Money(2900, "EUR"), 1, 5, true));

        assertThat(changed.quantity()).isEqualTo(5);
        var call = server.calls().get(1);
        assertThat(call.header("Idempotency-Key")).isEqualTo("change-1");
        assertThat(call.fields())
                .containsOnly(
                        entry("items[0][id]", "si_1"),
                        entry("items[0][price]", "price_2"),
                        entry("items[0][quantity]", "5"),
                        entry("proration_behavior", "create_prorations"));
    }

    @Test
    void what_is_so_already_is_not_changed() {
        server.answering("GET /v1/subscriptions/sub_1", Samples.SUBSCRIPTION);

        stripe.change(new SubscriptionChange(KEY, "sub_1", "Studio", "price_1", new Money(1900, "EUR"), 1, 3, false));
        stripe.resume(KEY, "sub_1");
        assertThat(server.calls()).allMatch(call -> call.method().equals("GET"));
    }

    @Test
    void an_answer_of_before_is_not_taken_for_the_present() {
        server.answering("GET /v1/subscriptions/sub_1", Samples.SUBSCRIPTION)
                .answering("GET /v1/subscriptions/sub_1", Samples.SUBSCRIPTION.replace("\"active\"", "\"canceled\""))
                .answering("POST /v1/subscriptions/sub_1", 200, Samples.SUBSCRIPTION, "Idempotent-Replayed", "true");

        var changed = stripe.change(
                new SubscriptionChange(KEY, "sub_1", "Studio", "price_2", new Money(2900, "EUR"), 1, 5, false));
        assertThat(changed.isFinal()).isTrue();
        assertThat(server.calls().get(1).fields()).containsEntry("proration_behavior", "none");
    }

    @Test
    void a_subscription_ends_with_its_period_or_at_once() {
        server.answering("GET /v1/subscriptions/sub_1", Samples.SUBSCRIPTION)
                .answering(
                        "POST /v1/subscriptions/sub_1",
                        Samples.SUBSCRIPTION.replace("\"cancel_at_period_end\":false", "\"cancel_at_period_end\":true"))
                .answering(
                        "DELETE /v1/subscriptions/sub_1", Samples.SUBSCRIPTION.replace("\"active\"", "\"canceled\""));

        assertThat(stripe.cancel(KEY, "sub_1", true).cancelAtPeriodEnd()).isTrue();
        assertThat(stripe.cancel(new IdempotencyKey("change-2"), "sub_1", false).isFinal())
                .isTrue();

        assertThat(server.calls().get(1).fields()).containsOnly(entry("cancel_at_period_end", "true"));
        assertThat(server.calls().get(1).header("Idempotency-Key")).isEqualTo("change-1");
        assertThat(server.calls().get(3).method()).isEqualTo("DELETE");
        assertThat(server.calls().get(3).header("Idempotency-Key")).isEqualTo("change-2");
    }

    @Test
    void one_that_is_over_stays_so() {
        server.answering("GET /v1/subscriptions/sub_1", Samples.SUBSCRIPTION.replace("\"active\"", "\"canceled\""));

        assertThat(stripe.cancel(KEY, "sub_1", false).isFinal()).isTrue();
        assertThat(server.onlyCall().method()).isEqualTo("GET");
    }

    @Test
    void what_was_to_end_runs_on_and_what_was_paused_goes_on() {
        server.answering(
                        "GET /v1/subscriptions/sub_1",
                        Samples.SUBSCRIPTION
                                .replace("\"cancel_at_period_end\":false", "\"cancel_at_period_end\":true")
                                .replace(
                                        "\"pause_collection\":null",
                                        "\"pause_collection\":{\"behavior\":\"void\",\"resumes_at\":null}"))
                .answering("POST /v1/subscriptions/sub_1", Samples.SUBSCRIPTION)
                .answering("GET /v1/subscriptions/sub_2", Samples.SUBSCRIPTION.replace("\"active\"", "\"paused\""))
                .answering("POST /v1/subscriptions/sub_2/resume", Samples.SUBSCRIPTION);

        stripe.resume(KEY, "sub_1");
        stripe.resume(KEY, "sub_2");

        assertThat(server.calls().get(1).fields())
                .containsOnly(entry("cancel_at_period_end", "false"), entry("pause_collection", ""));
        assertThat(server.calls().get(3).path()).isEqualTo("/v1/subscriptions/sub_2/resume");
        assertThat(server.calls().get(3).fields()).containsOnly(entry("billing_cycle_anchor", "now"));
    }

    @Test
    void money_goes_back_once() {
        server.answering("GET /v1/refunds", Samples.list(false)).answering("POST /v1/refunds", Samples.REFUND);

        var refund = stripe.refund(refund("pi_1"));

        assertThat(refund.id()).isEqualTo("re_1");
        assertThat(server.calls().get(0).fields()).containsEntry("payment_intent", "pi_1");
        var call = server.calls().get(1);
        assertThat(call.header("Idempotency-Key")).isEqualTo("refund-" + ID);
        assertThat(call.fields())
                .containsOnly(
                        entry("payment_intent", "pi_1"),
                        entry("amount", "500"),
                        entry("metadata[allotment_refund]", ID),
                        entry("metadata[reason]", "charged twice"));
    }

    @Test
    void money_that_went_back_already_is_found_also_when_the_key_is_forgotten() {
        server.answering(
                "GET /v1/refunds",
                Samples.list(
                        false,
                        Samples.REFUND.replace(
                                "\"metadata\":{}", "\"metadata\":{\"allotment_refund\":\"" + ID + "\"}")));

        assertThat(stripe.refund(refund("ch_1")).id()).isEqualTo("re_1");
        assertThat(server.onlyCall().fields()).containsEntry("charge", "ch_1");
    }

    @Test
    void more_than_was_paid_does_not_go_back() {
        server.answering("GET /v1/refunds", Samples.list(false))
                .answering(
                        "POST /v1/refunds",
                        400,
                        Samples.error(
                                "invalid_request_error",
                                "charge_already_refunded",
                                "Charge ch_1 has already been refunded."));

        assertThatThrownBy(() -> stripe.refund(refund("pi_1")))
                .isInstanceOf(GatewayRefused.class)
                .hasMessageContaining("already been refunded");
    }

    @Test
    void usage_is_reported_with_our_identifier() {
        server.answering("POST /v1/billing/meter_events", "{\"object\":\"billing.meter_event\"}");

        stripe.report(usage(NOW.minusSeconds(60)));

        var call = server.onlyCall();
        assertThat(call.header("Idempotency-Key")).isEqualTo("usage-u-1");
        assertThat(call.fields())
                .containsOnly(
                        entry("event_name", "minutes"),
                        entry("identifier", "u-1"),
                        entry("timestamp", "1794999940"),
                        entry("payload[stripe_customer_id]", "cus_1"),
                        entry("payload[value]", "12"));
    }

    @Test
    void usage_that_stripe_has_already_is_taken() {
        server.answering(
                "POST /v1/billing/meter_events",
                400,
                Samples.error("invalid_request_error", "", "An event already exists with identifier u-1."));

        stripe.report(usage(NOW));

        assertThat(server.calls()).hasSize(1);
    }

    @Test
    void usage_that_stripe_does_not_take_is_refused_with_its_words() {
        server.answering(
                "POST /v1/billing/meter_events",
                400,
                Samples.error("invalid_request_error", "archived_meter", "The meter minutes is archived."));

        assertThatThrownBy(() -> stripe.report(usage(NOW)))
                .isInstanceOf(GatewayRefused.class)
                .hasMessageContaining("is archived");
    }

    @Test
    void usage_that_is_given_back_is_told_as_less() {
        server.answering("POST /v1/billing/meter_events", "{\"object\":\"billing.meter_event\"}");

        stripe.report(new MeteredUsage("minutes", "cus_1", BigDecimal.valueOf(-3), "u-2", NOW));

        assertThat(server.onlyCall().fields()).containsEntry("payload[value]", "-3");
    }

    @Test
    void what_a_meter_counts_in_a_minute_is_asked_of_its_summaries() {
        var minute = Period.between(Instant.parse("2026-11-20T10:00:00Z"), Instant.parse("2026-11-20T10:01:00Z"));
        server.answering(
                        "GET /v1/billing/meters",
                        Samples.list(
                                false, "{\"id\":\"mtr_1\",\"object\":\"billing.meter\",\"event_name\":\"minutes\"}"))
                .answering(
                        "GET /v1/billing/meters/mtr_1/event_summaries",
                        Samples.list(
                                false,
                                "{\"id\":\"mtrsum_1\",\"object\":\"billing.meter_event_summary\",\"aggregated_value\":12.0,\"meter\":\"mtr_1\"}"));

        var counted = stripe.countedUsage("minutes", "cus_1", minute);

        assertThat(counted.orElseThrow()).isEqualByComparingTo("12");
        assertThat(server.calls().get(1).fields())
                .containsOnly(
                        entry("customer", "cus_1"), entry("start_time", "1795168800"), entry("end_time", "1795168860"));
    }

    @Test
    void of_a_meter_that_there_is_not_nothing_is_said() {
        server.answering("GET /v1/billing/meters", Samples.list(false));

        assertThat(stripe.countedUsage("minutes", "cus_1", Period.between(NOW, NOW.plusSeconds(60))))
                .isEmpty();
    }

    @Test
    void usage_that_stripe_would_reject_later_is_refused_at_once() {
        server.answering("POST /v1/billing/meter_events", "{\"object\":\"billing.meter_event\"}");

        stripe.report(usage(NOW.minus(Duration.ofDays(35))));
        stripe.report(usage(NOW.plus(Duration.ofMinutes(5))));
        assertThatThrownBy(
                        () -> stripe.report(usage(NOW.minus(Duration.ofDays(35)).minusSeconds(1))))
                .isInstanceOf(InvalidValue.class);
        assertThatThrownBy(() ->
                        stripe.report(usage(NOW.plus(Duration.ofMinutes(5)).plusSeconds(1))))
                .isInstanceOf(InvalidValue.class);
        assertThat(server.calls()).hasSize(2);
    }

    @Test
    void a_report_is_taken_back_while_that_is_possible() {
        server.answering("POST /v1/billing/meter_event_adjustments", "{\"object\":\"billing.meter_event_adjustment\"}")
                .answering(
                        "POST /v1/billing/meter_event_adjustments",
                        400,
                        Samples.error("invalid_request_error", "", "more than 24 hours ago"));

        assertThat(stripe.takeBackReport("minutes", "u-1")).isTrue();
        assertThat(stripe.takeBackReport("minutes", "u-2")).isFalse();
        assertThat(server.calls().get(0).header("Idempotency-Key")).isEqualTo("usage-back-u-1");
        assertThat(server.calls().get(0).fields())
                .containsOnly(
                        entry("event_name", "minutes"), entry("type", "cancel"), entry("cancel[identifier]", "u-1"));
    }

    @Test
    void an_invoice_is_fetched_with_payments_receipt_and_all_its_lines() {
        server.answering("GET /v1/invoices/in_1", Samples.invoice(true, true, Samples.LINE))
                .answering("GET /v1/invoices/in_1/lines", Samples.list(false, Samples.METERED_LINE))
                .answering(
                        "GET /v1/prices/price_1",
                        "{\"id\":\"price_1\",\"object\":\"price\",\"metadata\":{\"allotment_price\":\"version/monthly\"}}")
                .answering(
                        "GET /v1/payment_intents/pi_1",
                        "{\"id\":\"pi_1\",\"object\":\"payment_intent\",\"latest_charge\":{\"id\":\"ch_1\",\"object\":\"charge\",\"receipt_url\":\"https://receipt.example/1\"}}");

        var invoice = (GatewayInvoice) stripe.fetch(Kind.INVOICE, "in_1").orElseThrow();

        assertThat(invoice.paymentId()).contains("pi_1");
        assertThat(invoice.receiptUrl()).contains("https://receipt.example/1");
        assertThat(invoice.paidAt()).contains(Instant.ofEpochSecond(1_795_000_120));
        assertThat(invoice.lines())
                .extracting(line -> line.priceId().orElseThrow())
                // Of the other price Stripe knows nothing any more.
                .containsExactly("version/monthly", "price_metered");
        assertThat(server.calls().get(0).fields()).containsEntry("expand[0]", "payments");
        assertThat(server.calls().get(1).fields()).containsEntry("expand[0]", "latest_charge");
        assertThat(server.calls().get(2).fields()).containsEntry("starting_after", "il_1");
    }

    @Test
    void an_invoice_of_a_change_to_another_interval_is_for_the_whole_period_that_begins() {
        server.answering(
                        "GET /v1/invoices/in_1",
                        Samples.invoice(false, true, Samples.UNUSED_LINE, Samples.YEAR_LINE)
                                .replace("subscription_cycle", "subscription_update"))
                .answering(
                        "GET /v1/prices/price_2",
                        "{\"id\":\"price_2\",\"object\":\"price\",\"metadata\":{\"allotment_price\":\"version/yearly\"}}");

        var invoice = (GatewayInvoice) stripe.fetch(Kind.INVOICE, "in_1").orElseThrow();

        var year = Period.between(Instant.ofEpochSecond(1_796_000_000), Instant.ofEpochSecond(1_827_536_000));
        assertThat(invoice.reason()).isEqualTo(GatewayInvoice.Reason.SUBSCRIPTION_CHANGE);
        assertThat(invoice.period()).contains(year);
        assertThat(invoice.lines())
                .extracting(line -> line.priceId().orElseThrow())
                .containsExactly("price_1", "version/yearly");
        assertThat(invoice.lines()).extracting(GatewayInvoice.Line::amountMinor).containsExactly(-3_500L, 19_000L);
    }

    @Test
    void payments_that_an_invoice_does_not_show_are_listed() {
        server.answering("GET /v1/invoices/in_1", Samples.invoice(false, false, Samples.LINE))
                .answering(
                        "GET /v1/invoice_payments",
                        Samples.list(
                                false,
                                "{\"id\":\"inpay_1\",\"object\":\"invoice_payment\",\"status\":\"paid\",\"payment\":{\"type\":\"charge\",\"charge\":\"ch_1\"}}"));

        var invoice = (GatewayInvoice) stripe.fetch(Kind.INVOICE, "in_1").orElseThrow();
        assertThat(invoice.paymentId()).contains("ch_1");
        assertThat(invoice.receiptUrl()).isEmpty();
        assertThat(server.calls().get(1).fields()).containsEntry("invoice", "in_1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"requires_payment_method", "canceled"})
    void a_checkout_whose_payment_failed_is_told_by_the_payment(String status) {
        server.answering(
                "GET /v1/checkout/sessions/cs_1",
                Samples.SESSION
                        .replace("\"paid\"", "\"unpaid\"")
                        .replace(
                                "\"payment_intent\":\"pi_1\"",
                                "\"payment_intent\":{\"id\":\"pi_1\",\"object\":\"payment_intent\",\"status\":\""
                                        + status + "\"}"));

        var checkout = (GatewayCheckout) stripe.fetch(Kind.CHECKOUT, "cs_1").orElseThrow();
        assertThat(checkout.status()).isEqualTo(GatewayCheckout.Status.FAILED);
        assertThat(checkout.paymentId()).contains("pi_1");
    }

    @Test
    void a_checkout_expires_where_nobody_has_paid() {
        var open = Samples.SESSION.replace("\"complete\"", "\"open\"").replace("\"paid\"", "\"unpaid\"");
        server.answering("GET /v1/checkout/sessions/cs_1", open)
                .answering("POST /v1/checkout/sessions/cs_1/expire", open)
                .answering("GET /v1/checkout/sessions/cs_1", open.replace("\"open\"", "\"expired\""));

        assertThat(stripe.expire("cs_1").status()).isEqualTo(GatewayCheckout.Status.EXPIRED);
        assertThat(server.calls().get(1).header("Idempotency-Key")).isEqualTo("expire-cs_1");
    }

    @Test
    void a_checkout_that_is_paid_in_that_moment_does_not_expire() {
        var open = Samples.SESSION.replace("\"complete\"", "\"open\"").replace("\"paid\"", "\"unpaid\"");
        server.answering("GET /v1/checkout/sessions/cs_1", open)
                .answering(
                        "POST /v1/checkout/sessions/cs_1/expire",
                        400,
                        Samples.error("invalid_request_error", "", "Only open sessions can be expired."))
                .answering("GET /v1/checkout/sessions/cs_1", Samples.SESSION);

        assertThat(stripe.expire("cs_1").status()).isEqualTo(GatewayCheckout.Status.PAID);
        assertThat(stripe.expire("cs_1").status()).isEqualTo(GatewayCheckout.Status.PAID);
        assertThat(server.calls()).hasSize(4);
    }

    @Test
    void all_of_a_kind_are_listed_page_by_page() {
        server.answering("GET /v1/subscriptions", Samples.list(true, Samples.SUBSCRIPTION))
                .answering(
                        "GET /v1/subscriptions",
                        Samples.list(
                                false,
                                Samples.SUBSCRIPTION.replace("sub_1", "sub_2"),
                                "{\"id\":\"sub_3\",\"object\":\"subscription\"}"));

        var first = stripe.list(Kind.SUBSCRIPTION, PageRequest.first(200));
        var second = stripe.list(Kind.SUBSCRIPTION, new PageRequest(200, first.next()));

        assertThat(first.items()).extracting(GatewayObject::id).containsExactly("sub_1");
        assertThat(second.items()).extracting(GatewayObject::id).containsExactly("sub_2");
        assertThat(second.next()).isEmpty();
        assertThat(server.calls().get(0).fields()).containsOnly(entry("status", "all"), entry("limit", "100"));
        assertThat(server.calls().get(1).fields()).containsEntry("starting_after", "sub_1");
    }

    @Test
    void the_other_kinds_are_listed_too() {
        server.answering("GET /v1/invoices", Samples.list(false, Samples.invoice(false, true, Samples.LINE)))
                .answering("GET /v1/prices/price_1", "{\"id\":\"price_1\",\"object\":\"price\"}")
                .answering("GET /v1/checkout/sessions", Samples.list(false, Samples.SESSION))
                .answering("GET /v1/refunds", Samples.list(false, Samples.REFUND))
                .answering("GET /v1/disputes", Samples.list(false, Samples.DISPUTE));

        for (var kind : new Kind[] {Kind.INVOICE, Kind.CHECKOUT, Kind.REFUND, Kind.DISPUTE}) {
            assertThat(stripe.list(kind, PageRequest.first(10)).items())
                    .extracting(GatewayObject::kind)
                    .containsExactly(kind);
        }
        assertThat(server.calls().get(0).fields()).containsEntry("expand[0]", "data.payments");
    }

    @Test
    void events_are_told_oldest_first_though_stripe_lists_the_newest_first() {
        server.answering("GET /v1/events", Samples.list(true, event("evt_5"), event("evt_4")))
                .answering("GET /v1/events", Samples.list(false, event("evt_3"), event("evt_2"), event("evt_1")))
                .answering("GET /v1/events", Samples.list(true, event("evt_4"), event("evt_3")))
                .answering("GET /v1/events", Samples.list(false));

        var first = stripe.listEvents(NOW.minusSeconds(100), PageRequest.first(2));
        var second = stripe.listEvents(NOW.minusSeconds(100), new PageRequest(2, first.next()));
        var last = stripe.listEvents(NOW.minusSeconds(100), new PageRequest(2, second.next()));

        assertThat(first.items()).extracting(BillingGateway.Delivery::eventId).containsExactly("evt_1", "evt_2");
        assertThat(second.items()).extracting(BillingGateway.Delivery::eventId).containsExactly("evt_3", "evt_4");
        assertThat(last.items()).isEmpty();
        assertThat(last.next()).isEmpty();
        assertThat(server.calls().get(0).fields())
                .containsOnly(entry("created[gte]", "1794999900"), entry("limit", "100"));
        assertThat(server.calls().get(1).fields()).containsEntry("starting_after", "evt_4");
        assertThat(server.calls().get(2).fields())
                .containsOnly(
                        entry("created[gte]", "1794999900"), entry("ending_before", "evt_2"), entry("limit", "2"));
    }

    @Test
    void usage_that_was_rejected_is_told_with_the_name_it_was_reported_by() {
        server.answering("GET /v2/core/events/evt_thin", """
                        {"id":"evt_thin","object":"v2.core.event","type":"v1.billing.meter.error_report_triggered",
                         "created":"2026-11-20T10:00:00.000Z","livemode":false,
                         "related_object":{"id":"mtr_1","type":"billing.meter","url":"/v1/billing/meters/mtr_1"},
                         "data":{"developer_message_summary":"There is 1 invalid event","reason":{"error_count":1,"error_types":[
                           {"code":"meter_event_customer_not_found","error_count":1,"sample_errors":[
                             {"error_message":"No such customer","request":{"identifier":"u-1"}}]}]}}}""")
                .answering(
                        "GET /v1/billing/meters/mtr_1",
                        "{\"id\":\"mtr_1\",\"object\":\"billing.meter\",\"event_name\":\"minutes\"}");

        assertThat(stripe.fetchEvent("evt_thin"))
                .contains(new PaymentEvent.UsageRejected(
                        "evt_thin",
                        "v1.billing.meter.error_report_triggered",
                        Instant.parse("2026-11-20T10:00:00Z"),
                        Optional.of("minutes"),
                        List.of("u-1"),
                        1,
                        "There is 1 invalid event; meter_event_customer_not_found"));
        assertThat(stripe.fetchEvent("evt_none")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "pk_test_1", "sk test", "sk_\u0661"})
    void what_is_no_key_is_refused_without_repeating_it(String key) {
        assertThatThrownBy(() -> StripePayments.Settings.of(key)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_live_key_does_not_travel_in_the_clear() {
        var live = StripePayments.Settings.of("sk_live_1", "whsec_1");

        assertThatThrownBy(() -> live.at("http://stripe.example")).isInstanceOf(IllegalArgumentException.class);
        assertThat(live.at("https://stripe.example/").apiBase()).contains("https://stripe.example");
        assertThat(live.at("http://127.0.0.1:1").toString()).doesNotContain("sk_live_1", "whsec_1");
        assertThat(StripePayments.Settings.of("sk_test_1")
                        .at("http://stripe.example")
                        .apiBase())
                .contains("http://stripe.example");
    }

    private static Order order(Optional<String> price, Optional<String> customer, ReturnAddresses returnTo) {
        return new Order(
                PurchaseId.of(ID),
                TENANT,
                ACCOUNT,
                "A hundred credits",
                new Money(1_900, "EUR"),
                price,
                customer,
                returnTo,
                NOW);
    }

    private static SubscriptionOrder subscribe(
            String price, int trialDays, Optional<String> promotion, boolean codes, boolean tax) {
        return new SubscriptionOrder(
                CheckoutId.of(ID),
                TENANT,
                ACCOUNT,
                "cus_1",
                "Studio",
                price,
                new Money(1_900, "EUR"),
                1,
                3,
                trialDays,
                promotion,
                codes,
                tax ? Optional.of(true) : Optional.empty(),
                HOME,
                NOW);
    }

    private static RefundOrder refund(String payment) {
        return new RefundOrder(RefundId.of(ID), payment, new Money(500, "EUR"), Optional.of("charged twice"));
    }

    private static MeteredUsage usage(Instant at) {
        return new MeteredUsage("minutes", "cus_1", BigDecimal.valueOf(12), "u-1", at);
    }

    private static String event(String id) {
        return Samples.event("refund.created", Samples.REFUND).replace("evt_1", id);
    }
}
