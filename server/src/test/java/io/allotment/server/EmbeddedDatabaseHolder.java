package io.allotment.server;

import java.nio.file.Path;
import java.sql.DriverManager;

/** Runs in a JVM of its own that a test can kill: starts the database, commits a row, says so, and stays until its input ends. */
final class EmbeddedDatabaseHolder {

    private EmbeddedDatabaseHolder() {}

    public static void main(String[] args) throws Exception {
        var database = EmbeddedDatabase.start(Path.of(args[0]));
        try (var connection = DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
                var statement = connection.createStatement()) {
            statement.execute("create table mark (n int)");
            statement.execute("insert into mark values (42)");
        }
        System.out.println("committed");
        System.in.read();
    }
}
