package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestDatabase;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two processes on one database, each of which remembers accounts: neither decides on what the other has changed. */
class RememberedTest {

    private static TestDatabase database;
    private static JooqPersistence here;
    private static JooqPersistence there;
    private static Allotment ours;
    private static Allotment theirs;
    private static Fixtures given;
    private static ExecutorService threads;

    private OperationKey operation;
    private Tenant tenant;
    private AccountId account;

    @BeforeAll
    static void connect() {
        threads = Executors.newFixedThreadPool(16);
        database = TestDatabase.create();
        here = JooqPersistence.connect(IsolationTest.settings(database));
        there = JooqPersistence.connect(IsolationTest.settings(database));
        ours = Allotment.with(here).build();
        theirs = Allotment.with(there).build();
        given = Fixtures.in(theirs);
    }

    @BeforeEach
    void rememberAnAccount() {
        operation = given.operation("1");
        tenant = given.tenantWith(10);
        account = Fixtures.accountOf(tenant);
        assertThat(consume(ours, "1").balanceAfter()).isEqualTo(Credits.of(9));
        assertThat(consume(ours, "1").balanceAfter()).isEqualTo(Credits.of(8));
    }

    @AfterEach
    void allIsTrue() {
        assertThat(ours.gate().verify().violations()).isEmpty();
    }

    @AfterAll
    static void close() {
        threads.shutdown();
        here.close();
        there.close();
        database.close();
    }

    @Test
    void what_the_other_consumed_is_gone() {
        consume(theirs, "7");

        assertThat(consume(ours, "2").denial()).map(Denial::reason).contains(Denial.Reason.INSUFFICIENT_CREDITS);
        assertThat(consume(ours, "1").balanceAfter()).isEqualTo(Credits.ZERO);
    }

    @Test
    void what_the_other_granted_can_be_spent() {
        given.grant(tenant, 100);

        assertThat(consume(ours, "50").balanceAfter()).isEqualTo(Credits.of(58));
    }

    @Test
    void what_was_granted_here_can_be_spent_too() {
        Fixtures.in(ours).grant(tenant, 100);

        assertThat(consume(ours, "50").balanceAfter()).isEqualTo(Credits.of(58));
    }

    @Test
    void what_the_other_has_set_aside_is_held() {
        theirs.gate().reserve(tenant.id(), Fixtures.key(), Charge.of(operation, Quantity.of(8)), Duration.ofHours(1));

        assertThat(consume(ours, "1").allowed()).isFalse();
    }

    @Test
    void taking_turns_all_is_counted() {
        for (int i = 0; i < 4; i++) {
            consume(ours, "1");
            consume(theirs, "1");
        }

        assertThat(consume(ours, "1").allowed()).isFalse();
        assertThat(consume(theirs, "1").allowed()).isFalse();
    }

    @Test
    void at_the_same_time_exactly_what_is_there_is_spent() {
        given.grant(tenant, 92);

        var allowed = new AtomicInteger();
        IntStream.range(0, 16)
                .mapToObj(thread -> CompletableFuture.runAsync(
                        () -> {
                            for (int i = 0; i < 10; i++) {
                                if (consume(thread % 2 == 0 ? ours : theirs, "1")
                                        .allowed()) {
                                    allowed.incrementAndGet();
                                }
                            }
                        },
                        threads))
                .toList()
                .forEach(CompletableFuture::join);

        assertThat(allowed).hasValue(100);
        assertThat(ours.credits().balance(tenant.id(), account).balance()).isEqualTo(Credits.ZERO);
    }

    @Test
    void hundreds_of_callers_of_one_account_spend_exactly_what_is_there_while_the_other_grants_more() {
        given.grant(tenant, 1_000);
        var crowd = Executors.newFixedThreadPool(200);
        var allowed = new AtomicInteger();
        try {
            var callers = IntStream.range(0, 200)
                    .mapToObj(caller -> CompletableFuture.runAsync(
                            () -> {
                                for (int i = 0; i < 10; i++) {
                                    if (consume(ours, "1").allowed()) {
                                        allowed.incrementAndGet();
                                    }
                                }
                            },
                            crowd))
                    .toList();
            IntStream.range(0, 5).forEach(i -> given.grant(tenant, 10));
            callers.forEach(CompletableFuture::join);
        } finally {
            crowd.shutdown();
        }

        var left = ours.credits().balance(tenant.id(), account).balance();
        assertThat(left).isEqualTo(Credits.of(1_058 - allowed.get()));
        assertThat(allowed.get()).isGreaterThanOrEqualTo(1_008);
    }

    @Test
    void a_key_that_was_used_for_something_else_is_a_conflict_whatever_else_is_wrong() {
        var key = Fixtures.key();
        ours.gate().consume(tenant.id(), key, Charge.of(operation, Quantity.of(1)));

        assertThatThrownBy(() ->
                        ours.gate().consume(tenant.id(), key, Charge.of(new OperationKey("unknown"), Quantity.of(1))))
                .isInstanceOf(IdempotencyKeyReused.class);
    }

