package io.allotment.persistence.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A row's key: its parts as text, compared one after the other by their characters, as PostgreSQL compares ids, numbers
 * and catalogue keys. A key sorts before those that go on from it.
 */
record Key(List<String> parts) implements Comparable<Key> {

    /** Above every part there is. */
    private static final String LAST = "\uffff";

    Key {
        parts = List.copyOf(parts);
    }

    /** Numbers, never negative, are padded so that they sort as numbers. */
    static Key of(Object... parts) {
        return new Key(Stream.of(parts).map(Key::text).toList());
    }

    Key and(String part) {
        var more = new ArrayList<>(parts);
        more.add(part);
        return new Key(more);
    }

    /** Above all keys that go on from this one. */
    Key end() {
        return and(LAST);
    }

    String last() {
        return parts.get(parts.size() - 1);
    }

    static String text(Object part) {
        return part instanceof Number number ? String.format("%019d", number.longValue()) : part.toString();
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
