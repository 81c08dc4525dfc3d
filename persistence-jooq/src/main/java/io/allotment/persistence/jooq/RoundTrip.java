package io.allotment.persistence.jooq;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jooq.DSLContext;
import org.jooq.Record;

/**
 * Statements that go to the database together, in their order, each with what becomes of its rows: the driver sends all
 * that semicolons part at once. Each sees what was committed before it began itself.
 */
final class RoundTrip {

    private static final Map<Class<?>, String> ARRAYS =
            Map.of(UUID.class, "uuid", String.class, "text", BigDecimal.class, "numeric", Long.class, "int8");

    /**
     * While more than this is sent and not read by the server, because it waits for us to read its rows, both would wait
     * for ever. What is longer goes in several round trips.
     */
    private static final int MAX_BYTES = 60_000;

    private static final int BYTES_PER_VALUE = 40;

    /** Batches that look alike send the very same text, which the driver then finds among those it has prepared. */
    private static final Texts<List<String>> TEXTS = new Texts<>();

    private record Part(Statement statement, Consumer<Record> row, IntConsumer count) {
        int bytes() {
            int bytes = 0;
            for (var value : statement.values()) {
                var array = value instanceof Statement.Array typed ? typed.values() : value;
                if (array instanceof Object[] column) {
                    for (var element : column) {
                        bytes += bytes(element);
                    }
                } else {
                    bytes += bytes(value);
                }
            }
            return bytes;
        }

        private static int bytes(Object value) {
            return value instanceof String text ? BYTES_PER_VALUE + text.length() : BYTES_PER_VALUE;
        }

        /** What writes gives back an id for each row at the most, which every buffer holds. */
        boolean mayGiveMuch() {
            return statement.columns().length > 0 && statement.sql().startsWith("select");
        }
    }

    private final List<Part> parts = new ArrayList<>();

    /** A statement whose rows, where it gives any, do not matter; one without text is left out. */
    RoundTrip add(Statement statement) {
        return add(statement, row -> {});
    }

    /** A query; one without text is left out. */
    RoundTrip add(Statement statement, Consumer<Record> row) {
        if (!statement.sql().isEmpty()) {
            parts.add(new Part(statement, row, count -> {}));
        }
        return this;
    }

    /** A statement of which it matters how many rows it wrote; one without text is left out. */
    RoundTrip addCounted(Statement statement, IntConsumer count) {
        if (!statement.sql().isEmpty()) {
            parts.add(new Part(statement, row -> {}, count));
        }
        return this;
    }

    /** All of another one, after these. */
    RoundTrip add(RoundTrip more) {
        parts.addAll(more.parts);
        return this;
    }

    /** With these before all others. */
    RoundTrip begin(List<Statement> first) {
        for (int i = 0; i < first.size(); i++) {
            parts.add(i, new Part(first.get(i), row -> {}, count -> {}));
        }
        return this;
    }

    List<Statement> statements() {
        return parts.stream().map(Part::statement).toList();
    }

    /** Runs all of them, and gives out their rows. */
    void run(DSLContext db) {
        if (!parts.isEmpty()) {
            db.connection(connection -> {
                int from = 0;
                while (from < parts.size()) {
                    int to = end(from);
                    run(db, connection, parts.subList(from, to));
                    from = to;
                }
            });
        }
    }

    /** Where the round trip that begins here ends. */
    private int end(int from) {
        if (parts.stream().noneMatch(Part::mayGiveMuch)) {
            return parts.size();
        }
        int to = from;
        int bytes = 0;
        boolean rows = false;
        while (to < parts.size()) {
            int more = parts.get(to).bytes();
            if (rows && bytes + more > MAX_BYTES) {
                break;
            }
            bytes += more;
            rows |= parts.get(to).mayGiveMuch();
            to++;
        }
        return to;
    }

    private static void run(DSLContext db, Connection connection, List<Part> parts) throws SQLException {
        try (var prepared = connection.prepareStatement(sql(parts))) {
            bind(connection, prepared, parts);
            boolean isRows = prepared.execute();
            for (var part : parts) {
                var columns = part.statement.columns();
                if (!isRows) {
                    part.count.accept(prepared.getUpdateCount());
                } else if (columns.length > 0) {
                    for (var row : db.fetch(prepared.getResultSet(), columns)) {
                        part.row.accept(row);
                    }
                }
                isRows = prepared.getMoreResults();
            }
        }
    }

    private static String sql(List<Part> parts) {
        var each = new ArrayList<String>(parts.size());
        for (var part : parts) {
            each.add(part.statement.sql());
        }
        return TEXTS.get(each, () -> String.join(";\n", each));
    }

    private static void bind(Connection connection, PreparedStatement prepared, List<Part> parts) throws SQLException {
        int position = 0;
        for (var part : parts) {
            for (var value : part.statement.values()) {
                position++;
                if (value instanceof Statement.Array array) {
                    prepared.setArray(position, BinaryArray.of(connection, array.type(), array.values()));
                } else if (value instanceof Object[] column) {
                    var type = ARRAYS.get(column.getClass().getComponentType());
                    prepared.setArray(position, BinaryArray.of(connection, type, column));
                } else if (value instanceof Instant time) {
                    prepared.setObject(position, time.atOffset(ZoneOffset.UTC));
                } else {
                    prepared.setObject(position, value);
                }
            }
        }
    }
}
