package io.allotment.server.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * What answers told last, by the names of parts of paths and of fields, and within the tenant it was told of: so that requests
 * are about things that there are. Thread-safe.
 */
final class Known {

    private static final int KEPT = 8;

    /** What names a thing, as it stands in paths: the first of these that it has. */
    private static final List<String> NAMES = List.of("id", "key", "userId", "role", "feature", "slug");

    /** What fields call the things of paths. */
    private static final Map<String, String> ALIASES = Map.ofEntries(
            Map.entry("userId", "user"),
            Map.entry("ownerUserId", "user"),
            Map.entry("owner", "user"),
            Map.entry("to", "user"),
            Map.entry("from", "user"),
            Map.entry("spender", "user"),
            Map.entry("event", "decision"),
            Map.entry("permissions", "permission"),
            Map.entry("scopes", "permission"),
            Map.entry("account", "tenant"));

    private final Map<String, List<String>> seen = new HashMap<>();

    /** @param part what the thing, or each of a listing, is called in paths */
    synchronized void learn(String tenant, Optional<String> part, JsonNode answer) {
        learnFields(tenant, "", answer);
        part.ifPresent(name -> {
            learnName(tenant, name, answer);
            answer.path("items").forEach(item -> learnName(tenant, name, item));
        });
    }

    private void learnName(String tenant, String part, JsonNode thing) {
        NAMES.stream()
                .filter(thing::has)
                .findFirst()
                .ifPresent(name -> keep(tenant, part, thing.path(name).asText()));
    }

    private void learnFields(String tenant, String name, JsonNode value) {
        if (value.isTextual()) {
            keep(tenant, name, value.textValue());
        } else if (value.isArray()) {
            value.forEach(element -> learnFields(tenant, name, element));
        } else {
            value.properties().forEach(field -> learnFields(tenant, field.getKey(), field.getValue()));
        }
    }

    private void keep(String tenant, String name, String value) {
        for (var where : List.of(name + " of " + tenant, name)) {
            var values = seen.computeIfAbsent(where, any -> new ArrayList<>());
            values.remove(value);
            values.add(value);
            if (values.size() > KEPT) {
                values.remove(0);
            }
        }
    }

    /** One of the tenant's, else anybody's; empty where none was seen. */
    synchronized Optional<String> pick(String tenant, String field, RandomGenerator random) {
        var name = ALIASES.getOrDefault(field, field);
        // The tenant's own account has its id.
        if (name.equals("tenant") && !tenant.isEmpty()) {
            return Optional.of(tenant);
        }
        var values = seen.getOrDefault(name + " of " + tenant, seen.getOrDefault(name, List.of()));
        return values.isEmpty() ? Optional.empty() : Optional.of(values.get(random.nextInt(values.size())));
    }
}
