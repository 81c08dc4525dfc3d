package io.allotment.server;

import io.allotment.migrations.Migrations;
import io.allotment.persistence.jooq.JooqPersistence;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/** The database a command works on: the one that comes along, or one of somebody's own. */
final class Database implements AutoCloseable {

    private static final int OLDEST_VERSION = 15;
    private static final String CANNOT_LOG_IN = "28";

    private final DatabaseAddress address;
    private final Migrations.RolePasswords passwords;
    private final String name;
    private final Optional<EmbeddedDatabase> embedded;

    private Database(
            DatabaseAddress address,
            Migrations.RolePasswords passwords,
            String name,
            Optional<EmbeddedDatabase> embedded) {
        this.address = address;
        this.passwords = passwords;
        this.name = name;
        this.embedded = embedded;
    }

    /** Closing it stops the server. */
    static Database of(EmbeddedDatabase embedded, String name) {
        var address =
                new DatabaseAddress(embedded.jdbcUrl(), Optional.of(embedded.user()), Optional.of(embedded.password()));
        return new Database(address, derived(embedded.password()), name, Optional.of(embedded));
    }

    /** Refuses one that cannot be reached or is too old. */
    static Database at(DatabaseAddress address, Migrations.RolePasswords passwords) {
        var database = new Database(address, passwords, "PostgreSQL at " + address.place(), Optional.empty());
        address.owner().ifPresent(owner -> database.requireOldestVersion());
        return database;
    }

    /** One that another Allotment brought along, and keeps running. */
    static Database runningAt(DatabaseAddress address, String name) {
        return new Database(address, derived(address.ownerPassword().orElseThrow()), name, Optional.empty());
    }

    static Migrations.RolePasswords derived(String ownerPassword) {
        return new Migrations.RolePasswords(
                Secrets.derived(ownerPassword, Migrations.APP_ROLE),
                Secrets.derived(ownerPassword, Migrations.PLATFORM_ROLE));
    }

    /** What it is, for people. */
    String name() {
        return name;
    }

    /** Brings it up to date and sets the roles' passwords; tells which migrations were applied. */
    List<String> migrate() {
        var owner = requireOwner("Migrating");
        var pending = Migrations.pending(owner);
        Migrations.run(owner, passwords);
        return pending;
    }

    /**
     * For work that only tries things out: brings up to date the one that comes along. One of somebody's own has to be: its
     * roles' passwords are in use.
     */
    void prepare() {
        if (embedded.isPresent()) {
            migrate();
        } else {
            requireMigrated();
        }
    }

    /** Refuses one that is not up to date, where its owner is known and can tell. */
    void requireMigrated() {
        var pending = owner().map(Migrations::pending).orElse(List.of());
        if (!pending.isEmpty()) {
            throw new CommandFailed("The " + name + " is not up to date; not applied yet: " + String.join(", ", pending)
                    + ". Run 'allotment migrate' with the same database options first.");
        }
    }

    /** @param connections how many units of work of tenants can run at once */
    JooqPersistence connect(int connections) {
        return JooqPersistence.connect(settings(connections));
    }

    /** For whoever connects by itself; refuses roles that cannot log in. */
    JooqPersistence.Settings settings(int connections) {
        requireLogin(Migrations.APP_ROLE, passwords.app());
        requireLogin(Migrations.PLATFORM_ROLE, passwords.platform());
        return new JooqPersistence.Settings(address.jdbcUrl(), passwords.app(), passwords.platform(), connections);
    }

    /**
     * Connects as the owner, each time anew.
     *
     * @param work that needs it, for the message where the owner is not known
     */
    DataSource requireOwner(String work) {
        return owner().orElseThrow(() -> new CommandFailed(work + " needs the owner of " + name
                + ": add ?user=…&password=… to the database URL, or set ALLOTMENT_DATABASE_USER"
                + " and ALLOTMENT_DATABASE_PASSWORD."));
    }

    private Optional<DataSource> owner() {
        return address.owner().map(user -> address.as(user, address.ownerPassword()));
    }

    private void requireOldestVersion() {
        try (var connection = owner().orElseThrow().getConnection()) {
            int version = connection.getMetaData().getDatabaseMajorVersion();
            if (version < OLDEST_VERSION) {
                throw new CommandFailed("The " + name + " is PostgreSQL " + version + "; Allotment needs "
                        + OLDEST_VERSION + " or later.");
            }
        } catch (SQLException e) {
            throw unreachable(e);
        }
    }

    /** A pool would only say, after a while, that it got no connection. */
    private void requireLogin(String role, String password) {
        try {
            address.as(role, Optional.of(password)).getConnection().close();
        } catch (SQLException e) {
            if (e.getSQLState() != null && e.getSQLState().startsWith(CANNOT_LOG_IN)) {
                throw new CommandFailed(
                        "The role " + role + " cannot log in to the " + name + " (" + e.getMessage()
                                + "). 'allotment migrate' makes the role and sets its password; run it with the same"
                                + " database options and the same ALLOTMENT_APP_PASSWORD and ALLOTMENT_PLATFORM_PASSWORD.",
                        e);
            }
            throw unreachable(e);
        }
    }

    private CommandFailed unreachable(SQLException e) {
        return new CommandFailed("The " + name + " cannot be reached, or does not let us in: " + e.getMessage(), e);
    }

    /** From now on whoever calls this sees to it that it is closed when the JVM ends. */
    void stoppedByCaller() {
        embedded.ifPresent(EmbeddedDatabase::stoppedByCaller);
    }

    @Override
    public void close() {
        embedded.ifPresent(EmbeddedDatabase::close);
    }
}
