package io.allotment.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.access.Right;
import io.allotment.migrations.MigrationFailed;
import io.allotment.migrations.Migrations;
import io.allotment.migrations.Migrations.RolePasswords;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** Stands here and not beside the migrations because the databases it runs on are this module's. */
class MigrationsTest {

    private static final int SERVERS = 4;

    @Test
    void four_servers_starting_at_once_on_an_empty_database_all_find_it_migrated() throws Exception {
        try (var database = TestDatabase.empty()) {
            var passwords = new RolePasswords(database.appPassword(), database.platformPassword());

            atOnce(() -> {
                        Migrations.run(database.owner(), passwords);
                        return Migrations.pending(database.owner());
                    })
                    .forEach(pending -> assertThat(pending).isEmpty());

            assertThat(appliedTwice(database)).isEmpty();
            DriverManager.getConnection(database.jdbcUrl(), Migrations.APP_ROLE, database.appPassword())
                    .close();
        }
    }

    @Test
    void servers_of_different_databases_in_one_cluster_may_set_the_passwords_at_once() throws Exception {
        var databases = new ArrayList<TestDatabase>();
        try {
            for (int i = 0; i < SERVERS; i++) {
                databases.add(TestDatabase.empty());
            }
            var next = databases.iterator();

            atOnce(() -> {
                        TestDatabase mine;
                        synchronized (next) {
                            mine = next.next();
                        }
                        for (int round = 0; round < 5; round++) {
                            Migrations.run(
                                    mine.owner(), new RolePasswords(mine.appPassword(), mine.platformPassword()));
                        }
                        return Migrations.pending(mine.owner());
                    })
                    .forEach(pending -> assertThat(pending).isEmpty());
        } finally {
            databases.forEach(TestDatabase::close);
        }
    }

    @Test
    void allotments_own_permissions_are_in_the_catalogue_and_nothing_else() throws SQLException {
        var own = new HashMap<String, String>();
        for (var right : Right.values()) {
            own.put(right.key().value(), right.description());
        }
        var stored = new HashMap<String, String>();
        try (var database = TestDatabase.create();
                var connection = database.owner().getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select key, description from allotment.permissions")) {
            while (rows.next()) {
                stored.put(rows.getString("key"), rows.getString("description"));
            }
        }

        assertThat(stored).isEqualTo(own);
    }

    @Test
    void asking_what_is_pending_changes_nothing() throws SQLException {
        try (var database = TestDatabase.empty()) {
            assertThat(Migrations.pending(database.owner())).first().isEqualTo("1");

            assertThat(strings(database, "select nspname from pg_namespace where nspname = 'allotment'"))
                    .isEmpty();
        }
    }

    @Test
    void everything_lies_in_our_schema_the_history_too() throws SQLException {
        try (var database = TestDatabase.empty()) {
            Migrations.run(database.owner());

            assertThat(strings(
                            database,
                            "select distinct table_schema from information_schema.tables"
                                    + " where table_schema not in ('pg_catalog', 'information_schema')"))
                    .containsExactly("allotment");
        }
    }

    @Test
    void migrating_again_without_passwords_keeps_them() throws SQLException {
        try (var database = TestDatabase.create()) {
            Migrations.run(database.owner());

            DriverManager.getConnection(database.jdbcUrl(), Migrations.APP_ROLE, database.appPassword())
                    .close();
        }
    }

    @Test
    void every_table_of_tenants_has_forced_row_level_security_and_both_policies() throws SQLException {
        try (var database = TestDatabase.create()) {
            var ofTenants = "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid"
                    + " where c.relnamespace = 'allotment'::regnamespace and c.relkind in ('r', 'p')"
                    + " and a.attname = 'tenant_id'";

            assertThat(strings(database, ofTenants)).contains("reservations", "allocations", "spend_limits", "outbox");
            assertThat(strings(database, ofTenants + " and not (c.relrowsecurity and c.relforcerowsecurity)"))
                    .isEmpty();
            assertThat(
                            strings(
                                    database,
                                    ofTenants + " and not c.relispartition and (select count(*) from pg_policy p"
                                            + " where p.polrelid = c.oid and p.polname in ('tenant_isolation', 'platform')) <> 2"))
                    .isEmpty();
        }
    }

    @Test
    void a_database_that_cannot_be_reached_is_named_as_the_reason() {
        var nobody = new PGSimpleDataSource();
        nobody.setUrl("jdbc:postgresql://localhost:1/nothing");

        assertThatThrownBy(() -> Migrations.run(nobody))
                .isInstanceOf(MigrationFailed.class)
                .hasMessageContaining("localhost:1");
    }

    @Test
    void passwords_are_neither_empty_nor_printed() {
        assertThat(new RolePasswords("secret1", "secret2").toString()).doesNotContain("secret");
        assertThatThrownBy(() -> new RolePasswords("x", " ")).hasMessageContaining("platform");
    }

    private static <T> List<T> atOnce(Callable<T> work) throws Exception {
        var executor = Executors.newFixedThreadPool(SERVERS);
        try {
            var start = new CountDownLatch(SERVERS);
            Callable<T> together = () -> {
                start.countDown();
                start.await();
                return work.call();
            };
            var results = new ArrayList<T>();
            for (var future :
                    executor.invokeAll(List.of(together, together, together, together), 2, TimeUnit.MINUTES)) {
                results.add(future.get());
            }
            return results;
        } finally {
            executor.shutdownNow();
        }
    }

    private static List<String> appliedTwice(TestDatabase database) throws SQLException {
        return strings(
                database,
                "select version from allotment.flyway_schema_history where version is not null"
                        + " group by version having count(*) > 1 or not bool_and(success)");
    }

    private static List<String> strings(TestDatabase database, String sql) throws SQLException {
        try (var connection = database.owner().getConnection();
                var statement = connection.createStatement();
                var result = statement.executeQuery(sql)) {
            var strings = new ArrayList<String>();
            while (result.next()) {
                strings.add(result.getString(1));
            }
            return strings;
        }
    }
}
