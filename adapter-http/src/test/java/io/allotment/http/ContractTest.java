package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ContractTest extends HttpTest {

    private final Contract contract = Contract.OPENAPI;

    @Test
    void every_route_is_documented_and_every_documented_route_is_there() {
        var routes = new TreeSet<>(server.routes());

        routes.removeIf(route -> route.startsWith("HEAD "));
        routes.removeAll(List.of("GET /", "GET /docs/docs.js", "GET /docs/docs.css", "GET /docs/scalar.js"));
        assertThat(routes).isEqualTo(contract.operations().keySet());
    }

    @Test
    void every_get_takes_head_too() {
        var routes = server.routes();

        assertThat(routes.stream().filter(route -> route.startsWith("GET ")))
                .allSatisfy(route -> assertThat(routes).contains(route.replace("GET ", "HEAD ")));
    }

    @Test
    void every_post_that_changes_something_needs_an_idempotency_key() {
        var withoutKey = contract.operations().values().stream()
                .filter(operation -> operation.method().equals("POST"))
                .filter(operation -> !operation
                        .node()
                        .path("parameters")
                        .toString()
                        .contains("#/components/parameters/IdempotencyKey"))
                .map(Contract.Operation::name);

        assertThat(withoutKey)
                .containsExactlyInAnyOrder(
                        "POST /v1/tenants/{tenant}/gate/check",
                        "POST /v1/ai/costs",
                        // Another address each time, and nothing of ours.
                        "POST /v1/tenants/{tenant}/accounts/{account}/billing/portal",
                        // An event is kept once by its own id.
                        "POST /v1/webhooks/{gateway}",
                        // Each event has a key of its own.
                        "POST /v1/tenants/{tenant}/usage/events",
                        // Whom it has taken along it leaves alone.
                        "POST /v1/plans/{plan}/migration",
                        // An invitation's token works once, which is as good.
                        "POST /v1/invitations/accept",
                        // The first answers hold what is told once, so nothing of them is kept; the others change
                        // no more when they are repeated.
                        "POST /v1/sign-up",
                        "POST /v1/sign-in/password",
                        "POST /v1/sign-in/token",
                        "POST /v1/password-resets",
                        "POST /v1/password-resets/confirm",
                        "POST /v1/sign-out");
    }

    @Test
    void every_reference_leads_somewhere() {
        var references = new ArrayList<String>();
        contract.document().findValues("$ref").forEach(reference -> references.add(reference.textValue()));

        assertThat(references).hasSizeGreaterThan(1_000);
        assertThat(references)
                .allSatisfy(reference -> assertThat(
                                contract.document().at(reference.substring(1)).isMissingNode())
                        .as(reference)
                        .isFalse());
    }

    @Test
    void every_object_is_closed_but_metadata() {
        var open = new ArrayList<String>();
        contract.document().at("/components/schemas").properties().forEach(schema -> {
            if (!schema.getKey().equals("Metadata")) {
                findOpen(schema.getKey(), schema.getValue(), open);
            }
        });

        assertThat(open).isEmpty();
    }

    @Test
    void every_example_fits_its_schema() {
        var examples = new ArrayList<String>();
        contract.document().at("/components/schemas").properties().forEach(schema -> {
            for (var example : schema.getValue().path("examples")) {
                var reference = "#/components/schemas/" + schema.getKey();
                assertThat(contract.problems(reference, example))
                        .as("%s: %s", reference, example)
                        .isEmpty();
                examples.add(reference);
            }
        });
        for (var operation : contract.operations().values()) {
            findContent(operation.name(), operation.node(), examples);
        }
        findContent("responses", contract.document().at("/components/responses"), examples);

        assertThat(examples).hasSizeGreaterThan(40);
    }

    @Test
    void every_operation_has_a_name_and_a_summary_of_its_own() {
        assertThat(contract.operations().values())
                .extracting(operation -> operation.node().path("operationId").textValue())
                .doesNotContainNull()
                .doesNotHaveDuplicates();
        assertThat(contract.operations().values())
                .allSatisfy(operation ->
                        assertThat(operation.node().path("summary").textValue()).isNotBlank());
    }

    @Test
    void the_document_is_served_as_it_is_written() {
        var answer = api.request("GET", "/openapi.yaml")
                .without("Authorization")
                .send()
                .is(200);

        assertThat(answer.header("Content-Type")).isEqualTo("application/yaml; charset=utf-8");
        assertThat(answer.text()).startsWith("openapi: 3.1.0\n");
    }

    private static void findOpen(String name, JsonNode schema, List<String> open) {
        if (schema.path("type").asText().equals("object")
                && !schema.path("additionalProperties").asText().equals("false")) {
            open.add(name);
        }
        schema.path("properties").properties().forEach(property -> {
            if (property.getValue().isObject()) {
                findOpen(name + "." + property.getKey(), property.getValue(), open);
            }
        });
        if (schema.has("items")) {
            findOpen(name + "[]", schema.path("items"), open);
        }
    }

    private void findContent(String name, JsonNode node, List<String> found) {
        node.path("content").properties().forEach(content -> {
            var media = content.getValue();
            if (media.has("example")) {
                contract.requireFits(name, media.path("schema"), media.path("example"));
                found.add(name);
            }
            media.path("examples").properties().forEach(example -> {
                var value = contract.resolved(example.getValue()).path("value");
                contract.requireFits(name, media.path("schema"), value);
                found.add(name);
            });
        });
        node.forEach(child -> {
            if (child.isContainerNode()) {
                findContent(name, child, found);
            }
        });
    }
}
