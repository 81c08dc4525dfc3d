package io.allotment.server.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.POJONode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Walks through a schema and makes a value of it: one that fits, or one that is hostile here and there. For one thread. */
final class Values {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNodeFactory NODES = JSON.getNodeFactory();
    private static final int DEPTH = 6;
    /** What is named by these mostly has to be new. */
    private static final Set<String> UNIQUE = Set.of("key", "slug", "name", "email", "Idempotency-Key");

    private static final List<String> HOSTILE = hostile();

    private final ApiDocument api;
    private final Known known;
    private final RandomGenerator random;
    private String tenant = "";
    private boolean careful;

    Values(ApiDocument api, Known known, RandomGenerator random) {
        this.api = api;
        this.known = known;
        this.random = random;
    }

    private static List<String> hostile() {
        try (var table = Values.class.getResourceAsStream("hostile-values.txt")) {
            return new String(table.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param asItShouldBe whether the next request is meant to be right, as far as a schema can say */
    void begin(boolean asItShouldBe) {
        tenant = "";
        careful = asItShouldBe;
    }

    /** The rest of the request is about this tenant. */
    void within(String id) {
        tenant = id;
    }

    String tenant() {
        return tenant;
    }

    /** The text of a body, hostile where the request is: one value in twenty, and now and then each field twice. */
    String json(JsonNode schema) {
        var text = value("", schema, 0).toString();
        boolean twice = !careful && random.nextInt(30) == 0 && text.startsWith("{\"");
        return twice ? text.substring(0, text.length() - 1) + "," + text.substring(1) : text;
    }

    /** A value as it stands in paths, parameters and headers. */
    String text(String name, JsonNode schema) {
        var json = value(name, schema, DEPTH - 1).toString();
        try {
            var value = JSON.readTree(json);
            return value.isTextual() ? value.textValue() : json;
        } catch (IOException hostile) {
            return json;
        }
    }

    private JsonNode value(String name, JsonNode reference, int depth) {
        if (!careful && random.nextInt(20) == 0) {
            return new POJONode(new RawValue(hostileText()));
        }
        var schema = api.resolved(reference);
        if (schema.has("enum")) {
            return any(schema.path("enum"));
        }
        if (schema.has("examples") && random.nextBoolean()) {
            return likeThose(name, any(schema.path("examples")));
        }
        var parts = schema.path(schema.has("oneOf") ? "oneOf" : schema.has("anyOf") ? "anyOf" : "allOf");
        if (!parts.isEmpty() && !schema.has("properties")) {
            return value(name, any(parts), depth + 1);
        }
        var types = schema.path("type");
        return switch (types.isArray() ? any(types).asText() : types.asText()) {
            case "object" -> object(schema, depth);
            case "array" -> array(name, schema, depth);
            case "integer", "number" -> number(schema);
            case "boolean" -> NODES.booleanNode(random.nextBoolean());
            default -> word(name, name.toLowerCase(Locale.ROOT));
        };
    }

    private JsonNode object(JsonNode schema, int depth) {
        var object = NODES.objectNode();
        if (depth >= DEPTH) {
            return object;
        }
        var required = schema.path("required").toString();
        for (var property : schema.path("properties").properties()) {
            var name = property.getKey();
            boolean isRequired = required.contains("\"" + name + "\"");
            if (isRequired ? careful || random.nextInt(20) > 0 : random.nextInt(careful ? 5 : 3) == 0) {
                object.set(name, value(name, property.getValue(), depth + 1));
            }
        }
        if (!careful && random.nextInt(20) == 0) {
            object.put("unknown", random.nextInt());
        }
        return object;
    }

    private JsonNode array(String name, JsonNode schema, int depth) {
        var array = NODES.arrayNode();
        int size = !careful && random.nextInt(30) == 0 ? 300 : random.nextInt(careful ? 1 : 0, 4);
        for (int i = 0; i < size && depth < DEPTH; i++) {
            array.add(value(name, schema.path("items"), depth + 1));
        }
        return array;
    }

    private JsonNode number(JsonNode schema) {
        long slack = careful ? 0 : 1;
        long minimum = schema.path("minimum").asLong(0);
        long maximum = schema.path("maximum").asLong(minimum + 1_000);
        return NODES.numberNode(random.nextLong(minimum - slack, maximum + slack + 1));
    }

    /** An example, about things that there are. */
    private JsonNode likeThose(String name, JsonNode example) {
        if (example.isObject()) {
            var object = NODES.objectNode();
            example.properties()
                    .forEach(field -> object.set(field.getKey(), likeThose(field.getKey(), field.getValue())));
            return object;
        } else if (example.isArray()) {
            var array = NODES.arrayNode();
            example.forEach(element -> array.add(likeThose(name, element)));
            return array;
        }
        return example.isTextual() ? word(name, example.textValue()) : example;
    }

    /** What there is of this name; new where it has to be. */
    private JsonNode word(String name, String like) {
        int number = random.nextInt(1_000_000);
        if (UNIQUE.contains(name)) {
            return TextNode.valueOf(name.equals("email") ? number + "@example.org" : like + number);
        }
        return TextNode.valueOf(
                random.nextInt(8) == 0 ? like : known.pick(tenant, name, random).orElse(like));
    }

    private JsonNode any(JsonNode list) {
        return list.get(random.nextInt(list.size()));
    }

    private String hostileText() {
        return switch (random.nextInt(HOSTILE.size() + 3)) {
            case 0 -> "\"" + "long".repeat(random.nextInt(1, 40_000)) + "\"";
            case 1 -> "[".repeat(random.nextInt(1, 5_000));
            case 2 -> "{\"a\":".repeat(1_500) + "1" + "}".repeat(1_500);
            default -> HOSTILE.get(random.nextInt(HOSTILE.size()));
        };
    }
}
