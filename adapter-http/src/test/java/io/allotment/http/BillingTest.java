package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BillingTest extends HttpTest {

    private String account;

    @BeforeEach
    void a_product_and_a_buyer() {
        api.post("/v1/credit-products", """
                {"key": "pack-100", "name": "A hundred", "credits": "100", "amountMinor": 1900, "currency": "EUR",
                 "expiry": {"kind": "AFTER_DAYS", "count": 30}}""").is(201);
        var tenant = given.tenantWith(1).id();
        account = "/v1/tenants/" + tenant + "/accounts/" + tenant;
    }

    @Test
    void credits_are_bought_by_a_transfer_that_the_operator_confirms() {
        var purchase =
                api.post(account + "/purchases", "{\"product\": \"pack-100\"}").is(201);
        assertThat(purchase.at("/status")).isEqualTo("PENDING");
        assertThat(purchase.at("/checkout/gateway")).isEqualTo("manual");
        assertThat(api.get(purchase.header("Location")).text()).isEqualTo(purchase.text());
        assertThat(api.get(account + "/credits").at("/available")).isEqualTo("1");

        var found = api.get("/v1/credit-purchases?checkout=" + purchase.at("/checkout/id"))
                .is(200);
        assertThat(found.each("/id")).containsExactly(purchase.at("/id"));
        clock.advance(Duration.ofDays(2));
        var paid = api.post(account + "/purchases/" + purchase.at("/id") + "/paid", """
                {"paymentReference": "bank-17"}""")
                .is(200);

        assertThat(paid.at("/status")).isEqualTo("PAID");
        assertThat(paid.at("/paidAt")).isEqualTo("2026-03-12T10:00:00Z");
        var grant = api.get(account + "/grants/" + paid.at("/grant")).is(200);
        assertThat(grant.at("/source")).isEqualTo("PURCHASE");
        assertThat(grant.at("/paymentReference")).isEqualTo("bank-17");
        assertThat(grant.at("/expiresAt")).isEqualTo("2026-04-11T10:00:00Z");
        assertThat(api.get(account + "/credits").at("/available")).isEqualTo("101");
        api.post(account + "/purchases/" + purchase.at("/id") + "/paid", "{\"paymentReference\": \"bank-18\"}")
                .isProblem(409, "already-paid", null);
        api.post(account + "/purchases/" + purchase.at("/id") + "/cancel").isProblem(409, "already-paid", null);
        assertThat(api.get("/v1/credit-purchases?status=PENDING").items()).isEmpty();
        assertThat(api.get(account + "/purchases").each("/status")).containsExactly("PAID");
    }

    @Test
    void the_same_request_again_buys_once() {
        var key = Fixtures.word();
        var first = api.request("POST", account + "/purchases")
                .key(key)
                .body("{\"product\": \"pack-100\"}")
                .send()
                .is(201);
        var again = api.request("POST", account + "/purchases")
                .key(key)
                .body("{\"product\": \"pack-100\"}")
                .send()
                .is(201);

        assertThat(again.isReplayed()).isTrue();
        assertThat(again.text()).isEqualTo(first.text());
        assertThat(api.get(account + "/purchases").items()).hasSize(1);
    }

    @Test
    void a_gift_needs_a_reason_and_brings_what_the_product_gives() {
        api.postBad(account + "/gifts", "{\"product\": \"pack-100\"}").isProblem(400, "missing-field", "reason");

        var grant = api.post(account + "/gifts", """
                {"product": "pack-100", "reason": "for the outage"}""").is(201);

        assertThat(grant.at("/source")).isEqualTo("GIFT");
        assertThat(grant.at("/sourceId")).isEqualTo("pack-100");
        assertThat(grant.at("/description")).isEqualTo("for the outage");
        assertThat(api.get(grant.header("Location")).text()).isEqualTo(grant.text());
    }

    @Test
    void what_is_archived_is_not_sold() {
        var archived = api.patch("/v1/credit-products/pack-100", """
                {"active": false, "description": "of before"}""").is(200);

        assertThat(archived.at("/active")).isEqualTo("false");
        assertThat(archived.at("/expiry/count")).isEqualTo("30");
        api.post(account + "/purchases", "{\"product\": \"pack-100\"}").isProblem(422, "invalid-value", "product");
        api.post(account + "/purchases", "{\"product\": \"none\"}").isProblem(422, "unknown-credit-product", "product");
        api.get("/v1/credit-products/none").isProblem(404, "credit-product-not-found", null);
        api.get(account + "/purchases/" + UUID.randomUUID()).isProblem(404, "purchase-not-found", null);
    }

    @Test
    void a_refund_is_blamed_on_its_amount_where_that_is_wrong_and_on_the_invoice_where_nothing_can_go_back() {
        var invoice = written(account, "EUR", 500, "2026-03-09T00:00:00Z");
        var refunds = account + "/invoices/" + invoice + "/refunds";
        api.post(refunds).isProblem(409, "not-refundable-payment", null);
        for (var body : new String[] {"{}", "{\"amountMinor\": 100}"}) {
            api.post(refunds, body).isProblem(409, "not-refundable-payment", null);
        }
        api.post(account + "/invoices/" + invoice + "/paid").is(200);

        api.post(refunds, "{\"amountMinor\": 501}").isProblem(409, "not-refundable-payment", "amountMinor");
        api.postBad(refunds, "{\"amountMinor\": 0}").isProblem(422, "invalid-value", "amountMinor");
        api.postBad(refunds, "[]").isProblem(400, "malformed-json", null);
        assertThat(api.post(refunds).is(201).at("/amountMinor"))
                .as("no body means all that is left")
                .isEqualTo("500");
        api.post(refunds).isProblem(409, "not-refundable-payment", null);
    }

    @Test
    void a_number_is_one_invoices() {
        var invoice = """
                {"number": "2026-117", "currency": "EUR", "lines": [{"description": "Advice", "amountMinor": 500}]}""";
        api.post(account + "/invoices", invoice).is(201);

        api.post(account + "/invoices", invoice).isProblem(409, "invoice-exists", "number");
        api.post(account + "/invoices", invoice.replace("117", "118")).is(201);
        assertThat(api.get(account + "/invoices").each("/number")).containsExactly("2026-118", "2026-117");
    }

    @Test
    void months_are_summed_as_the_tenant_counts_them_each_currency_by_itself() {
        var tenant = api.post("/v1/tenants", """
                {"name": "West", "slug": "west", "timeZone": "America/Los_Angeles"}""").is(201).at("/id");
        var west = "/v1/tenants/" + tenant + "/accounts/" + tenant;
        var lastOfFebruary = "2026-03-01T07:59:59Z";
        var firstOfMarch = "2026-03-01T08:00:00Z";
        var early = written(west, "EUR", 1_000, lastOfFebruary);
        api.post(west + "/invoices/" + early + "/paid", "{\"paidAt\": \"" + firstOfMarch + "\"}")
                .is(200);
        api.post(west + "/invoices/" + early + "/refunds", "{\"amountMinor\": 300}")
                .is(201);
        written(west, "EUR", 70, firstOfMarch);
        written(west, "USD", 5, lastOfFebruary);
        var unwanted = written(west, "EUR", 9_000, firstOfMarch);
        api.post(west + "/invoices/" + unwanted + "/void").is(200);

        var totals = api.get("/v1/tenants/" + tenant + "/invoices/totals?from=2026-02")
                .is(200);

        assertThat(totals.at("/timeZone")).isEqualTo("America/Los_Angeles");
        assertThat(totals.each("/month")).containsExactly("2026-02", "2026-02", "2026-03");
        assertThat(totals.each("/currency")).containsExactly("EUR", "USD", "EUR");
        assertThat(totals.each("/invoicedMinor")).containsExactly("1000", "5", "70");
        assertThat(totals.each("/paidMinor")).containsExactly("0", "0", "1000");
        assertThat(totals.each("/refundedMinor")).containsExactly("0", "0", "300");
        assertThat(totals.each("/openMinor")).containsExactly("0", "5", "70");
        assertThat(api.get(west + "/invoices/" + early).at("/refundedMinor")).isEqualTo("300");
    }

    private String written(String of, String currency, long minor, String issuedAt) {
        return api.post(of + "/invoices", """
                        {"currency": "%s", "lines": [{"description": "Advice", "amountMinor": %d}], "issuedAt": "%s"}""".formatted(currency, minor, issuedAt))
                .is(201)
                .at("/id");
    }

    @Test
    void what_makes_no_sense_is_refused() {
        api.post("/v1/credit-products", """
                {"key": "free", "name": "Free", "credits": "1", "amountMinor": 1, "currency": "EUR",
                 "expiry": {"kind": "AFTER_MONTHS", "count": 121}}""").isProblem(422, "invalid-value", "expiry.count");
        api.post("/v1/credit-products", """
                {"key": "pack-100", "name": "Again", "credits": "1", "amountMinor": 1, "currency": "EUR"}""").is(409);
    }
}
