package io.allotment.persistence.memory;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A row's key: its parts as text, compared one after the other by their characters, as PostgreSQL compares ids, numbers
 * and catalogue keys. A key sorts before those that go on from it.
 */
record Key(List<String> parts) implements Comparable<Key> {

    /** Above every part there is. */
    private static final String LAST = "\uffff";

    private static final int NUMBER_LENGTH = 19;

    Key {
        parts = List.copyOf(parts);
    }

    /** Numbers, never negative, are padded so that they sort as numbers. */
    static Key of(Object... parts) {
        var texts = new String[parts.length];
        for (int i = 0; i < parts.length; i++) {
            texts[i] = text(parts[i]);
        }
        return new Key(List.of(texts));
    }

    Key and(List<String> more) {
        var all = new ArrayList<String>(parts.size() + more.size());
        all.addAll(parts);
        all.addAll(more);
        return new Key(all);
    }

    /** Above all keys that go on from this one. */
    Key end() {
        return and(List.of(LAST));
    }

    /** So many parts of its end. */
    List<String> last(int number) {
        return parts.subList(parts.size() - number, parts.size());
    }

    static String text(Object part) {
        if (!(part instanceof Number number)) {
            return part.toString();
        }
        var digits = Long.toString(number.longValue());
        return "0".repeat(NUMBER_LENGTH - digits.length()) + digits;
    }

    /** A free text as a part: its bytes in UTF-8, by which PostgreSQL's collation {@code C} compares it. */
    static String bytes(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public int compareTo(Key other) {
        int common = Math.min(parts.size(), other.parts.size());
        for (int i = 0; i < common; i++) {
            int difference = parts.get(i).compareTo(other.parts.get(i));
            if (difference != 0) {
                return difference;
            }
        }
        return Integer.compare(parts.size(), other.parts.size());
    }
}
