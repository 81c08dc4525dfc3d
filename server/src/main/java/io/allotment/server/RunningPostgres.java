package io.allotment.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;

/** Finds the PostgreSQL that another Allotment runs in a data directory, so that one can look while the other serves. */
final class RunningPostgres {

    /** Of postmaster.pid, counted from 0. */
    private static final int PORT_LINE = 3;

    private RunningPostgres() {}

    /** Empty where none runs, or none that lets us in; starting one of our own then tells why. */
    static Optional<DatabaseAddress> in(Path directory) {
        try {
            if (!isInUse(directory)) {
                return Optional.empty();
            }
            var lines = Files.readAllLines(directory.resolve("postgres/postmaster.pid"));
            var password =
                    Files.readString(directory.resolve("postgres.password")).strip();
            var address = new DatabaseAddress(
                    "jdbc:postgresql://127.0.0.1:" + lines.get(PORT_LINE).strip() + "/postgres",
                    Optional.of("postgres"),
                    Optional.of(password));
            address.as("postgres", Optional.of(password)).getConnection().close();
            return Optional.of(address);
        } catch (IOException | SQLException | IndexOutOfBoundsException noneThatWeCouldUse) {
            return Optional.empty();
        }
    }

    /** A killed process leaves the file behind, but not the lock on it. */
    private static boolean isInUse(Path directory) throws IOException {
        if (!Files.exists(directory.resolve("lock"))) {
            return false;
        }
        try (var lock = DirectoryLock.acquire(directory)) {
            return false;
        } catch (EmbeddedDatabaseFailed inUse) {
            return true;
        }
    }
}
