package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.billing.CustomerErasure;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.MeteredReport;
import io.allotment.domain.billing.PaymentEvent;
import io.allotment.domain.billing.PaymentGateway;
import io.allotment.domain.job.FailedWork;
import io.allotment.domain.job.JobName;
import io.allotment.domain.shared.MeteredReportId;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestGateway;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** One story through everything there is. */
class EveryRouteTest extends HttpTest {

    @Test
    void a_product_runs_on_http_alone() {
        api.post("/v1/features", """
                {"key": "minutes", "name": "Minutes", "kind": "CONSUMED", "unit": "minute"}""").is(201);
        api.patch("/v1/features/minutes", """
                {"name": "Transcribed minutes", "description": "whole ones"}""").is(200);
        api.get("/v1/features/minutes").is(200);
        api.get("/v1/features").is(200);
        api.post("/v1/operations", """
                {"key": "transcribe", "category": "audio", "creditRate": "0.5", "feature": "minutes"}""").is(201);
        api.patch("/v1/operations/transcribe", """
                {"description": "speech to text"}""").is(200);
        api.get("/v1/operations/transcribe").is(200);
        api.get("/v1/operations").is(200);
        api.post("/v1/features", """
                {"key": "seats", "name": "Seats", "kind": "ALLOCATED", "unit": "seat"}""").is(201);
        api.post("/v1/operations", """
                {"key": "seat", "category": "team", "feature": "seats"}""").is(201);
        api.post("/v1/plans", """
                {"key": "pro", "name": "Pro", "graceDays": 7, "includedCredits": "100",
                 "prices": [{"key": "monthly", "interval": "MONTH", "amountMinor": 2900, "currency": "EUR"},
                            {"key": "yearly", "interval": "YEAR", "amountMinor": 29000, "currency": "EUR"}],
                 "entitlements": [{"feature": "minutes", "quota": {"limit": "60", "reset": "CALENDAR_DAY"}},
                                  {"feature": "seats", "quota": {"limit": "3", "reset": "NEVER"}}]}""").is(201);
        api.patch("/v1/plans/pro", """
                {"featured": true}""").is(200);
        api.get("/v1/plans/pro").is(200);
        api.get("/v1/plans").is(200);
        api.post("/v1/plans/pro/versions", "{}").is(201);
        api.get("/v1/plans/pro/versions").is(200);
        api.get("/v1/plans/pro/migration?toVersion=2&at=NOW&creditPolicy=KEEP").is(200);
        api.request("POST", "/v1/plans/pro/migration")
                .body("{\"toVersion\": 2}")
                .send()
                .is(200);
        api.delete("/v1/plans/pro/versions/2").is(204);

        var tenant = api.post("/v1/tenants", """
                {"name": "Acme", "slug": "acme"}""").is(201).at("/id");
        api.get("/v1/tenants").is(200);
        api.get("/v1/tenants/by-slug/acme").is(200);
        var t = "/v1/tenants/" + tenant;
        api.get(t).is(200);
        api.patch(t, """
                {"website": "https://acme.example"}""").is(200);
        api.put(t + "/thresholds", """
                {"quotaPercents": [10], "lowCredits": "50"}""").is(200);
        api.put(t + "/unpriced-models", """
                {"policy": "DEFAULT", "prices": {"input_mtok": {"base": "5", "tiers": [{"start": 10, "price": 6}]}}}""").is(200);
        api.post(t + "/suspend").is(200);
        api.post(t + "/reactivate").is(200);

        var user = api.post("/v1/users", """
                {"email": "ada@example.org", "displayName": "Ada"}""").is(201).at("/id");
        api.get("/v1/users").is(200);
        api.get("/v1/users/" + user).is(200);
        people(user);
        api.post(t + "/members", """
                {"userId": "%s", "displayName": "Ada L."}""".formatted(user)).is(201);
        api.get(t + "/members").is(200);
        belonging(t, user);
        api.post(t + "/accounts", """
                {"userId": "%s"}""".formatted(user)).is(201);
        api.get(t + "/accounts").is(200);
        api.get(t + "/accounts/" + user).is(200);

        var a = t + "/accounts/" + tenant;
        api.post(a + "/subscription", """
                {"plan": "pro", "price": "monthly"}""").is(201);
        api.post(a + "/subscription/mark-past-due").is(200);
        api.post(a + "/subscription/activate").is(200);
        api.post(a + "/subscription/pause").is(200);
        api.post(a + "/subscription/resume").is(200);
        api.put(a + "/subscription/auto-renew", "{\"autoRenew\": false}").is(200);
        api.get(a + "/subscription/plan-change?plan=pro&price=yearly").is(200);
        api.post(a + "/subscription/change-plan", """
                {"plan": "pro", "price": "yearly", "atPeriodEnd": true}""").is(200);
        api.delete(a + "/subscription/scheduled-change").is(200);
        api.post(a + "/subscription/cancel", """
                {"atPeriodEnd": true}""").is(200);
        api.post(a + "/subscription/uncancel").is(200);
        api.post(a + "/subscription/expire").is(200);
        api.post(a + "/subscription/reactivate").is(201);
        api.get(a + "/subscription").is(200);
        api.get(a + "/subscriptions").is(200);

        var grant = api.post(a + "/grants", """
                {"amount": "10", "source": "GIFT"}""").is(201).at("/id");
        api.get(a + "/grants").is(200);
        api.get(a + "/grants/" + grant).is(200);
        api.post(a + "/grants/" + grant + "/void").is(200);
        api.post(a + "/credits/adjustments", """
                {"amount": "-1", "description": "a correction"}""").is(201);
        api.put(a + "/credits/overdraft-limit", """
                {"limit": "5"}""").is(200);
        selling(a);
        billing();
        api.get(a + "/credits").is(200);
        api.get(a + "/credits/entries").is(200);

        api.request("POST", t + "/gate/check").body("""
                {"operation": "transcribe", "quantity": "10"}""").send().is(200);
        var decision = api.post(t + "/gate/consume", """
                {"operation": "transcribe", "quantity": "10"}""").is(200).at("/id");
        api.get(t + "/gate/decisions/" + decision).is(200);
        api.post(t + "/gate/decisions/" + decision + "/refund", """
                {"reason": "it came out empty"}""").is(200);

        var key = api.post(t + "/api-keys", """
                {"name": "importer", "scopes": ["gate:use"]}""").is(201).at("/id");
        api.get(t + "/api-keys").is(200);
        api.get(t + "/api-keys/" + key).is(200);
        api.patch(t + "/api-keys/" + key, """
                {"description": "nightly"}""").is(200);
        api.post(t + "/api-keys/" + key + "/rotate", """
                {"graceSeconds": 60}""").is(201);
        api.delete(t + "/api-keys/" + key).is(204);

        api.put(t + "/spend-limits/MEMBER/" + user + "/CALENDAR_MONTH", """
                {"limit": "40"}""").is(200);
        api.get(t + "/spend-limits").is(200);
        api.delete(t + "/spend-limits/MEMBER/" + user + "/CALENDAR_MONTH").is(204);
        var work = t + "/gate/reservations/" + reserved(t);
        api.get(work).is(200);
        api.get(a + "/reservations?open=true").is(200);
        api.post(work + "/renew", """
                {"leaseSeconds": 600}""").is(200);
        api.post(work + "/settle", """
                {"operation": "transcribe", "quantity": "7"}""").is(200);
        api.post(t + "/gate/reservations/" + reserved(t) + "/release").is(200);
        api.post(t + "/gate/consume", """
                {"operation": "seat", "quantity": 1, "relatedTo": {"type": "member", "id": "ada"}}""").is(200);
        api.get(a + "/quotas/seats/allocations").is(200);
        api.post(t + "/gate/release", """
                {"feature": "seats", "relatedTo": {"type": "member", "id": "ada"}}""").is(200);
        api.get(t + "/notices").is(200);
        api.get(t + "/audit").is(200);
        api.get(t + "/audit/head").is(200);
        api.get(t + "/audit/export").is(200);
        api.get("/v1/audit").is(200);
        api.get("/v1/audit/head").is(200);
        api.get("/v1/audit/export").is(200);
        api.post("/v1/users/" + user + "/erase-personal-values").is(200);
        api.get("/v1/users/" + user + "/personal-data").is(200);
        api.get(t + "/retention").is(200);
        api.put(t + "/retention", """
                {"usageDays": 731, "keyDays": 400, "noticeDays": 30}""").is(200);
        api.get(t + "/usage/events").is(200);
        api.post(t + "/usage/events", """
                {"events": [{"key": "told-1", "operation": "transcribe", "quantity": "1"}]}""").is(200);
        api.get(t + "/usage/events/" + decision).is(200);
        api.get(t + "/usage/totals").is(200);
        api.get(t + "/usage/unpriced").is(200);
        api.post(t + "/usage/unpriced/price").is(200);
        deadLetters(t);
        api.get(t + "/usage/summary?from=2026-03-01T00:00:00Z&to=2026-03-11T00:00:00Z")
                .is(200);
        api.get(t + "/usage/summary/export?from=2026-03-01T00:00:00Z&to=2026-03-11T00:00:00Z")
                .is(200);

        var quota = a + "/quotas/minutes";
        api.get(a + "/quotas").is(200);
        api.post(quota + "/increment", """
                {"amount": "5", "reason": "counted elsewhere"}""").is(200);
        api.post(quota + "/decrement", """
                {"amount": "3", "reason": "goodwill"}""").is(200);
        api.post(quota + "/reset", """
                {"reason": "goodwill"}""").is(200);
        api.get(quota + "/history").is(200);

        permissionsAndRoles(t, user);
        ai(t, user);

        api.post(a + "/subscription/expire").is(200);
        assertThat(stored().violations()).isEmpty();
        api.delete(t).is(204);
        api.get("/livez").is(200);
        api.get("/readyz").is(200);
        api.get("/metrics").is(200);
        api.get("/openapi.yaml").is(200);
        api.get("/docs").is(200);

        assertThat(api.succeeded()).isEqualTo(Contract.OPENAPI.operations().keySet());
    }

