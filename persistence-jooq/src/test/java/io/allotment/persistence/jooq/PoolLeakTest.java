package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.application.gate.GateService.Consumption;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import javax.sql.DataSource;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** However a unit of work ends, whoever is lent its connection next sees nothing of its tenant. */
class PoolLeakTest {

    /** Chooses how the units end, to see a failure again: {@code -Dallotment.seed=…}. */
    private static final String SEED = "allotment.seed";

    /** Of each kind. */
    private static final int UNITS = 16;

    private static final int CONNECTIONS = 2;
    /** Much more than is done in the time that the statement is given. */
    private static final String ENDLESS = "select count(*) from generate_series(1, 100000000000)";

    private static final List<String> TABLES = List.of(
            "tenants",
            "tenant_directory",
            "memberships",
            "credit_entries",
            "decisions",
            "usage_events",
            "audit_entries");

    private enum Ending {
        COMMITTED,
        EXCEPTION,
        SQL_ERROR,
        TIMEOUT,
        TERMINATED,
        GATE_BATCH
    }

    private TestDatabase database;
    private JooqPersistence persistence;
    private JooqUnits units;
    private Allotment allotment;
    private Tenant first;
    private Tenant other;
    private OperationKey operation;

    @BeforeEach
    void create() {
        database = TestDatabase.create();
        persistence = JooqPersistence.connect(new JooqPersistence.Settings(
                database.jdbcUrl(), database.appPassword(), database.platformPassword(), CONNECTIONS));
        units = (JooqUnits) persistence.unitOfWork();
        allotment = Allotment.with(persistence).build();
        var given = Fixtures.in(allotment);
        first = given.tenantWith(1_000_000);
        other = given.tenantWith(1_000_000);
        operation = given.operation("1");
        given.member(first);
    }

    @AfterEach
    void drop() {
        persistence.close();
        database.close();
    }

    @Test
    void however_a_unit_of_work_ends_the_next_user_of_its_connection_sees_nothing_of_its_tenant() throws SQLException {
        long seed = Long.getLong(SEED, System.nanoTime());
        System.out.println("The units of work have the seed -D" + SEED + "=" + seed);
        var random = new Random(seed);
        var endings = new ArrayList<Ending>();
        for (var ending : Ending.values()) {
            endings.addAll(Collections.nCopies(UNITS, ending));
        }
        Collections.shuffle(endings, random);
        for (int i = 0; i < endings.size(); i++) {
            var ending = endings.get(i);
            var what = "unit %d, %s, with -D%s=%d".formatted(i, ending, SEED, seed);
            end(ending);
            if (random.nextBoolean()) {
                requireNothingIsSeenWithoutATenant(what);
            } else {
                requireTheOtherSeesItsOwnAlone(what);
            }
        }
        requireNothingIsSeenWithoutATenant("at last");

        assertThat(allotment.gate().verify().violations()).isEmpty();
    }

    private void end(Ending ending) throws SQLException {
        switch (ending) {
            case COMMITTED ->
                units.forTenant(first.id(), () -> {
                    consume(first.id());
                    assertThat(number("select count(*) from allotment.tenants")).isEqualTo(1);
                });
            case EXCEPTION ->
                assertThatThrownBy(() -> units.forTenant(first.id(), () -> {
                            consume(first.id());
                            throw new Mistake();
                        }))
                        .isInstanceOf(Mistake.class);
            case SQL_ERROR ->
                assertThatThrownBy(() -> units.forTenant(first.id(), () -> {
                            consume(first.id());
                            number("select 1 / 0");
                        }))
                        .isInstanceOf(DataAccessException.class)
                        .hasMessageContaining("division by zero");
            case TIMEOUT ->
                assertThatThrownBy(() -> units.forTenant(first.id(), () -> {
                            execute("set local statement_timeout = '5ms'");
                            number(ENDLESS);
                        }))
                        .isInstanceOf(Unavailable.class);
            case TERMINATED ->
                assertThatThrownBy(() -> units.forTenant(first.id(), () -> {
                            consume(first.id());
                            terminate(number("select pg_backend_pid()"));
                            number("select 1");
                        }))
                        .isInstanceOf(Unavailable.class);
            case GATE_BATCH ->
                assertThat(allotment
                                .gate()
                                .consumeAll(List.of(consumption(first.id()), consumption(other.id()), unknown())))
                        .hasSize(3)
                        .last()
                        .isInstanceOf(Outcome.Refused.class);
        }
    }

