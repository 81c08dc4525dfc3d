package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.testkit.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The database goes away in the middle of things, and comes back. */
class OutageTest {

    private TestDatabase database;
    private JooqPersistence persistence;
    private Allotment allotment;
    private TenantId tenant;

    @BeforeEach
    void create() {
        database = TestDatabase.create();
        persistence = JooqPersistence.connect(IsolationTest.settings(database));
        allotment = Allotment.with(persistence).build();
        allotment.catalog().create(Operation.of("call", "test", Credits.of(1)));
        allotment.catalog().create(Plan.of("free", "Free").asDefault(), PlanVersionTerms.empty());
        tenant = allotment.tenants().create(TenantProfile.of("Acme", "acme")).id();
        allotment.credits().grant(tenant, BillingAccount.idOf(tenant), "grant", GrantSource.GIFT, 10);
    }

    @AfterEach
    void drop() {
        persistence.close();
        database.close();
    }

    @Test
    void a_unit_whose_connection_is_cut_is_unavailable_leaves_nothing_and_the_next_one_works() {
        assertThatThrownBy(() -> persistence.unitOfWork().forTenant(tenant, () -> {
                    allotment.gate().consume(tenant, "cut", Charge.of("call", 1));
                    cutAllConnections();
                    return allotment.credits().balance(tenant, BillingAccount.idOf(tenant));
                }))
                .isInstanceOfSatisfying(
                        Unavailable.class, e -> assertThat(e.retryAfter()).isPositive());

        assertThat(balance()).isEqualTo(Credits.of(10));
        assertThat(allotment.gate().consume(tenant, "cut", Charge.of("call", 1)).replayed())
                .isFalse();
        assertThat(balance()).isEqualTo(Credits.of(9));
    }

    @Test
    void a_connection_that_is_cut_before_the_commit_leaves_nothing() {
        assertThatThrownBy(() -> persistence.unitOfWork().forTenant(tenant, () -> {
                    allotment.gate().consume(tenant, "cut", Charge.of("call", 1));
                    cutAllConnections();
                }))
                .isInstanceOf(Unavailable.class);

        assertThat(balance()).isEqualTo(Credits.of(10));
        assertThat(allotment.gate().verify().violations()).isEmpty();
    }

    @Test
    void a_statement_that_takes_too_long_or_a_lock_that_is_not_given_is_unavailable() {
        setForRole("lock_timeout", "100ms");
        persistence.unitOfWork().forTenant(tenant, () -> {
            persistence.accounts().lock(tenant, BillingAccount.idOf(tenant));

            assertThatThrownBy(() -> elsewhere(() -> allotment.gate().consume(tenant, "k", Charge.of("call", 1))))
                    .hasCauseInstanceOf(Unavailable.class);
        });

        assertThat(balance()).isEqualTo(Credits.of(10));
    }

    @Test
    void a_read_only_database_is_unavailable_for_changes() {
        setForRole("default_transaction_read_only", "on");

        assertThatThrownBy(() -> allotment.gate().consume(tenant, "k", Charge.of("call", 1)))
                .isInstanceOfSatisfying(
                        Unavailable.class, e -> assertThat(e.retryAfter()).isLessThan(Duration.ofMinutes(1)));
    }

    @Test
    void a_server_that_cannot_be_reached_is_unavailable() {
        var nobody = new JooqPersistence.Settings("jdbc:postgresql://127.0.0.1:1/allotment", "app", "platform", 1);

        try (var away = JooqPersistence.connect(nobody)) {
            assertThatThrownBy(() -> Allotment.with(away).build().tenants().get(tenant))
                    .isInstanceOf(Unavailable.class);
        }
    }

    @Test
    void a_database_that_is_not_there_is_told_at_once() {
        var elsewhere = new JooqPersistence.Settings(
                database.jdbcUrl().replaceFirst("/[^/?]+(\\?|$)", "/not_there$1"),
                database.appPassword(),
                database.platformPassword(),
                1);

        assertThatThrownBy(() -> JooqPersistence.connect(elsewhere))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("The role allotment_app cannot log in to the database")
                .hasMessageContaining("not_there");
    }

    private Credits balance() {
        return allotment.credits().balance(tenant, BillingAccount.idOf(tenant)).balance();
    }

    private void cutAllConnections() {
        asOwner("select pg_terminate_backend(pid) from pg_stat_activity"
                + " where datname = current_database() and pid <> pg_backend_pid()");
    }

    /** For the sessions that begin after it: the pool's present ones are cut. */
    private void setForRole(String setting, String value) {
        asOwner("do $$ begin execute format('alter role allotment_app in database %I set " + setting + " = %L',"
                + " current_database(), '" + value + "'); end $$");
        cutAllConnections();
    }

    private void asOwner(String sql) {
        try (var connection = database.owner().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void elsewhere(Runnable work) throws Exception {
        var thread = Executors.newSingleThreadExecutor();
        try {
            thread.submit(work).get(30, TimeUnit.SECONDS);
        } finally {
            thread.shutdownNow();
        }
    }
}
