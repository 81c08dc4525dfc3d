package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.PaymentGateway;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestGateway;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CheckoutsTest extends HttpTest {

    private TestGateway gateway;
    private String account;
    private String wish;

    @Override
    PaymentGateway payments() {
        gateway = new TestGateway("test", clock);
        return gateway;
    }

    @BeforeEach
    void a_plan_and_an_account() {
        var terms = new PlanVersionTerms(
                0,
                0,
                Optional.empty(),
                Credits.of(10),
                Credits.ZERO,
                Document.EMPTY,
                List.of(Price.monthly("monthly", 1_000, "EUR")),
                List.of());
        wish = "{\"plan\": \"" + given.plan(terms).plan() + "\"}";
        var tenant = given.tenant().id();
        account = "/v1/tenants/" + tenant + "/accounts/" + tenant;
    }

    private Client.Answer order(String key) {
        return api.request("POST", account + "/billing/checkout")
                .key(key)
                .body(wish)
                .send();
    }

    @Test
    void a_checkout_is_looked_up_and_the_same_key_tells_how_it_ended() {
        var key = Fixtures.word();
        var ordered = order(key).is(201);
        assertThat(ordered.at("/status")).isEqualTo("OPEN");
        assertThat(wish).contains(ordered.at("/plan"));
        assertThat(ordered.at("/version")).isEqualTo("1");
        assertThat(ordered.at("/price")).isEqualTo("monthly");
        assertThat(ordered.at("/quantity")).isEqualTo("1");
        assertThat(ordered.at("/url")).startsWith("https://pay.example/");
        assertThat(api.get(ordered.header("Location")).is(200).text()).isEqualTo(ordered.text());
        assertThat(order(key).is(201).text()).isEqualTo(ordered.text());

        var canceled = api.post(account + "/billing/checkouts/" + ordered.at("/id") + "/cancel")
                .is(200);
        assertThat(canceled.at("/status")).isEqualTo("CANCELED");
        assertThat(canceled.at("/canceledAt")).isEqualTo("2026-03-10T10:00:00Z");
        assertThat(canceled.at("/url")).isNull();
        var again = order(key).is(201);
        assertThat(again.text()).isEqualTo(canceled.text());
        assertThat(again.header("Idempotent-Replayed")).isEqualTo("true");

        var next = order(Fixtures.word()).is(201);
        var listed = api.get(account + "/billing/checkouts").is(200);
        assertThat(listed.each("/id")).containsExactly(next.at("/id"), ordered.at("/id"));
        assertThat(listed.each("/status")).containsExactly("OPEN", "CANCELED");
    }

    @Test
    void who_orders_another_one_is_given_the_open_one_and_who_must_wait_is_told_so_by_both() {
        var open = order(Fixtures.word()).is(201);
        var pending = order(Fixtures.word()).isProblem(409, "checkout-pending", null);
        assertThat(pending.at("/checkout/id")).isEqualTo(open.at("/id"));
        assertThat(pending.at("/checkout/url")).isEqualTo(open.at("/url"));
        assertThat(pending.at("/checkout/expiresAt")).isEqualTo(open.at("/expiresAt"));

        clock.advance(Duration.ofDays(1).plusMinutes(1));
        var late = order(Fixtures.word()).isProblem(409, "checkout-pending", null);
        assertThat(late.at("/checkout/status")).isEqualTo("OPEN");
        assertThat(late.at("/checkout/url")).isNull();
        assertThat(api.get(open.header("Location")).is(200).at("/url")).isNull();

        gateway.is(new GatewayCheckout(
                open.at("/checkout"),
                Optional.empty(),
                GatewayCheckout.Status.PAYING,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                clock.instant()));
        var cancel = api.post(account + "/billing/checkouts/" + open.at("/id") + "/cancel")
                .isProblem(409, "checkout-pending", null);
        var order = order(Fixtures.word()).isProblem(409, "checkout-pending", null);
        assertThat(cancel.at("/detail")).isEqualTo(order.at("/detail")).contains("wait for it");
        assertThat(order.at("/checkout/status")).isEqualTo("PAYING");
        assertThat(order.at("/checkout/url")).isNull();
    }

    @Test
    void a_purchase_names_its_page_while_it_can_be_paid_and_the_same_key_gives_it_up_once() {
        var path = bought();
        assertThat(api.get(path).is(200).at("/checkout/url")).startsWith("https://pay.example/");
        var key = Fixtures.word();

        var canceled = api.request("POST", path + "/cancel").key(key).send().is(200);
        assertThat(canceled.at("/status")).isEqualTo("CANCELED");
        assertThat(canceled.at("/checkout/url")).isNull();
        var again = api.request("POST", path + "/cancel").key(key).send().is(200);
        assertThat(again.isReplayed()).isTrue();
        assertThat(again.text()).isEqualTo(canceled.text());
        api.request("POST", path + "/paid")
                .key(key)
                .body("{\"paymentReference\": \"bank 17\"}")
                .send()
                .isProblem(409, "idempotency-key-reused", "Idempotency-Key");
    }

    private String bought() {
        api.post("/v1/credit-products", """
                {"key": "pack", "name": "A hundred", "credits": "100", "amountMinor": 1900, "currency": "EUR"}""").is(201);
        var purchase =
                api.post(account + "/purchases", "{\"product\": \"pack\"}").is(201);
        return account + "/purchases/" + purchase.at("/id");
    }

    @Test
    void what_broke_off_at_the_gateway_is_done_by_the_same_again_and_then_told_as_it_is_by_then() {
        var path = bought();
        var key = Fixtures.word();
        gateway.isAway(true);
        api.request("POST", path + "/cancel").key(key).send().isProblem(503, "unavailable", null);
        gateway.isAway(false);

        var canceled = api.request("POST", path + "/cancel").key(key).send().is(200);
        assertThat(canceled.isReplayed()).isFalse();
        assertThat(canceled.at("/status")).isEqualTo("CANCELED");

        var payment = "{\"paymentReference\": \"bank 17\"}";
        var late = Fixtures.word();
        gateway.isAway(true);
        api.request("POST", path + "/paid").key(late).body(payment).send().isProblem(503, "unavailable", null);
        gateway.isAway(false);
        var paid = api.request("POST", path + "/paid")
                .key(late)
                .body(payment)
                .send()
                .is(200);
        assertThat(paid.isReplayed()).isFalse();
        assertThat(paid.at("/status")).isEqualTo("PAID");

        gateway.isAway(true);
        for (var again : List.of(
                api.request("POST", path + "/cancel").key(key).send().is(200),
                api.request("POST", path + "/paid")
                        .key(late)
                        .body(payment)
                        .send()
                        .is(200))) {
            assertThat(again.isReplayed()).isTrue();
            assertThat(again.text()).isEqualTo(paid.text());
        }
        api.request("POST", path + "/cancel").key(Fixtures.word()).send().isProblem(409, "already-paid", null);
    }

    private void assertRefused(String path, String field, String body) {
        api.request("POST", account + path)
                .key(Fixtures.word())
                .body(body)
                .bad()
                .send()
                .isProblem(422, "invalid-value", field);
    }

    @Test
    void amounts_lines_and_currencies_that_cannot_be_are_refused_by_their_fields() {
        var dear = given.plan(PlanVersionTerms.empty().at(Price.monthly("monthly", 1_000_000_000_000L, "EUR")));
        assertRefused("/billing/checkout", "quantity", "{\"plan\": \"" + dear.plan() + "\", \"quantity\": 1000000}");
        var invoice = """
                {"currency": "%s", "lines": [{"description": "Studio", "amountMinor": 1000},
                  {"description": "%s", "quantity": %d, "amountMinor": 450}], "payment": {}}""";
        assertRefused("/invoices", "currency", invoice.formatted("XYZ", "Seats", 1));
        assertRefused("/invoices", "lines[1].description", invoice.formatted("EUR", "", 1));
        assertRefused("/invoices", "lines[1].quantity", invoice.formatted("EUR", "Seats", 0));
        assertRefused(
                "/invoices",
                "paidAt",
                invoice.formatted("EUR", "Seats", 1)
                        .replace("\"payment\": {}", "\"payment\": {\"paidAt\": \"2019-01-01T00:00:00Z\"}"));
        var paid = api.post(account + "/invoices", invoice.formatted("EUR", "Seats", 2))
                .is(201);
        assertRefused("/invoices/" + paid.at("/id") + "/refunds", "amountMinor", "{\"amountMinor\": 0}");
    }

    @Test
    void who_sends_no_key_is_told_what_to_send() {
        var missing = api.request("POST", account + "/billing/checkout")
                .body(wish)
                .bad()
                .send();
        assertThat(missing.isProblem(400, "missing-field", "Idempotency-Key").at("/detail"))
                .contains("such as a UUID");
    }
}