    private void selling(String account) {
        api.post("/v1/credit-products", """
                {"key": "pack", "name": "A hundred", "credits": "100", "amountMinor": 1900, "currency": "EUR"}""").is(201);
        api.get("/v1/credit-products").is(200);
        api.get("/v1/credit-products/pack").is(200);
        api.post(account + "/gifts", """
                {"product": "pack", "reason": "for the outage"}""").is(201);
        var purchase = account + "/purchases/"
                + api.post(account + "/purchases", "{\"product\": \"pack\"}")
                        .is(201)
                        .at("/id");
        api.get(account + "/purchases").is(200);
        api.get(purchase).is(200);
        api.post(purchase + "/cancel").is(200);
        api.post(purchase + "/paid", "{\"paymentReference\": \"bank-17\"}").is(200);
        api.get("/v1/credit-purchases?status=PAID").is(200);
        api.patch("/v1/credit-products/pack", "{\"active\": false}").is(200);
    }

    private TestGateway gateway;

    @Override
    PaymentGateway payments() {
        gateway = new TestGateway("test", clock);
        return gateway;
    }

    private void billing() {
        var tenant = api.post("/v1/tenants", """
                {"name": "Billed", "slug": "billed"}""").is(201).at("/id");
        var a = "/v1/tenants/" + tenant + "/accounts/" + tenant;
        var checkout =
                api.post(a + "/billing/checkout", "{\"plan\": \"pro\"}").is(201).at("/id");
        api.get(a + "/billing/checkouts").is(200);
        api.get(a + "/billing/checkouts/" + checkout).is(200);
        api.post(a + "/billing/checkouts/" + checkout + "/cancel").is(200);
        api.request("POST", a + "/billing/portal").body("{}").send().is(200);
        var start = clock.instant();
        var period = Period.between(start, start.plus(Duration.ofDays(31)));
        var price = allotment.catalog().listVersions(new PlanKey("pro")).get(0).id() + "/monthly";
        var customer = Optional.of("customer-" + tenant);
        told(new GatewaySubscription(
                "sub_1",
                customer,
                GatewaySubscription.Status.ACTIVE,
                price,
                1,
                period,
                Optional.empty(),
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                start));
        told(new GatewayInvoice(
                "in_1",
                customer,
                Optional.of("sub_1"),
                Optional.of("=1"),
                GatewayInvoice.Status.PAID,
                GatewayInvoice.Reason.SUBSCRIPTION_START,
                Optional.of(period),
                "EUR",
                2_900,
                2_900,
                0,
                Optional.of("pay_1"),
                1,
                Optional.empty(),
                Optional.empty(),
                List.of(new GatewayInvoice.Line("Pro", 1, 2_900, Optional.of(period), Optional.of(price))),
                start,
                Optional.of(start),
                start));
        api.get("/v1/payment-events?status=APPLIED").is(200);
        metered(tenant);
        assertThat(api.get(a + "/credits").is(200).at("/balance")).isEqualTo("100");
        clock.advance(Duration.ofMinutes(1));
        api.post(a + "/billing/change", "{\"plan\": \"pro\", \"price\": \"yearly\"}")
                .is(200);
        clock.advance(Duration.ofMinutes(1));
        var cancellation = api.request("POST", a + "/billing/cancel")
                .body("{\"atPeriodEnd\": true}")
                .key("cancel-once");
        assertThat(cancellation.send().is(200).isReplayed()).isFalse();
        assertThat(cancellation.send().is(200).isReplayed()).isTrue();
        clock.advance(Duration.ofMinutes(1));
        api.post(a + "/billing/resume").is(200);
        var invoice = api.get(a + "/invoices?status=PAID").is(200).at("/items/0/id");
        api.get(a + "/invoices/" + invoice).is(200);
        api.get("/v1/tenants/" + tenant + "/invoices?account=" + tenant
                        + "&reason=SUBSCRIPTION_START&subscription=sub_1")
                .is(200);
        assertThat(api.get("/v1/tenants/" + tenant + "/invoices/totals?from=2026-01&to=2030-12")
                        .is(200)
                        .at("/items/0/paidMinor"))
                .isEqualTo("2900");
        assertThat(api.get("/v1/invoices/totals").is(200).at("/timeZone")).isEqualTo("UTC");
        var table = api.get("/v1/tenants/" + tenant + "/invoices/export?status=PAID")
                .is(200);
        assertThat(table.header("Content-Type")).startsWith("text/csv");
        assertThat(table.text().split("\r\n")).hasSize(2);
        assertThat(table.text()).contains(",in_1,'=1,PAID,SUBSCRIPTION_START,sub_1,");
        var lines = api.get("/v1/tenants/" + tenant + "/invoices/export?format=JSON_LINES")
                .is(200);
        assertThat(lines.header("Content-Type")).isEqualTo("application/x-ndjson");
        assertThat(lines.text()).contains("\"gatewayId\":\"in_1\"").endsWith("}\n");
        var line = "{\"currency\": \"EUR\", \"lines\": [{\"description\": \"Advice\", \"amountMinor\": 500}]";
        var written = api.post(a + "/invoices", line + "}").is(201).at("/id");
        assertThat(api.post(a + "/invoices/" + written + "/paid", "{\"paymentReference\": \"bank 1\"}")
                        .is(200)
                        .at("/paymentReference"))
                .isEqualTo("bank 1");
        api.post(a + "/invoices/" + written + "/void").isProblem(409, "invoice-not-open", null);
        api.post(a + "/invoices", line + ", \"payment\": {\"paidAt\": \"2999-01-01T00:00:00Z\"}}")
                .isProblem(422, "invalid-value", "paidAt");
        var unpaid = api.post(a + "/invoices", line + "}").is(201).at("/id");
        assertThat(api.post(a + "/invoices/" + unpaid + "/void").is(200).at("/status"))
                .isEqualTo("VOID");
        api.post(a + "/invoices/" + invoice + "/paid").isProblem(409, "invoice-not-open", null);
        api.post(a + "/invoices/" + invoice + "/refunds", "{\"amountMinor\": 1450}")
                .is(201);
        assertThat(api.get(a + "/refunds").is(200).at("/items/0/creditsTaken")).isEqualTo("50");
        var refunds = "/v1/tenants/" + tenant + "/refunds";
        var wanted = "account=" + tenant + "&kind=REFUND&status=SUCCEEDED&invoice=" + invoice;
        assertThat(api.get(refunds + "?" + wanted).is(200).each("/invoice")).containsExactly(invoice);
        assertThat(api.get(refunds + "?kind=DISPUTE").is(200).items()).isEmpty();
        api.get(refunds + "?invoice=" + UUID.randomUUID()).isProblem(404, "invoice-not-found", null);
        var back = api.get(refunds + "/export?" + wanted).is(200);
        assertThat(back.header("Content-Type")).startsWith("text/csv");
        assertThat(back.text().split("\r\n")).hasSize(2);
        assertThat(back.text()).contains(",REFUND,SUCCEEDED,pay_1," + invoice + ",EUR,1450,,50,");
        assertThat(api.get(a + "/invoices/" + invoice).is(200).at("/refundedMinor"))
                .isEqualTo("1450");
        assertThat(api.get("/v1/tenants/" + tenant + "/invoices/export?status=PAID")
                        .is(200)
                        .text())
                .contains(",EUR,2900,2900,1450,0,pay_1,pay_1,");
        var backLines = api.get(refunds + "/export?format=JSON_LINES").is(200);
        assertThat(backLines.text()).contains("\"kind\":\"REFUND\"").endsWith("}\n");
        api.request("POST", "/v1/webhooks/test").body("{}").send().isProblem(400, "event-refused", null);
    }

