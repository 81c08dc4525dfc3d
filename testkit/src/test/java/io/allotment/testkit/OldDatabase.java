package io.allotment.testkit;

import io.allotment.migrations.Migrations;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.postgresql.ds.PGSimpleDataSource;

/** A database of an earlier version, whose owner is no superuser: row-level security binds it. */
final class OldDatabase implements AutoCloseable {

    private final TestDatabase database = TestDatabase.empty();
    private final String role = Fixtures.word();
    private final DataSource owner;

    private OldDatabase() throws SQLException {
        var name = strings("select current_database()").get(0);
        execute("create role " + role + " login createrole password 'owner'; alter database " + name + " owner to "
                + role);
        var ordinary = new PGSimpleDataSource();
        ordinary.setUrl(database.jdbcUrl());
        ordinary.setUser(role);
        ordinary.setPassword("owner");
        owner = ordinary;
    }

    static OldDatabase at(String version) throws SQLException {
        return new OldDatabase().to(version);
    }

    /** Migrates as far as that. */
    OldDatabase to(String version) {
        Flyway.configure(Migrations.class.getClassLoader())
                .dataSource(owner)
                .locations("classpath:io/allotment/migrations/sql")
                .defaultSchema("allotment")
                .createSchemas(true)
                .target(version)
                .loggers("slf4j")
                .load()
                .migrate();
        return this;
    }

    /** Migrates to the present. */
    void toPresent() {
        Migrations.run(owner);
    }

    List<String> pending() {
        return Migrations.pending(owner);
    }

    /** As a superuser, who sees all rows. */
    void execute(String sql) throws SQLException {
        execute(database, sql);
    }

    /** The first column of all rows, as a superuser sees them. */
    List<String> strings(String sql) throws SQLException {
        try (var connection = database.owner().getConnection();
                var statement = connection.createStatement();
                var result = statement.executeQuery(sql)) {
            var strings = new ArrayList<String>();
            while (result.next()) {
                strings.add(result.getString(1));
            }
            return strings;
        }
    }

    private static void execute(TestDatabase where, String sql) throws SQLException {
        try (var connection = where.owner().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() throws SQLException {
        database.close();
        try (var another = TestDatabase.empty()) {
            execute(another, "drop role if exists " + role);
        }
    }
}
