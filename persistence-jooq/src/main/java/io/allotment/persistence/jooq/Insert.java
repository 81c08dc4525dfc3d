package io.allotment.persistence.jooq;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;

/**
 * Many new rows by one statement. What differs from row to row goes as one array for each column, of which {@code unnest}
 * makes rows again (in the select list: as a table it would keep each column aside first); what is the same in all of them goes once, and what none of them has is left out: a batch is often the
 * same work many times, and most of what a row can say it mostly does not.
 */
final class Insert<R> {

    /**
     * The types of columns.
     *
     * @param cast from what {@code unnest} gives; empty where that is the column's own
     */
    enum Type {
        UUID("uuid", "uuid", UUID.class, ""),
        TEXT("text", "text", String.class, ""),
        NUMERIC("numeric", "numeric", BigDecimal.class, ""),
        BIGINT("int8", "int8", Long.class, ""),
        BOOLEAN("bool", "bool", Boolean.class, ""),
        TIMESTAMP("timestamptz", "timestamptz", OffsetDateTime.class, ""),
        JSON("jsonb", "text", String.class, "::jsonb"),
        /** Bytes, written as hexadecimal digits. */
        HEX("bytea", "text", String.class, "");

        private final String column;
        private final String sent;
        private final Class<?> sentClass;
        private final String cast;

        Type(String column, String sent, Class<?> sentClass, String cast) {
            this.column = column;
            this.sent = sent;
            this.sentClass = sentClass;
            this.cast = cast;
        }

        private String stored(String expression) {
            return this == HEX ? "decode(" + expression + ", 'hex')" : expression + cast;
        }

        private Object sent(Object value) {
            return value instanceof Instant time ? time.atOffset(ZoneOffset.UTC) : value;
        }

        private Statement.Array array(List<?> values) {
            var array = (Object[]) java.lang.reflect.Array.newInstance(sentClass, values.size());
            for (int i = 0; i < array.length; i++) {
                array[i] = sent(values.get(i));
            }
            return new Statement.Array(sent, array);
        }
    }

    private final String table;
    private final List<R> rows;
    private final StringBuilder columns = new StringBuilder();
    private final StringBuilder selected = new StringBuilder();
    private final StringBuilder unnested = new StringBuilder();
    private final List<Object> constants = new ArrayList<>();
    private final List<Object> arrays = new ArrayList<>();

    Insert(String table, List<R> rows) {
        this.table = table;
        this.rows = rows;
    }

    /** A column with one value a row. */
    Insert<R> column(String name, Type type, Function<R, Object> get) {
        if (rows.isEmpty()) {
            return this;
        }
        var values = new ArrayList<Object>(rows.size());
        for (var row : rows) {
            values.add(get.apply(row));
        }
        if (isSame(values)) {
            if (values.get(0) != null) {
                constant(name, type.stored("?"), type.sent(values.get(0)));
            }
            return this;
        }
        varying(name, type.stored("n." + name), type.array(values));
        return this;
    }

    /** A column with an array of values a row: what each element of a list says. */
    <T> Insert<R> arrays(String name, Type type, Function<R, List<T>> list, Function<T, Object> get) {
        if (rows.isEmpty()) {
            return this;
        }
        if (rows.stream().allMatch(row -> list.apply(row).size() == 1)) {
            return arraysOfOne(name, type, row -> get.apply(list.apply(row).get(0)));
        }
        var values = new ArrayList<List<Object>>(rows.size());
        for (var row : rows) {
            values.add(Columns.list(list.apply(row), get));
        }
        if (isSame(values)) {
            constant(name, "?", type.array(values.get(0)));
        } else {
            var literals = new ArrayList<String>(values.size());
            values.forEach(value -> literals.add(Rows.literal(value, element -> element)));
            varying(name, "n." + name + "::" + type.column + "[]", Type.TEXT.array(literals));
        }
        return this;
    }

    /** As nearly all are. */
    private Insert<R> arraysOfOne(String name, Type type, Function<R, Object> get) {
        var values = new ArrayList<Object>(rows.size());
        for (var row : rows) {
            values.add(get.apply(row));
        }
        if (isSame(values)) {
            constant(name, "?", type.array(values.subList(0, 1)));
        } else {
            varying(name, "array[n." + name + "]", type.array(values));
        }
        return this;
    }

    Statement statement() {
        return statement("");
    }

    /** @param end for the statement's end, such as what happens on a conflict */
    Statement statement(String end) {
        if (rows.isEmpty()) {
            return Statement.command("");
        }
        var sql = new StringBuilder(1_000)
                .append("insert into allotment.")
                .append(table)
                .append(" (")
                .append(columns)
                .append(")\nselect ")
                .append(selected);
        if (!arrays.isEmpty()) {
            sql.append("\nfrom (select ").append(unnested).append(") n");
        }
        sql.append(end);
        var values = new ArrayList<>(constants);
        values.addAll(arrays);
        return Statement.command(sql.toString(), values.toArray());
    }

    private void constant(String name, String expression, Object value) {
        add(name, expression);
        constants.add(value);
    }

    private void varying(String name, String expression, Statement.Array value) {
        add(name, expression);
        unnested.append(unnested.isEmpty() ? "" : ", ").append("unnest(?) as ").append(name);
        arrays.add(value);
    }

    private void add(String name, String expression) {
        columns.append(columns.isEmpty() ? "" : ", ").append(name);
        selected.append(selected.isEmpty() ? "" : ", ").append(expression);
    }

    private static boolean isSame(List<?> values) {
        var first = values.get(0);
        for (int i = 1; i < values.size(); i++) {
            if (!Objects.equals(first, values.get(i))) {
                return false;
            }
        }
        return true;
    }
}
