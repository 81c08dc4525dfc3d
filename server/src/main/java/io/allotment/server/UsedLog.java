package io.allotment.server;

import java.io.PrintWriter;
import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * The write-ahead log of a server that has worked for a while. PostgreSQL uses the files of its log again and again; a new
 * server has none yet and fills each with zeros first, while whoever commits waits for it. What writes much then waits often,
 * and what writes little hardly ever.
 */
final class UsedLog {

    /** Of 16 MB each: more than is written from one checkpoint to the next. */
    static final int FILES = 40;

    private static final int FILE_MEGABYTES = 16;

    /** By the setting that a server comes with. */
    private static final int KEPT_ANYWAY = 5;

    private UsedLog() {}

    /** @param owner of a server of our own, whose settings may be changed */
    static void make(DataSource owner, int files, boolean terminal, PrintWriter asides) {
        try (var connection = owner.getConnection();
                var statement = connection.createStatement();
                var progress = new Progress("files of the log", files, terminal, asides)) {
            statement.execute("alter system set min_wal_size = '" + (KEPT_ANYWAY + files) * FILE_MEGABYTES + "MB'");
            statement.execute("select pg_reload_conf()");
            for (int file = 0; file < files; file++) {
                // A file in which nothing was written is not left.
                statement.execute("select pg_logical_emit_message(false, 'allotment', 'bench')");
                statement.execute("select pg_switch_wal()");
                progress.step();
            }
            // From here on they are kept to be used again.
            statement.execute("checkpoint");
        } catch (SQLException e) {
            throw new CommandFailed("The server's log cannot be prepared: " + e.getMessage(), e);
        }
    }
}
