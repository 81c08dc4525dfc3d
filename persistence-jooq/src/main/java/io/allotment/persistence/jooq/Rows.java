package io.allotment.persistence.jooq;

import java.lang.reflect.Array;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jooq.Field;
import org.jooq.impl.DSL;

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
    <T> Field<T[]> column(Class<T> type, Function<R, T> get) {
        @SuppressWarnings("unchecked")
        var column = (T[]) Array.newInstance(type, values.size());
        for (int i = 0; i < column.length; i++) {
            column[i] = get.apply(values.get(i));
        }
        return DSL.val(column);
    }

    /** The statement with its columns; nothing to do where there are no rows. */
    Statement statement(String sql, Field<?>... columns) {
        return new Statement(values.isEmpty() ? "" : sql, List.of(columns));
    }

    /** An array as the database reads it from text; elements that need no quoting, or null. */
    static <T> String literal(List<T> values, Function<T, Object> element) {
        return values.stream()
                .map(value -> String.valueOf(element.apply(value)))
                .map(text -> text.equals("null") ? "NULL" : text)
                .collect(Collectors.joining(",", "{", "}"));
    }
}
