package io.allotment.server.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.allotment.Allotment;
import io.allotment.http.HttpApi;
import io.allotment.persistence.memory.InMemoryPersistence;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FuzzerTest {

    private static final String KEY = "allot_root_of_the_fuzzer";
    private static final Duration SHORT = Duration.ofMillis(50);
    /** Chooses what is asked, to see a failure again: {@code -Dallotment.seed=…}. */
    private static final String SEED = "allotment.seed";

    private static final String DOCUMENT = """
            openapi: 3.1.0
            paths:
              /v1/things/{thing}:
                get:
                  parameters: [{name: thing, in: path, required: true, schema: {type: string}}]
                  responses: {'200': {description: there it is}}
            """;

    @Test
    void nothing_makes_the_server_fail_or_say_what_is_not_documented() throws Exception {
        long seed = Long.getLong(SEED, System.nanoTime());
        System.out.println("The fuzzed requests have the seed -D" + SEED + "=" + seed);
        try (var server = HttpApi.of(Allotment.with(new InMemoryPersistence()).build())
                .rootKey(KEY)
                .start()) {
            var report = new Fuzzer(at(server.port()), Optional.of(KEY), seed).run(Duration.ofSeconds(3));

            assertThat(report.findings()).as("with -D%s=%d", SEED, seed).isEmpty();
            // How many depends on how many requests the machine answers in the time.
            assertThat(report.succeeded()).isPositive();
        }
    }

    @Test
    void a_failure_of_the_server_is_found() throws Exception {
        var report = fuzzed(500, "{}");

        assertThat(report.serverErrors()).isPositive().isEqualTo(report.requests());
        assertThat(report.findings().get(0)).startsWith("GET /v1/things/{thing} answers 500");
    }

    @Test
    void a_status_that_is_not_documented_is_found() throws Exception {
        assertThat(fuzzed(418, "{}").undocumented()).isPositive();
    }

    @Test
    void an_answer_that_tells_of_the_inside_is_found() throws Exception {
        assertThat(fuzzed(404, "at io.allotment.Secret(Secret.java:1)").leaks()).isPositive();
    }

    @Test
    void what_is_right_is_not_found() throws Exception {
        var report = fuzzed(200, "{\"id\": \"1\"}");

        assertThat(report.findings()).isEmpty();
    }

    @Test
    void a_server_that_is_not_there_is_said_to_be_so() {
        assertThatThrownBy(() -> new Fuzzer(at(1), Optional.empty(), 1)).isInstanceOf(IOException.class);
    }

    private static Fuzzer.Report fuzzed(int status, String body) throws Exception {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/openapi.yaml", exchange -> answer(exchange, 200, DOCUMENT));
        server.createContext("/v1", exchange -> answer(exchange, status, body));
        server.start();
        try {
            return new Fuzzer(at(server.getAddress().getPort()), Optional.empty(), 1).run(SHORT);
        } finally {
            server.stop(0);
        }
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        try (exchange) {
            var bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private static URI at(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }
}
