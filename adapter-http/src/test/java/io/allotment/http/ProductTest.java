package io.allotment.http;

import io.allotment.domain.tenancy.Tenant;
import org.junit.jupiter.api.BeforeEach;

/** A product with a tenant on its plan: 20 credits, an hour of transcription a day at half a credit a minute, two seats. */
abstract class ProductTest extends HttpTest {

    static final String TWO_SUMMARIES = "{\"operation\": \"summarize\", \"quantity\": 2}";

    Tenant acme;
    String tenant;
    String account;

    @BeforeEach
    void a_tenant_with_credits_minutes_and_seats() {
        api.post("/v1/features", """
                {"key": "minutes", "name": "Minutes", "kind": "CONSUMED", "unit": "minute"}""").is(201);
        api.post("/v1/features", """
                {"key": "seats", "name": "Seats", "kind": "ALLOCATED", "unit": "seat"}""").is(201);
        api.post("/v1/operations", """
                {"key": "transcribe", "category": "audio", "creditRate": "0.5", "feature": "minutes"}""").is(201);
        api.post("/v1/operations", """
                {"key": "summarize", "category": "text", "creditRate": "2"}""").is(201);
        api.post("/v1/operations", """
                {"key": "seat", "category": "team", "feature": "seats"}""").is(201);
        api.post("/v1/plans", """
                {"key": "pro", "name": "Pro", "includedCredits": "20", "entitlements": [
                  {"feature": "minutes", "quota": {"limit": "60", "reset": "CALENDAR_DAY"}},
                  {"feature": "seats", "quota": {"limit": "2", "reset": "NEVER"}}]}""").is(201);
        acme = given.tenant();
        tenant = "/v1/tenants/" + acme.id();
        account = tenant + "/accounts/" + acme.id();
        api.post(account + "/subscription", "{\"plan\": \"pro\"}").is(201);
    }

    Client.Answer consume(String charge) {
        return api.post(tenant + "/gate/consume", charge).is(200);
    }

    Client.Answer reserve(String charge) {
        return api.post(tenant + "/gate/reserve", charge).is(200);
    }

    /** The path of a new reservation. */
    String reserved(String charge) {
        var decision = reserve(charge);
        return tenant + "/gate/reservations/" + decision.at("/reservation");
    }

    String balance() {
        return api.get(account + "/credits").at("/balance");
    }
}
