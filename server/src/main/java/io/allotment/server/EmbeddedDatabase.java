package io.allotment.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL that comes along: the database of whoever gave none. What it has committed is on the disk, as on any well-kept server.
 *
 * <p>Everything lies in one data directory, which only its owner can read: {@code postgres} (the data), {@code postgres.password} (of the
 * superuser), {@code postgres.log} and {@code lock}. The server listens on the loopback address alone, on a port of the moment, and asks
 * everybody for a password from its first second.
 *
 * <p>It ends with the JVM. If the JVM was killed, the server it left behind is stopped by the next start on the same directory.
 */
final class EmbeddedDatabase implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedDatabase.class);

    private static final String USER = "postgres";
    private static final String HOST = "127.0.0.1";

    /** Recovery after a crash reads up to a gigabyte of log. */
    private static final Duration START_PATIENCE = Duration.ofMinutes(10);

    private static final Duration STOP_PATIENCE = Duration.ofMinutes(1);

    /** For one that does not listen any more: it was killed, and until its parent has noticed it looks like one that runs. */
    private static final Duration KILLED_PATIENCE = Duration.ofSeconds(3);

    private static final int CONNECT_MILLIS = 1_000;

    /** For what passes by itself: a port that somebody else was quicker to take, a killed server's last processes. */
    private static final Duration RETRY_PATIENCE = Duration.ofSeconds(20);

    private static final Duration RETRY_PAUSE = Duration.ofMillis(200);
    private static final int LOG_TAIL_LINES = 8;

    private final Path directory;
    private final Path cluster;
    private final DirectoryLock lock;
    private final boolean temporary;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Thread stopAtExit = new Thread(this::close, "stop-embedded-database");

    // Volatile for the shutdown hook, which may come in the middle of a start.
    private volatile PostgresPrograms programs;
    private volatile boolean serverMayRun;
    private volatile boolean started;
    private String password;
    private int port;

    private EmbeddedDatabase(Path directory, DirectoryLock lock, boolean temporary) {
        this.directory = directory;
        this.cluster = directory.resolve("postgres");
        this.lock = lock;
        this.temporary = temporary;
    }

    /**
     * Starts on the data in this directory, or makes both.
     *
     * @throws EmbeddedDatabaseFailed when the directory cannot be used, is in use, or holds data of another major version of PostgreSQL
     */
    static EmbeddedDatabase start(Path dataDirectory) {
        return start(dataDirectory, false);
    }

    /** Starts on an empty directory, which closing deletes. */
    static EmbeddedDatabase temporary() {
        try {
            return start(Files.createTempDirectory("allotment-"), true);
        } catch (IOException e) {
            throw new EmbeddedDatabaseFailed("No temporary directory can be made: " + reason(e), e);
        }
    }

    private static EmbeddedDatabase start(Path dataDirectory, boolean temporary) {
        EmbeddedDatabase database = locked(dataDirectory, temporary);
        try {
            Runtime.getRuntime().addShutdownHook(database.stopAtExit);
            database.start();
            return database;
        } catch (IOException e) {
            database.close();
            throw new EmbeddedDatabaseFailed(
                    "The embedded PostgreSQL in " + database.directory + " does not start: " + reason(e), e);
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
    }

    private static EmbeddedDatabase locked(Path dataDirectory, boolean temporary) {
        try {
            PrivateFiles.createDirectories(dataDirectory);
            Path directory = dataDirectory.toRealPath();
            refuseUnquotable(directory);
            return new EmbeddedDatabase(directory, DirectoryLock.acquire(directory), temporary);
        } catch (IOException e) {
            throw new EmbeddedDatabaseFailed(
                    "The data directory " + dataDirectory + " cannot be written to: " + reason(e), e);
        }
    }

    /** pg_ctl hands the path to a shell, in double quotes. */
    private static void refuseUnquotable(Path directory) {
        if (directory.toString().chars().anyMatch(c -> "\"$`\n".indexOf(c) >= 0)) {
            throw new EmbeddedDatabaseFailed("PostgreSQL cannot work in the directory " + directory
                    + ": choose one without quotes and dollar signs in its name.");
        }
    }

    private void start() throws IOException {
        programs = PostgresPrograms.unpacked(directory.resolve("programs"));
        refuseOtherVersion();
        stopWhatWasLeftRunning();
        password = storedPassword();
        if (!Files.exists(cluster)) {
            createCluster();
        }
        startServer();
        started = true;
        refuseWrongPassword();
    }

    private void refuseOtherVersion() throws IOException {
        Path versionFile = cluster.resolve("PG_VERSION");
        if (!Files.exists(versionFile)) {
            return;
        }
        var theirs = Files.readString(versionFile).strip();
        var ours = programs.majorVersion();
        if (!theirs.equals(ours)) {
            throw new EmbeddedDatabaseFailed("The data in " + directory + " is of PostgreSQL " + theirs
                    + ", and this Allotment brings PostgreSQL " + ours
                    + ". Start it with the Allotment that made it, or move the data over with pg_dump.");
        }
    }

    private String storedPassword() throws IOException {
        Path file = directory.resolve("postgres.password");
        if (Files.exists(file)) {
            return Files.readString(file).strip();
        }
        if (Files.exists(cluster)) {
            throw new EmbeddedDatabaseFailed("There is data in " + cluster + " but no password for it: the file " + file
                    + " is missing. Put it back; without it nobody can log in.");
        }
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        var password = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        PrivateFiles.write(file, password);
        return password;
    }

    private void createCluster() throws IOException {
        // Under another name until it is complete: what an interrupted start leaves behind is never taken for data.
        Path unfinished = directory.resolve("postgres.unfinished");
        PrivateFiles.delete(unfinished);
        var result = programs.run(
                "initdb",
                "--pgdata=" + unfinished,
                "--username=" + USER,
                "--pwfile=" + directory.resolve("postgres.password"),
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                // The same order of text on every operating system, and after its updates.
                "--no-locale",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8");
        if (result.failed()) {
            throw new EmbeddedDatabaseFailed(
                    result.output().contains("cannot be run as root")
                            ? "PostgreSQL does not run as root, and this system allows no user namespaces (unshare -U) to get around it."
                                    + " Run Allotment as another user, or give it the URL of a database."
                            : "PostgreSQL could not set up its data in " + directory + ":\n"
                                    + lastLines(result.output()));
        }
        Files.move(unfinished, cluster, StandardCopyOption.ATOMIC_MOVE);
    }

    private void startServer() throws IOException {
        Path log = directory.resolve("postgres.log");
        if (Files.exists(log)) {
            Files.move(log, directory.resolve("postgres.log.1"), StandardCopyOption.REPLACE_EXISTING);
        }
        long start = System.nanoTime();
        while (true) {
            port = freePort();
            serverMayRun = true;
            Files.deleteIfExists(log);
            var result = programs.run(
                    "pg_ctl",
                    "start",
                    "--wait",
                    "--timeout=" + START_PATIENCE.toSeconds(),
                    "--pgdata=" + cluster,
                    "--log=" + log,
                    "--options=" + String.join(" ", serverOptions()));
            if (!result.failed()) {
                return;
            }
            var told = Files.exists(log) ? Files.readString(log) : result.output();
            boolean passing =
                    told.contains("Address already in use") || told.contains("pre-existing shared memory block");
            if (!passing || System.nanoTime() - start > RETRY_PATIENCE.toNanos()) {
                throw new EmbeddedDatabaseFailed("The embedded PostgreSQL in " + directory
                        + " does not start. Its log ends with:\n" + lastLines(told));
            }
            pause();
        }
    }

    /** On the command line they win over every file in the data directory. No value may need quoting. */
    private List<String> serverOptions() {
        var options = new ArrayList<String>();
        for (var setting : List.of(
                "port=" + port,
                "listen_addresses=" + HOST,
                "unix_socket_directories=",
                "fsync=on",
                "synchronous_commit=on",
                "full_page_writes=on",
                "timezone=UTC",
                "log_timezone=UTC")) {
            options.add("-c");
            options.add(setting);
        }
        return options;
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
            return socket.getLocalPort();
        }
    }

    private void refuseWrongPassword() {
        try {
            DriverManager.getConnection(jdbcUrl(), USER, password).close();
        } catch (SQLException e) {
            throw new EmbeddedDatabaseFailed(
                    "The embedded PostgreSQL in " + directory + " runs, but does not let us in: " + e.getMessage()
                            + ". Does postgres.password belong to this data?",
                    e);
        }
    }

    private void stopWhatWasLeftRunning() throws IOException {
        Path pidFile = cluster.resolve("postmaster.pid");
        if (Files.exists(pidFile) && Files.size(pidFile) == 0) {
            // A full disk or a power cut leaves it so, and PostgreSQL then asks for a human.
            Files.delete(pidFile);
        }
        var claimed = claimedPid(pidFile).flatMap(ProcessHandle::of);
        if (claimed.isEmpty()) {
            // PostgreSQL sees by itself that such a file is stale.
            return;
        }
        var process = claimed.get();
        if (!isOurPostgres(process)) {
            disown(pidFile);
            return;
        }
        LOG.warn(
                "PostgreSQL (process {}) still runs in {}, left by an Allotment that was killed; stopping it.",
                process.pid(),
                cluster);
        var result = stopServer(STOP_PATIENCE);
        if (result.failed()) {
            throw new EmbeddedDatabaseFailed("PostgreSQL (process " + process.pid() + ") still runs in " + cluster
                    + ", left by an Allotment that was killed, and does not stop (" + lastLines(result.output())
                    + "). Stop it by hand, then start again.");
        }
    }

    private static Optional<Long> claimedPid(Path pidFile) throws IOException {
        if (!Files.exists(pidFile)) {
            return Optional.empty();
        }
        var firstLine = Files.readString(pidFile).lines().findFirst().orElse("").strip();
        return firstLine.matches("\\d{1,18}") ? Optional.of(Long.parseLong(firstLine)) : Optional.empty();
    }

    /** A process id says little after a restart of the machine or the container: it may be anybody's by now. */
    private boolean isOurPostgres(ProcessHandle process) {
        var info = process.info();
        boolean postgres = info.command()
                .map(command -> Path.of(command).getFileName().toString())
                // Not the whole name: ".exe", or " (deleted)" when the program has been removed since.
                .filter(name -> name.startsWith("postgres"))
                .isPresent();
        // Where arguments cannot be seen, the name must do.
        return postgres
                && info.arguments()
                        .map(List::of)
                        .map(arguments -> arguments.contains(cluster.toString()))
                        .orElse(true);
    }

    /**
     * PostgreSQL refuses to start while the process named in the file lives, whatever that process is. The file's other lines stay: by
     * them it makes sure that nothing is attached to its shared memory.
     */
    private static void disown(Path pidFile) throws IOException {
        var lines = new ArrayList<>(Files.readAllLines(pidFile));
        // Above the highest number that any system gives to a process.
        lines.set(0, "99999999");
        Files.write(pidFile, lines);
    }

    private PostgresPrograms.Result stopServer(Duration patience) throws IOException {
        return programs.run(
                "pg_ctl", "stop", "--mode=fast", "--wait", "--timeout=" + patience.toSeconds(), "--pgdata=" + cluster);
    }

    private boolean listens() {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(HOST, port), CONNECT_MILLIS);
            return true;
        } catch (SocketTimeoutException busy) {
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    String jdbcUrl() {
        return "jdbc:postgresql://" + HOST + ":" + port + "/postgres";
    }

    /** The superuser. */
    String user() {
        return USER;
    }

    String password() {
        return password;
    }

    /**
     * From now on the end of the JVM does not stop it: whoever calls this has a shutdown hook that closes first what still uses the
     * database, and then the database. Hooks run at the same time, so two of them could not keep that order.
     */
    EmbeddedDatabase stoppedByCaller() {
        forgetHook();
        return this;
    }

    /** Stops the server. Connections still open are cut; what they committed stays. Closing again does nothing. */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        try {
            if (serverMayRun && Files.exists(cluster.resolve("postmaster.pid"))) {
                var result = stopServer(started && !listens() ? KILLED_PATIENCE : STOP_PATIENCE);
                if (result.failed()) {
                    LOG.warn("PostgreSQL in {} did not stop as asked: {}", cluster, lastLines(result.output()));
                }
            }
            lock.close();
            if (temporary) {
                PrivateFiles.delete(directory);
            }
        } catch (IOException e) {
            LOG.warn("The embedded PostgreSQL in {} did not close well: {}", directory, reason(e));
        }
        forgetHook();
    }

    private void forgetHook() {
        try {
            Runtime.getRuntime().removeShutdownHook(stopAtExit);
        } catch (IllegalStateException e) {
            // The JVM is ending, and this is the hook.
        }
    }

    private static void pause() {
        try {
            Thread.sleep(RETRY_PAUSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EmbeddedDatabaseFailed("Interrupted while PostgreSQL was starting.", e);
        }
    }

    private static String lastLines(String text) {
        var lines = text.strip().lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
    }

    private static String reason(IOException e) {
        if (e instanceof AccessDeniedException denied) {
            return "no permission for " + denied.getFile();
        }
        if (e instanceof FileAlreadyExistsException there) {
            return there.getFile() + " is a file";
        }
        return e instanceof FileSystemException other && other.getReason() != null
                ? other.getFile() + ": " + other.getReason()
                : e.toString();
    }
}