    private void told(GatewayObject state) {
        gateway.is(state);
        var body = gateway.telling(new PaymentEvent.Told("\"evt_" + state.id() + "\"", "changed", state.asOf(), state));
        api.request("POST", "/v1/webhooks/test")
                .header("test-Signature", "signed")
                .body(new String(body, StandardCharsets.UTF_8))
                .send()
                .is(200);
    }

    private void metered(String tenant) {
        var id = new MeteredReportId(UUID.randomUUID());
        Fixtures.meteredReport(persistence, TenantId.of(tenant), id, MeteredReport.Status.UNCLEAR, clock.instant());
        var report = "/v1/tenants/" + tenant + "/metered-reports/" + id;
        assertThat(api.get("/v1/metered-reports?status=UNCLEAR").is(200).at("/items/0/units"))
                .isEqualTo("3");
        assertThat(api.post(report + "/counted").is(200).at("/status")).isEqualTo("SENT");
        // It was not sent from here: nobody takes it back.
        api.post(report + "/take-back").isProblem(409, "report-stands", null);
        persistence
                .unitOfWork()
                .forTenant(
                        TenantId.of(tenant),
                        () -> persistence
                                .meteredReports()
                                .update(persistence
                                        .meteredReports()
                                        .find(TenantId.of(tenant), id)
                                        .orElseThrow()
                                        .rejected("No such customer.")));
        assertThat(api.post(report + "/retry").is(200).at("/status")).isEqualTo("WAITING");
        allotment.metering().report();
        assertThat(api.get(report).is(200).at("/status")).isEqualTo("SENT");
        assertThat(gateway.counted()).hasSize(1);
        assertThat(api.post(report + "/take-back").is(200).at("/status")).isEqualTo("TAKEN_BACK");
        assertThat(gateway.counted()).isEmpty();
    }

