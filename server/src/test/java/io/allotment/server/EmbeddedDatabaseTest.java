package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedDatabaseTest {

    private static final int PATIENCE_SECONDS = 60;

    /** Made once, because that takes a second. */
    @TempDir
    static Path prototype;

    @TempDir
    Path directory;

    @BeforeAll
    static void makePrototype() {
        EmbeddedDatabase.start(prototype).close();
    }

    @Test
    void data_survives_a_restart_and_so_does_the_password() throws SQLException {
        String password;
        try (var database = EmbeddedDatabase.start(directory)) {
            execute(database, "create table mark (n int)", "insert into mark values (42)");
            password = database.password();
        }

        try (var database = EmbeddedDatabase.start(directory)) {
            assertThat(query(database, "select n from mark")).isEqualTo("42");
            assertThat(database.password()).isEqualTo(password).hasSizeGreaterThan(32);
        }
    }

    @Test
    void a_committed_row_is_on_the_disk() throws IOException, SQLException {
        copyPrototype();
        try (var database = EmbeddedDatabase.start(directory)) {
            assertThat(query(database, "show fsync")).isEqualTo("on");
            assertThat(query(database, "show synchronous_commit")).isEqualTo("on");
            assertThat(query(database, "show full_page_writes")).isEqualTo("on");
        }
    }

    @Test
    void only_this_machine_is_listened_to_and_nobody_is_trusted() throws IOException, SQLException {
        copyPrototype();
        try (var database = EmbeddedDatabase.start(directory)) {
            assertThat(query(database, "show listen_addresses")).isEqualTo("127.0.0.1");
            assertThat(query(database, "show unix_socket_directories")).isEmpty();
            assertThat(query(database, "select string_agg(distinct auth_method, ',') from pg_hba_file_rules"))
                    .isEqualTo("scram-sha-256");

            assertThatThrownBy(() -> DriverManager.getConnection(database.jdbcUrl(), database.user(), "guessed"))
                    .hasMessageContaining("password authentication failed");
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it has no such permissions")
    void what_lies_in_the_directory_is_the_owners_alone() throws IOException {
        Path fresh = directory.resolve("made/by/us");
        try (var database = EmbeddedDatabase.start(fresh)) {
            assertThat(permissions(fresh)).isEqualTo("rwx------");
            assertThat(permissions(fresh.resolve("postgres"))).isEqualTo("rwx------");
            assertThat(permissions(fresh.resolve("postgres.password"))).isEqualTo("rw-------");
            assertThat(fresh.resolve("postgres.password")).hasContent(database.password());
        }
    }

    @Test
    void a_directory_in_use_is_refused_with_the_process_that_uses_it() throws Exception {
        var holder = startHolder();
        try {
            assertThatThrownBy(() -> EmbeddedDatabase.start(directory))
                    .isInstanceOf(EmbeddedDatabaseFailed.class)
                    .hasMessageContaining("in use by another Allotment (process " + holder.pid() + ")");
        } finally {
            end(holder);
        }
    }

    @Test
    void a_directory_in_use_by_the_same_process_is_refused_too_and_keeps_working() throws IOException, SQLException {
        copyPrototype();
        try (var database = EmbeddedDatabase.start(directory)) {
            assertThatThrownBy(() -> EmbeddedDatabase.start(directory))
                    .hasMessageContaining("in use by another Allotment");

            assertThat(query(database, "select 1")).isEqualTo("1");
        }
    }

    @Test
    void the_end_of_the_jvm_stops_the_server() throws Exception {
        var holder = startHolder();
        var postgres = postgres();

        end(holder);

        awaitEnd(postgres);
        assertThat(directory.resolve("postgres/postmaster.pid")).doesNotExist();
    }

    @Test
    void a_killed_jvm_loses_nothing_committed_and_its_server_is_stopped_by_the_next_start() throws Exception {
        var holder = startHolder();
        var orphan = postgres();
        kill(holder.toHandle());
        assertThat(orphan.isAlive()).isTrue();

        try (var database = EmbeddedDatabase.start(directory)) {
            awaitEnd(orphan);
            assertThat(query(database, "select n from mark")).isEqualTo("42");
        }
    }

    @Test
    void killing_the_server_as_well_loses_nothing_committed() throws Exception {
        var holder = startHolder();
        var postgres = postgres();
        kill(holder.toHandle());
        kill(postgres);
        assertThat(directory.resolve("postgres/postmaster.pid")).exists();

        try (var database = EmbeddedDatabase.start(directory)) {
            assertThat(query(database, "select n from mark")).isEqualTo("42");
        }
    }

    @Test
    void a_stale_process_id_that_now_belongs_to_somebody_else_is_no_obstacle() throws Exception {
        var holder = startHolder();
        var postgres = postgres();
        kill(holder.toHandle());
        kill(postgres);
        Path pidFile = directory.resolve("postgres/postmaster.pid");
        Files.writeString(
                pidFile,
                Files.readString(pidFile)
                        .replaceFirst(
                                "\\d+", Long.toString(ProcessHandle.current().pid())));

        try (var database = EmbeddedDatabase.start(directory)) {
            assertThat(query(database, "select n from mark")).isEqualTo("42");
        }
    }

    @Test
    void an_empty_file_of_the_process_id_is_no_obstacle() throws IOException, SQLException {
        copyPrototype();
        Files.createFile(directory.resolve("postgres/postmaster.pid"));

        try (var database = EmbeddedDatabase.start(directory)) {
            assertThat(query(database, "select 1")).isEqualTo("1");
        }
    }

    @Test
    void a_first_start_that_was_interrupted_is_begun_again() throws Exception {
        Path unfinished = Files.createDirectories(directory.resolve("postgres.unfinished"));
        Files.writeString(unfinished.resolve("PG_VERSION"), "18");

        try (var database = EmbeddedDatabase.start(directory)) {
            assertThat(query(database, "select 1")).isEqualTo("1");
            assertThat(unfinished).doesNotExist();
        }
    }

    @Test
    void data_of_another_major_version_is_refused_and_left_as_it_is() throws IOException {
        Path cluster = Files.createDirectories(directory.resolve("postgres"));
        Files.writeString(cluster.resolve("PG_VERSION"), "9\n");

        assertThatThrownBy(() -> EmbeddedDatabase.start(directory))
                .isInstanceOf(EmbeddedDatabaseFailed.class)
                .hasMessageContaining("is of PostgreSQL 9, and this Allotment brings PostgreSQL 1");
        assertThat(cluster).isDirectoryContaining("glob:**/PG_VERSION");
    }

    @Test
    void data_without_its_password_is_refused_with_the_file_to_put_back() throws IOException {
        copyPrototype();
        Files.delete(directory.resolve("postgres.password"));

        assertThatThrownBy(() -> EmbeddedDatabase.start(directory))
                .isInstanceOf(EmbeddedDatabaseFailed.class)
                .hasMessageContaining(directory.toRealPath().resolve("postgres.password") + " is missing");
    }

    @Test
    void a_password_of_other_data_is_named_as_the_reason() throws IOException {
        copyPrototype();
        Files.writeString(directory.resolve("postgres.password"), "another");

        assertThatThrownBy(() -> EmbeddedDatabase.start(directory))
                .isInstanceOf(EmbeddedDatabaseFailed.class)
                .hasMessageContaining("Does postgres.password belong to this data?");
        assertThat(directory.resolve("postgres/postmaster.pid")).doesNotExist();
    }

    @Test
    void a_server_that_ends_at_once_is_reported_at_once_with_its_own_words() throws IOException {
        copyPrototype();
        Files.writeString(directory.resolve("postgres/postgresql.conf"), "no_such_setting = on\n");

        assertThatThrownBy(() -> EmbeddedDatabase.start(directory))
                .isInstanceOf(EmbeddedDatabaseFailed.class)
                .hasMessageContaining("no_such_setting");
    }

    @Test
    void a_directory_that_cannot_be_written_to_is_refused_with_the_reason() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        assertThatThrownBy(() -> EmbeddedDatabase.start(file))
                .isInstanceOf(EmbeddedDatabaseFailed.class)
                .hasMessageContaining("The data directory " + file + " cannot be written to");
        assertThatThrownBy(() -> EmbeddedDatabase.start(file.resolve("below")))
                .isInstanceOf(EmbeddedDatabaseFailed.class)
                .hasMessageContaining("cannot be written to");
    }

    @Test
    void a_path_with_spaces_and_quotes_works_or_is_refused() throws SQLException {
        try (var database = EmbeddedDatabase.start(directory.resolve("it's a path"))) {
            assertThat(query(database, "select 1")).isEqualTo("1");
        }
        assertThatThrownBy(() -> EmbeddedDatabase.start(directory.resolve("$(touch x)")))
                .hasMessageContaining("without quotes and dollar signs");
    }

    @Test
    void a_temporary_one_leaves_nothing() throws SQLException {
        Path made;
        try (var database = EmbeddedDatabase.temporary()) {
            made = Path.of(query(database, "show data_directory"));
            assertThat(made).exists();
        }
        assertThat(made.getParent()).doesNotExist();
    }

    private void copyPrototype() throws IOException {
        List<Path> sources;
        try (var all = Files.walk(prototype)) {
            sources = all.skip(1).toList();
        }
        for (Path source : sources) {
            Files.copy(source, directory.resolve(prototype.relativize(source)), StandardCopyOption.COPY_ATTRIBUTES);
        }
    }

    /** A JVM that has committed its row. */
    private Process startHolder() throws IOException {
        copyPrototype();
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var holder = new ProcessBuilder(
                        java,
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        EmbeddedDatabaseHolder.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(holder.inputReader().readLine()).isEqualTo("committed");
        return holder;
    }

    private static void end(Process holder) throws Exception {
        holder.getOutputStream().close();
        assertThat(holder.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    private static void kill(ProcessHandle process) throws Exception {
        process.destroyForcibly();
        awaitEnd(process);
    }

    private static void awaitEnd(ProcessHandle process) throws Exception {
        process.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private ProcessHandle postgres() throws IOException {
        List<String> lines = Files.readAllLines(directory.resolve("postgres/postmaster.pid"));
        return ProcessHandle.of(Long.parseLong(lines.get(0))).orElseThrow();
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static Connection connect(EmbeddedDatabase database) throws SQLException {
        return DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
    }

    private static void execute(EmbeddedDatabase database, String... statements) throws SQLException {
        try (var connection = connect(database);
                var statement = connection.createStatement()) {
            for (var sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static String query(EmbeddedDatabase database, String sql) throws SQLException {
        try (var connection = connect(database);
                var statement = connection.createStatement();
                var result = statement.executeQuery(sql)) {
            result.next();
            return result.getString(1);
        }
    }
}
