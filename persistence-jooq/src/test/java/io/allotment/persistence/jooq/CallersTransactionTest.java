package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.jooq.impl.DefaultConfiguration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A product with a table and a database user of its own charges inside its own transaction. */
class CallersTransactionTest {

    private static TestDatabase database;
    private static JooqPersistence persistence;
    private static Allotment allotment;
    private static Fixtures given;

    private Tenant tenant;
    private OperationKey operation;
    private Connection connection;

    @BeforeAll
    static void create() throws SQLException {
        database = TestDatabase.create();
        persistence = JooqPersistence.connect(IsolationTest.settings(database));
        allotment = Allotment.with(persistence).build();
        given = Fixtures.in(allotment);
        asOwner("""
                do $$
                begin
                    if not exists (select from pg_roles where rolname = 'product') then
                        create role product login password 'product';
                    end if;
                end $$;
                grant allotment_app to product;
                create schema product authorization product;
                create table product.reports (title text not null);
                alter table product.reports owner to product;
                """);
    }

    @AfterAll
    static void drop() throws SQLException {
        asOwner("drop schema product cascade; revoke allotment_app from product");
        persistence.close();
        database.close();
    }

    @BeforeEach
    void connect() throws SQLException {
        tenant = given.tenantWith(10);
        operation = given.operation("1");
        connection = DriverManager.getConnection(database.jdbcUrl(), "product", "product");
        connection.setAutoCommit(false);
    }

    @AfterEach
    void disconnect() throws SQLException {
        connection.rollback();
        execute("delete from product.reports");
        connection.commit();
        connection.close();
    }

    @Test
    void a_charge_and_the_products_own_write_are_committed_together() throws SQLException {
        execute("insert into product.reports values ('one')");
        assertThat(consume("charge", 4)).isTrue();

        assertThat(balance()).isEqualTo(Credits.of(10));
        connection.commit();
        assertThat(balance()).isEqualTo(Credits.of(6));
        assertThat(value("select count(*) from product.reports")).isEqualTo("1");
        assertThat(violations()).isZero();
    }

    @Test
    void they_are_rolled_back_together_and_the_key_is_free_again() throws SQLException {
        execute("insert into product.reports values ('one')");
        assertThat(consume("charge", 4)).isTrue();
        connection.rollback();

        assertThat(balance()).isEqualTo(Credits.of(10));
        assertThat(value("select count(*) from product.reports")).isEqualTo("0");
        assertThat(allotment
                        .gate()
                        .consume(tenant.id(), "charge", Charge.of(operation, Quantity.of(4)))
                        .replayed())
                .isFalse();
    }

    @Test
    void role_and_tenants_are_afterwards_as_they_were() throws SQLException {
        execute("set local allotment.tenant_ids = '{00000000-0000-7000-8000-000000000001}'");
        var before = value("select current_user || current_setting('allotment.tenant_ids')");

        consume("one", 1);
        assertThatThrownBy(() -> persistence.inTransactionOf(connection, tenant.id(), () -> {
                    throw new Mistake();
                }))
                .isInstanceOf(Mistake.class);

        assertThat(value("select current_user || current_setting('allotment.tenant_ids')"))
                .isEqualTo(before);
        execute("insert into product.reports values ('still the product')");
    }

    @Test
    void a_role_that_the_product_took_itself_is_its_role_afterwards() throws SQLException {
        execute("set local role allotment_app");

        consume("one", 1);

        assertThat(value("select current_role")).isEqualTo("allotment_app");
    }

    @Test
    void a_denial_is_an_answer_and_the_transaction_goes_on() throws SQLException {
        execute("insert into product.reports values ('one')");

        assertThat(consume("too-much", 11)).isFalse();
        assertThat(consume("enough", 10)).isTrue();
        connection.commit();

        assertThat(balance()).isEqualTo(Credits.ZERO);
        assertThat(value("select count(*) from product.reports")).isEqualTo("1");
    }

    @Test
    void many_charges_in_one_transaction_replay_within_it_too() throws SQLException {
        for (int i = 0; i < 20; i++) {
            consume("charge-" + i % 10, 1);
        }
        connection.commit();

        assertThat(balance()).isEqualTo(Credits.ZERO);
        assertThat(violations()).isZero();
    }

    @Test
    void a_connection_that_commits_by_itself_is_refused() throws SQLException {
        connection.setAutoCommit(true);

        assertThatThrownBy(() -> consume("charge", 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("setAutoCommit(false)");

        connection.setAutoCommit(false);
        assertThat(balance()).isEqualTo(Credits.of(10));
    }

    @Test
    void another_tenant_inside_is_refused_and_so_is_a_unit_around_it() {
        TenantId other = given.tenant().id();

        assertThatThrownBy(() -> persistence.inTransactionOf(
                        connection, tenant.id(), () -> allotment.tenants().get(other)))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> persistence.unitOfWork().forTenant(tenant.id(), () -> consume("charge", 1)))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void what_failed_inside_and_was_caught_there_is_still_told() {
        assertThatThrownBy(() -> persistence.inTransactionOf(connection, tenant.id(), () -> {
                    try {
                        persistence.unitOfWork().forTenant(tenant.id(), () -> {
                            throw new Mistake();
                        });
                    } catch (Mistake caught) {
                        // As a careless caller does.
                    }
                    return null;
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasCauseInstanceOf(Mistake.class);
    }

    @Test
    void after_an_error_of_the_database_only_a_rollback_is_left_and_it_restores_all() throws SQLException {
        assertThatThrownBy(() -> persistence.inTransactionOf(connection, tenant.id(), () -> {
                    assertThatThrownBy(() -> execute("select 1 / 0")).isInstanceOf(SQLException.class);
                    throw new Mistake();
                }))
                .isInstanceOf(Mistake.class);
        connection.rollback();

        assertThat(value("select current_user")).isEqualTo("product");
    }

    @Test
    void it_works_over_a_connection_of_jooqs() {
        var jooq = new DefaultConfiguration();
        jooq.setConnection(connection);

        assertThat(persistence.inTransactionOf(
                        jooq,
                        tenant.id(),
                        () -> allotment
                                .gate()
                                .consume(tenant.id(), "charge", Charge.of(operation, Quantity.of(1)))
                                .allowed()))
                .isTrue();

        assertThat(balance()).isEqualTo(Credits.of(10));
    }

    private static final class Mistake extends RuntimeException {}

    private boolean consume(String key, long quantity) {
        return persistence.inTransactionOf(
                connection,
                tenant.id(),
                () -> allotment
                        .gate()
                        .consume(tenant.id(), key, Charge.of(operation, Quantity.of(quantity)))
                        .allowed());
    }

    private Credits balance() {
        return allotment
                .credits()
                .balance(tenant.id(), Fixtures.accountOf(tenant))
                .balance();
    }

    private static int violations() {
        return allotment.gate().verify().violations().size();
    }

    private void execute(String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private String value(String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var result = statement.executeQuery(sql)) {
            result.next();
            return result.getString(1);
        }
    }

    private static void asOwner(String sql) throws SQLException {
        try (var owner = database.owner().getConnection();
                var statement = owner.createStatement()) {
            statement.execute(sql);
        }
    }
}