    private void deadLetters(String t) {
        var tenant = TenantId.of(t.substring(t.lastIndexOf('/') + 1));
        persistence.unitOfWork().forPlatform(() -> {
            for (var job : List.of("lapse", "retention")) {
                var work = FailedWork.first(tenant, new JobName(job), clock.instant(), "it broke", "r-1");
                for (int i = 1; i < FailedWork.MAX_ATTEMPTS; i++) {
                    work = work.again(clock.instant(), "it broke again", "r-" + i);
                }
                persistence.failedWorks().save(work);
            }
        });
        assertThat(api.get("/v1/dead-letters").is(200).at("/items/0/reason")).isEqualTo("it broke again");
        api.get(t + "/dead-letters/lapse").is(200);
        api.post(t + "/dead-letters/lapse/retry").is(200);
        api.get(t + "/dead-letters/lapse").isProblem(404, "dead-letter-not-found", null);
        api.delete(t + "/dead-letters/retention").is(204);
        assertThat(api.get("/v1/dead-letters").is(200).text()).isEqualTo("{\"items\":[]}");
        var order = CustomerErasure.ordered("stripe", "cus 1/ü", clock.instant())
                .failed("refused for Bearer secret", clock.instant());
        persistence
                .unitOfWork()
                .forPlatform(() -> persistence.customerErasures().insert(order));
        var waiting = api.get("/v1/customer-erasures").is(200);
        assertThat(waiting.at("/items/0/customer")).isEqualTo("cus 1/ü");
        assertThat(waiting.at("/items/0/attempts")).isEqualTo("1");
        assertThat(waiting.at("/items/0/problem")).startsWith("refused").doesNotContain("secret");
        api.delete("/v1/customer-erasures/stripe/cus%201%2F%C3%BC").is(204);
        api.delete("/v1/customer-erasures/stripe/cus_2").isProblem(404, "customer-erasure-not-found", null);
        assertThat(api.get("/v1/customer-erasures").is(200).text()).isEqualTo("{\"items\":[]}");
    }

