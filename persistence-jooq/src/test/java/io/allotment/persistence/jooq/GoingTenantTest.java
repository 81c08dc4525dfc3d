package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.allotment.Allotment;
import io.allotment.domain.retention.RetentionTerms;
import io.allotment.domain.shared.NotFound;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestDatabase;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who waits for a tenant that is being deleted is told that there is none. */
class GoingTenantTest {

    private static final int PATIENCE_SECONDS = 60;

    private final TestDatabase database = TestDatabase.create();
    private final JooqPersistence persistence = JooqPersistence.connect(IsolationTest.settings(database));
    private final Allotment allotment = Allotment.with(persistence).build();
    private final ExecutorService thread = Executors.newSingleThreadExecutor();

    @AfterEach
    void drop() {
        thread.shutdown();
        persistence.close();
        database.close();
    }

    @Test
    void terms_of_a_tenant_that_goes_meanwhile_are_those_of_none() throws Exception {
        var tenant = Fixtures.in(allotment).tenant().id();
        CompletableFuture<Throwable> waiting;
        try (var other = database.owner().getConnection();
                var sql = other.createStatement()) {
            other.setAutoCommit(false);
            sql.execute("delete from allotment.tenants where tenant_id = '" + tenant + "'");
            waiting = CompletableFuture.supplyAsync(
                    () -> catchThrowable(() -> allotment.retention().set(tenant, new RetentionTerms(500, 400, 30))),
                    thread);
            RightsBesideAccountsTest.awaitWaitingFor(sql, waiting);
            assertThat(waiting).isNotDone();
            other.commit();
        }

        assertThat(waiting.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isInstanceOf(NotFound.class);
    }
}
