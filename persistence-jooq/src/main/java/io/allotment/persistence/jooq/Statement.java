package io.allotment.persistence.jooq;

import java.util.List;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Result;

/**
 * A statement with its values, for running several in one round trip: the driver sends all that semicolons part at once.
 *
 * @param sql empty for nothing to do
 */
record Statement(String sql, List<Field<?>> values) {

    static Statement of(String sql, Field<?>... values) {
        return new Statement(sql, List.of(values));
    }

    /** Runs them in their order; gives the rows of those that return some, in their order. */
    static List<Result<Record>> run(DSLContext db, Stream<Statement> statements) {
        var todo = statements.filter(statement -> !statement.sql.isEmpty()).toList();
        if (todo.isEmpty()) {
            return List.of();
        }
        var sql = String.join(";\n", todo.stream().map(Statement::sql).toList());
        var values = todo.stream().flatMap(statement -> statement.values.stream()).toArray();
        return List.copyOf(db.fetchMany(sql, values));
    }
}
