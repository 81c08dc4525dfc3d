package io.allotment.domain.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeriodTest {

    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");
    private static final Instant END = Instant.parse("2026-04-01T00:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "2026-02-28T23:59:59.999999Z, false, false",
        "2026-03-01T00:00:00Z,        true,  false",
        "2026-03-31T23:59:59.999999Z, true,  false",
        "2026-04-01T00:00:00Z,        false, true",
        "2030-01-01T00:00:00Z,        false, true"
    })
    void a_period_holds_its_start_and_not_its_end(Instant time, boolean contains, boolean ended) {
        var period = Period.between(START, END);

        assertThat(period.contains(time)).isEqualTo(contains);
        assertThat(period.hasEndedAt(time)).isEqualTo(ended);
    }

    @Test
    void a_period_without_end_never_ends() {
        var period = Period.startingAt(START);

        assertThat(period.hasEndedAt(Instant.MAX)).isFalse();
        assertThat(period.contains(Instant.MAX)).isTrue();
        assertThat(period.contains(START.minusNanos(1))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"2026-03-01T00:00:00Z", "2026-02-01T00:00:00Z"})
    void an_end_comes_after_its_start(Instant end) {
        assertThatThrownBy(() -> Period.between(START, end)).isInstanceOf(InvalidValue.class);
    }
}
