package io.allotment.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;

/**
 * Kills all processes of an embedded PostgreSQL as a power cut would, and starts it again on the same data, with the same
 * options, on the same port. It knows them by the data directory alone, and touches no others.
 */
final class PostgresKiller implements Runnable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int MAX_STARTS = 20;

    private final Path cluster;

    /** @param owner of the server that is to be killed, which runs */
    PostgresKiller(DataSource owner) {
        try (var connection = owner.getConnection();
                var statement = connection.createStatement();
                var directory = statement.executeQuery("show data_directory")) {
            directory.next();
            cluster = Path.of(directory.getString(1));
        } catch (SQLException e) {
            throw new CommandFailed("PostgreSQL does not tell where its data is: " + e.getMessage(), e);
        }
    }

    @Override
    public void run() {
        try {
            kill();
            restart();
        } catch (IOException | ExecutionException | TimeoutException e) {
            throw new CommandFailed("PostgreSQL in " + cluster + " could not be killed and started again: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailed("Interrupted while PostgreSQL was killed.", e);
        }
    }

    private void kill() throws IOException, ExecutionException, TimeoutException, InterruptedException {
        var pid = Long.parseLong(
                Files.readAllLines(cluster.resolve("postmaster.pid")).get(0).strip());
        var postmaster = ProcessHandle.of(pid).orElseThrow(() -> new IOException("process " + pid + " does not run"));
        var processes = new ArrayList<ProcessHandle>(List.of(postmaster));
        postmaster.descendants().forEach(processes::add);
        // The first alone would let its children end in order.
        processes.forEach(ProcessHandle::destroyForcibly);
        for (var process : processes) {
            process.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private void restart() throws IOException {
        var programs = PostgresPrograms.unpacked(cluster.resolveSibling("programs"));
        PostgresPrograms.Result result = null;
        // A child that was born in between notices the end by itself, and keeps the shared memory until then.
        for (int start = 0; start < MAX_STARTS; start++) {
            result = programs.run(
                    "pg_ctl",
                    "restart",
                    "--wait",
                    "--timeout=" + PATIENCE.toSeconds(),
                    "--pgdata=" + cluster,
                    "--log=" + cluster.resolveSibling("postgres.log"));
            if (!result.failed()) {
                return;
            }
        }
        throw new IOException(result.output());
    }
}