    private void consume(TenantId tenant) {
        var one = consumption(tenant);
        assertThat(allotment.gate().consume(tenant, one.key(), one.charge()).allowed())
                .isTrue();
    }

    private Consumption consumption(TenantId tenant) {
        return new Consumption(tenant, Fixtures.key(), Charge.of(operation.value(), 1));
    }

    private Consumption unknown() {
        return new Consumption(first.id(), Fixtures.key(), Charge.of("unknown", 1));
    }

    /** All of the pool's connections at once, so that none hides. */
    private void requireNothingIsSeenWithoutATenant(String what) throws SQLException {
        try (var one = lent();
                var two = lent()) {
            assertThat(pid(one)).isNotEqualTo(pid(two));
            for (var connection : List.of(one, two)) {
                assertThat(setting(connection)).as(what).isNullOrEmpty();
                for (var table : TABLES) {
                    assertThat(one(connection, "select count(*) from allotment." + table))
                            .as("%s: %s", what, table)
                            .isEqualTo("0");
                }
                connection.rollback();
            }
        }
    }

    private void requireTheOtherSeesItsOwnAlone(String what) {
        units.forTenant(other.id(), () -> {
            assertThat(text("select current_setting('allotment.tenant_ids')"))
                    .as(what)
                    .isEqualTo("{" + other.id() + "}");
            for (var table : TABLES) {
                assertThat(text("select string_agg(distinct tenant_id::text, ' ') from allotment." + table))
                        .as("%s: %s", what, table)
                        .isIn(null, other.id().toString());
            }
            assertThat(persistence.tenants().find(first.id())).as(what).isEmpty();
        });
    }

    /** One that lives, lent by the pool of the application's role. The pool notices only in use that one has ended. */
    private Connection lent() throws SQLException {
        for (int left = CONNECTIONS; ; left--) {
            var connection = pool().getConnection();
            try {
                pid(connection);
                return connection;
            } catch (SQLException ended) {
                connection.close();
                if (left == 0) {
                    throw ended;
                }
            }
        }
    }

    /** Reached past the units of work, which are what is to be proven. */
    private DataSource pool() {
        try {
            var field = JooqPersistence.class.getDeclaredField("app");
            field.setAccessible(true);
            return (DataSource) field.get(persistence);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits until the backend has ended: the unit's next statement finds it gone. */
    private void terminate(long pid) {
        try (var connection = database.owner().getConnection()) {
            assertThat(one(connection, "select pg_terminate_backend(" + pid + ", 60000)"))
                    .isEqualTo("t");
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private long number(String sql) {
        return Long.parseLong(text(sql));
    }

    /** Asks over the present unit's connection, and fails as its repositories do. */
    private String text(String sql) {
        try {
            return one(units.acquire(), sql);
        } catch (SQLException failure) {
            throw new DataAccessException(failure.getMessage(), failure);
        }
    }

    private void execute(String sql) {
        try (var statement = units.acquire().createStatement()) {
            statement.execute(sql);
        } catch (SQLException failure) {
            throw new DataAccessException(failure.getMessage(), failure);
        }
    }

    private static String setting(Connection connection) throws SQLException {
        return one(connection, "select current_setting('allotment.tenant_ids', true)");
    }

    private static String pid(Connection connection) throws SQLException {
        return one(connection, "select pg_backend_pid()");
    }

    private static String one(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var found = statement.executeQuery(sql)) {
            found.next();
            return found.getString(1);
        }
    }

    private static final class Mistake extends RuntimeException {}
}