    @Test
    void a_member_who_is_limited_there_is_limited_here() {
        var member = given.member(tenant);
        assertThat(consumeBy(member, "1").allowed()).isTrue();
        assertThat(consumeBy(member, "1").allowed()).isTrue();

        given.spendLimit(tenant, member, 3);

        assertThat(consumeBy(member, "1").allowed()).isTrue();
        assertThat(consumeBy(member, "1").denial()).map(Denial::reason).contains(Denial.Reason.SPEND_LIMIT_EXCEEDED);
    }

    @Test
    void a_member_who_gets_an_account_pays_with_it() {
        var member = given.member(tenant);
        assertThat(consumeBy(member, "1").accountId()).isEqualTo(account);
        assertThat(consumeBy(member, "1").accountId()).isEqualTo(account);

        given.memberAccount(tenant, member, PlanVersionTerms.empty().including(Credits.of(5)));

        assertThat(consumeBy(member, "1").accountId()).isEqualTo(BillingAccount.idOf(member));
    }

    @Test
    void an_operation_that_becomes_dearer_costs_more() {
        theirs.catalog()
                .updateOperation(
                        operation, known -> known.changedTo(Operation.of(operation.value(), "test", Credits.of(2))));

        assertThat(consume(ours, "1").credits()).isEqualTo(Credits.of(2));
    }

    @Test
    void a_tenant_that_is_suspended_may_nothing() {
        theirs.tenants().suspend(tenant.id());

        assertThat(consume(ours, "1").denial()).map(Denial::reason).contains(Denial.Reason.TENANT_SUSPENDED);
    }

    @Test
    void a_subscription_that_is_canceled_pays_no_more() {
        theirs.subscriptions().cancel(tenant.id(), account, false, Optional.of("no longer needed"));

        assertThat(consume(ours, "1").allowed()).isFalse();
    }

    @Test
    void a_key_that_was_used_there_gives_its_answer_here() {
        var key = Fixtures.key();
        var charge = Charge.of(operation, Quantity.of(1));
        var first = theirs.gate().consume(tenant.id(), key, charge);

        var again = ours.gate().consume(tenant.id(), key, charge);

        assertThat(again.replayed()).isTrue();
        assertThat(again.decision()).isEqualTo(first.decision());
    }

    @Test
    void what_a_transaction_did_that_was_rolled_back_is_not_remembered() {
        assertThatThrownBy(() -> here.unitOfWork().forTenant(tenant.id(), () -> {
                    consume(ours, "5");
                    throw new IllegalStateException("changed my mind");
                }))
                .hasMessage("changed my mind");

        assertThat(consume(ours, "8").balanceAfter()).isEqualTo(Credits.ZERO);
    }

    /** Who decides on what is loaded locks the account first, and writes his keys then. */
    @Test
    void who_has_written_a_key_and_waits_for_the_account_gives_way_to_one_who_waits_for_the_key() throws Exception {
        var key = Fixtures.key();
        var charge = Charge.of(operation, Quantity.of(1));
        long deadlocks = deadlocks();
        Outcome.Answer answer;
        try (var other = database.owner().getConnection();
                var sql = other.createStatement()) {
            other.setAutoCommit(false);
            // Who gives way is the gate: not this one either, however slow the machine.
            sql.execute("set local deadlock_timeout = '1min'");
            sql.execute("select from allotment.credit_accounts where tenant_id = '" + tenant.id() + "' for update");
            var call = CompletableFuture.supplyAsync(() -> ours.gate().consume(tenant.id(), key, charge), threads);
            awaitWaitingFor(sql, call);
            sql.execute("insert into allotment.decisions select (jsonb_populate_record(d, '{\"key_digest\": \""
                    + KeyDigest.of(key) + "\"}')).* from allotment.decisions d where tenant_id = '" + tenant.id()
                    + "' limit 1");
            other.rollback();
            answer = call.get(60, TimeUnit.SECONDS);
        }

        assertThat(deadlocks()).isEqualTo(deadlocks);
        assertThat(answer.replayed()).isFalse();
        assertThat(answer.decision().balanceAfter()).isEqualTo(Credits.of(7));
        assertThat(ours.credits().balance(tenant.id(), account).balance()).isEqualTo(Credits.of(7));
    }

    private static void awaitWaitingFor(Statement holder, CompletableFuture<?> waiter) throws SQLException {
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

    private static long deadlocks() throws SQLException {
        try (var connection = database.owner().getConnection();
                var sql = connection.createStatement();
                var row =
                        sql.executeQuery("select deadlocks from pg_stat_database where datname = current_database()")) {
            row.next();
            return row.getLong(1);
        }
    }

    private Decision consume(Allotment process, String quantity) {
        return process.gate()
                .consume(tenant.id(), Fixtures.key(), Charge.of(operation, new Quantity(new BigDecimal(quantity))))
                .decision();
    }

    private Decision consumeBy(UserId member, String quantity) {
        return ours.gate()
                .consume(
                        tenant.id(),
                        Fixtures.key(),
                        Charge.of(operation, new Quantity(new BigDecimal(quantity)))
                                .by(Actor.user(member)))
                .decision();
    }
}