    private void ai(String t, String user) {
        api.post("/v1/ai/providers", """
                {"key": "acme-ai", "name": "Acme AI"}""").is(201);
        api.get("/v1/ai/providers").is(200);
        api.patch("/v1/ai/providers/acme-ai", """
                {"baseUrl": "https://api.acme.example/v1"}""").is(200);
        api.get("/v1/ai/providers/acme-ai").is(200);
        api.post("/v1/ai/models", """
                {"provider": "acme-ai", "name": "rocket/1", "match": {"starts_with": "rocket"}, "capabilities": ["chat"]}""").is(201);
        api.patch("/v1/ai/models", """
                {"provider": "acme-ai", "name": "rocket/1", "contextWindow": 128000}""").is(200);
        api.get("/v1/ai/providers/acme-ai/models").is(200);
        api.post("/v1/ai/prices", """
                {"provider": "acme-ai", "model": "rocket/1", "prices": [
                  {"prices": {"input_mtok": {"base": "2.5", "tiers": [{"start": 200000, "price": "5"}]}, "output_mtok": 10}},
                  {"constraint": {"start_time": "22:00:00Z", "end_time": "06:00:00Z"},
                   "prices": {"input_mtok": {"base": "2.5", "tiers": [{"start": 200000, "price": "5"}]}, "output_mtok": 10}}]}""").is(201);
        api.get("/v1/ai/prices?provider=acme-ai&model=rocket/1").is(200);
        var costs = api.post("/v1/ai/costs", """
                {"model": "Rocket", "provider": "acme-ai", "usage": {"input_tokens": 1000, "output_tokens": 500, "odd": 1}}""").is(200);
        assertThat(costs.at("/total")).isEqualTo("0.0075");
        assertThat(costs.at("/ignored/0")).isEqualTo("odd");
        api.post(t + "/model-prices", """
                {"provider": "acme-ai", "model": "rocket/1", "currency": "EUR", "prices": [{"prices": {"input_mtok": "1"}}]}""").is(201);
        api.get(t + "/model-prices").is(200);
        api.put(t + "/model-preference", """
                {"provider": "acme-ai", "tone": "formal"}""").is(200);
        api.get(t + "/model-preference").is(200);
        var own = t + "/members/" + user + "/model-preference";
        api.put(own, """
                {"provider": "acme-ai", "model": "rocket/1", "settings": {"emoji": true}}""").is(200);
        api.get(own).is(200);
        api.put(t + "/output-types/summary/models", """
                {"models": [{"provider": "acme-ai", "model": "rocket/1"}]}""").is(200);
        api.get(t + "/output-types/summary/models").is(200);
        var choice =
                api.get(t + "/model-choice?outputType=summary&user=" + user).is(200);
        assertThat(choice.at("/model")).isEqualTo("rocket/1");
        assertThat(choice.at("/because")).isEqualTo("USER");
    }

