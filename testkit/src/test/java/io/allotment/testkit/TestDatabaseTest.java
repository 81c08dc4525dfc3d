package io.allotment.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.migrations.Migrations;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestDatabaseTest {

    @Test
    void a_created_database_is_migrated_and_an_empty_one_is_not() {
        try (var migrated = TestDatabase.create();
                var empty = TestDatabase.empty()) {

            assertThat(Migrations.pending(migrated.owner())).isEmpty();
            assertThat(Migrations.pending(empty.owner())).isNotEmpty();
        }
    }

    @Test
    void what_happens_in_one_database_stays_there() throws SQLException {
        try (var one = TestDatabase.create();
                var other = TestDatabase.create()) {
            execute(one, "create table public.mark (n int)");

            assertThat(query(one, "select to_regclass('public.mark')::text")).isEqualTo("mark");
            assertThat(query(other, "select to_regclass('public.mark')::text")).isNull();
        }
    }

    @Test
    void both_roles_log_in_with_their_passwords_and_with_no_other() throws SQLException {
        try (var database = TestDatabase.create()) {
            var url = database.jdbcUrl();

            DriverManager.getConnection(url, "allotment_app", database.appPassword())
                    .close();
            DriverManager.getConnection(url, "allotment_platform", database.platformPassword())
                    .close();

            assertThatThrownBy(() -> DriverManager.getConnection(url, "allotment_app", "guessed"))
                    .hasMessageContaining("password authentication failed");
        }
    }

    @Test
    void closing_drops_the_database_from_under_an_open_connection() throws SQLException {
        var database = TestDatabase.create();
        try (var connection = database.owner().getConnection()) {
            database.close();

            assertThat(connection.isValid(1)).isFalse();
            assertThatThrownBy(() -> database.owner().getConnection()).hasMessageContaining("does not exist");
        }
    }

    @Test
    void closing_twice_is_harmless() {
        var database = TestDatabase.create();
        database.close();
        database.close();
    }

    @ParameterizedTest
    @CsvSource({
        "jdbc:postgresql://db.example:5433/x?user=me&password=a%26b&ssl=true, db.example:5433, x, ?ssl=true, me, a&b",
        "jdbc:postgresql://localhost/, localhost, postgres, '', postgres, ''"
    })
    void the_url_of_an_outside_server_is_taken_apart(
            String url, String authority, String database, String parameters, String user, String password) {
        assertThat(TestServers.outside(url))
                .isEqualTo(new TestServer(authority, database, parameters, user, password, true));
    }

    @ParameterizedTest
    @CsvSource({
        "docker, not 'docker'",
        "jdbc:postgresql://localhost, has no database",
        "jdbc:postgresql://localhost:1/x?user=me, does not let us in"
    })
    void a_server_that_cannot_be_had_is_an_error_that_says_why(String setting, String words) {
        assertThatThrownBy(() -> TestServers.start(setting))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("ALLOTMENT_TEST_DATABASE")
                .hasMessageContaining(words);
    }

    private static void execute(TestDatabase database, String sql) throws SQLException {
        try (var connection = database.owner().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String query(TestDatabase database, String sql) throws SQLException {
        try (var connection = database.owner().getConnection();
                var statement = connection.createStatement();
                var result = statement.executeQuery(sql)) {
            result.next();
            return result.getString(1);
        }
    }
}
