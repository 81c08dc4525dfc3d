package io.allotment.server.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What a server says of itself in its {@code openapi.yaml}. */
final class ApiDocument {

    private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

    private final JsonNode document;
    private final List<Operation> operations = new ArrayList<>();

    /**
     * One method on one path.
     *
     * @param body the schema of its JSON, where it takes any
     * @param statuses what it may be answered with
     */
    record Operation(
            String method, String path, List<Parameter> parameters, Optional<JsonNode> body, Set<String> statuses) {

        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    /** @param in {@code path}, {@code query} or {@code header} */
    record Parameter(String name, String in, JsonNode schema, boolean required) {}

    ApiDocument(String yaml) throws IOException {
        document = new YAMLMapper().readTree(yaml);
        for (var path : document.path("paths").properties()) {
            for (var method : path.getValue().properties()) {
                if (METHODS.contains(method.getKey())) {
                    operations.add(operation(path.getKey(), path.getValue(), method.getKey(), method.getValue()));
                }
            }
        }
    }

    List<Operation> operations() {
        return operations;
    }

    /** What the path's parts are called in the paths that go on from it: {@code tenant} for {@code /v1/tenants}. */
    Optional<String> partsOf(String path) {
        return operations.stream()
                .map(Operation::path)
                .filter(longer -> longer.startsWith(path + "/{"))
                .map(longer -> longer.substring(path.length() + 2, longer.indexOf('}', path.length())))
                .findFirst();
    }

    private Operation operation(String path, JsonNode item, String method, JsonNode node) {
        var parameters = new ArrayList<Parameter>();
        for (var owner : List.of(item, node)) {
            for (var reference : owner.path("parameters")) {
                var parameter = resolved(reference);
                parameters.add(new Parameter(
                        parameter.path("name").asText(),
                        parameter.path("in").asText(),
                        resolved(parameter.path("schema")),
                        parameter.path("required").asBoolean()));
            }
        }
        var statuses = new TreeSet<String>();
        node.path("responses").fieldNames().forEachRemaining(statuses::add);
        var schema = resolved(node.path("requestBody")).at("/content/application~1json/schema");
        return new Operation(
                method.toUpperCase(Locale.ROOT),
                path,
                parameters,
                schema.isMissingNode() ? Optional.empty() : Optional.of(schema),
                statuses);
    }

    /** What a reference stands for; anything else is itself. */
    JsonNode resolved(JsonNode node) {
        var at = node;
        while (at.has("$ref")) {
            at = document.at(at.path("$ref").asText().substring(1));
        }
        return at;
    }
}