    private void belonging(String tenant, String user) {
        var member = tenant + "/members/" + user;
        api.get(member).is(200);
        api.patch(member, """
                {"displayName": "Ada", "settings": {"theme": "dark"}}""").is(200);
        api.post(member + "/suspend").is(200);
        api.post(member + "/reactivate").is(200);
        api.get(tenant + "/seats").is(200);
        api.get("/v1/users/" + user + "/tenants").is(200);
        api.request("PUT", "/v1/users/" + user + "/personal-tenant").send().is(200);
        api.post(tenant + "/transfer-ownership", """
                {"to": "%s"}""".formatted(user)).is(200);

        var team = tenant + "/teams/" + api.post(tenant + "/teams", """
                        {"name": "Films"}""").is(201).at("/id");
        api.get(tenant + "/teams").is(200);
        api.get(team).is(200);
        api.patch(team, """
                {"description": "short ones"}""").is(200);
        api.put(team + "/members/" + user, """
                {"role": "LEAD"}""").is(200);
        api.get(team + "/members").is(200);
        api.get(member + "/teams").is(200);
        api.delete(team + "/members/" + user).is(204);
        api.delete(team).is(204);

        var invitation = tenant + "/invitations/"
                + api.post(tenant + "/invitations", """
                        {"email": "grace@example.org"}""").is(201).at("/id");
        api.get(tenant + "/invitations").is(200);
        api.get(invitation).is(200);
        api.post(invitation + "/send-again").is(200);
        api.post(invitation + "/revoke").is(200);

        var token = api.post(tenant + "/invitations", """
                        {"email": "grace@example.org"}""").is(201).at("/token");
        var grace = api.as(api.open("/v1/sign-in/password", """
                        {"email": "grace@example.org", "password": "a nanosecond of wire"}""").is(200).at("/token"));
        grace.request("POST", "/v1/invitations/accept")
                .body("{\"token\": \"" + token + "\"}")
                .send()
                .is(200);
        grace.get("/v1/me/tenants").is(200);
        grace.post(tenant + "/leave").is(200);

        var guest = given.user().id();
        api.post(tenant + "/members", """
                {"userId": "%s", "displayName": "Guest", "role": "viewer"}""".formatted(guest)).is(201);
        api.delete(tenant + "/members/" + guest).is(204);
        api.post("/v1/users/" + guest + "/erase").is(200);
    }

