package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

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
                {"key": "pro", "name": "Pro", "includedCredits": "100",
                 "prices": [{"key": "monthly", "interval": "MONTH", "amountMinor": 2900, "currency": "EUR"}],
                 "entitlements": [{"feature": "minutes", "quota": {"limit": "60", "reset": "CALENDAR_DAY"}},
                                  {"feature": "seats", "quota": {"limit": "3", "reset": "NEVER"}}]}""").is(201);
        api.patch("/v1/plans/pro", """
                {"featured": true}""").is(200);
        api.get("/v1/plans/pro").is(200);
        api.get("/v1/plans").is(200);
        api.post("/v1/plans/pro/versions", "{}").is(201);
        api.get("/v1/plans/pro/versions").is(200);
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
        api.post(t + "/suspend").is(200);
        api.post(t + "/reactivate").is(200);

        var user = api.post("/v1/users", """
                {"email": "ada@example.org", "displayName": "Ada"}""").is(201).at("/id");
        api.get("/v1/users").is(200);
        api.get("/v1/users/" + user).is(200);
        api.post(t + "/members", """
                {"userId": "%s", "displayName": "Ada L."}""".formatted(user)).is(201);
        api.get(t + "/members").is(200);
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
        api.post(a + "/subscription/cancel", """
                {"atPeriodEnd": true}""").is(200);
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
        api.get(a + "/credits").is(200);
        api.get(a + "/credits/entries").is(200);

        api.request("POST", t + "/gate/check").body("""
                {"operation": "transcribe", "quantity": "10"}""").send().is(200);
        var decision = api.post(t + "/gate/consume", """
                {"operation": "transcribe", "quantity": "10"}""").is(200).at("/id");
        api.get(t + "/gate/decisions/" + decision).is(200);
        api.post(t + "/gate/decisions/" + decision + "/refund", """
                {"reason": "it came out empty"}""").is(200);

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
        api.get(t + "/usage/events").is(200);
        api.get(t + "/usage/events/" + decision).is(200);
        api.get(t + "/usage/totals").is(200);

        var quota = a + "/quotas/minutes";
        api.get(a + "/quotas").is(200);
        api.post(quota + "/increment", """
                {"amount": "5", "reason": "counted elsewhere"}""").is(200);
        api.post(quota + "/decrement", """
                {"amount": "3", "reason": "goodwill"}""").is(200);
        api.post(quota + "/reset", """
                {"reason": "goodwill"}""").is(200);
        api.get(quota + "/history").is(200);

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

    private String reserved(String tenant) {
        return api.post(tenant + "/gate/reserve", """
                {"operation": "transcribe", "quantity": "20"}""").is(200).at("/reservation");
    }
}
