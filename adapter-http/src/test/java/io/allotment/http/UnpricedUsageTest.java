package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Work that had no price gets its cost over HTTP, and summaries with it. */
class UnpricedUsageTest extends ProductTest {

    private static final String DAY = "/usage/summary?from=2026-03-10T00:00:00Z&to=2026-03-11T00:00:00Z&by=MODEL";

    @BeforeEach
    void workOfAModelThatNobodyKnows() {
        for (int i = 0; i < 3; i++) {
            consume("""
                    {"operation": "transcribe", "quantity": 1, "model": "rocket", "provider": "acme-ai",
                     "tokens": {"input": "1000", "output": "500"}}""");
        }
    }

    private void price() {
        api.post("/v1/ai/providers", """
                {"key": "acme-ai", "name": "Acme AI"}""").is(201);
        api.post("/v1/ai/models", """
                {"provider": "acme-ai", "name": "rocket"}""").is(201);
        api.post("/v1/ai/prices", """
                {"provider": "acme-ai", "model": "rocket",
                 "prices": [{"prices": {"input_mtok": "2.5", "output_mtok": "10"}}]}""").is(201);
    }

    @Test
    void what_has_no_price_is_listed_with_the_reason_and_priced_once_there_is_one() {
        var listed = api.get(tenant + "/usage/unpriced").is(200);
        assertThat(listed.at("/items/0/why")).isEqualTo("UNKNOWN_MODEL");
        assertThat(listed.at("/items/0/events")).isEqualTo("3");
        assertThat(api.get(tenant + DAY).at("/total/costs/0/amount")).isNull();
        price();
        assertThat(api.get(tenant + "/usage/unpriced").at("/items/0/why")).isEqualTo("NOT_TRIED");

        var priced = api.post(tenant + "/usage/unpriced/price").is(200);

        assertThat(priced.text())
                .isEqualTo("{\"events\":3,\"costs\":[{\"amount\":\"0.0225\",\"currency\":\"USD\"}],\"more\":false}");
        assertThat(api.get(tenant + DAY).at("/total/costs/0/amount")).isEqualTo("0.0225");
        assertThat(api.get(tenant + "/usage/events").at("/items/0/cost/amount")).isEqualTo("0.0075");
        assertThat(api.get(tenant + "/usage/unpriced").text()).isEqualTo("{\"items\":[]}");
        assertThat(stored().violations()).isEmpty();
    }

    @Test
    void the_same_request_again_brings_back_the_first_answer() {
        price();
        var request = tenant + "/usage/unpriced/price";
        var first = api.request("POST", request).key("price-1").send().is(200);
        consume("""
                {"operation": "transcribe", "quantity": 1, "model": "other", "tokens": {"input": "1"}}""");

        var again = api.request("POST", request).key("price-1").send().is(200);

        assertThat(again.isReplayed()).isTrue();
        assertThat(again.text()).isEqualTo(first.text());
    }
}
