package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What PostgreSQL itself holds against a statement that forgets its tenant: tried as the application's role, by hand. */
class IsolationTest {

    private static TestDatabase database;
    private static TenantId acme;
    private static TenantId other;

    @BeforeAll
    static void create() {
        database = TestDatabase.create();
        try (var persistence = JooqPersistence.connect(settings())) {
            var allotment = Allotment.with(persistence).build();
            acme = allotment.tenants().create(TenantProfile.of("Acme", "acme")).id();
            other = allotment
                    .tenants()
                    .create(TenantProfile.of("Other", "other"))
                    .id();
        }
    }

    @AfterAll
    static void drop() {
        database.close();
    }

    @Test
    void without_a_tenant_nothing_is_seen() throws SQLException {
        try (var connection = connect("allotment_app", database.appPassword())) {
            assertThat(count(connection)).isZero();
        }
    }

    @Test
    void with_a_tenant_its_own_rows_are_seen_and_no_others() throws SQLException {
        try (var connection = connect("allotment_app", database.appPassword())) {
            enter(connection, acme);

            assertThat(count(connection)).isEqualTo(1);
            assertThat(rows(connection, "select slug from allotment.tenant_directory"))
                    .isEqualTo("acme");
        }
    }

    @Test
    void a_row_of_another_tenant_can_neither_be_written_nor_changed() throws SQLException {
        try (var connection = connect("allotment_app", database.appPassword())) {
            enter(connection, acme);

            assertThat(update(connection, "update allotment.tenants set name = 'x' where tenant_id = '" + other + "'"))
                    .isZero();
            assertThatThrownBy(() -> update(
                            connection,
                            "insert into allotment.tenant_requests (tenant_id, idempotency_key, fingerprint, created_at)"
                                    + " values ('" + other + "', 'k', 'f', now())"))
                    .hasMessageContaining("row-level security");
        }
    }

    @Test
    void after_a_transaction_whether_committed_or_aborted_the_next_user_of_the_connection_sees_nothing()
            throws SQLException {
        try (var connection = connect("allotment_app", database.appPassword())) {
            for (int i = 0; i < 50; i++) {
                enter(connection, acme);
                assertThat(count(connection)).isEqualTo(1);
                if (i % 2 == 0) {
                    connection.commit();
                } else {
                    assertThatThrownBy(() -> update(connection, "select 1 / 0")).isInstanceOf(SQLException.class);
                    connection.rollback();
                }

                assertThat(count(connection)).isZero();
                connection.rollback();
            }
        }
    }

    @Test
    void the_applications_role_reads_no_people_no_root_keys_and_writes_no_catalogue() throws SQLException {
        try (var connection = connect("allotment_app", database.appPassword())) {
            for (var refused : new String[] {
                "select * from allotment.users",
                "select * from allotment.root_keys",
                "select * from allotment.platform_requests",
                "delete from allotment.plans",
                "insert into allotment.features values ('f', 'F', null, 'BOOLEAN', null, now(), now())",
                "delete from allotment.usage_events",
                "update allotment.credit_entries set amount = 0",
                "update allotment.audit_entries set action = 'nothing.happened'",
                "update allotment.audit_entries set personal = null, personal_salt = null",
                "delete from allotment.audit_entries",
                "delete from allotment.audit_heads",
                "select * from allotment.platform_audit_entries",
                "select * from allotment.platform_audit_head",
                "create table allotment.mine (id int)",
                "select * from allotment.usage_events_default"
            }) {
                assertThatThrownBy(() -> update(connection, refused))
                        .as(refused)
                        .hasMessageContaining("permission denied");
                connection.rollback();
            }
        }
    }

    @Test
    void the_platforms_role_erases_personal_values_of_the_audit_log_and_changes_nothing_else_of_it()
            throws SQLException {
        try (var connection = connect("allotment_platform", database.platformPassword())) {
            for (var refused : new String[] {
                "update allotment.audit_entries set action = 'nothing.happened'",
                "update allotment.audit_entries set hash = ''",
                "update allotment.platform_audit_entries set action = 'nothing.happened'",
                "delete from allotment.platform_audit_entries",
                "delete from allotment.platform_audit_head"
            }) {
                assertThatThrownBy(() -> update(connection, refused))
                        .as(refused)
                        .hasMessageContaining("permission denied");
                connection.rollback();
            }
            update(connection, "update allotment.audit_entries set personal = null, personal_salt = null");
            connection.rollback();
        }
    }

    @Test
    void the_platforms_role_sees_all_tenants() throws SQLException {
        try (var connection = connect("allotment_platform", database.platformPassword())) {
            assertThat(count(connection)).isEqualTo(2);
        }
    }

    @Test
    void a_url_that_names_a_user_is_refused_since_the_driver_would_prefer_that_user_to_the_role() {
        assertThatThrownBy(() -> new JooqPersistence.Settings(
                        "jdbc:postgresql://localhost/allotment?ssl=true&user=postgres", "app", "platform", 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must name no user");
    }

    static JooqPersistence.Settings settings(TestDatabase database) {
        return new JooqPersistence.Settings(database.jdbcUrl(), database.appPassword(), database.platformPassword(), 8);
    }

    private static JooqPersistence.Settings settings() {
        return settings(database);
    }

    private static Connection connect(String role, String password) throws SQLException {
        var connection = DriverManager.getConnection(database.jdbcUrl(), role, password);
        connection.setAutoCommit(false);
        return connection;
    }

    private static void enter(Connection connection, TenantId tenant) throws SQLException {
        update(connection, "set local allotment.tenant_ids = '{" + tenant + "}'");
    }

    private static int count(Connection connection) throws SQLException {
        return Integer.parseInt(rows(connection, "select count(*) from allotment.tenants"));
    }

    private static String rows(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var result = statement.executeQuery(sql)) {
            var rows = new StringBuilder();
            while (result.next()) {
                rows.append(result.getString(1));
            }
            return rows.toString();
        }
    }

    private static int update(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
            return statement.getUpdateCount();
        }
    }
}
