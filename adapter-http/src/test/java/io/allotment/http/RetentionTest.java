package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RetentionTest extends ProductTest {

    @Test
    void how_long_rows_are_kept_is_read_and_set() {
        assertThat(api.get(tenant + "/retention").is(200).text())
                .isEqualTo("{\"usageDays\":3653,\"keyDays\":400,\"noticeDays\":90}");

        var set = api.put(tenant + "/retention", """
                {"usageDays": 500, "keyDays": 450, "noticeDays": 30}""").is(200);

        assertThat(set.text()).isEqualTo("{\"usageDays\":500,\"keyDays\":450,\"noticeDays\":30}");
        assertThat(api.get(tenant + "/retention").text()).isEqualTo(set.text());
    }

    @Test
    void from_when_on_rows_are_there_is_told_once_some_may_be_gone() {
        api.put(tenant + "/retention", """
                {"usageDays": 400, "keyDays": 400, "noticeDays": 30}""").is(200);
        var event = consume("{\"operation\": \"transcribe\", \"quantity\": 1}").at("/id");
        clock.advance(Duration.ofDays(401));

        while (allotment.upkeep().retain().more()) {}

        assertThat(api.get(tenant + "/retention").at("/usageFrom")).isEqualTo("2026-03-11T10:00:00Z");
        assertThat(api.get(tenant + "/retention").at("/keysFrom")).isEqualTo("2026-03-11T10:00:00Z");
        api.get(tenant + "/usage/events/" + event).isProblem(404, "usage-event-not-found", null);
    }

    @Test
    void what_is_out_of_bounds_is_refused_by_name() {
        refused("{\"usageDays\": 399, \"keyDays\": 399, \"noticeDays\": 30}", "usageDays");
        refused("{\"usageDays\": 500, \"keyDays\": 399, \"noticeDays\": 30}", "keyDays");
        refused("{\"usageDays\": 500, \"keyDays\": 501, \"noticeDays\": 30}", "usageDays");
        refused("{\"usageDays\": 500, \"keyDays\": 450, \"noticeDays\": 6}", "noticeDays");
        api.get("/v1/tenants/" + UUID.randomUUID() + "/retention").isProblem(404, "tenant-not-found", null);
    }

    private void refused(String body, String field) {
        api.request("PUT", tenant + "/retention").body(body).bad().send().isProblem(422, "invalid-value", field);
    }
}
