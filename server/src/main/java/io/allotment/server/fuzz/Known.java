package io.allotment.server.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * The texts that answers told last, by the field or the part of a path that they stand for, in one tenant and in any: so that
 * requests are about things that there are. Thread-safe.
 */
final class Known {

    private static final int KEPT = 8;

    /** What names a thing in paths: the first of these that it has. */
    private static final List<String> NAMES = List.of("id", "key", "userId", "role", "feature", "slug");

    /** What fields call the things of paths. */
    private static final Map<String, String> ALIASES = Map.of(
            "userId", "user",
            "ownerUserId", "user",
            "owner", "user",
            "to", "user",
            "from", "user",
            "spender", "user",
            "event", "decision",
            "permissions", "permission",
            "scopes", "permission",
            // The tenant's own account has its id.
            "account", "tenant");

    private final Map<String, List<String>> texts = new HashMap<>();

    /** @param name of the field, or of the part of a path that it is answered for */
    synchronized void learn(String tenant, String name, JsonNode value) {
        if (value.isTextual()) {
            keep(name + " of " + tenant, value.textValue());
            keep(name, value.textValue());
        }
        NAMES.stream().filter(value::has).findFirst().ifPresent(id -> learn(tenant, name, value.path(id)));
        value.properties().forEach(field -> learn(tenant, field.getKey(), field.getValue()));
        (value.isArray() ? value : value.path("items")).forEach(element -> learn(tenant, name, element));
    }

    private void keep(String name, String text) {
        var kept = texts.computeIfAbsent(name, any -> new ArrayList<>());
        kept.remove(text);
        kept.add(text);
        if (kept.size() > KEPT) {
            kept.remove(0);
        }
    }

    /** One of the tenant's, else of any; where there is none, the other. */
    synchronized String pick(String tenant, String field, String other, RandomGenerator random) {
        var name = ALIASES.getOrDefault(field, field);
        if (name.equals("tenant") && !tenant.isEmpty()) {
            return tenant;
        }
        var kept = texts.getOrDefault(name + " of " + tenant, texts.getOrDefault(name, List.of(other)));
        return kept.get(random.nextInt(kept.size()));
    }
}
