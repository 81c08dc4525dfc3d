package io.allotment.domain.shared;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Open JSON that Allotment keeps but does not read: metadata, free-form plan features. Immutable all the way down; holds
 * null, {@link Boolean}, {@link BigDecimal}, {@link String}, lists and maps of these. At most 500 values, 8 levels and
 * 16,384 characters of text.
 */
public record Document(Map<String, Object> fields) {

    public static final Document EMPTY = new Document(Map.of());

    private static final int MAX_VALUES = 500;
    private static final int MAX_DEPTH = 8;
    private static final int MAX_CHARACTERS = 16_384;
    private static final int MAX_DIGITS = 100;

    public Document {
        if (fields == null) {
            throw new InvalidValue("metadata", "must be a JSON object");
        }
        fields = new Copy().map(fields, 1);
    }

    public static Document of(String key, Object value) {
        return new Document(Map.of(key, value));
    }

    public boolean isEmpty() {
        return fields.isEmpty();
    }

    /** Copies deeply, and counts while it does. */
    private static final class Copy {
        private int values;
        private int characters;

        Map<String, Object> map(Map<?, ?> source, int depth) {
            var copy = new LinkedHashMap<String, Object>();
            source.forEach((key, value) -> {
                if (!(key instanceof String name)) {
                    throw new InvalidValue("metadata", "holds a key that is not text");
                }
                copy.put(text(name), value(value, depth));
            });
            return Collections.unmodifiableMap(copy);
        }

        private Object value(Object value, int depth) {
            if (++values > MAX_VALUES) {
                throw new InvalidValue("metadata", "holds more than " + MAX_VALUES + " values");
            }
            if (depth > MAX_DEPTH) {
                throw new InvalidValue("metadata", "is nested deeper than " + MAX_DEPTH + " levels");
            }
            if (value == null || value instanceof Boolean) {
                return value;
            } else if (value instanceof String string) {
                return text(string);
            } else if (value instanceof Number number) {
                return number(number);
            } else if (value instanceof Map<?, ?> map) {
                return map(map, depth + 1);
            } else if (value instanceof List<?> list) {
                var copy = new ArrayList<Object>(list.size());
                list.forEach(element -> copy.add(value(element, depth + 1)));
                return Collections.unmodifiableList(copy);
            }
            throw new InvalidValue("metadata", "holds a " + value.getClass().getSimpleName() + ", which is not JSON");
        }

        private String text(String string) {
            characters += string.length();
            if (characters > MAX_CHARACTERS) {
                throw new InvalidValue("metadata", "holds more than " + MAX_CHARACTERS + " characters");
            }
            return Text.prose("metadata", string, MAX_CHARACTERS);
        }

        private static BigDecimal number(Number number) {
            var exact = number instanceof BigDecimal decimal ? decimal : parsed(number);
            // Digits before the point count as they will be kept: 1e100 has 101 of them.
            long integerDigits = (long) exact.precision() - exact.scale();
            if (exact.precision() > MAX_DIGITS || exact.scale() > MAX_DIGITS || integerDigits > MAX_DIGITS) {
                throw new InvalidValue("metadata", "holds a number of more than " + MAX_DIGITS + " digits");
            }
            var stripped = exact.stripTrailingZeros();
            return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
        }

        private static BigDecimal parsed(Number number) {
            try {
                return new BigDecimal(number.toString());
            } catch (NumberFormatException notANumber) {
                throw new InvalidValue("metadata", "holds " + number + ", which is not a JSON number");
            }
        }
    }
}
