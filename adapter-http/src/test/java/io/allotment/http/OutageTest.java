package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.Persistence;
import io.allotment.domain.gate.GateStore;
import io.allotment.domain.shared.Unavailable;
import io.allotment.domain.shared.UnitOfWork;
import io.allotment.persistence.memory.InMemoryPersistence;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class OutageTest extends HttpTest {

    private Supplier<RuntimeException> failure;

    /** Memory that fails on every touch while there is a failure. */
    @Override
    Persistence persistence() {
        return failing(Persistence.class, new InMemoryPersistence());
    }

    @Override
    HttpApi.Builder configured() {
        return super.configured()
                .readiness(() -> Optional.ofNullable(failure).map(f -> f.get().getMessage()));
    }

    @Test
    void while_the_database_is_away_everything_asks_to_come_back_later() {
        var tenant = "/v1/tenants/" + given.tenantWith(10).id();
        var operation = given.operation("1");
        var charge = api.request("POST", tenant + "/gate/consume")
                .key("call-1")
                .body("{\"operation\": \"%s\", \"quantity\": 1}".formatted(operation));

        failure = () -> new Unavailable("The database cannot be reached.", Duration.ofMillis(1_500), null);
        for (var answer : new Client.Answer[] {
            api.get(tenant), api.post("/v1/tenants", "{\"name\": \"Acme\", \"slug\": \"acme\"}"), charge.send()
        }) {
            answer.isProblem(503, "unavailable", null);
            assertThat(answer.header("Retry-After")).isEqualTo("2");
            assertThat(answer.at("/detail")).isEqualTo("The database cannot be reached.");
        }
        failure = null;

        assertThat(charge.send().is(200).isReplayed()).isFalse();
        assertThat(stored().tenants()).isEqualTo(1);
        assertThat(stored().violations()).isEmpty();
    }

    @Test
    void it_is_not_ready_and_yet_alive() {
        failure = () -> new Unavailable("The database cannot be reached.", Duration.ofSeconds(1), null);

        var ready = api.get("/readyz").isProblem(503, "unavailable", null);

        assertThat(ready.header("Retry-After")).isNotNull();
        assertThat(ready.at("/detail")).isEqualTo("The database cannot be reached.");
        api.get("/livez").is(200);
        failure = null;
        api.get("/readyz").is(200);
    }

    @Test
    void an_unexpected_failure_tells_nothing_but_the_request_id() {
        var tenant = given.tenant();

        failure = () -> new IllegalStateException("secret: password=hunter2");
        var answer = api.request("GET", "/v1/tenants/" + tenant.id())
                .header("X-Request-Id", "my-request")
                .send()
                .isProblem(500, "internal-error", null);

        assertThat(answer.text()).doesNotContain("secret", "hunter2", "Exception", "io.allotment");
        assertThat(answer.at("/requestId")).isEqualTo("my-request");
    }

    @Test
    void an_error_of_the_machine_is_answered_too() {
        var tenant = given.tenant();

        failure = () -> {
            throw new StackOverflowError("secret");
        };
        var answer = api.get("/v1/tenants/" + tenant.id()).isProblem(500, "internal-error", null);

        assertThat(answer.text()).doesNotContain("secret");
    }

    /** Fails where work begins: at the unit of work and at the gate's store. */
    private <T> T failing(Class<T> port, T real) {
        return port.cast(Proxy.newProxyInstance(
                port.getClassLoader(), new Class<?>[] {port}, (proxy, method, arguments) -> {
                    if (port != Persistence.class && failure != null) {
                        throw failure.get();
                    }
                    try {
                        var result = method.invoke(real, arguments);
                        if (result instanceof UnitOfWork unit && port == Persistence.class) {
                            return failing(UnitOfWork.class, unit);
                        }
                        return result instanceof GateStore store ? failing(GateStore.class, store) : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
