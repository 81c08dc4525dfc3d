package io.allotment.server;

import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import io.zonky.test.db.postgres.util.LinuxUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * PostgreSQL's own programs, unpacked once per user and version from the archive on the class path.
 *
 * <p>They are run here, and not by the library that brings the archive: it waits out its whole patience when a server ends at once, gives
 * a stopping server five seconds, and trusts everybody on the first start.
 */
final class PostgresPrograms {

    private static final boolean WINDOWS =
            System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");

    private final Path home;

    private PostgresPrograms(Path home) {
        this.home = home;
    }

    /**
     * @param fallback where to unpack when the user has no folder for caches that can be written to
     */
    static PostgresPrograms unpacked(Path fallback) throws IOException {
        byte[] archive = archive();
        var name = "postgresql-" + sha256(archive).substring(0, 16);
        var cache = cacheFolder();
        if (cache.isPresent()) {
            try {
                return new PostgresPrograms(unpacked(archive, cache.get(), name));
            } catch (IOException e) {
                // Read-only homes are common in containers.
            }
        }
        return new PostgresPrograms(unpacked(archive, fallback, name));
    }

    private static synchronized Path unpacked(byte[] archive, Path folder, String name) throws IOException {
        Path home = folder.resolve(name);
        if (Files.isDirectory(home)) {
            return home;
        }
        PrivateFiles.createDirectories(folder);
        try (var channel =
                        FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var lock = channel.lock()) {
            if (!Files.isDirectory(home)) {
                Path partial = folder.resolve(name + ".partial");
                PrivateFiles.delete(partial);
                unpack(archive, partial);
                Files.move(partial, home);
            }
        }
        return home;
    }

    private static void unpack(byte[] archive, Path target) throws IOException {
        try (var tar = new TarArchiveInputStream(new XZInputStream(new ByteArrayInputStream(archive)))) {
            for (TarArchiveEntry entry; (entry = tar.getNextEntry()) != null; ) {
                Path path = target.resolve(entry.getName());
                if (entry.isDirectory()) {
                    Files.createDirectories(path);
                    continue;
                }
                Files.createDirectories(path.getParent());
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                } else {
                    Files.copy(tar, path);
                    if (path.getParent().endsWith("bin")) {
                        path.toFile().setExecutable(true, true);
                    }
                }
            }
        }
    }

    private static byte[] archive() throws IOException {
        var system = WINDOWS ? "Windows" : System.getProperty("os.name").startsWith("Mac") ? "Darwin" : "Linux";
        var architecture = System.getProperty("os.arch");
        try (InputStream archive = DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(
                system, architecture.equals("amd64") ? "x86_64" : architecture)) {
            return archive.readAllBytes();
        } catch (IllegalStateException e) {
            throw new EmbeddedDatabaseFailed(
                    "This build of Allotment brings no PostgreSQL for " + system + " on " + architecture
                            + ". Give it the URL of a database instead.",
                    e);
        }
    }

    private static Optional<Path> cacheFolder() {
        var cache = System.getenv("XDG_CACHE_HOME");
        if (cache != null && Path.of(cache).isAbsolute()) {
            return Optional.of(Path.of(cache, "allotment"));
        }
        var home = System.getProperty("user.home");
        return home == null || !Files.isDirectory(Path.of(home))
                ? Optional.empty()
                : Optional.of(Path.of(home, ".cache", "allotment"));
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java has SHA-256", e);
        }
    }

    /** The major version, as PostgreSQL writes it into the directories it makes. */
    String majorVersion() throws IOException {
        // "postgres (PostgreSQL) 18.6"
        var words = run("postgres", "--version").output().split("[ .]");
        return words[2];
    }

    /** Runs to the end. What the program and its children print is captured in English, with nothing of the caller's own PostgreSQL settings. */
    Result run(String program, String... arguments) throws IOException {
        var command = new ArrayList<String>();
        if (LinuxUtils.isUnshareAvailable()) {
            // Root, whom PostgreSQL refuses to run as: in a user namespace it is somebody else.
            command.addAll(List.of("unshare", "-U"));
        }
        command.add(
                home.resolve("bin").resolve(program + (WINDOWS ? ".exe" : "")).toString());
        command.addAll(List.of(arguments));
        // A file and no pipe: a server inherits it, and a pipe is at its end only when the server is.
        Path output = Files.createTempFile("allotment-", ".out");
        try {
            var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
            builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
            builder.environment().put("LC_ALL", "C");
            int exitCode = builder.start().waitFor();
            return new Result(exitCode, Files.readString(output).strip());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EmbeddedDatabaseFailed("Interrupted while " + program + " was running.", e);
        } finally {
            Files.deleteIfExists(output);
        }
    }

    record Result(int exitCode, String output) {
        boolean failed() {
            return exitCode != 0;
        }
    }
}
