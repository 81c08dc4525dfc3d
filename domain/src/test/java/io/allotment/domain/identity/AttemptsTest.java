package io.allotment.domain.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttemptsTest {

    private static final Instant NOW = Instant.parse("2026-03-10T10:00:00Z");

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 0", "4, 0", "5, 1", "6, 2", "7, 4", "14, 512", "15, 900", "16, 900", "1000000, 900"})
    void after_the_fifth_failure_a_pause_doubles_up_to_a_quarter_of_an_hour(int failed, long seconds) {
        assertThat(attempts(failed).pause(NOW)).isEqualTo(Duration.ofSeconds(seconds));
    }

    @Test
    void a_pause_passes() {
        var attempts = attempts(8);

        assertThat(attempts.pause(NOW.plusSeconds(3))).isEqualTo(Duration.ofSeconds(5));
        assertThat(attempts.pause(NOW.plusSeconds(8))).isZero();
    }

    @Test
    void each_failure_counts_on() {
        var attempts = Attempts.NONE;
        for (int i = 0; i < 6; i++) {
            attempts = attempts.failedAgain(NOW.plusSeconds(i));
        }

        assertThat(attempts).isEqualTo(new Attempts(6, Optional.of(NOW.plusSeconds(5))));
    }

    @Test
    void after_a_day_the_row_begins_anew() {
        var attempts = attempts(100);

        assertThat(attempts.failedAgain(NOW.plus(Duration.ofHours(23))).failed())
                .isEqualTo(101);
        assertThat(attempts.failedAgain(NOW.plus(Duration.ofDays(1))).failed()).isEqualTo(1);
    }

    @Test
    void failures_without_a_time_make_no_sense() {
        assertThatThrownBy(() -> new Attempts(1, Optional.empty())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Attempts(0, Optional.of(NOW))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Attempts(-1, Optional.empty())).isInstanceOf(IllegalArgumentException.class);
    }

    private static Attempts attempts(int failed) {
        return failed == 0 ? Attempts.NONE : new Attempts(failed, Optional.of(NOW));
    }
}
