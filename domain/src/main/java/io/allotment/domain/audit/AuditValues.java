package io.allotment.domain.audit;

import io.allotment.domain.shared.Document;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The values of something, as the audit log keeps them: {@code AuditValues.of("name", name).and("unit", unit).map()}. */
public final class AuditValues {

    private final Map<String, Object> values = new LinkedHashMap<>();

    private AuditValues() {}

    /** Without any yet. */
    public static AuditValues none() {
        return new AuditValues();
    }

    public static AuditValues of(String name, Object value) {
        return none().and(name, value);
    }

    /**
     * One more. What is absent or empty is left out; numbers, truth values and open documents stay what they are, lists and
     * maps are kept part by part, and all else as its text: ids, keys, words, times, exact amounts.
     */
    public AuditValues and(String name, Object value) {
        var kept = kept(value);
        if (kept != null) {
            values.put(name, kept);
        }
        return this;
    }

    public Map<String, Object> map() {
        return new LinkedHashMap<>(values);
    }

    private static Object kept(Object value) {
        if (value == null || value instanceof Number || value instanceof Boolean) {
            return value;
        } else if (value instanceof Optional<?> optional) {
            return optional.map(AuditValues::kept).orElse(null);
        } else if (value instanceof Document document) {
            return document.isEmpty() ? null : document.fields();
        } else if (value instanceof AuditValues nested) {
            return nested.map();
        } else if (value instanceof Map<?, ?> map) {
            return kept(map);
        } else if (value instanceof Iterable<?> parts) {
            return kept(parts);
        }
        return value.toString();
    }

    private static Map<String, Object> kept(Map<?, ?> map) {
        var kept = new LinkedHashMap<String, Object>();
        map.forEach((name, part) -> kept.put(name.toString(), kept(part)));
        return kept.isEmpty() ? null : kept;
    }

    private static List<Object> kept(Iterable<?> parts) {
        var kept = new ArrayList<>();
        parts.forEach(part -> kept.add(kept(part)));
        return kept.isEmpty() ? null : kept;
    }
}
