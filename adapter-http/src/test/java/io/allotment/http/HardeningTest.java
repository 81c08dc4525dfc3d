package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HardeningTest extends HttpTest {

    @ParameterizedTest
    @ValueSource(strings = {"/v1/tenants", "/v1/nothing", "/livez", "/metrics", "/openapi.yaml", "/docs", "/nothing"})
    void every_answer_tells_browsers_what_not_to_do_with_it(String path) {
        var answer = api.request("GET", path).sendUnchecked();

        assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
        assertThat(answer.header("Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
        assertThat(answer.header("Content-Security-Policy")).contains("default-src 'none'", "frame-ancestors 'none'");
        assertThat(answer.header("Strict-Transport-Security")).isNull();
    }

    @Test
    void so_does_what_is_answered_to_a_stranger_and_to_what_is_not_http() throws IOException {
        assertThat(api.request("GET", "/v1/tenants")
                        .without("Authorization")
                        .send()
                        .header("Referrer-Policy"))
                .isEqualTo("no-referrer");
        try (var socket = new Socket("127.0.0.1", server.port())) {
            socket.getOutputStream().write("GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".getBytes());
            var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 400").contains("Referrer-Policy: no-referrer");
        }
    }

    @Test
    void browsers_are_kept_to_https_where_it_is_known_to_be_there() {
        try (var behindProxy = configured().trustedProxy("127.0.0.1").start();
                var always = configured().reachedByHttps(true).start()) {
            var proxied = new Client(behindProxy.port());
            assertThat(proxied.request("GET", "/livez")
                            .header("X-Forwarded-Proto", "https")
                            .send()
                            .header("Strict-Transport-Security"))
                    .isEqualTo("max-age=63072000");
            assertThat(proxied.get("/livez").header("Strict-Transport-Security"))
                    .isNull();
            assertThat(new Client(always.port()).get("/livez").header("Strict-Transport-Security"))
                    .isEqualTo("max-age=63072000");
        }
        assertThat(api.request("GET", "/livez")
                        .header("X-Forwarded-Proto", "https")
                        .send()
                        .header("Strict-Transport-Security"))
                .isNull();
    }

    @Test
    void pages_of_named_origins_may_ask_and_read() {
        try (var open = configured().allowedOrigin("https://app.example.com").start()) {
            var client = new Client(open.port());

            var question = client.request("OPTIONS", "/v1/tenants")
                    .without("Authorization")
                    .header("Origin", "https://app.example.com")
                    .header("Access-Control-Request-Method", "POST")
                    .sendUnchecked()
                    .is(204);
            var answer = client.request("GET", "/v1/tenants")
                    .header("Origin", "https://app.example.com")
                    .send()
                    .is(200);

            assertThat(question.header("Access-Control-Allow-Origin")).isEqualTo("https://app.example.com");
            assertThat(question.header("Access-Control-Allow-Methods")).contains("POST", "PATCH");
            assertThat(question.header("Access-Control-Allow-Headers")).contains("Authorization", "Idempotency-Key");
            assertThat(question.text()).isEmpty();
            assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo("https://app.example.com");
            assertThat(answer.header("Access-Control-Expose-Headers")).contains("X-Request-Id");
            assertThat(answer.header("Access-Control-Allow-Credentials")).isNull();
            assertThat(answer.header("Vary")).isEqualTo("Origin");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example.com",
                "http://app.example.com",
                "https://app.example.com.evil.org",
                "https://app.example.com:8443",
                "null"
            })
    void pages_of_other_origins_may_not(String origin) {
        try (var open = configured().allowedOrigin("https://app.example.com").start()) {
            var client = new Client(open.port());

            var question = client.request("OPTIONS", "/v1/tenants")
                    .header("Origin", origin)
                    .header("Access-Control-Request-Method", "POST")
                    .sendUnchecked();
            var answer = client.request("GET", "/v1/tenants")
                    .header("Origin", origin)
                    .send();

            assertThat(question.status()).isEqualTo(405);
            assertThat(question.header("Access-Control-Allow-Origin")).isNull();
            assertThat(answer.header("Access-Control-Allow-Origin")).isNull();
            assertThat(answer.header("Vary")).isEqualTo("Origin");
        }
    }

    @Test
    void by_default_no_page_of_another_origin_may() {
        var answer = api.request("GET", "/v1/tenants")
                .header("Origin", "https://app.example.com")
                .send();

        assertThat(answer.header("Access-Control-Allow-Origin")).isNull();
        assertThat(answer.header("Vary")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "app.example.com", "https://app.example.com/", "https://*.example.com", "null"})
    void an_origin_is_named_exactly(String origin) {
        assertThatThrownBy(() -> configured().allowedOrigin(origin)).isInstanceOf(IllegalArgumentException.class);
    }

    /** The key is bound to 192.0.2.7, so that it is known whom the server takes us for. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "192.0.2.7             | 200",
                "203.0.113.5           | 401",
                "203.0.113.5, 192.0.2.7 | 200",
                "192.0.2.7, 203.0.113.5 | 401",
                "192.0.2.7, 10.1.2.3    | 200",
                "203.0.113.5, 192.0.2.7, 10.9.9.9, 10.1.2.3 | 200",
                "192.0.2.7, nonsense    | 401",
                "nonsense, 192.0.2.7    | 200",
                "::ffff:192.0.2.7       | 200",
                "2001:db8::7            | 401",
                "192.0.2.7:1234         | 200",
                "203.0.113.5:1234       | 401",
                "[::ffff:192.0.2.7]:443 | 200",
                "[2001:db8::7]:443      | 401",
                "192.0.2.7, 10.1.2.3:80 | 200",
                "192.0.2.7:123456       | 401",
                "192.0.2.7,             | 401",
                "192.0.2.7:             | 401",
            })
    void a_trusted_proxy_is_believed_as_far_as_proxies_are_trusted(String forwarded, int status) {
        var keys = "/v1/tenants/" + given.tenant().id() + "/api-keys";
        var secret = api.post(keys, """
                {"name": "bound", "scopes": ["key:read"], "ipAllowList": ["192.0.2.7"]}""").is(201).at("/secret");
        try (var behind = configured()
                .trustedProxy("127.0.0.1")
                .trustedProxy("10.0.0.0/8")
                .start()) {
            new Client(behind.port())
                    .request("GET", keys)
                    .header("Authorization", "Bearer " + secret)
                    .header("X-Forwarded-For", forwarded)
                    .send()
                    .is(status);
        }
        api.request("GET", keys)
                .header("Authorization", "Bearer " + secret)
                .header("X-Forwarded-For", forwarded)
                .send()
                .is(401);
    }

    @Test
    void a_trusted_proxy_is_an_address_or_a_block() {
        assertThatThrownBy(() -> configured().trustedProxy("proxy.example.com"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("proxy.example.com");
    }

    @Test
    void a_root_key_must_not_look_like_an_api_key() {
        for (var kind : List.of("live", "test", "session", "invite", "reset")) {
            assertThatThrownBy(() -> HttpApi.of(allotment).rootKey("allot_" + kind + "_" + "a".repeat(36)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(HttpApi.of(allotment).rootKey("allot_root_" + "a".repeat(36)))
                .isNotNull();
    }

    @Test
    void a_body_that_is_nested_too_deep_is_refused() {
        var deep = "{\"name\": " + "[".repeat(40) + "]".repeat(40) + "}";

        api.postBad("/v1/tenants", deep).isProblem(400, "malformed-json", null);
    }

    @Test
    @Timeout(60)
    void a_connection_whose_headers_never_end_is_closed() throws IOException {
        assertClosed("GET /livez HTTP/1.1\r\nHost: x\r\n", "X-A: a\r\n");
    }

    @Test
    @Timeout(60)
    void a_connection_whose_first_line_never_ends_is_closed() throws IOException {
        assertClosed("GET /livez", "a");
    }

    @Test
    @Timeout(60)
    void a_connection_whose_body_never_ends_is_closed() throws IOException {
        assertClosed(
                "POST /v1/tenants HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + Client.ROOT_KEY
                        + "\r\nIdempotency-Key: k\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{",
                " ");
    }

    @Test
    @Timeout(60)
    void a_silent_connection_is_closed() throws IOException {
        try (var impatient = configured().requestTimeout(Duration.ofMillis(200)).start();
                var socket = new Socket("127.0.0.1", impatient.port())) {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void who_never_stops_sending_what_nobody_reads_is_cut_off() throws IOException {
        try (var impatient = configured().requestTimeout(Duration.ofMillis(300)).start();
                var socket = new Socket("127.0.0.1", impatient.port())) {
            var out = socket.getOutputStream();
            out.write("POST /v1/tenants HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            var piece = ("4e20\r\n" + "a".repeat(20_000) + "\r\n").getBytes(StandardCharsets.US_ASCII);

            assertThatThrownBy(() -> {
                        while (true) {
                            out.write(piece);
                        }
                    })
                    .isInstanceOf(SocketException.class);
        }
    }

    /** Trickles on until the other side has enough. */
    private void assertClosed(String begin, String trickle) throws IOException {
        try (var impatient = configured().requestTimeout(Duration.ofMillis(300)).start();
                var socket = new Socket("127.0.0.1", impatient.port())) {
            socket.setSoTimeout(50);
            var out = socket.getOutputStream();
            out.write(begin.getBytes(StandardCharsets.US_ASCII));
            while (isOpen(socket)) {
                try {
                    out.write(trickle.getBytes(StandardCharsets.US_ASCII));
                } catch (SocketException closed) {
                    return;
                }
            }
        }
    }

    private static boolean isOpen(Socket socket) throws IOException {
        try {
            // What it still says before it closes is not our concern.
            return socket.getInputStream().read(new byte[1_024]) >= 0;
        } catch (SocketTimeoutException stillOpen) {
            return true;
        } catch (SocketException reset) {
            return false;
        }
    }
}
