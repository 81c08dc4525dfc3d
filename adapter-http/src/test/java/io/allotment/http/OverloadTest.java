package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.Persistence;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateChanges;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.gate.GateStore;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import io.allotment.persistence.memory.InMemoryPersistence;
import io.allotment.testkit.Fixtures;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class OverloadTest extends HttpTest {

    /** At most 256 calls are being decided, 1,024 of a tenant wait, and one more is too many. */
    private static final int TOO_MANY = 256 + 1_024 + 1;

    private final CountDownLatch goOn = new CountDownLatch(1);

    /** Memory whose gate decides nothing before it is told to go on. */
    @Override
    Persistence persistence() {
        var memory = new InMemoryPersistence();
        return (Persistence) Proxy.newProxyInstance(
                Persistence.class.getClassLoader(), new Class<?>[] {Persistence.class}, (proxy, method, arguments) -> {
                    try {
                        var result = method.invoke(memory, arguments);
                        return result instanceof GateStore store ? new Stalled(store) : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void a_call_that_finds_too_many_waiting_is_asked_to_come_back_and_all_others_are_decided() throws Exception {
        var tenant = given.tenantWith(10_000).id();
        var operation = given.operation("1");
        var refused = new CountDownLatch(1);
        var decided = new AtomicInteger();
        var refusals = new AtomicInteger();
        var charge = api.request("POST", "/v1/tenants/" + tenant + "/gate/consume")
                .key("call-1")
                .body("{\"operation\": \"%s\", \"quantity\": 1}".formatted(operation));
        var callers = Executors.newFixedThreadPool(TOO_MANY);
        try {
            for (int i = 0; i < TOO_MANY; i++) {
                callers.execute(() -> {
                    try {
                        allotment.gate().consume(tenant, Fixtures.key(), Charge.of(operation, Quantity.of(1)));
                        decided.incrementAndGet();
                    } catch (Unavailable tooMany) {
                        refusals.incrementAndGet();
                        refused.countDown();
                    }
                });
            }
            assertThat(refused.await(60, TimeUnit.SECONDS)).isTrue();

            var answer = charge.send().isProblem(503, "unavailable", null);
            assertThat(answer.header("Retry-After")).isEqualTo("1");
            assertThat(answer.at("/detail")).isEqualTo("1024 calls are waiting; repeat with the same idempotency key.");
        } finally {
            goOn.countDown();
            end(callers);
        }

        assertThat(decided.get() + refusals.get()).isEqualTo(TOO_MANY);
        assertThat(charge.send().is(200).isReplayed()).isFalse();
        assertThat(stored().violations()).isEmpty();
    }

    private static void end(ExecutorService callers) throws InterruptedException {
        callers.shutdown();
        assertThat(callers.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    }

    private final class Stalled implements GateStore {

        private final GateStore store;

        Stalled(GateStore store) {
            this.store = store;
        }

        @Override
        public List<Outcome> decide(List<GateCall> calls, Instant now, Function<GateState, GateChanges> decide) {
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return store.decide(calls, now, decide);
        }

        @Override
        public GateState read(List<GateCall> calls, Instant now) {
            return store.read(calls, now);
        }

        @Override
        public Optional<Decision> find(TenantId tenant, DecisionId id) {
            return store.find(tenant, id);
        }
    }
}
