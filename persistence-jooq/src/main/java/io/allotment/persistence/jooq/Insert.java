package io.allotment.persistence.jooq;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

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
        /** Bytes that are given as hexadecimal digits. */
        HEX("bytea", "bytea", byte[].class, "");

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

        private Object sent(Object value) {
            if (this == HEX && value instanceof String digits) {
                return HexFormat.of().parseHex(digits);
            }
            return value instanceof Instant time ? time.atOffset(ZoneOffset.UTC) : value;
        }

        private <T> Statement.Array array(List<T> rows, Function<T, Object> get) {
            var array = (Object[]) java.lang.reflect.Array.newInstance(sentClass, rows.size());
            for (int i = 0; i < array.length; i++) {
                array[i] = sent(get.apply(rows.get(i)));
            }
            return new Statement.Array(sent, array);
        }
    }

    /** Batches that look alike are written by the very same text, whose hash is known, and which the driver has prepared. */
    private static final Texts<String> TEXTS = new Texts<>();

    /** What becomes of a column. */
    private enum How {
        ABSENT,
        ONCE,
        EACH,
        /** An array of one, for each row. */
        EACH_IN_ARRAY,
        /** An array for each row, as text. */
        EACH_AS_TEXT
    }

    private record Column(String name, Type type, How how) {
        String selected() {
            return switch (how) {
                case ABSENT -> "";
                case ONCE -> "?" + type.cast;
                case EACH -> "n." + name + type.cast;
                case EACH_IN_ARRAY -> "array[n." + name + "]";
                case EACH_AS_TEXT -> "n." + name + "::" + type.column + "[]";
            };
        }
    }

    /**
     * What each row has several of.
     *
     * @param ones where each row has just one, as nearly all have; else null
     */
    record Lists<T>(List<List<T>> all, List<T> ones) {}

    private final String table;
    private final List<R> rows;
    private final List<Column> columns = new ArrayList<>(32);
    private final List<Object> constants = new ArrayList<>(32);
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
        if (!isSame(rows, get)) {
            add(name, type, How.EACH, type.array(rows, get));
            return this;
        }
        var same = get.apply(rows.get(0));
        if (same == null) {
            columns.add(new Column(name, type, How.ABSENT));
        } else {
            addOnce(name, type, type.sent(same));
        }
        return this;
    }

    /** For columns with an array of values a row. */
    <T> Lists<T> lists(Function<R, List<T>> get) {
        var all = new ArrayList<List<T>>(rows.size());
        var ones = new ArrayList<T>(rows.size());
        for (var row : rows) {
            var list = get.apply(row);
            all.add(list);
            if (list.size() == 1) {
                ones.add(list.get(0));
            }
        }
        return new Lists<>(all, ones.size() == all.size() ? ones : null);
    }

    /** A column with an array of values a row: what each element of a list says. */
    <T> Insert<R> arrays(String name, Type type, Lists<T> lists, Function<T, Object> get) {
        if (rows.isEmpty()) {
            return this;
        }
        if (lists.ones == null) {
            return arraysOfSeveral(name, type, lists.all, get);
        }
        if (isSame(lists.ones, get)) {
            addOnce(name, type, type.array(lists.ones.subList(0, 1), get));
        } else {
            add(name, type, How.EACH_IN_ARRAY, type.array(lists.ones, get));
        }
        return this;
    }

    private <T> Insert<R> arraysOfSeveral(String name, Type type, List<List<T>> lists, Function<T, Object> get) {
        if (isSame(lists, list -> Columns.list(list, get))) {
            addOnce(name, type, type.array(lists.get(0), get));
        } else {
            add(name, type, How.EACH_AS_TEXT, Type.TEXT.array(lists, list -> Rows.literal(list, get)));
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
        var shape = new StringBuilder(100).append(table).append(' ');
        for (var column : columns) {
            shape.append((char) ('0' + column.how.ordinal()));
        }
        var sql = TEXTS.get(shape.append(end).toString(), () -> sql(end));
        constants.addAll(arrays);
        return Statement.command(sql, constants.toArray());
    }

    private String sql(String end) {
        var present =
                columns.stream().filter(column -> column.how != How.ABSENT).toList();
        var unnested = present.stream()
                .filter(column -> column.how != How.ONCE)
                .map(column -> "unnest(?) as " + column.name)
                .collect(Collectors.joining(", "));
        return "insert into allotment." + table
                + present.stream().map(Column::name).collect(Collectors.joining(", ", " (", ")"))
                + present.stream().map(Column::selected).collect(Collectors.joining(", ", "\nselect ", ""))
                + (unnested.isEmpty() ? "" : "\nfrom (select " + unnested + ") n")
                + end;
    }

    private void addOnce(String name, Type type, Object value) {
        columns.add(new Column(name, type, How.ONCE));
        constants.add(value);
    }

    private void add(String name, Type type, How how, Statement.Array values) {
        columns.add(new Column(name, type, how));
        arrays.add(values);
    }

    private static <T> boolean isSame(List<T> rows, Function<T, Object> get) {
        var first = get.apply(rows.get(0));
        for (int i = 1; i < rows.size(); i++) {
            if (!Objects.equals(first, get.apply(rows.get(i)))) {
                return false;
            }
        }
        return true;
    }
}
