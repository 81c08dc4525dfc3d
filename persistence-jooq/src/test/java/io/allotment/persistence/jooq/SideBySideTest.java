package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.Allotment;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestDatabase;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A batch that has added its rows and waits for the one before it, when its connection is cut. */
class SideBySideTest {

    /** One that leads the first batch, twenty that wait, and one that leads them beside it. */
    private static final int CALLERS = 22;

    private static final int CREDITS = 100_000;
    private static final int MAX_ROUNDS = 300;
    private static final Duration ROUND = Duration.ofMillis(300);

    private final TestDatabase database = TestDatabase.create();
    private final JooqPersistence persistence = JooqPersistence.connect(IsolationTest.settings(database));
    private final Allotment allotment = Allotment.with(persistence).build();
    private final Fixtures given = Fixtures.in(allotment);
    private final ExecutorService crowd = Executors.newFixedThreadPool(CALLERS);
    private OperationKey operation;
    private Tenant tenant;

    @BeforeEach
    void rememberAnAccount() {
        operation = given.operation("1");
        tenant = given.tenantWith(CREDITS);
    }

    @AfterEach
    void drop() {
        crowd.shutdown();
        persistence.close();
        database.close();
    }

    /**
     * The first batch waits for a lock a quarter of a second before it gives way; where the second does not come beside it in
     * that time, another round is tried.
     */
    @Test
    void of_a_batch_that_is_cut_between_its_round_trips_each_call_is_decided_once() throws SQLException {
        int rounds = 0;
        int cut = 0;
        while (cut == 0 && rounds++ < MAX_ROUNDS) {
            var calls = new ArrayList<CompletableFuture<Outcome.Answer>>();
            try (var other = database.owner().getConnection();
                    var lock = other.createStatement();
                    // Within one transaction the activity of others would stand still.
                    var looking = database.owner().getConnection();
                    var sql = looking.createStatement()) {
                other.setAutoCommit(false);
                lock.execute(
                        "select from allotment.credit_accounts where tenant_id = '" + tenant.id() + "' for update");
                for (int i = 0; i < CALLERS; i++) {
                    calls.add(CompletableFuture.supplyAsync(this::consume, crowd));
                }
                long end = System.nanoTime() + ROUND.toNanos();
                while (cut == 0 && System.nanoTime() < end) {
                    cut = cutWhoWaitsWithinATransaction(sql);
                }
                other.rollback();
            }
            assertThat(calls.stream().map(CompletableFuture::join))
                    .allSatisfy(
                            answer -> assertThat(answer.decision().allowed()).isTrue());
        }

        assertThat(cut).as("connections cut").isPositive();
        assertThat(allotment
                        .credits()
                        .balance(tenant.id(), Fixtures.accountOf(tenant))
                        .balance())
                .isEqualTo(Credits.of(CREDITS - (long) rounds * CALLERS));
        assertThat(allotment.gate().verify().violations()).isEmpty();
    }

    private static int cutWhoWaitsWithinATransaction(Statement sql) throws SQLException {
        try (var row = sql.executeQuery(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                        + " where datname = current_database() and state = 'idle in transaction' and usename <> current_user")) {
            row.next();
            return row.getInt(1);
        }
    }

    private Outcome.Answer consume() {
        return allotment.gate().consume(tenant.id(), Fixtures.key(), Charge.of(operation, Quantity.of(1)));
    }
}
