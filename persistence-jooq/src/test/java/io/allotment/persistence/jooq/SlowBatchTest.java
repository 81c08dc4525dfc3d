package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.allotment.Allotment;
import io.allotment.domain.Persistence;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestDatabase;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A batch that takes longer than those after it wait for it: here they do not wait at all, and it waits for a connection. */
@Timeout(60)
class SlowBatchTest {

    /** So many calls make a second batch begin beside the first. */
    private static final int OTHERS = 21;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** Whoever asks next waits until it is released. */
    private static final class Pool extends HikariDataSource {

        private final AtomicBoolean holdsNext = new AtomicBoolean();
        private final CountDownLatch held = new CountDownLatch(1);
        private final CountDownLatch released = new CountDownLatch(1);

        Pool(HikariConfig config) {
            super(config);
        }

        @Override
        public Connection getConnection() throws SQLException {
            if (holdsNext.compareAndSet(true, false)) {
                held.countDown();
                await(released);
            }
            return super.getConnection();
        }
    }

    @Test
    void who_follows_a_batch_that_is_held_up_goes_before_it_and_that_one_is_decided_on_what_is_then_true() {
        try (var database = TestDatabase.create();
                var persistence = JooqPersistence.connect(IsolationTest.settings(database));
                var pool = pool(database);
                var platform = platform(database)) {
            var allotment = Allotment.with(impatient(persistence, new JooqUnits(pool, platform)))
                    .build();
            var given = Fixtures.in(allotment);
            var operation = given.operation("1");
            var tenant = given.tenantWith(52);
            // Twice, so that all is remembered that it takes.
            consume(allotment, tenant, operation, 1);
            consume(allotment, tenant, operation, 1);

            pool.holdsNext.set(true);
            var slow = later(() -> consume(allotment, tenant, operation, 30));
            await(pool.held);
            allotment
                    .catalog()
                    .updateOperation(
                            operation,
                            known -> known.changedTo(Operation.of(operation.value(), "test", Credits.of(2))));
            var others = IntStream.range(0, OTHERS)
                    .mapToObj(i -> later(() -> consume(allotment, tenant, operation, 1)))
                    .toList();

            assertThat(others)
                    .allSatisfy(other -> assertThat(other.join().allowed()).isTrue());
            assertThat(slow).isNotDone();
            assertThat(balance(allotment, tenant)).isEqualTo(Credits.of(8));

            pool.released.countDown();
            assertThat(slow.join().allowed()).isFalse();
            assertThat(consume(allotment, tenant, operation, 4).balanceAfter()).isEqualTo(Credits.ZERO);
            assertThat(allotment.gate().verify().violations()).isEmpty();
        } finally {
            threads.shutdownNow();
        }
    }

    /** One whose gate has a pool of its own, and a memory that waits for nobody. */
    private static Persistence impatient(JooqPersistence persistence, JooqUnits units) {
        var db = DSL.using(units, SQLDialect.POSTGRES);
        var gate = new JooqGateStore(
                units, new GateReads(db, units), new GateWrites(db, units), new GateMemory(Duration.ZERO));
        return (Persistence) Proxy.newProxyInstance(
                SlowBatchTest.class.getClassLoader(),
                new Class<?>[] {Persistence.class},
                (proxy, method, arguments) -> {
                    try {
                        return method.getName().equals("gate") ? gate : method.invoke(persistence, arguments);
                    } catch (InvocationTargetException refused) {
                        throw refused.getCause();
                    }
                });
    }

    private static Pool pool(TestDatabase database) {
        return new Pool(config(database, "allotment_app", database.appPassword()));
    }

    private static HikariDataSource platform(TestDatabase database) {
        return new HikariDataSource(config(database, "allotment_platform", database.platformPassword()));
    }

    private static HikariConfig config(TestDatabase database, String role, String password) {
        var config = new HikariConfig();
        config.setJdbcUrl(database.jdbcUrl());
        config.setUsername(role);
        config.setPassword(password);
        config.setMaximumPoolSize(4);
        config.setAutoCommit(false);
        return config;
    }

    private <T> CompletableFuture<T> later(Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, threads);
    }

    private static Decision consume(Allotment allotment, Tenant tenant, OperationKey operation, int quantity) {
        return allotment
                .gate()
                .consume(tenant.id(), Fixtures.key(), Charge.of(operation, Quantity.of(quantity)))
                .decision();
    }

    private static Credits balance(Allotment allotment, Tenant tenant) {
        return allotment
                .credits()
                .balance(tenant.id(), Fixtures.accountOf(tenant))
                .balance();
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("nobody came");
            }
        } catch (InterruptedException stopped) {
            throw new IllegalStateException(stopped);
        }
    }
}
