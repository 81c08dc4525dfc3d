package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpendLimitTest extends ProductTest {

    private String ada;
    private String limit;

    @BeforeEach
    void a_member() {
        ada = given.member(acme).toString();
        limit = tenant + "/spend-limits/MEMBER/" + ada + "/CALENDAR_MONTH";
    }

    @Test
    void a_member_spends_up_to_their_limit_and_the_denial_names_them() {
        var set = api.put(limit, "{\"limit\": \"5\"}").is(200);

        var allowed = summarize(user(ada), 2);
        var denied = summarize(user(ada), 1);

        assertThat(set.text()).isEqualTo("""
                {"spender":{"kind":"MEMBER","id":"%s"},"window":"CALENDAR_MONTH","limit":"5","spent":"0",\
                "period":{"start":"2026-03-01T00:00:00Z","end":"2026-04-01T00:00:00Z"}}""".formatted(ada));
        assertThat(allowed.at("/allowed")).isEqualTo("true");
        assertThat(denied.json().at("/denial").toString()).isEqualTo("""
                {"step":"SPEND_LIMIT","reason":"SPEND_LIMIT_EXCEEDED","scope":{"kind":"MEMBER","name":"%s"},\
                "needed":"2","available":"1","limit":"5","used":"4","resetsAt":"2026-04-01T00:00:00Z",\
                "message":"The member may spend 5 credits, 4 are spent or held, 2 are needed; it starts again at \
                2026-04-01T00:00:00Z.",\
                "help":"Wait for the next period, or raise the spend limit. Then try again with a new idempotency \
                key: this one keeps its answer."}""".formatted(ada));
        assertThat(api.get(tenant + "/spend-limits").at("/items/0/spent")).isEqualTo("4");
        assertThat(balance()).isEqualTo("16");
        assertThat(summarize("{\"type\": \"SYSTEM\"}", 1).at("/allowed")).isEqualTo("true");
        assertThat(stored().violations()).isEmpty();
    }

    @Test
    void what_is_held_counts_and_what_was_not_used_does_not() {
        api.put(limit, "{\"limit\": \"5\"}").is(200);
        var work = reserved("{\"operation\": \"summarize\", \"quantity\": 2, \"actor\": %s}".formatted(user(ada)));

        assertThat(summarize(user(ada), 1).at("/denial/reason")).isEqualTo("SPEND_LIMIT_EXCEEDED");
        api.post(work + "/settle", "{\"operation\": \"summarize\", \"quantity\": 1}")
                .is(200);

        assertThat(summarize(user(ada), 1).at("/allowed")).isEqualTo("true");
        assertThat(api.get(tenant + "/spend-limits").at("/items/0/spent")).isEqualTo("4");
        assertThat(stored().violations()).isEmpty();
    }

    @Test
    void a_key_has_a_limit_beside_its_members() {
        var key = UUID.randomUUID().toString();
        var actor = "{\"type\": \"API_KEY\", \"id\": \"%s\", \"member\": \"%s\"}".formatted(key, ada);
        api.put(limit, "{\"limit\": \"100\"}").is(200);
        api.put(tenant + "/spend-limits/API_KEY/" + key + "/CALENDAR_DAY", "{\"limit\": \"3\"}")
                .is(200);

        assertThat(summarize(actor, 1).at("/allowed")).isEqualTo("true");
        var denied = summarize(actor, 1);

        assertThat(denied.at("/denial/scope/kind")).isEqualTo("API_KEY");
        assertThat(denied.at("/denial/scope/name")).isEqualTo(key);
        assertThat(denied.at("/denial/resetsAt")).isEqualTo("2026-03-11T00:00:00Z");
        var limits = api.get(tenant + "/spend-limits");
        assertThat(limits.each("/spender/kind")).containsExactlyInAnyOrder("MEMBER", "API_KEY");
        assertThat(limits.each("/spent")).containsExactly("2", "2");
        clock.advance(Duration.ofDays(1));
        assertThat(summarize(actor, 1).at("/allowed")).isEqualTo("true");
    }

    @Test
    void what_was_spent_before_there_was_a_limit_counts_and_a_change_forgets_nothing() {
        summarize(user(ada), 2);

        assertThat(api.put(limit, "{\"limit\": \"5\"}").is(200).at("/spent")).isEqualTo("4");
        assertThat(api.put(limit, "{\"limit\": \"6\"}").is(200).at("/spent")).isEqualTo("4");

        assertThat(summarize(user(ada), 1).at("/allowed")).isEqualTo("true");
        assertThat(summarize(user(ada), 1).at("/allowed")).isEqualTo("false");
    }

    @Test
    void a_removed_limit_limits_no_more() {
        api.put(limit, "{\"limit\": \"0\"}").is(200);
        assertThat(summarize(user(ada), 1).at("/allowed")).isEqualTo("false");

        api.delete(limit).is(204);

        assertThat(summarize(user(ada), 1).at("/allowed")).isEqualTo("true");
        assertThat(api.get(tenant + "/spend-limits").items()).isEmpty();
        api.delete(limit).isProblem(404, "spend-limit-not-found", null);
    }

    @Test
    void limits_are_paged() {
        var day = limit.replace("MONTH", "DAY");
        api.put(limit, "{\"limit\": \"5\"}").is(200);
        api.put(day, "{\"limit\": \"2\"}").is(200);

        var first = api.get(tenant + "/spend-limits?limit=1");
        var second = api.get(tenant + "/spend-limits?limit=1&after=" + first.at("/next"));

        assertThat(first.at("/items/0/window")).isNotEqualTo(second.at("/items/0/window"));
        assertThat(second.json().has("next")).isFalse();
        api.get(tenant + "/spend-limits?after=nowhere").isProblem(422, "invalid-value", "after");
    }

    @Test
    void a_limit_is_of_a_member_in_a_window_that_there_is() {
        api.put(limit.replace(ada, given.user().id().toString()), "{\"limit\": \"5\"}")
                .isProblem(422, "unknown-member", "spender");
        api.put(limit.replace(ada, "ada"), "{\"limit\": \"5\"}").isProblem(404, "spender-not-found", null);
        var robot = api.put(limit.replace("MEMBER", "ROBOT"), "{\"limit\": \"5\"}");
        robot.isProblem(404, "kind-not-found", null);
        assertThat(robot.at("/detail")).isEqualTo("There is no kind ROBOT; it must be one of MEMBER, API_KEY.");
        api.put(limit.replace("MEMBER", "member"), "{\"limit\": \"5\"}").isProblem(404, "kind-not-found", null);
        api.put(limit.replace("MONTH", "YEAR"), "{\"limit\": \"5\"}").isProblem(404, "window-not-found", null);
        api.delete(limit.replace("MONTH", "YEAR")).isProblem(404, "window-not-found", null);
        api.put(limit.replace(acme.id().toString(), UUID.randomUUID().toString()), "{\"limit\": \"5\"}")
                .isProblem(404, "tenant-not-found", null);
        api.get("/v1/tenants/" + UUID.randomUUID() + "/spend-limits").isProblem(404, "tenant-not-found", null);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"limit": "-1"} | 422 | invalid-value | limit
            {"limit": "1000000000000000000"} | 422 | invalid-value | limit
            {"limit": "much"} | 422 | invalid-value | limit
            {"limit": null} | 400 | wrong-type | limit
            {"limit": true} | 400 | wrong-type | limit
            {} | 400 | missing-field | limit
            {"limit": "5", "spent": "0"} | 400 | unknown-field | spent
            """)
    void a_limit_that_cannot_be_is_refused_by_name(String body, int status, String code, String field) {
        api.request("PUT", limit).body(body).bad().send().isProblem(status, code, field);

        assertThat(api.get(tenant + "/spend-limits").items()).isEmpty();
    }

    private Client.Answer summarize(String actor, int times) {
        return consume("{\"operation\": \"summarize\", \"quantity\": %d, \"actor\": %s}".formatted(times, actor));
    }

    private static String user(String id) {
        return "{\"type\": \"USER\", \"id\": \"%s\"}".formatted(id);
    }
}
