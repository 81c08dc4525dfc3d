package io.allotment.persistence.jooq;

import java.lang.reflect.Array;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Many rows written by one statement: each column goes to the database as one array, and {@code unnest} makes rows of
 * them again. Times and nested arrays go as text and are cast in the statement.
 */
final class Rows<R> {

    private final List<R> values;

    Rows(List<R> values) {
        this.values = values;
    }

    /** One column of all rows. */
    <T> Object[] column(Class<T> type, Function<R, T> get) {
        var column = (Object[]) Array.newInstance(type, values.size());
        for (int i = 0; i < column.length; i++) {
            column[i] = get.apply(values.get(i));
        }
        return column;
    }

    /** The statement with its columns; nothing to do where there are no rows. */
    Statement command(String sql, Object[]... columns) {
        return Statement.command(values.isEmpty() ? "" : sql, (Object[]) columns);
    }

    /** An array as the database reads it from text; elements that need no quoting, or null. */
    static <T> String literal(List<T> values, Function<T, Object> element) {
        return values.stream()
                .map(value -> String.valueOf(element.apply(value)))
                .map(text -> text.equals("null") ? "NULL" : text)
                .collect(Collectors.joining(",", "{", "}"));
    }
}
