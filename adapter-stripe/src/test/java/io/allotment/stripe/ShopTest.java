package io.allotment.stripe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.allotment.domain.billing.GatewayMeter;
import io.allotment.domain.billing.Offer;
import io.allotment.domain.shared.Money;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is sold in Stripe: each call. */
class ShopTest {

    private static final String PRICE = """
            {"id":"price_1","object":"price","active":true,"unit_amount":22800,"currency":"eur","recurring":{"interval":"year","interval_count":1},
             "product":{"id":"prod_1","object":"product","name":"Studio","description":null,"active":true}}""";

    private final StripeDouble server = new StripeDouble();
    private final StripePayments stripe = StripePayments.of(
            StripePayments.Settings.of("sk_test_1").at(server.base()),
            Clock.fixed(Instant.ofEpochSecond(1_795_000_000), ZoneOffset.UTC),
            time -> {});

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void a_price_is_found_by_our_name() {
        server.answering("GET /v1/prices", Samples.list(false, PRICE)).answering("GET /v1/prices", Samples.list(false));

        assertThat(stripe.find(offer(Optional.empty(), true)))
                .contains(new Offer.Standing(
                        "price_1",
                        "prod_1",
                        "Studio",
                        Optional.empty(),
                        new Money(22_800, "EUR"),
                        Optional.of(12),
                        true));
        assertThat(stripe.find(offer(Optional.empty(), true))).isEmpty();
        assertThat(server.calls().get(0).fields())
                .containsOnly(
                        entry("lookup_keys[0]", "v/yearly"), entry("expand[0]", "data.product"), entry("limit", "1"));
    }

    @Test
    void one_that_was_made_in_stripe_is_found_by_its_id() {
        server.answering("GET /v1/prices/price_7", PRICE.replace("\"active\":true,\"unit", "\"active\":false,\"unit"));

        assertThat(stripe.find(offer(Optional.of("price_7"), true))
                        .orElseThrow()
                        .forSale())
                .isFalse();
        assertThat(stripe.find(offer(Optional.of("price_8"), true))).isEmpty();
    }

    @Test
    void what_is_missing_is_made_with_its_product() {
        server.answering("POST /v1/products", "{\"id\":\"x\",\"object\":\"product\"}")
                .answering("POST /v1/prices", PRICE);

        stripe.create(offer(Optional.empty(), true));

        var product = server.calls().get(1);
        assertThat(product.fields())
                .containsOnly(
                        entry("id", "allotment_plan_2fstudio"),
                        entry("name", "Studio"),
                        entry("metadata[allotment_product]", "plan/studio"));
        assertThat(product.header("Idempotency-Key")).isEqualTo("product-allotment_plan_2fstudio");
        var price = server.calls().get(2);
        assertThat(price.header("Idempotency-Key")).isEqualTo("offer-v/yearly");
        assertThat(price.fields())
                .containsOnly(
                        entry("product", "allotment_plan_2fstudio"),
                        entry("lookup_key", "v/yearly"),
                        entry("metadata[allotment_price]", "v/yearly"),
                        entry("currency", "eur"),
                        entry("unit_amount", "22800"),
                        entry("recurring[interval]", "year"),
                        entry("recurring[interval_count]", "1"));
    }

    @Test
    void a_product_that_is_there_is_taken() {
        server.answering(
                        "GET /v1/products/allotment_plan_2fstudio",
                        "{\"id\":\"allotment_plan_2fstudio\",\"object\":\"product\"}")
                .answering("POST /v1/prices", PRICE);

        stripe.create(offer(Optional.empty(), true));
        assertThat(server.calls()).extracting(StripeDouble.Call::path).doesNotContain("/v1/products");
    }

    @Test
    void what_is_not_sold_any_more_is_archived_and_nothing_else_is_touched() {
        server.answering("POST /v1/prices/price_1", PRICE);
        var standing = standing("Old name", true);

        stripe.mend(offer(Optional.empty(), false), standing);
        assertThat(server.onlyCall().fields()).containsOnly(entry("active", "false"));
    }

    @Test
    void what_is_named_otherwise_or_archived_by_mistake_is_put_right() {
        server.answering("POST /v1/prices/price_1", PRICE)
                .answering("POST /v1/products/prod_1", "{\"id\":\"prod_1\",\"object\":\"product\"}");

        stripe.mend(offer(Optional.empty(), true), standing("Old name", false));

        assertThat(server.calls().get(0).fields())
                .containsOnly(entry("name", "Studio"), entry("active", "true"), entry("description", ""));
        assertThat(server.calls().get(1).fields()).containsOnly(entry("active", "true"));
        assertThat(server.calls())
                .allSatisfy(call -> assertThat(call.header("Idempotency-Key")).startsWith("mend-"));
    }

    @Test
    void a_meter_is_found_on_any_page_opened_and_opened_again() {
        var other =
                "{\"id\":\"mtr_0\",\"object\":\"billing.meter\",\"event_name\":\"words\",\"display_name\":\"Words\",\"status\":\"active\"}";
        var closed =
                "{\"id\":\"mtr_1\",\"object\":\"billing.meter\",\"event_name\":\"minutes\",\"display_name\":\"Minutes\",\"status\":\"inactive\"}";
        server.answering("GET /v1/billing/meters", Samples.list(true, other))
                .answering("GET /v1/billing/meters", Samples.list(false, closed))
                .answering("GET /v1/billing/meters", Samples.list(false, closed))
                .answering("GET /v1/billing/meters", Samples.list(false))
                .answering("POST /v1/billing/meters/mtr_1/reactivate", closed)
                .answering("POST /v1/billing/meters", closed);
        var wanted = new GatewayMeter("minutes", "Minutes", true);

        assertThat(stripe.findMeter("minutes")).contains(new GatewayMeter("minutes", "Minutes", false));
        stripe.openMeter(wanted);
        stripe.openMeter(wanted);

        assertThat(server.calls().get(1).fields()).containsEntry("starting_after", "mtr_0");
        assertThat(server.calls().get(3).path()).isEqualTo("/v1/billing/meters/mtr_1/reactivate");
        var opened = server.calls().get(5);
        assertThat(opened.header("Idempotency-Key")).isEqualTo("meter-minutes");
        assertThat(opened.fields())
                .containsOnly(
                        entry("event_name", "minutes"),
                        entry("display_name", "Minutes"),
                        entry("default_aggregation[formula]", "sum"),
                        entry("customer_mapping[type]", "by_id"),
                        entry("customer_mapping[event_payload_key]", "stripe_customer_id"),
                        entry("value_settings[event_payload_key]", "value"));
    }

    @Test
    void no_two_products_of_ours_have_one_id() {
        assertThat(Shop.productId("plan/a_b")).isEqualTo("allotment_plan_2fa_5fb");
        assertThat(Shop.productId("plan/a.b")).isEqualTo("allotment_plan_2fa_2eb");
    }

    private static Offer offer(Optional<String> stripes, boolean forSale) {
        return new Offer(
                "v/yearly",
                "plan/studio",
                "Studio",
                Optional.empty(),
                new Money(22_800, "EUR"),
                Optional.of(12),
                forSale,
                stripes);
    }

    private static Offer.Standing standing(String title, boolean forSale) {
        return new Offer.Standing(
                "price_1", "prod_1", title, Optional.empty(), new Money(22_800, "EUR"), Optional.of(12), forSale);
    }
}