    private void people(String user) {
        api.patch("/v1/users/" + user, """
                {"fullName": "Ada Lovelace", "timeZone": "Europe/London", "language": "en-GB"}""").is(200);
        api.put("/v1/users/" + user + "/active", """
                {"active": true}""").is(200);
        api.put("/v1/users/" + user + "/password", """
                {"password": "analytical engine"}""").is(204);
        api.delete("/v1/users/" + user + "/sessions").is(204);

        var token = api.open("/v1/sign-in/password", """
                {"email": "ada@example.org", "password": "analytical engine"}""").is(200).at("/token");
        var me = api.as(token);
        me.get("/v1/me").is(200);
        me.get("/v1/me/personal-data").is(200);
        me.patch("/v1/me", """
                {"avatarUrl": "https://example.org/ada.png"}""").is(200);
        me.request("PUT", "/v1/me/onboarded").send().is(200);
        var session = me.get("/v1/me/sessions").is(200).at("/items/0/id");
        me.put("/v1/me/password", """
                {"oldPassword": "analytical engine", "newPassword": "difference engine"}""").is(204);
        me.delete("/v1/me/sessions/" + session).is(204);
        api.as(signedIn("difference engine"))
                .request("POST", "/v1/sign-out")
                .send()
                .is(204);
        api.as(signedIn("difference engine")).delete("/v1/me/sessions").is(204);

        api.open("/v1/sign-up", """
                {"email": "grace@example.org", "password": "a nanosecond of wire", "displayName": "Grace"}""").is(201);
        api.open("/v1/sign-in/token", "{\"token\": \"" + Issued.token("subject", "kay@example.org", clock) + "\"}")
                .is(200);
        api.open("/v1/password-resets", """
                {"email": "ada@example.org"}""").is(202);
        var mail = api.get("/v1/mails").is(200);
        api.get("/v1/mails/" + mail.at("/items/0/id")).is(200);
        api.open("/v1/password-resets/confirm", """
                {"token": "%s", "password": "third engine of hers"}""".formatted(IdentityTest.tokenIn(mail.at("/items/0/body"))))
                .is(204);
    }

