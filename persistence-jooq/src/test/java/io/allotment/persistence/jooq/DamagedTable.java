package io.allotment.persistence.jooq;

import io.allotment.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.regex.Pattern;

/** A table whose rows are changed past every rule, and as they were again when this is closed. */
final class DamagedTable implements AutoCloseable {

    private static final Pattern TABLE = Pattern.compile("^(?:update|delete from|insert into) (\\w+)");

    private final Connection connection;
    private final Statement statement;
    private final String table;

    /** How many rows the damage was done to. */
    final int rows;

    /** @param damage a statement that changes one table */
    DamagedTable(TestDatabase database, String damage) throws SQLException {
        var found = TABLE.matcher(damage);
        if (!found.find()) {
            throw new IllegalArgumentException(damage);
        }
        table = found.group(1);
        connection = database.owner().getConnection();
        statement = connection.createStatement();
        statement.execute("set search_path to allotment");
        statement.execute("create temporary table kept as select * from " + table);
        rows = statement.executeUpdate(damage);
    }

    @Override
    public void close() throws SQLException {
        try (connection;
                statement) {
            // What refers to the rows does not follow them.
            statement.execute("set session_replication_role = replica");
            statement.execute("delete from " + table);
            var columns = columns();
            statement.execute("insert into " + table + " (" + columns + ") select " + columns + " from kept");
        }
    }

    /** Those that are not reckoned from others. */
    private String columns() throws SQLException {
        try (var row = statement.executeQuery(
                "select string_agg(quote_ident(attname), ', ') from pg_attribute" + " where attrelid = '" + table
                        + "'::regclass and attnum > 0 and not attisdropped and attgenerated = ''")) {
            row.next();
            return row.getString(1);
        }
    }
}
