package io.allotment.persistence.jooq;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jooq.Field;

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

    /**
     * The same for a statement that finds a row for each of these. It says {@code limit ?} of them: so the planner expects
     * few, and looks each up by its key even while the table is small, which is when plans are made and kept.
     */
    Statement lookup(String sql, Object[]... columns) {
        return lookup(sql, new Field<?>[0], columns);
    }

    /** The same for a statement that gives rows back. */
    Statement lookup(String sql, Field<?>[] returned, Object[]... columns) {
        var all = new ArrayList<Object>(List.of((Object[]) columns));
        all.add((long) values.size());
        return Statement.query(values.isEmpty() ? "" : sql, returned, all.toArray());
    }

    /** An array as the database reads it from text; elements that need no quoting, or null. */
    static <T> String literal(List<T> values, Function<T, Object> element) {
        var text = new StringBuilder(64).append('{');
        for (int i = 0; i < values.size(); i++) {
            var value = element.apply(values.get(i));
            text.append(i == 0 ? "" : ",").append(value == null ? "NULL" : value);
        }
        return text.append('}').toString();
    }
}
