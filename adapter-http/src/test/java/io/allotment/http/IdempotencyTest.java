package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class IdempotencyTest extends HttpTest {

    private static final String ACME = "{\"name\": \"Acme\", \"slug\": \"acme\"}";

    @Test
    void the_same_request_under_the_same_key_is_answered_word_for_word_and_done_once() {
        var request = api.request("POST", "/v1/tenants").key("acme-1").body(ACME);

        var first = request.send().is(201);
        var second = request.send().is(201);

        assertThat(first.isReplayed()).isFalse();
        assertThat(second.isReplayed()).isTrue();
        assertThat(second.text()).isEqualTo(first.text());
        assertThat(second.header("Location")).isEqualTo(first.header("Location"));
        assertThat(second.header("X-Request-Id")).isNotEqualTo(first.header("X-Request-Id"));
        assertThat(stored().tenants()).isEqualTo(1);
    }

    @Test
    void the_first_answer_stands_even_when_the_thing_has_changed_since() {
        var request = api.request("POST", "/v1/tenants").key("acme-1").body(ACME);
        var first = request.send().is(201);
        api.patch(first.header("Location"), "{\"name\": \"Acme Studio\"}").is(200);

        assertThat(request.send().text()).isEqualTo(first.text());
    }

    @Test
    void spaces_and_the_order_of_fields_make_no_other_request() {
        var request = api.request("POST", "/v1/tenants").key("acme-1");
        var first = request.body("{\"name\":\"Acme\",\"slug\":\"acme\",\"metadata\":{\"a\":1,\"b\":[1.0]}}")
                .send()
                .is(201);

        var second = request.body("{ \"metadata\": {\"b\": [1], \"a\": 1},\n\"slug\": \"acme\", \"name\": \"Acme\" }")
                .send();

        assertThat(second.is(201).text()).isEqualTo(first.text());
    }

    @Test
    void another_body_under_a_used_key_is_a_conflict_and_nothing_happens() {
        api.request("POST", "/v1/tenants").key("acme-1").body(ACME).send().is(201);

        api.request("POST", "/v1/tenants")
                .key("acme-1")
                .body("{\"name\": \"Other\", \"slug\": \"other\"}")
                .send()
                .isProblem(409, "idempotency-key-reused", "Idempotency-Key");

        assertThat(stored().tenants()).isEqualTo(1);
    }

    @Test
    void another_route_under_a_used_key_is_a_conflict_too() {
        var tenant = given.tenant();
        api.request("POST", "/v1/tenants/" + tenant.id() + "/suspend")
                .key("k")
                .send()
                .is(200);

        api.request("POST", "/v1/tenants/" + tenant.id() + "/reactivate")
                .key("k")
                .send()
                .isProblem(409, "idempotency-key-reused", "Idempotency-Key");

        assertThat(api.get("/v1/tenants/" + tenant.id()).at("/status")).isEqualTo("SUSPENDED");
    }

    @Test
    void a_key_is_a_tenants_own() {
        var one = given.tenant().id();
        var other = given.tenant().id();
        var grant = "{\"amount\": \"5\", \"source\": \"GIFT\"}";

        for (var tenant : List.of(one, other)) {
            var path = "/v1/tenants/%1$s/accounts/%1$s/grants".formatted(tenant);
            assertThat(api.request("POST", path)
                            .key("welcome")
                            .body(grant)
                            .send()
                            .is(201)
                            .isReplayed())
                    .isFalse();
        }
    }

    @Test
    void a_refused_request_leaves_its_key_free() {
        api.request("POST", "/v1/tenants")
                .key("acme-1")
                .body("{\"name\": \"Acme\", \"slug\": \"A c\"}")
                .bad()
                .send()
                .is(422);

        api.request("POST", "/v1/tenants").key("acme-1").body(ACME).send().is(201);
    }

    @Test
    void every_change_of_credits_and_quotas_is_done_once() {
        api.post("/v1/features", """
                {"key": "minutes", "name": "Minutes", "kind": "CONSUMED", "unit": "minute"}""").is(201);
        api.post("/v1/plans", """
                {"key": "pro", "name": "Pro", "entitlements": [{"feature": "minutes", "quota": {"reset": "NEVER"}}]}""").is(201);
        var account = "/v1/tenants/%1$s/accounts/%1$s".formatted(given.tenant().id());
        var subscribe = api.request("POST", account + "/subscription").key("s").body("{\"plan\": \"pro\"}");
        var grant = api.request("POST", account + "/grants").key("g").body("{\"amount\": \"5\", \"source\": \"GIFT\"}");
        var adjust =
                api.request("POST", account + "/credits/adjustments").key("a").body("{\"amount\": \"-1\"}");
        var count = api.request("POST", account + "/quotas/minutes/increment")
                .key("q")
                .body("{\"amount\": \"5\", \"reason\": \"x\"}");

        for (var request : List.of(subscribe, grant, adjust, count)) {
            var first = request.send();
            var second = request.send();
            assertThat(second.text()).isEqualTo(first.text());
            assertThat(second.isReplayed()).isTrue();
        }

        assertThat(api.get(account + "/credits").at("/balance")).isEqualTo("4");
        assertThat(api.get(account + "/quotas").at("/items/0/used")).isEqualTo("5");
    }

    @Test
    void of_many_at_once_one_does_it_and_all_get_its_answer() throws Exception {
        Callable<String> create = () -> api.request("POST", "/v1/tenants")
                .key("acme-1")
                .body(ACME)
                .send()
                .is(201)
                .text();
        var threads = Executors.newFixedThreadPool(8);
        try {
            var answers = threads.invokeAll(
                    IntStream.range(0, 32).mapToObj(i -> create).toList());

            var texts = new HashSet<String>();
            for (var answer : answers) {
                texts.add(answer.get());
            }
            assertThat(texts).hasSize(1);
            assertThat(stored().tenants()).isEqualTo(1);
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void a_change_without_a_key_is_refused_before_anything_else() {
        var posts = Contract.OPENAPI.operations().values().stream()
                .filter(operation -> operation.method().equals("POST"))
                // Which need none stands in ContractTest.
                .filter(operation -> operation
                        .node()
                        .path("parameters")
                        .toString()
                        .contains("#/components/parameters/IdempotencyKey"))
                .toList();

        assertThat(posts).hasSizeGreaterThan(30);
        for (var post : posts) {
            var path = post.path()
                    .replaceAll("\\{(tenant|account|grant)}", "0199f3a2-7c1e-7b60-9d5e-2f1a8c4b6e01")
                    .replaceAll("\\{[a-z]+}", "x");
            api.request("POST", path).body("{}").bad().send().isProblem(400, "missing-field", "Idempotency-Key");
        }
    }
}
