package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerTest extends HttpTest {

    @Test
    void the_request_id_that_is_sent_comes_back() {
        assertThat(api.request("GET", "/livez")
                        .header("X-Request-Id", "web-1.2_3")
                        .send()
                        .header("X-Request-Id"))
                .isEqualTo("web-1.2_3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"two words", "<script>", "ünicode", "a\"b"})
    void a_request_id_that_is_not_sane_is_replaced(String sent) {
        var answer = api.request("GET", "/livez").header("X-Request-Id", sent).send();

        assertThat(answer.header("X-Request-Id")).matches("[0-9a-f-]{36}");
    }

    @Test
    void an_overlong_request_id_is_replaced() {
        var answer = api.request("GET", "/livez")
                .header("X-Request-Id", "a".repeat(101))
                .send();

        assertThat(answer.header("X-Request-Id")).hasSize(36);
    }

    @Test
    void answers_of_the_api_are_not_to_be_kept_or_guessed_at() {
        var answer = api.get("/v1/tenants");

        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        assertThat(answer.header("Server")).isNull();
    }

    @Test
    void an_unknown_route_is_not_found() {
        for (var path :
                new String[] {"/v1/nothing", "/nothing", "/docs/", "/v1/tenants/", "//v1/tenants", "/V1/tenants"}) {
            api.request("GET", path).sendUnchecked().isProblem(404, "route-not-found", null);
        }
    }

    @Test
    void a_route_tells_what_methods_it_takes() {
        var answer = api.request("PUT", "/v1/tenants").sendUnchecked().isProblem(405, "method-not-allowed", null);

        assertThat(answer.header("Allow").split(", ")).containsExactlyInAnyOrder("GET", "HEAD", "POST");
        api.request("DELETE", "/livez").sendUnchecked().isProblem(405, "method-not-allowed", null);
        api.request("OPTIONS", "/v1/tenants").sendUnchecked().isProblem(405, "method-not-allowed", null);
    }

    @Test
    void head_answers_like_get_without_a_body() {
        var tenant = given.tenant();

        var head = api.request("HEAD", "/v1/tenants/" + tenant.id())
                .sendUnchecked()
                .is(200);

        assertThat(head.text()).isEmpty();
        api.request("HEAD", "/v1/tenants/none").sendUnchecked().is(404);
        api.request("HEAD", "/v1/tenants")
                .without("Authorization")
                .sendUnchecked()
                .is(401);
    }

    @Test
    void metrics_count_requests_by_route_and_decisions_by_outcome() {
        var tenant = given.tenantWith(5);
        var operation = given.operation("1");
        var path = "/v1/tenants/" + tenant.id();
        var charge = "{\"operation\": \"" + operation + "\", \"quantity\": %d}";
        var first = api.request("POST", path + "/gate/consume").key("k").body(charge.formatted(3));
        first.send().is(200);
        first.send().is(200);
        api.post(path + "/gate/consume", charge.formatted(3)).is(200);
        api.request("POST", path + "/gate/check")
                .body(charge.formatted(1))
                .send()
                .is(200);
        api.request("GET", "/v1/nothing").sendUnchecked();

        var metrics = api.get("/metrics").is(200);

        assertThat(metrics.header("Content-Type")).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
        assertThat(metrics.text())
                .contains(
                        "allotment_gate_decisions_total{outcome=\"ALLOWED\",reason=\"NONE\",verb=\"CONSUME\"} 1.0",
                        "allotment_gate_decisions_total{outcome=\"DENIED\",reason=\"INSUFFICIENT_CREDITS\",verb=\"CONSUME\"} 1.0",
                        "allotment_gate_decisions_total{outcome=\"ALLOWED\",reason=\"NONE\",verb=\"CHECK\"} 1.0",
                        "http_server_requests_seconds_count{method=\"POST\",route=\"/v1/tenants/{tenant}/gate/consume\",status=\"200\"} 3",
                        "http_server_requests_seconds_count{method=\"GET\",route=\"none\",status=\"404\"} 1",
                        "jvm_memory_used_bytes")
                .doesNotContain(tenant.id().toString());
    }

    @Test
    void the_reference_page_loads_everything_from_here() {
        var page = api.get("/docs").is(200);

        assertThat(page.header("Content-Security-Policy")).contains("default-src 'none'", "connect-src 'self'");
        assertThat(page.text()).doesNotContain("http://", "https://");
        var loaded = Pattern.compile("(?:src|href)=\"(/[^\"]+)\"").matcher(page.text());
        int files = 0;
        while (loaded.find()) {
            api.request("GET", loaded.group(1)).sendUnchecked().is(200);
            files++;
        }
        assertThat(files).isGreaterThan(3);
        assertThat(api.request("GET", "/docs/docs.js").sendUnchecked().text())
                .contains("withDefaultFonts: false", "telemetry: false")
                .doesNotContain("proxyUrl:");
        assertThat(api.request("GET", "/").sendUnchecked().is(302).header("Location"))
                .isEqualTo("/docs");
    }

    @Test
    void a_request_under_way_is_answered_before_it_stops() throws Exception {
        var underWay = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var slow = HttpApi.of(allotment)
                .readiness(() -> {
                    underWay.countDown();
                    await(goOn);
                    return Optional.empty();
                })
                .start();
        var client = new Client(slow.port());

        var answer = CompletableFuture.supplyAsync(() -> client.get("/readyz"));
        await(underWay);
        var stopped = CompletableFuture.runAsync(slow::close);
        assertThatThrownBy(() -> stopped.get(300, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        goOn.countDown();

        answer.get(60, TimeUnit.SECONDS).is(200);
        stopped.get(60, TimeUnit.SECONDS);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_taken_port_is_told_at_once() {
        assertThatThrownBy(() -> HttpApi.of(allotment).port(server.port()).start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("cannot listen on 127.0.0.1:" + server.port());
    }
}