    private String signedIn(String password) {
        return api.open("/v1/sign-in/password", """
                {"email": "ada@example.org", "password": "%s"}""".formatted(password)).is(200).at("/token");
    }

    private void permissionsAndRoles(String t, String user) {
        api.post("/v1/permissions", """
                {"key": "chat:use"}""").is(201);
        api.patch("/v1/permissions/chat:use", """
                {"description": "Chat"}""").is(200);
        api.get("/v1/permissions").is(200);
        api.get("/v1/permissions/chat:use").is(200);
        api.get("/v1/system-roles").is(200);
        api.get("/v1/system-roles/viewer").is(200);
        api.request("PUT", "/v1/system-roles/viewer/permissions/chat:use")
                .send()
                .is(200);
        api.delete("/v1/system-roles/viewer/permissions/chat:use").is(204);
        api.post(t + "/roles", """
                {"key": "chatter", "name": "Chatter", "permissions": ["chat:use"]}""").is(201);
        api.get(t + "/roles").is(200);
        api.get(t + "/roles/chatter").is(200);
        api.patch(t + "/roles/chatter", """
                {"name": "Talker"}""").is(200);
        api.request("PUT", t + "/members/" + user + "/roles/chatter").send().is(200);
        api.get(t + "/members/" + user + "/roles").is(200);
        api.get(t + "/members/" + user + "/permissions").is(200);
        api.get(t + "/roles/chatter/holders").is(200);
        api.delete(t + "/members/" + user + "/roles/chatter").is(204);
        api.delete(t + "/roles/chatter").is(204);
        api.delete("/v1/permissions/chat:use").is(204);
        api.request("PUT", "/v1/platform-roles/" + user + "/SUPPORT").send().is(200);
        api.get("/v1/platform-roles").is(200);
        api.delete("/v1/platform-roles/" + user + "/SUPPORT").is(204);
    }

    private String reserved(String tenant) {
        return api.post(tenant + "/gate/reserve", """
                {"operation": "transcribe", "quantity": "20"}""").is(200).at("/reservation");
    }
}
