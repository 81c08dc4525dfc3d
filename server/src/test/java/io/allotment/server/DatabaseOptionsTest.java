package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.testkit.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatabaseOptionsTest {

    private final TestDatabase database = TestDatabase.empty();

    @TempDir
    Path directory;

    @AfterEach
    void drop() {
        database.close();
    }

    private Map<String, String> environmentWithout(String... variables) {
        var environment = new HashMap<>(CommandRun.environment(database));
        for (var variable : variables) {
            environment.remove(variable);
        }
        return environment;
    }

    @Test
    void migrating_tells_what_was_applied_and_the_second_time_that_nothing_was() {
        var first = CommandRun.on(database, "migrate");
        var second = CommandRun.on(database, "migrate");

        assertThat(first.exitCode()).isZero();
        assertThat(first.out()).contains("is up to date; applied: 1");
        assertThat(second.exitCode()).isZero();
        assertThat(second.out()).contains("nothing had to be applied");
    }

    @Test
    void migrating_tells_programs_in_one_line_and_people_beside_it() {
        var run = CommandRun.on(database, "migrate", "--json");

        assertThat(run.out().lines()).hasSize(1);
        assertThat(run.json().get("applied").get(0).asText()).isEqualTo("1");
        assertThat(run.err()).contains("is up to date");
    }

    @Test
    void the_owner_may_stand_in_the_url() {
        var url = database.jdbcUrl() + (database.jdbcUrl().contains("?") ? "&" : "?") + "user=" + database.ownerUser()
                + "&password=" + database.ownerPassword();
        var environment =
                environmentWithout("ALLOTMENT_DATABASE_URL", "ALLOTMENT_DATABASE_USER", "ALLOTMENT_DATABASE_PASSWORD");

        assertThat(CommandRun.of(environment, "migrate", "--database-url", url).exitCode())
                .isZero();
        assertThat(CommandRun.of(environment, "verify", "--database-url", url).exitCode())
                .isZero();
    }

    @Test
    void a_database_that_is_not_up_to_date_is_refused_by_whoever_does_not_migrate() {
        var run = CommandRun.on(database, "verify");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("not up to date; not applied yet: 1").contains("allotment migrate");
    }

    @Test
    void a_role_whose_password_is_another_is_named_with_what_to_do() {
        CommandRun.on(database, "migrate");
        var environment = environmentWithout();
        environment.put("ALLOTMENT_APP_PASSWORD", "another");

        var run = CommandRun.of(environment, "verify");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .contains("The role allotment_app cannot log in")
                .contains("allotment migrate")
                .contains("ALLOTMENT_APP_PASSWORD");
    }

    @Test
    void without_any_password_it_is_said_which_to_set() {
        var run = CommandRun.of(Map.of(), "verify", "--database-url", "jdbc:postgresql://localhost/x?user=owner");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .contains("ALLOTMENT_APP_PASSWORD", "ALLOTMENT_PLATFORM_PASSWORD", "ALLOTMENT_DATABASE_PASSWORD");
    }

    @Test
    void migrating_without_the_owner_says_who_is_needed() {
        var environment = environmentWithout("ALLOTMENT_DATABASE_USER", "ALLOTMENT_DATABASE_PASSWORD");

        var run = CommandRun.of(environment, "migrate");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("Migrating needs the owner", "ALLOTMENT_DATABASE_USER");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "jdbc:postgresql://127.0.0.1:1/x?user=owner&password=top-secret | 1 | does not let us in",
                "jdbc:postgresql://127.0.0.1:1/x?password=top-secret&user=owner | 1 | does not let us in",
                "jdbc:mysql://localhost/x?user=owner&password=top-secret | 2 | beginning with jdbc:postgresql://",
                "jdbc:postgresql://owner:top-secret@localhost/x | 2 | user before the host",
                "jdbc:postgresql://local host:port/x?password=top-secret&user=owner | 2 | database URL cannot be read",
            })
    void a_url_that_does_not_work_is_refused_without_its_password(String url, int exitCode, String message) {
        var run = CommandRun.of(
                Map.of("ALLOTMENT_APP_PASSWORD", "a", "ALLOTMENT_PLATFORM_PASSWORD", "b"),
                "verify",
                "--database-url",
                url);

        assertThat(run.exitCode()).isEqualTo(exitCode);
        assertThat(run.err()).contains(message).doesNotContain("top-secret");
        assertThat(run.out()).doesNotContain("top-secret");
    }

    @Test
    void a_url_in_the_wrong_place_is_refused_without_its_password() {
        var run = CommandRun.of(Map.of(), "verify", "jdbc:postgresql://localhost/x?user=owner&password=top-secret");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).doesNotContain("top-secret");
    }

    @Test
    void looking_makes_no_database_where_there_is_none() {
        var run =
                CommandRun.of(Map.of("ALLOTMENT_DATA", directory.resolve("none").toString()), "verify");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("There is no database in " + directory.resolve("none"));
        assertThat(Files.exists(directory.resolve("none"))).isFalse();
    }

    @Test
    void the_command_line_comes_before_the_environment() {
        var run = CommandRun.on(
                database, "verify", "--data", directory.resolve("none").toString());

        assertThat(run.err()).contains("There is no database in " + directory.resolve("none"));
    }

    @Test
    void one_process_looks_while_another_works_on_the_same_data_directory() throws SQLException {
        var data = directory.toString();
        assertThat(CommandRun.of(Map.of(), "migrate", "--data", data).exitCode())
                .isZero();

        try (var serving = EmbeddedDatabase.start(directory)) {
            var run = CommandRun.of(Map.of(), "verify", "--data", data);

            assertThat(run.err()).isEmpty();
            assertThat(run.exitCode()).isZero();
            DatabaseAddress.parse(serving.jdbcUrl())
                    .as(serving.user(), Optional.of(serving.password()))
                    .getConnection()
                    .close();
        }
    }

    @Test
    void role_passwords_come_from_the_owners_so_that_servers_agree_and_roles_do_not() {
        assertThat(Database.derived("owner's")).isEqualTo(Database.derived("owner's"));
        assertThat(Database.derived("owner's").app())
                .isNotEqualTo(Database.derived("another's").app());
        assertThat(Database.derived("owner's").app())
                .isNotEqualTo(Database.derived("owner's").platform());
        assertThat(Database.derived("owner's").app()).hasSize(43);
    }
}
