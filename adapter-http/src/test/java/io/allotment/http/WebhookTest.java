package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.billing.BillingGateway;
import io.allotment.domain.billing.PaymentEvent;
import io.allotment.domain.billing.PaymentGateway;
import io.allotment.testkit.TestGateway;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;

class WebhookTest extends HttpTest {

    private static final int ALLOWED = 4;

    private final AtomicLong nanoseconds = new AtomicLong();
    private TestGateway gateway;
    /** Who holds it lets no event be applied. */
    private ReentrantLock applying;

    private boolean fails;

    @Override
    PaymentGateway payments() {
        gateway = new TestGateway("test", clock);
        applying = new ReentrantLock();
        return (PaymentGateway) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {BillingGateway.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("read")) {
                        applying.lock();
                        applying.unlock();
                        if (fails) {
                            throw new IllegalStateException("broken");
                        }
                    }
                    try {
                        return method.invoke(gateway, arguments);
                    } catch (InvocationTargetException refused) {
                        throw refused.getCause();
                    }
                });
    }

    @Override
    HttpApi.Builder configured() {
        return super.configured()
                .rateLimits(new HttpApi.RateLimits(0, 0, ALLOWED))
                .webhookPatience(Duration.ofMillis(1))
                .nanoseconds(nanoseconds::get);
    }

    @Test
    void what_is_kept_is_acknowledged_while_it_is_being_applied() {
        applying.lock();
        try {
            post("evt_1", "signed").is(200);

            assertThat(statusOf("evt_1")).isEqualTo("WAITING");
        } finally {
            applying.unlock();
        }

        allotment.paymentEvents().applyDue();
        assertThat(statusOf("evt_1")).isEqualTo("IGNORED");
        assertThat(post("evt_1", "signed").is(200).at("/known")).isEqualTo("true");
    }

    @Test
    void what_is_kept_is_acknowledged_though_it_cannot_be_applied() {
        fails = true;
        post("evt_1", "signed").is(200);

        fails = false;
        clock.advance(Duration.ofHours(1));
        allotment.paymentEvents().applyDue();
        assertThat(statusOf("evt_1")).isEqualTo("IGNORED");
    }

    @Test
    void who_cannot_sign_is_held_to_a_limit_and_what_is_signed_is_heard_all_the_same() {
        for (int i = 0; i < ALLOWED; i++) {
            post("evt_" + i, "guessed").isProblem(400, "event-refused", null);
        }
        assertThat(post("evt_1", "guessed")
                        .isProblem(429, "too-many-requests", null)
                        .header("Retry-After"))
                .isEqualTo("15");

        post("evt_1", "signed").is(200);
        nanoseconds.addAndGet(Duration.ofMinutes(1).toNanos());
        post("evt_2", "guessed").is(400);
    }

    @Test
    void signed_events_do_not_count() {
        for (int i = 0; i < 3 * ALLOWED; i++) {
            post("evt_" + i, "signed").is(200);
        }
    }

    @Test
    void who_shows_no_signature_and_who_names_another_gateway_is_counted_too() {
        for (int i = 0; i < ALLOWED; i += 2) {
            api.request("POST", "/v1/webhooks/test").body("{}").send().isProblem(400, "event-refused", null);
            api.request("POST", "/v1/webhooks/nobody").body("{}").send().is(404);
        }
        api.request("POST", "/v1/webhooks/test").body("{}").send().is(429);
    }

    private Client.Answer post(String event, String signature) {
        var body = gateway.telling(new PaymentEvent.Ignored(quoted(event), "noted", clock.instant()));
        return api.request("POST", "/v1/webhooks/test")
                .header("test-Signature", signature)
                .body(new String(body, StandardCharsets.UTF_8))
                .send();
    }

    /** The body of an event is its id, and the body has to be JSON. */
    private static String quoted(String event) {
        return '"' + event + '"';
    }

    private String statusOf(String event) {
        var events = api.get("/v1/payment-events").is(200);
        assertThat(events.at("/items/0/id")).isEqualTo(quoted(event));
        return events.at("/items/0/status");
    }
}
