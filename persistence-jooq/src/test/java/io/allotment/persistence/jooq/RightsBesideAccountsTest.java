package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.Allotment;
import io.allotment.domain.access.RoleTerms;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestDatabase;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The product names who acts: what they may is read before their account is locked, not while others wait for it. */
class RightsBesideAccountsTest {

    private static final int PATIENCE_SECONDS = 60;
    private static final RoleKey EXPORTER = new RoleKey("exporter");

    private final TestDatabase database = TestDatabase.create();
    private final JooqPersistence persistence = JooqPersistence.connect(IsolationTest.settings(database));
    private final Allotment allotment = Allotment.with(persistence).build();
    private final Fixtures given = Fixtures.in(allotment);
    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private Tenant tenant;
    private OperationKey guarded;
    private OperationKey open;

    @BeforeEach
    void rememberAnAccount() {
        tenant = given.tenantWith(1_000);
        var export = given.permission("reports:export");
        guarded = given.operation(Operation.of("export", "test", Credits.of(1)).needing(export.value()));
        open = given.operation("1");
        allotment
                .access()
                .createRole(tenant.id(), EXPORTER, new RoleTerms("Exporter", Optional.empty(), Set.of(export)));
        var first = exporter();
        for (int i = 0; i < 3; i++) {
            assertThat(consume(guarded, first).allowed()).isTrue();
            assertThat(consume(open, Actor.system()).allowed()).isTrue();
        }
    }

    @AfterEach
    void drop() {
        threads.shutdown();
        persistence.close();
        database.close();
    }

    @Test
    void nobody_waits_for_a_member_whose_roles_are_read_for_the_first_time() throws Exception {
        var member = exporter();

        assertNobodyWaitsWhileRolesAreReadFor(member);
    }

    @Test
    void nobody_waits_for_a_member_whose_roles_are_read_since_they_changed() throws Exception {
        var member = exporter();
        consume(guarded, member);
        allotment
                .access()
                .assign(tenant.id(), member.member().orElseThrow(), SystemRole.VIEWER.key(), Optional.empty());

        assertNobodyWaitsWhileRolesAreReadFor(member);
    }

    private void assertNobodyWaitsWhileRolesAreReadFor(Actor member) throws Exception {
        CompletableFuture<Decision> waiting;
        try (var other = database.owner().getConnection();
                var sql = other.createStatement()) {
            other.setAutoCommit(false);
            sql.execute("lock table allotment.role_assignments in access exclusive mode");
            waiting = CompletableFuture.supplyAsync(() -> consume(guarded, member), threads);
            awaitWaitingFor(sql, waiting);

            var beside = CompletableFuture.supplyAsync(() -> consume(open, Actor.system()), threads);
            assertThat(beside.get(PATIENCE_SECONDS, TimeUnit.SECONDS).allowed()).isTrue();
            assertThat(waiting).isNotDone();
            other.rollback();
        }
        assertThat(waiting.get(PATIENCE_SECONDS, TimeUnit.SECONDS).allowed()).isTrue();
    }

    static void awaitWaitingFor(Statement holder, CompletableFuture<?> waiter) throws SQLException {
        while (!waiter.isDone()) {
            try (var waiting = holder.executeQuery(
                    "select count(*) from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))")) {
                waiting.next();
                if (waiting.getInt(1) > 0) {
                    return;
                }
            }
        }
    }

    private Actor exporter() {
        var user = given.member(tenant, SystemRole.MEMBER);
        allotment.access().assign(tenant.id(), user, EXPORTER, Optional.empty());
        return Actor.user(user);
    }

    private Decision consume(OperationKey operation, Actor actor) {
        var charge = Charge.of(operation, Quantity.of(1)).by(actor);
        return allotment.gate().consume(tenant.id(), Fixtures.key(), charge).decision();
    }
}
