package io.allotment.server.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

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
     * @param part what a thing that it answers is called in the paths that go on from it: {@code tenant} for {@code /v1/tenants}
     */
    record Operation(
            String name,
            String method,
            String path,
            List<Parameter> parameters,
            Optional<JsonNode> body,
            Set<String> statuses,
            Optional<String> part) {}

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

    private Operation operation(String path, JsonNode item, String verb, JsonNode node) {
        var method = verb.toUpperCase(Locale.ROOT);
        var parameters = Stream.of(item, node)
                .flatMap(owner -> StreamSupport.stream(owner.path("parameters").spliterator(), false))
                .map(this::parameter)
                .toList();
        var schema = resolved(node.path("requestBody")).at("/content/application~1json/schema");
        var body = Optional.of(schema).filter(given -> !given.isMissingNode());
        var statuses = Set.copyOf(names(node.path("responses")));
        return new Operation(method + " " + path, method, path, parameters, body, statuses, part(path));
    }

    private Parameter parameter(JsonNode reference) {
        var parameter = resolved(reference);
        return new Parameter(
                parameter.path("name").asText(),
                parameter.path("in").asText(),
                parameter.path("schema"),
                parameter.path("required").asBoolean());
    }

    private Optional<String> part(String path) {
        return names(document.path("paths")).stream()
                .filter(longer -> longer.startsWith(path + "/{"))
                .map(longer -> longer.substring(path.length() + 2, longer.indexOf('}', path.length())))
                .findFirst();
    }

    private static List<String> names(JsonNode object) {
        var names = new ArrayList<String>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** What a reference stands for; anything else is itself. */
    JsonNode resolved(JsonNode node) {
        return node.has("$ref")
                ? resolved(document.at(node.path("$ref").asText().substring(1)))
                : node;
    }
}
