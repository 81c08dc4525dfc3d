package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class QuotaTest extends HttpTest {

    private String tenant;
    private String account;
    private String quota;

    @BeforeEach
    void a_tenant_with_an_hour_a_day() {
        api.post("/v1/features", """
                {"key": "minutes", "name": "Minutes", "kind": "CONSUMED", "unit": "minute"}""").is(201);
        api.post("/v1/features", """
                {"key": "seats", "name": "Seats", "kind": "ALLOCATED", "unit": "seat"}""").is(201);
        api.post("/v1/operations", """
                {"key": "transcribe", "category": "audio", "feature": "minutes"}""").is(201);
        api.post("/v1/plans", """
                {"key": "pro", "name": "Pro", "entitlements": [
                  {"feature": "minutes", "quota": {"limit": "60", "reset": "CALENDAR_DAY", "gracePercent": 10}},
                  {"feature": "seats", "quota": {"reset": "NEVER", "overage": "ALLOW"}}]}""").is(201);
        var id = given.tenant().id();
        tenant = "/v1/tenants/" + id;
        account = tenant + "/accounts/" + id;
        quota = account + "/quotas/minutes";
        api.post(account + "/subscription", "{\"plan\": \"pro\"}").is(201);
    }

    @Test
    void quotas_stand_in_the_order_of_the_plan() {
        consume(25);

        var quotas = api.get(account + "/quotas").is(200);

        assertThat(quotas.each("/feature")).containsExactly("minutes", "seats");
        assertThat(quotas.json().at("/items/0").toString()).isEqualTo("""
                {"feature":"minutes","used":"25","held":"0","limit":"60","remaining":"35","overageUsed":"0","reset":"CALENDAR_DAY",\
                "overage":"BLOCK","gracePercent":10,\
                "period":{"start":"2026-03-10T00:00:00Z","end":"2026-03-11T00:00:00Z"}}""");
        assertThat(quotas.at("/items/1/limit")).isNull();
        assertThat(quotas.at("/items/1/period/end")).isNull();
    }

    @Test
    void an_account_without_a_subscription_has_no_quotas() {
        var other = given.tenant().id();

        assertThat(api.get("/v1/tenants/%1$s/accounts/%1$s/quotas".formatted(other))
                        .is(200)
                        .items())
                .isEmpty();
    }

    @Test
    void corrections_by_hand_stand_in_the_history_beside_what_was_consumed() {
        var decision = consume(25);
        var added = api.post(quota + "/increment", """
                {"amount": "50", "reason": "counted elsewhere", "relatedTo": {"type": "outage", "id": "o-1"}}""").is(200);
        api.post(quota + "/decrement", "{\"amount\": 5, \"reason\": \"goodwill\"}")
                .is(200);
        var reset =
                api.post(quota + "/reset", "{\"reason\": \"more goodwill\"}").is(200);

        assertThat(added.at("/usedAfter")).isEqualTo("75");
        assertThat(added.at("/relatedTo/id")).isEqualTo("o-1");
        assertThat(reset.at("/amount")).isEqualTo("70");
        var history = api.get(quota + "/history").is(200);
        assertThat(history.each("/operation")).containsExactly("RESET", "DECREMENT", "INCREMENT", "INCREMENT");
        assertThat(history.each("/usedAfter")).containsExactly("0", "70", "75", "25");
        assertThat(history.at("/items/3/id")).isEqualTo(decision);
        var page = api.get(quota + "/history?limit=3");
        assertThat(api.get(quota + "/history?limit=3&after=" + page.at("/next")).each("/id"))
                .containsExactly(decision);
        assertThat(stored().violations()).isEmpty();
    }

    @Test
    void a_decrement_stops_at_zero() {
        consume(3);

        var change = api.post(quota + "/decrement", "{\"amount\": \"5\", \"reason\": \"goodwill\"}")
                .is(200);

        assertThat(change.at("/amount")).isEqualTo("3");
        assertThat(change.at("/usedAfter")).isEqualTo("0");
    }

    @Test
    void a_correction_is_of_an_amount_for_a_reason_on_a_feature_of_the_plan() {
        api.postBad(quota + "/increment", "{\"amount\": 0, \"reason\": \"x\"}")
                .isProblem(422, "invalid-value", "amount");
        api.post(quota + "/increment", "{\"amount\": \"-1\", \"reason\": \"x\"}")
                .isProblem(422, "invalid-value", "amount");
        api.post(quota + "/increment", "{\"amount\": \"1000000000000\", \"reason\": \"x\"}")
                .isProblem(422, "invalid-value", "amount");
        api.postBad(quota + "/increment", "{\"amount\": \"1\"}").isProblem(400, "missing-field", "reason");
        api.postBad(quota + "/increment", "{\"amount\": \"1\", \"reason\": \"\"}")
                .isProblem(422, "invalid-value", "reason");
        api.postBad(quota + "/reset", "{\"amount\": \"1\", \"reason\": \"x\"}")
                .isProblem(400, "unknown-field", "amount");
        api.post(account + "/quotas/none/reset", "{\"reason\": \"x\"}").isProblem(422, "unknown-quota", "feature");
        api.post(account + "/quotas/No%20Key/reset", "{\"reason\": \"x\"}").isProblem(404, "feature-not-found", null);

        assertThat(api.get(quota + "/history").items()).isEmpty();
    }

    private String consume(int minutes) {
        return api.post(
                        tenant + "/gate/consume",
                        "{\"operation\": \"transcribe\", \"quantity\": %d}".formatted(minutes))
                .is(200)
                .at("/id");
    }
}
