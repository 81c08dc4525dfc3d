package io.allotment.server.fuzz;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.POJONode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Walks through a schema and makes a value of it for one request: one that fits, or one that is hostile here and there.
 *
 * @param document in which the schemas' references are
 * @param hostile as they stand in JSON
 * @param careful whether the request is meant to be right, as far as a schema can say
 */
record Values(JsonNode document, List<String> hostile, Known known, RandomGenerator random, boolean careful) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNodeFactory NODES = JSON.getNodeFactory();
    private static final int DEPTH = 6;

    /** What is named by these mostly has to be new. */
    private static final Set<String> UNIQUE = Set.of("key", "slug", "name", "email", "Idempotency-Key");

    /** Whether something is wrong this time: now and then, and never in a careful request. */
    boolean wrong(int times) {
        return !careful && oneIn(times);
    }

    boolean oneIn(int times) {
        return random.nextInt(times) == 0;
    }

    <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    /** What a reference stands for; anything else is itself. */
    JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? document.at(node.path("$ref").asText().substring(1)) : node;
    }

    /** The text of a body; where it is wrong, with each field twice. */
    String json(String tenant, JsonNode schema) {
        var text = value(tenant, "", schema, 0).toString();
        return text.startsWith("{\"") && wrong(30) ? text.replaceFirst("}$", ",") + text.substring(1) : text;
    }

    /** A value as it stands in paths, parameters and headers: not empty, and no longer than connections let through. */
    String text(String tenant, String name, JsonNode schema) {
        var text = value(tenant, name, schema, DEPTH - 1).toString();
        try {
            text = text.startsWith("\"") ? JSON.readValue(text, String.class) : text;
        } catch (JsonProcessingException noJson) {
            // Then as it is.
        }
        return text.isEmpty() ? "x" : text.substring(0, Math.min(text.length(), 300));
    }

    private JsonNode value(String tenant, String name, JsonNode reference, int depth) {
        if (wrong(20)) {
            return new POJONode(new RawValue(hostileText()));
        }
        var schema = resolved(reference);
        var parts = schema.path(schema.has("oneOf") ? "oneOf" : schema.has("anyOf") ? "anyOf" : "allOf");
        if (schema.has("enum")) {
            return any(schema.path("enum"));
        } else if (schema.has("examples") && random.nextBoolean()) {
            return likeThose(tenant, name, any(schema.path("examples")));
        } else if (!parts.isEmpty() && !schema.has("properties")) {
            return value(tenant, name, any(parts), depth + 1);
        }
        long slack = careful ? 0 : 1;
        long least = schema.path("minimum").asLong(0);
        long most = schema.path("maximum").asLong(least + 1_000);
        var type = schema.path("type");
        return switch (type.isArray() ? any(type).asText() : type.asText()) {
            case "object" -> object(tenant, schema, depth);
            case "array" -> array(tenant, name, schema.path("items"), depth);
            case "integer", "number" -> NODES.numberNode(random.nextLong(least - slack, most + slack + 1));
            case "boolean" -> NODES.booleanNode(random.nextBoolean());
            default -> word(tenant, name, name.toLowerCase(Locale.ROOT));
        };
    }

    private JsonNode object(String tenant, JsonNode schema, int depth) {
        var object = NODES.objectNode();
        for (var property : schema.path("properties").properties()) {
            var name = property.getKey();
            boolean required = schema.path("required")
                    .valueStream()
                    .anyMatch(one -> one.asText().equals(name));
            if (depth < DEPTH && (required ? !wrong(20) : oneIn(careful ? 5 : 3))) {
                object.set(name, value(tenant, name, property.getValue(), depth + 1));
            }
        }
        return wrong(20) ? object.put("unknown", random.nextInt()) : object;
    }

    private JsonNode array(String tenant, String name, JsonNode items, int depth) {
        var array = NODES.arrayNode();
        int size = wrong(30) ? 300 : random.nextInt(careful ? 1 : 0, 4);
        for (int i = 0; i < size && depth < DEPTH; i++) {
            array.add(value(tenant, name, items, depth + 1));
        }
        return array;
    }

    /** An example, about things that there are. */
    private JsonNode likeThose(String tenant, String name, JsonNode example) {
        if (example.isTextual()) {
            return word(tenant, name, example.textValue());
        }
        var copy = example.deepCopy();
        copy.properties().forEach(field -> field.setValue(likeThose(tenant, field.getKey(), field.getValue())));
        for (int i = 0; copy instanceof ArrayNode array && i < array.size(); i++) {
            array.set(i, likeThose(tenant, name, array.get(i)));
        }
        return copy;
    }

    /** What there is of this name; new where it has to be. */
    private JsonNode word(String tenant, String name, String like) {
        int number = random.nextInt(1_000_000);
        if (UNIQUE.contains(name)) {
            return NODES.textNode(name.equals("email") ? number + "@example.org" : like + number);
        }
        return NODES.textNode(oneIn(8) ? like : known.pick(tenant, name, like, random));
    }

    private JsonNode any(JsonNode list) {
        return list.get(random.nextInt(list.size()));
    }

    private String hostileText() {
        return switch (random.nextInt(hostile.size() + 3)) {
            case 0 -> "\"" + "long".repeat(random.nextInt(1, 40_000)) + "\"";
            case 1 -> "[".repeat(random.nextInt(1, 5_000));
            case 2 -> "{\"a\":".repeat(1_500) + "1" + "}".repeat(1_500);
            default -> any(hostile);
        };
    }
}
