package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UsageTest extends HttpTest {

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
