package io.allotment.migrations;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Held by the one server that migrates a database; belongs to the connection, so it ends with it whatever happens. */
final class MigrationLock implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(MigrationLock.class);

    /** "allotmnt" in ASCII; advisory locks share one space of numbers per database. */
    private static final long KEY = 0x616c6c6f746d6e74L;

    private static final Duration PATIENCE = Duration.ofMinutes(15);
    private static final Duration PAUSE = Duration.ofMillis(100);

    private final Connection connection;

    private MigrationLock(Connection connection) {
        this.connection = connection;
    }

    /**
     * Asks again and again rather than waiting inside PostgreSQL: a statement that waits holds a snapshot, and a migration that builds an
     * index concurrently would wait for that snapshot in turn.
     */
    static MigrationLock acquire(Connection connection) throws SQLException {
        connection.setAutoCommit(true);
        long start = System.nanoTime();
        boolean told = false;
        while (!tryLock(connection)) {
            if (!told) {
                LOG.info("Another server is migrating this database; waiting for it.");
                told = true;
            }
            if (System.nanoTime() - start > PATIENCE.toNanos()) {
                throw new MigrationFailed(
                        "Another server has been migrating this database for more than " + PATIENCE.toMinutes()
                                + " minutes. Look at what it is doing (pg_stat_activity), then start again.");
            }
            pause();
        }
        return new MigrationLock(connection);
    }

    private static boolean tryLock(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var result = statement.executeQuery("select pg_try_advisory_lock(" + KEY + ")")) {
            result.next();
            return result.getBoolean(1);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MigrationFailed("Interrupted while another server migrates this database.", e);
        }
    }

    @Override
    public void close() throws SQLException {
        // A pooled connection outlives its close().
        try (var statement = connection.createStatement()) {
            statement.execute("select pg_advisory_unlock(" + KEY + ")");
        }
    }
}
