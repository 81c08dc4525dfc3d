package io.allotment.persistence.jooq;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Result;

/**
 * A statement with its values, for running several in one round trip: the driver sends all that semicolons part at once.
 * It goes to JDBC as it is written, since the gate's statements never change and taking them apart again for each call
 * would cost more than running them.
 *
 * @param sql empty for nothing to do
 * @param columns of the rows that it returns, in their order; none where it returns no rows
 * @param values for its question marks; arrays where a column of many rows is meant
 */
record Statement(String sql, Field<?>[] columns, Object[] values) {

    private static final Map<Class<?>, String> ARRAYS =
            Map.of(UUID.class, "uuid", String.class, "text", BigDecimal.class, "numeric", Long.class, "int8");

    /** One that returns rows. */
    static Statement query(String sql, Field<?>[] columns, Object... values) {
        return new Statement(sql, columns, values);
    }

    /** One that returns none. */
    static Statement command(String sql, Object... values) {
        return new Statement(sql, new Field<?>[0], values);
    }

    /** Runs them in their order; gives the rows of the queries, in their order. */
    static List<Result<Record>> run(DSLContext db, Stream<Statement> statements) {
        var todo = statements.filter(statement -> !statement.sql.isEmpty()).toList();
        return todo.isEmpty() ? List.of() : db.connectionResult(connection -> run(db, connection, todo));
    }

    private static List<Result<Record>> run(DSLContext db, Connection connection, List<Statement> todo)
            throws SQLException {
        var sql = String.join(";\n", todo.stream().map(Statement::sql).toList());
        try (var prepared = connection.prepareStatement(sql)) {
            bind(connection, prepared, todo);
            var results = new ArrayList<Result<Record>>();
            boolean isRows = prepared.execute();
            for (var statement : todo) {
                if (isRows) {
                    results.add(db.fetch(prepared.getResultSet(), statement.columns));
                }
                isRows = prepared.getMoreResults();
            }
            return results;
        }
    }

    private static void bind(Connection connection, PreparedStatement prepared, List<Statement> todo)
            throws SQLException {
        int position = 0;
        for (var statement : todo) {
            for (var value : statement.values) {
                position++;
                if (value instanceof Object[] column) {
                    var type = ARRAYS.get(column.getClass().getComponentType());
                    prepared.setArray(position, connection.createArrayOf(type, column));
                } else {
                    prepared.setObject(position, value);
                }
            }
        }
    }
}
