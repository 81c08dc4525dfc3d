package io.allotment.persistence.jooq;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Texts of statements that were put together before, by what they were put together from. */
final class Texts<K> {

    /** Many more than a process needs: whoever made ever new ones would only have them made anew. */
    private static final int MAX = 1_000;

    private final Map<K, String> made = new ConcurrentHashMap<>();

    String get(K key, Supplier<String> make) {
        var text = made.get(key);
        if (text == null) {
            if (made.size() >= MAX) {
                made.clear();
            }
            text = make.get();
            made.put(key, text);
        }
        return text;
    }
}
