package io.allotment.server.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Makes JSON text from a schema: what fits, or what now and then does not. For one thread. */
final class Values {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int DEPTH = 6;
    private static final Set<String> NOT_TEXT = Set.of("object", "array", "integer", "number", "boolean");
    /** What is named by these mostly has to be new. */
    private static final Set<String> UNIQUE = Set.of("key", "slug", "name", "email");

    /** As JSON text; what is not JSON at all among them. */
    private static final List<String> ODD = List.of(
            "null",
            "true",
            "0",
            "-1",
            "1e400",
            "-1e-400",
            "123456789012345678901234567890.123456789012345",
            "1E1000000000",
            "0.1000000000000000000000000001",
            "9223372036854775808",
            "NaN",
            "[]",
            "{}",
            "[[[]]]",
            "\"\"",
            "\" \"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"\\udc00x\"",
            "\"\u202e\ufeff\"",
            "\"\ud83d\ude80\"",
            "\"../../etc/passwd\"",
            "\"'; drop table tenants; --\"",
            "\"${jndi:ldap://x}\"",
            "\"%00%ff\"",
            "\"1e9\"",
            "\"2026-02-30T25:61:00Z\"",
            "\"+1000000000-12-31T23:59:59.999999999Z\"",
            "\"-999999999-01-01T00:00:00Z\"",
            "\"Europe/Nowhere\"",
            "\"00000000-0000-0000-0000-000000000000\"",
            "{\"a\": {\"b\": {\"c\": [1, null, {}]}}}",
            "{\"a\": 1, \"a\": 2}",
            "[1, 2",
            "{\"a\" 1}",
            "\"unended",
            "\u0001");

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

    /** The JSON text of a value of the schema. */
    String json(String name, JsonNode schema) {
        return json(name, schema, 0);
    }

    /** The same as it stands in paths, parameters and headers. */
    String text(String name, JsonNode schema) {
        var json = json(name, schema, DEPTH - 1);
        try {
            var value = JSON.readTree(json);
            return value.isTextual() ? value.textValue() : json;
        } catch (IOException notJson) {
            return json;
        }
    }

    private String json(String name, JsonNode reference, int depth) {
        if (!careful && random.nextInt(20) == 0) {
            return odd();
        }
        var schema = api.resolved(reference);
        boolean isText = !schema.has("properties")
                && !NOT_TEXT.contains(schema.path("type").asText());
        if (isText && !UNIQUE.contains(name) && random.nextInt(8) > 0) {
            var seen = known.pick(tenant, name, random);
            if (seen.isPresent()) {
                return quoted(seen.get());
            }
        }
        var values = schema.has("enum") ? schema.path("enum") : schema.path("examples");
        if (values.size() > 0 && (schema.has("enum") || random.nextBoolean())) {
            return exemplary(name, values.get(random.nextInt(values.size()))).toString();
        }
        for (var composed : List.of("oneOf", "anyOf", "allOf")) {
            var parts = schema.path(composed);
            if (parts.size() > 0 && !schema.has("properties")) {
                return json(name, parts.get(random.nextInt(parts.size())), depth + 1);
            }
        }
        return ofType(name, schema, depth);
    }

    /** An example, about things that there are, and new where it has to be. */
    private JsonNode exemplary(String name, JsonNode example) {
        if (example.isObject()) {
            var object = JSON.createObjectNode();
            example.properties()
                    .forEach(field -> object.set(field.getKey(), exemplary(field.getKey(), field.getValue())));
            return object;
        }
        if (example.isArray()) {
            var array = JSON.createArrayNode();
            example.forEach(element -> array.add(exemplary(name, element)));
            return array;
        }
        if (!example.isTextual()) {
            return example;
        }
        if (UNIQUE.contains(name)) {
            return TextNode.valueOf((name.equals("email") ? random.nextInt(1_000_000) : "")
                    + example.textValue()
                    + (name.equals("email") ? "" : random.nextInt(1_000_000)));
        }
        return known.pick(tenant, name, random).<JsonNode>map(TextNode::valueOf).orElse(example);
    }

    private String ofType(String name, JsonNode schema, int depth) {
        var types = schema.path("type");
        var type = types.isArray() ? types.get(random.nextInt(types.size())).asText() : types.asText();
        return switch (type) {
            case "object" -> object(schema, depth);
            case "array" -> array(name, schema, depth);
            case "integer", "number" -> number(schema);
            case "boolean" -> Boolean.toString(random.nextBoolean());
            default -> quoted(word(name));
        };
    }

    private String object(JsonNode schema, int depth) {
        var fields = new ArrayList<String>();
        for (var property : schema.path("properties").properties()) {
            boolean required = schema.path("required").toString().contains("\"" + property.getKey() + "\"");
            boolean wanted = required ? careful || random.nextInt(20) > 0 : random.nextInt(careful ? 5 : 3) == 0;
            if (wanted && depth < DEPTH) {
                fields.add(quoted(property.getKey()) + ":" + json(property.getKey(), property.getValue(), depth + 1));
            }
        }
        if (!careful && random.nextInt(20) == 0) {
            fields.add("\"unknown\":" + odd());
        }
        if (!careful && !fields.isEmpty() && random.nextInt(30) == 0) {
            fields.add(fields.get(0));
        }
        return "{" + String.join(",", fields) + "}";
    }

    private String array(String name, JsonNode schema, int depth) {
        var elements = new ArrayList<String>();
        int size = !careful && random.nextInt(30) == 0 ? 300 : random.nextInt(careful ? 1 : 0, 4);
        for (int i = 0; i < size && depth < DEPTH; i++) {
            elements.add(json(name, schema.path("items"), depth + 1));
        }
        return "[" + String.join(",", elements) + "]";
    }

    private String number(JsonNode schema) {
        long minimum = schema.path("minimum").asLong(0);
        long maximum = schema.path("maximum").asLong(minimum + 1_000);
        return Long.toString(
                careful ? random.nextLong(minimum, maximum + 1) : random.nextLong(minimum - 1, maximum + 2));
    }

    private String word(String name) {
        return switch (random.nextInt(5)) {
            case 0 -> name.toLowerCase(Locale.ROOT) + random.nextInt(50);
            case 1 -> Integer.toString(random.nextInt(1_000));
            case 2 -> "work" + random.nextInt(20) + ":do" + random.nextInt(20);
            case 3 -> "a" + random.nextInt(1_000) + "@example.org";
            default -> "x" + random.nextInt(100_000);
        };
    }

    private String odd() {
        return switch (random.nextInt(ODD.size() + 3)) {
            case 0 -> quoted("long".repeat(random.nextInt(1, 40_000)));
            case 1 -> "[".repeat(random.nextInt(1, 5_000));
            case 2 -> "{\"a\":".repeat(1_500) + "1" + "}".repeat(1_500);
            default -> ODD.get(random.nextInt(ODD.size()));
        };
    }

    static String quoted(String text) {
        try {
            return JSON.writeValueAsString(text);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
