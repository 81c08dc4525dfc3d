package io.allotment.stripe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.stripe.StripeClient;
import com.stripe.exception.ApiConnectionException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WireTest {

    private final List<Duration> pauses = new ArrayList<>();

    private StripeClient client(String base, Duration patience) {
        return StripeClient.builder()
                .setApiKey("sk_test_1")
                .setApiBase(base)
                .setHttpClient(new Wire(Duration.ofSeconds(5), patience, pauses::add))
                .build();
    }

    @Test
    void who_takes_the_call_and_never_answers_is_given_up_after_three_times() throws IOException {
        try (var silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            var client = client("http://127.0.0.1:" + silent.getLocalPort(), Duration.ofMillis(100));

            assertThatThrownBy(() -> client.v1().refunds().retrieve("re_1")).isInstanceOf(ApiConnectionException.class);
            assertThat(pauses).hasSize(2);
        }
    }

    @Test
    void an_answer_without_end_is_not_read_to_its_end() {
        try (var server = new StripeDouble()) {
            server.answering("GET /v1/refunds/re_1", "{\"padding\":\"" + "x".repeat(17 << 20) + "\"}");
            var client = client(server.base(), Duration.ofSeconds(20));

            assertThatThrownBy(() -> client.v1().refunds().retrieve("re_1"))
                    .isInstanceOf(ApiConnectionException.class)
                    .hasMessageContaining("more than 16777216 bytes");
        }
    }

    @Test
    void what_was_not_answered_in_time_says_so() throws IOException {
        try (var silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            var client = client("http://127.0.0.1:" + silent.getLocalPort(), Duration.ofMillis(100));

            assertThatThrownBy(() -> client.v1().refunds().retrieve("re_1"))
                    .satisfies(failure -> assertThat(failure.getCause())
                            .isInstanceOfAny(TimeoutException.class, java.net.http.HttpTimeoutException.class));
        }
    }
}
