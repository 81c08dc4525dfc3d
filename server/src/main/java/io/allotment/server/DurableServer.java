package io.allotment.server;

import java.sql.SQLException;
import javax.sql.DataSource;

/** A PostgreSQL of which a commit is on the disk when it is answered, as its settings say. */
record DurableServer(String version, String fsync, String synchronousCommit, int maxConnections) {

    /** For ourselves beside the pools, for those the server keeps back, and for whoever looks on. */
    private static final int OTHER_CONNECTIONS = 15;

    /** Refuses one that answers before: what is measured there says nothing about one that keeps what it was given. */
    static DurableServer of(DataSource source) {
        var server = asked(source);
        server.requireOn("fsync", server.fsync);
        server.requireOn("synchronous_commit", server.synchronousCommit);
        return server;
    }

    private static DurableServer asked(DataSource source) {
        try (var connection = source.getConnection();
                var statement = connection.createStatement();
                var row = statement.executeQuery("select current_setting('server_version'), current_setting('fsync'),"
                        + " current_setting('synchronous_commit'), current_setting('max_connections')::int")) {
            row.next();
            return new DurableServer(row.getString(1), row.getString(2), row.getString(3), row.getInt(4));
        } catch (SQLException e) {
            throw new CommandFailed("The database does not tell its settings: " + e.getMessage(), e);
        }
    }

    private void requireOn(String setting, String value) {
        if (value.equals("off")) {
            throw new CommandFailed("The server has " + setting
                    + " off: it answers before the disk has what was committed, and no figure would mean anything."
                    + " Turn it on, or leave --database-url out.");
        }
    }

    /** Refuses more than it takes: the pools would have fewer, one perhaps fewer than the other. */
    void requireRoomFor(int pools, int connections) {
        if (pools * connections + OTHER_CONNECTIONS > maxConnections) {
            throw new CommandFailed(
                    "The server takes " + maxConnections + " connections (max_connections): not enough for " + pools
                            + " pools of " + connections + ". Choose fewer with --connections.");
        }
    }

    @Override
    public String toString() {
        return "PostgreSQL " + version + ", fsync " + fsync + ", synchronous_commit " + synchronousCommit;
    }
}
