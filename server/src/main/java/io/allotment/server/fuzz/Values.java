package io.allotment.server.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Makes JSON text from a schema: mostly what fits, now and then what does not. For one thread. */
final class Values {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int KEPT = 8;
    private static final List<String> NAMES = List.of("id", "key", "userId", "role", "feature", "slug");
    private static final int DEPTH = 6;
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
    private final RandomGenerator random;
    /** What answers said last, by the names of fields: so that requests are about things that there are. */
    private final Map<String, Deque<String>> seen = new HashMap<>();

    Values(ApiDocument api, RandomGenerator random) {
        this.api = api;
        this.random = random;
    }

    /** Remembers the values of an answer, and what its things are called in paths. */
    void learn(String path, String answer) {
        try {
            var tree = JSON.readTree(answer);
            learnValues("", tree);
            api.partsOf(path).ifPresent(part -> {
                learnName(part, tree);
                tree.path("items").forEach(item -> learnName(part, item));
            });
        } catch (java.io.IOException notJson) {
            // Other answers teach nothing.
        }
    }

    private void learnName(String part, JsonNode thing) {
        NAMES.stream()
                .map(thing::path)
                .filter(JsonNode::isTextual)
                .findFirst()
                .ifPresent(name -> learnValues(part, name));
    }

    private void learnValues(String name, JsonNode value) {
        if (value.isTextual()) {
            var known = seen.computeIfAbsent(name, any -> new ArrayDeque<>());
            known.remove(value.textValue());
            known.addFirst(value.textValue());
            if (known.size() > KEPT) {
                known.removeLast();
            }
        }
        value.properties().forEach(field -> learnValues(field.getKey(), field.getValue()));
        if (value.isArray()) {
            value.forEach(element -> learnValues(name, element));
        }
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
        } catch (java.io.IOException notJson) {
            return json;
        }
    }

    private String json(String name, JsonNode reference, int depth) {
        if (random.nextInt(40) == 0) {
            return odd();
        }
        var schema = api.resolved(reference);
        var known = known(name);
        if (known != null && random.nextInt(4) > (UNIQUE.contains(name) ? 2 : 0)) {
            return quoted(known);
        }
        for (var choice : List.of("enum", "examples")) {
            var values = schema.path(choice);
            if (values.size() > 0 && (choice.equals("enum") || random.nextBoolean())) {
                return values.get(random.nextInt(values.size())).toString();
            }
        }
        for (var composed : List.of("oneOf", "anyOf", "allOf")) {
            var parts = schema.path(composed);
            if (parts.size() > 0 && !schema.has("properties")) {
                return json(name, parts.get(random.nextInt(parts.size())), depth + 1);
            }
        }
        return ofType(name, schema, depth);
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

    /** What was seen under the name, or else some id or key. */
    private String known(String name) {
        var candidates = seen.getOrDefault(name, random.nextInt(4) > 0 ? seen.get("id") : seen.get("key"));
        return candidates == null
                ? null
                : candidates.stream()
                        .skip(random.nextInt(candidates.size()))
                        .findFirst()
                        .orElseThrow();
    }

    private String object(JsonNode schema, int depth) {
        var fields = new ArrayList<String>();
        for (var property : schema.path("properties").properties()) {
            boolean required = schema.path("required").toString().contains("\"" + property.getKey() + "\"");
            if (depth < DEPTH && (required ? random.nextInt(30) > 0 : random.nextInt(3) == 0)) {
                fields.add(quoted(property.getKey()) + ":" + json(property.getKey(), property.getValue(), depth + 1));
            }
        }
        if (random.nextInt(40) == 0) {
            fields.add("\"unknown\":" + odd());
        }
        if (!fields.isEmpty() && random.nextInt(60) == 0) {
            fields.add(fields.get(0));
        }
        return "{" + String.join(",", fields) + "}";
    }

    private String array(String name, JsonNode schema, int depth) {
        var elements = new ArrayList<String>();
        int size = random.nextInt(50) == 0 ? 300 : random.nextInt(4);
        for (int i = 0; i < size && depth < DEPTH; i++) {
            elements.add(json(name, schema.path("items"), depth + 1));
        }
        return "[" + String.join(",", elements) + "]";
    }

    private String number(JsonNode schema) {
        long minimum = schema.path("minimum").asLong(0);
        long maximum = schema.path("maximum").asLong(minimum + 1_000);
        return Long.toString(random.nextLong(minimum - 1, maximum + 2));
    }

    private String word(String name) {
        return switch (random.nextInt(5)) {
            case 0 -> name.toLowerCase(java.util.Locale.ROOT) + random.nextInt(50);
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
        } catch (java.io.IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
