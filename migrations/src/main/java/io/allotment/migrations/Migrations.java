package io.allotment.migrations;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/**
 * Brings a database up to date. Everything, the history of the migrations included, lives in the schema {@code allotment}, so that nothing
 * collides with the tables and the migrations of an application that embeds Allotment.
 *
 * <p>The data source is the owner's: a role that may create the schema and the roles {@code allotment_app} and {@code allotment_platform}.
 * It must reach PostgreSQL itself, not a pooler that changes the session between statements, and hand out four connections at once.
 */
public final class Migrations {

    /** The role that works for one tenant at a time. */
    public static final String APP_ROLE = "allotment_app";

    /** The role that works for the platform, across tenants. */
    public static final String PLATFORM_ROLE = "allotment_platform";

    private static final String SCHEMA = "allotment";
    private static final String LOCATION = "classpath:io/allotment/migrations/sql";

    private Migrations() {}

    /**
     * Applies what is not applied yet, each migration in a transaction of its own. Any number of servers may call this at the same moment:
     * one works, the others wait for it and find nothing left to do.
     *
     * @throws MigrationFailed when the database cannot be reached or refuses a migration, or when another server has been at it for too long
     */
    public static void run(DataSource owner) {
        requireNonNull(owner, "owner");
        locked(owner, connection -> migrate(owner));
    }

    /**
     * As {@link #run(DataSource)}, and then gives the two roles these passwords. PostgreSQL is sent their SCRAM verifiers, so the passwords
     * appear in no log of the server. Setting the same ones again changes nothing that anybody notices.
     */
    public static void run(DataSource owner, RolePasswords passwords) {
        requireNonNull(owner, "owner");
        requireNonNull(passwords, "passwords");
        locked(owner, connection -> {
            migrate(owner);
            RolePassword.set(connection, APP_ROLE, passwords.app());
            RolePassword.set(connection, PLATFORM_ROLE, passwords.platform());
        });
    }

    /** The versions (of a repeatable migration its description) not applied yet, oldest first; empty when the database is up to date. Changes nothing, also in an empty database. */
    public static List<String> pending(DataSource owner) {
        requireNonNull(owner, "owner");
        try {
            return Stream.of(flyway(owner).info().pending())
                    .map(migration ->
                            migration.isVersioned() ? migration.getVersion().toString() : migration.getDescription())
                    .toList();
        } catch (FlywayException e) {
            throw new MigrationFailed("Could not read which migrations the database has: " + e.getMessage(), e);
        }
    }

    private static void locked(DataSource owner, Work work) {
        // The lock stands on a connection of its own, which stays outside the migrations' transactions.
        try (Connection connection = owner.getConnection();
                var lock = MigrationLock.acquire(connection)) {
            work.run(connection);
        } catch (SQLException e) {
            throw new MigrationFailed("Could not migrate the database: " + e.getMessage(), e);
        }
    }

    private static void migrate(DataSource owner) {
        try {
            flyway(owner).migrate();
        } catch (FlywayException e) {
            throw new MigrationFailed("Could not migrate the database: " + e.getMessage(), e);
        }
    }

    private static Flyway flyway(DataSource owner) {
        return Flyway.configure(Migrations.class.getClassLoader())
                .dataSource(owner)
                .locations(LOCATION)
                .failOnMissingLocations(true)
                .validateMigrationNaming(true)
                .defaultSchema(SCHEMA)
                .createSchemas(true)
                .cleanDisabled(true)
                .loggers("slf4j")
                .load();
    }

    @FunctionalInterface
    private interface Work {
        void run(Connection connection) throws SQLException;
    }

    /** The passwords the two roles log in with. */
    public record RolePasswords(String app, String platform) {
        public RolePasswords {
            refuseBlank(app, "app");
            refuseBlank(platform, "platform");
        }

        private static void refuseBlank(String password, String name) {
            if (requireNonNull(password, name).isBlank()) {
                throw new IllegalArgumentException("The password of the role for '" + name + "' is empty.");
            }
        }

        /** Without the passwords, for it may be logged. */
        @Override
        public String toString() {
            return "RolePasswords[app=***, platform=***]";
        }
    }
}
