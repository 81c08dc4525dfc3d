package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class NoticeTest extends ProductTest {

    @Test
    void thresholds_that_a_charge_passes_are_told_once() {
        api.put(tenant + "/thresholds", "{\"quotaPercents\": [20, 50, 90], \"lowCredits\": \"6\"}")
                .is(200);

        var decision = transcribe(31);
        transcribe(1);

        assertThat(api.get(tenant + "/notices").is(200).json().at("/items").toString())
                .isEqualTo("""
                [{"decision":"%1$s","number":0,"kind":"QUOTA_THRESHOLD","account":"%2$s","feature":"minutes","percent":20,\
                "amount":"31","limit":"60",\
                "period":{"start":"2026-03-10T00:00:00Z","end":"2026-03-11T00:00:00Z"},"at":"2026-03-10T10:00:00Z"},\
                {"decision":"%1$s","number":1,"kind":"QUOTA_THRESHOLD","account":"%2$s","feature":"minutes","percent":50,\
                "amount":"31","limit":"60",\
                "period":{"start":"2026-03-10T00:00:00Z","end":"2026-03-11T00:00:00Z"},"at":"2026-03-10T10:00:00Z"},\
                {"decision":"%1$s","number":2,"kind":"LOW_CREDITS","account":"%2$s",\
                "amount":"4.5","limit":"6","at":"2026-03-10T10:00:00Z"}]""".formatted(decision, acme.id()));
    }

    @Test
    void notices_are_paged_oldest_first_and_a_tenants_own() {
        transcribe(30);
        transcribe(1);
        transcribe(6);
        api.post(account + "/grants", "{\"amount\": \"50\", \"source\": \"GIFT\"}")
                .is(201);
        transcribe(12);

        var first = api.get(tenant + "/notices?limit=1");
        var second = api.get(tenant + "/notices?limit=1&after=" + first.at("/next"));

        assertThat(first.each("/percent")).containsExactly("50");
        assertThat(second.each("/percent")).containsExactly("80");
        assertThat(second.json().has("next")).isFalse();
        assertThat(api.get("/v1/tenants/" + given.tenant().id() + "/notices").items())
                .isEmpty();
        api.get(tenant + "/notices?after=nowhere").isProblem(422, "invalid-value", "after");
        api.get("/v1/tenants/" + UUID.randomUUID() + "/notices").isProblem(404, "tenant-not-found", null);
    }

    @Test
    void billable_overage_is_told_of_each_decision() {
        api.post("/v1/plans", """
                {"key": "metered", "name": "Metered", "includedCredits": "100", "entitlements": [
                  {"feature": "minutes", "quota": {"limit": "10", "reset": "CALENDAR_DAY", "overage": "BILL"}}]}""").is(201);
        var other = "/v1/tenants/" + given.tenant().id();
        api.post(other + "/accounts/" + other.substring(other.lastIndexOf('/') + 1) + "/subscription", """
                {"plan": "metered"}""")
                .is(201);
        api.put(other + "/thresholds", "{\"quotaPercents\": []}").is(200);

        for (int minutes : new int[] {8, 5, 1}) {
            api.post(other + "/gate/consume", "{\"operation\": \"transcribe\", \"quantity\": %d}".formatted(minutes))
                    .is(200);
        }

        var notices = api.get(other + "/notices");
        assertThat(notices.each("/kind")).containsExactly("OVERAGE", "OVERAGE");
        assertThat(notices.each("/amount")).containsExactly("3", "1");
    }

    private String transcribe(int minutes) {
        return consume("{\"operation\": \"transcribe\", \"quantity\": %d}".formatted(minutes))
                .at("/id");
    }
}
