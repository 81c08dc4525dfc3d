package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** {@code openapi.yaml}, and whether what goes over the wire is what it says. */
final class Contract {

    private static final String IRI = "https://allotment.example/openapi.yaml";
    private static final Set<String> METHODS = Set.of("get", "post", "patch", "put", "delete");

    static final Contract OPENAPI = new Contract();

    private final JsonNode document;
    private final SchemaRegistry schemas;
    private final Map<String, Operation> operations = new TreeMap<>();

    /** One method on one path. */
    record Operation(String method, String path, JsonNode item, JsonNode node) {

        String name() {
            return method + " " + path;
        }

        private boolean matches(String actualMethod, String actualPath) {
            return method.equals(actualMethod)
                    && Pattern.matches(path.replace(".", "\\.").replaceAll("\\{[^}]+}", "[^/]+"), actualPath);
        }
    }

    private Contract() {
        try (var stream = Contract.class.getResourceAsStream("openapi.yaml")) {
            var text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            document = new YAMLMapper().readTree(text);
            schemas = SchemaRegistry.withDefaultDialect(
                    SpecificationVersion.DRAFT_2020_12, builder -> builder.schemas(Map.of(IRI, text)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue().properties().stream()
                        .filter(method -> METHODS.contains(method.getKey()))
                        .map(method -> new Operation(
                                method.getKey().toUpperCase(Locale.ROOT),
                                path.getKey(),
                                path.getValue(),
                                method.getValue()))
                        .forEach(operation -> operations.put(operation.name(), operation)));
    }

    JsonNode document() {
        return document;
    }

    Map<String, Operation> operations() {
        return operations;
    }

    /** The operation that a request reaches; one without parameters in its path goes before one with. */
    Operation operation(String method, String path) {
        return operations.values().stream()
                .filter(operation -> operation.matches(method, path))
                .min((a, b) -> Long.compare(parameters(a), parameters(b)))
                .orElseThrow(() -> new AssertionError("openapi.yaml has no " + method + " " + path));
    }

    private static long parameters(Operation operation) {
        return operation.path().chars().filter(c -> c == '{').count();
    }

    void requireDocumentedRequest(Operation operation, Set<String> query, Set<String> headers, JsonNode body) {
        var documented = new TreeSet<String>();
        for (var owner : List.of(operation.item(), operation.node())) {
            for (var reference : owner.path("parameters")) {
                var parameter = resolved(reference);
                var name = parameter.path("name").textValue();
                documented.add(parameter.path("in").textValue() + " " + name);
                if (parameter.path("required").booleanValue()
                        && parameter.path("in").textValue().equals("header")) {
                    assertThat(headers)
                            .as("%s needs the header %s", operation.name(), name)
                            .contains(name);
                }
            }
        }
        query.forEach(name -> assertThat(documented).as(operation.name()).contains("query " + name));
        var requestBody = operation.node().path("requestBody");
        if (body == null) {
            assertThat(requestBody.path("required").booleanValue())
                    .as("%s can do without a body", operation.name())
                    .isFalse();
        } else {
            assertThat(requestBody.isMissingNode())
                    .as("%s takes a body", operation.name())
                    .isFalse();
            requireFits(
                    operation.name() + ", request",
                    requestBody.path("content").path("application/json").path("schema"),
                    body);
        }
    }

    void requireDocumentedResponse(
            Operation operation, int status, Set<String> headers, String contentType, JsonNode body) {
        var what = operation.name() + ", " + status;
        var response = operation.node().path("responses").path(Integer.toString(status));
        assertThat(response.isMissingNode()).as("%s is documented", what).isFalse();
        var content = resolved(response).path("content");
        if (contentType == null) {
            assertThat(content.isMissingNode()).as("%s has no body", what).isTrue();
            return;
        }
        var type = contentType.split(";")[0];
        assertThat(content.has(type)).as("%s may be %s", what, type).isTrue();
        if (type.endsWith("json")) {
            requireFits(what, content.path(type).path("schema"), body);
        }
        if (headers.contains("idempotent-replayed")) {
            assertThat(resolved(response).path("headers").has("Idempotent-Replayed"))
                    .as(what)
                    .isTrue();
        }
        if (headers.contains("location")) {
            assertThat(resolved(response).path("headers").has("Location"))
                    .as(what)
                    .isTrue();
        }
    }

    /** @param schema a reference to a component */
    void requireFits(String what, JsonNode schema, JsonNode value) {
        assertThat(problems(schema.path("$ref").textValue(), value))
                .as("%s: %s", what, value)
                .isEmpty();
    }

    List<String> problems(String reference, JsonNode value) {
        return schemas
                .getSchema(SchemaLocation.of(IRI + reference))
                .validate(value, context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)))
                .stream()
                .map(Object::toString)
                .toList();
    }

    JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? document.at(node.path("$ref").textValue().substring(1)) : node;
    }
}
