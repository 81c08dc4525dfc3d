package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UsageTest extends HttpTest {

    private static final String RANGE = "from=2026-03-01T00:00:00Z&to=2026-03-20T00:00:00Z";

    private String tenant;
    private String usage;

    @BeforeEach
    void a_tenant_with_credits() {
        api.post("/v1/operations", """
                {"key": "chat", "category": "chat", "creditRate": "1"}""").is(201);
        api.post("/v1/operations", """
                {"key": "search", "category": "search", "creditRate": "0"}""").is(201);
        tenant = "/v1/tenants/" + given.tenantWith(100).id();
        usage = tenant + "/usage";
    }

    @Test
    void an_event_tells_all_that_is_known_of_a_use() {
        var decision = api.post(tenant + "/gate/consume", """
                {"lines": [{"operation": "chat", "quantity": "2.5"}, {"operation": "search", "quantity": 1}],
                 "relatedTo": {"type": "conversation", "id": "c-1"}, "model": "large-2",
                 "tokens": {"input": 1512, "output": "422.5", "cacheRead": 0}, "metadata": {"why": "because"}}""").at("/id");

        var event = api.get(usage + "/events/" + decision).is(200);

        assertThat(event.at("/credits")).isEqualTo("2.5");
        assertThat(event.at("/balanceAfter")).isEqualTo("97.5");
        assertThat(event.at("/lines/1/operation")).isEqualTo("search");
        assertThat(event.at("/relatedTo/id")).isEqualTo("c-1");
        assertThat(event.at("/model")).isEqualTo("large-2");
        assertThat(event.json().at("/tokens").toString()).isEqualTo("{\"input\":\"1512\",\"output\":\"422.5\"}");
        assertThat(event.at("/metadata/why")).isEqualTo("because");
        assertThat(event.at("/ledgerSequence")).isEqualTo("2");
        assertThat(event.at("/at")).isEqualTo("2026-03-10T10:00:00Z");
        assertThat(api.get(usage + "/events").json().at("/items/0")).isEqualTo(event.json());
    }

    @Test
    void a_denial_is_no_use() {
        api.post(tenant + "/gate/consume", "{\"operation\": \"chat\", \"quantity\": 101}")
                .is(200);

        assertThat(api.get(usage + "/events").items()).isEmpty();
        assertThat(api.get(usage + "/totals").items()).isEmpty();
    }

    @Test
    void events_are_found_by_what_is_known_of_them() {
        consume("chat", 1, "meeting", "m-1");
        clock.advance(Duration.ofHours(1));
        consume("search", 2, "meeting", "m-2");
        var account = tenant.replace("/v1/tenants/", "");

        assertThat(quantities("")).containsExactly("2", "1");
        assertThat(quantities("?operation=chat")).containsExactly("1");
        assertThat(quantities("?relatedType=meeting&relatedId=m-2")).containsExactly("2");
        assertThat(quantities("?from=2026-03-10T11:00:00Z")).containsExactly("2");
        assertThat(quantities("?to=2026-03-10T11:00:00Z")).containsExactly("1");
        assertThat(quantities("?account=" + account)).hasSize(2);
        assertThat(quantities("?account=" + UUID.randomUUID())).isEmpty();
        var page = api.get(usage + "/events?limit=1");
        assertThat(quantities("?limit=1&after=" + page.at("/next"))).containsExactly("1");
        api.get(usage + "/events?from=2026-03-10T11:00:00Z&to=2026-03-10T11:00:00Z")
                .isProblem(422, "invalid-value", "to");
        api.get(usage + "/events?relatedId=m-2").isProblem(422, "invalid-value", "relatedType");
        api.get(usage + "/events?operation=No%20Key").isProblem(422, "invalid-value", "operation");
        api.get(usage + "/events?account=mine").isProblem(422, "invalid-value", "account");
    }

    @Test
    void totals_go_by_the_calendar_of_the_tenant() {
        api.patch(tenant, "{\"timeZone\": \"Pacific/Auckland\"}").is(200);
        consume("chat", 1, "meeting", "m-1");
        consume("chat", 2, "meeting", "m-1");
        consume("search", 3, "meeting", "m-1");
        clock.advance(Duration.ofHours(2));
        consume("chat", 4, "meeting", "m-2");

        var totals = api.get(usage + "/totals").is(200);

        assertThat(totals.json().at("/items").toString()).isEqualTo("""
                [{"day":"2026-03-10","operation":"chat","lines":2,"quantity":"3","credits":"3"},\
                {"day":"2026-03-10","operation":"search","lines":1,"quantity":"3","credits":"0"},\
                {"day":"2026-03-11","operation":"chat","lines":1,"quantity":"4","credits":"4"}]""");
        assertThat(api.get(usage + "/totals?relatedType=meeting&relatedId=m-2").each("/credits"))
                .containsExactly("4");
        api.request("GET", usage + "/totals?limit=1").bad().send().isProblem(400, "unknown-parameter", "limit");
    }

    @Test
    void totals_have_a_range_that_is_bounded() {
        consume("chat", 1, "meeting", "m-1");

        assertThat(api.get(usage + "/totals?from=2026-03-10T09:45:00Z").items()).hasSize(1);
        assertThat(api.get(usage + "/totals?to=2026-03-10T09:45:00Z").items()).isEmpty();
        api.get(usage + "/totals?from=2024-01-01T00:00:00Z").isProblem(422, "invalid-value", "to");
        api.get(usage + "/totals?from=2026-03-10T09:46:00Z").isProblem(422, "invalid-value", "from");
    }

    @Test
    void a_summary_tells_usage_apart_by_what_is_asked_for() {
        api.patch(tenant, "{\"timeZone\": \"Asia/Kolkata\"}").is(200);
        api.post(tenant + "/gate/consume", """
                {"operation": "chat", "quantity": 2, "model": "large", "tokens": {"input": 10, "output": 5}}""").is(200);
        consume("search", 3, "meeting", "m-1");
        clock.advance(Duration.ofHours(10));
        consume("chat", 4, "meeting", "m-2");
        allotment.usageRoller().rollUp(1_000);
        consume("chat", 1, "meeting", "m-2");

        var summary = api.get(usage + "/summary?" + RANGE + "&unit=DAY&by=OPERATION,MODEL")
                .is(200);

        assertThat(summary.at("/timeZone")).isEqualTo("Asia/Kolkata");
        assertThat(summary.each("/start"))
                .containsExactly("2026-03-10T00:00:00+05:30", "2026-03-10T00:00:00+05:30", "2026-03-11T00:00:00+05:30");
        assertThat(summary.json().at("/items/0").toString()).isEqualTo("""
                {"start":"2026-03-10T00:00:00+05:30","operation":"chat","model":"large","amounts":{"events":1,"lines":1,\
                "quantity":"2","credits":"2","uncoveredCredits":"0","overage":"0","tokens":{"input":"10","output":"5"},"costs":[]}}""");
        assertThat(summary.at("/items/2/amounts/quantity")).isEqualTo("5");
        assertThat(summary.at("/total/credits")).isEqualTo("7");
        assertThat(api.get(usage + "/summary?" + RANGE + "&by=RELATED_ENTITY&top=1&measure=QUANTITY")
                        .each("/relatedTo/id"))
                .containsExactly("m-2");
        assertThat(api.get(usage + "/summary?" + RANGE + "&unit=HOUR&relatedType=meeting&relatedId=m-1")
                        .each("/start"))
                .containsExactly("2026-03-10T15:00:00+05:30");
    }

    @Test
    void a_summary_is_exported_as_a_table_that_no_spreadsheet_runs() {
        consume("chat", 2, "meeting", "m-1");
        consume("chat", 3, "meeting", "=1+1, \\\"two\\\"");

        var export = api.get(usage + "/summary/export?" + RANGE + "&unit=DAY&by=RELATED_ENTITY")
                .is(200);
        var nothing = api.get(usage + "/summary/export?" + RANGE + "&operation=search")
                .is(200);

        assertThat(export.header("Content-Type")).startsWith("text/csv");
        var lines = export.text().split("\r\n");
        assertThat(lines).hasSize(3);
        assertThat(lines[0])
                .startsWith(
                        "start,operation,model,provider,account,user,key,relatedType,relatedId,events,lines,quantity,"
                                + "credits,uncoveredCredits,overage,cost,currency,")
                .contains(",tokensInput,", ",tokensCacheRead,");
        assertThat(lines[1]).startsWith("2026-03-10T00:00:00Z,,,,,,,meeting,\"'=1+1, \"\"two\"\"\",1,1,3,3,0,0,0,,");
        assertThat(lines[2]).startsWith("2026-03-10T00:00:00Z,,,,,,,meeting,m-1,1,1,2,2,0,0,0,,");
        assertThat(nothing.text()).isEqualTo(lines[0] + "\r\n");
    }

    @Test
    void what_was_used_without_asking_is_recorded_one_by_one() {
        var body = """
                {"events": [
                  {"key": "a", "at": "2026-03-01T08:00:00Z", "operation": "chat", "quantity": "130", "model": "large"},
                  {"key": "b", "operation": "no.such", "quantity": 1},
                  {"key": "c", "lines": [{"operation": "search", "quantity": 2}], "relatedTo": {"type": "task", "id": "1"}}]}""";

        var first = api.post(usage + "/events", body).is(200);
        var again = api.post(usage + "/events", body).is(200);
        var other = api.post(usage + "/events", """
                {"events": [{"key": "a", "operation": "chat", "quantity": 1}]}""").is(200);

        assertThat(first.each("/result")).containsExactly("RECORDED", "REFUSED", "RECORDED");
        assertThat(first.at("/items/0/credits")).isEqualTo("130");
        assertThat(first.at("/items/0/uncoveredCredits")).isEqualTo("30");
        assertThat(first.json().at("/items/1/refusal").toString())
                .startsWith("{\"code\":\"unknown-operation\"")
                .endsWith("\"field\":\"lines[0].operation\"}");
        assertThat(again.each("/result")).containsExactly("REPLAYED", "REFUSED", "REPLAYED");
        assertThat(again.at("/items/0/event")).isEqualTo(first.at("/items/0/event"));
        assertThat(other.at("/items/0/refusal/code")).isEqualTo("idempotency-key-reused");
        var event = api.get(usage + "/events/" + first.at("/items/0/event"));
        assertThat(event.at("/source")).isEqualTo("RECORDED");
        assertThat(event.at("/at")).isEqualTo("2026-03-01T08:00:00Z");
        var summary = api.get(usage + "/summary?" + RANGE + "&unit=DAY&operation=chat");
        assertThat(summary.each("/start")).containsExactly("2026-03-01T00:00:00Z");
        assertThat(summary.at("/total/uncoveredCredits")).isEqualTo("30");
        assertThat(api.get(tenant + "/gate/decisions/" + first.at("/items/0/event"))
                        .at("/decision/verb"))
                .isEqualTo("RECORD");
    }

    @Test
    void recordings_that_cannot_be_read_are_refused_together() {
        api.request("POST", usage + "/events")
                .body("{\"events\": []}")
                .bad()
                .send()
                .isProblem(422, "invalid-value", "events");
        api.request("POST", usage + "/events")
                .body("""
                        {"events": [{"key": "a", "operation": "chat", "quantity": 1},
                                    {"key": "b", "operation": "chat", "quantity": 0}]}""")
                .bad()
                .send()
                .isProblem(422, "invalid-value", "events[1].quantity");
        assertThat(api.get(usage + "/events").items()).isEmpty();
    }

    @Test
    void a_summary_that_asks_too_much_is_refused() {
        var summary = usage + "/summary?";
        api.get(summary + "from=2026-03-01T00:00:00Z").isProblem(400, "missing-field", "to");
        api.get(summary + "from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z&unit=HOUR")
                .isProblem(422, "invalid-value", "to");
        api.get(summary + "from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z&by=USER,RELATED_ENTITY")
                .isProblem(422, "invalid-value", "to");
        api.get(summary + "from=2024-01-01T00:00:00Z&to=2026-03-01T00:00:00Z&unit=DAY")
                .isProblem(422, "invalid-value", "to");
        api.get(summary + "from=2020-01-01T00:00:00Z&to=2026-03-01T00:00:00Z").isProblem(422, "invalid-value", "to");
        api.get(summary + "from=2026-03-01T00:00:01Z&to=2026-03-02T00:00:00Z").isProblem(422, "invalid-value", "from");
        api.get(summary + "from=2026-03-02T00:00:00Z&to=2026-03-02T00:00:00Z").isProblem(422, "invalid-value", "to");
        api.get(summary + RANGE + "&by=COLOUR").isProblem(422, "invalid-value", "by");
        api.get(summary + RANGE + "&by=USER,USER").isProblem(422, "invalid-value", "by");
        api.get(summary + RANGE + "&top=0").isProblem(422, "invalid-value", "top");
        api.get(summary + RANGE + "&top=1&unit=DAY").isProblem(422, "invalid-value", "top");
        api.get(summary + RANGE + "&measure=EVENTS").isProblem(422, "invalid-value", "top");
    }

    @Test
    void an_event_of_another_tenant_does_not_exist_here() {
        var event = api.post(tenant + "/gate/consume", "{\"operation\": \"chat\", \"quantity\": 1}")
                .at("/id");
        var other = "/v1/tenants/" + given.tenant().id();

        api.get(other + "/usage/events/" + event).isProblem(404, "usage-event-not-found", null);
        api.get(other + "/gate/decisions/" + event).isProblem(404, "decision-not-found", null);
        assertThat(api.get(other + "/usage/events").items()).isEmpty();
    }

    private void consume(String operation, int quantity, String relatedType, String relatedId) {
        var body = """
                {"operation": "%s", "quantity": %d, "relatedTo": {"type": "%s", "id": "%s"}}""".formatted(operation, quantity, relatedType, relatedId);
        api.post(tenant + "/gate/consume", body).is(200);
    }

    private Stream<String> quantities(String query) {
        return api.get(usage + "/events" + query).is(200).each("/lines/0/quantity");
    }
}
