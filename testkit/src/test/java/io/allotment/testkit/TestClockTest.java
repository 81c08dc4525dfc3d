package io.allotment.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;

class TestClockTest {

    private final TestClock clock = TestClock.at("2026-03-10T09:30:00Z");

    @Test
    void it_stands_still() {
        assertThat(clock.instant()).isEqualTo(clock.instant()).isEqualTo(Instant.parse("2026-03-10T09:30:00Z"));
    }

    @Test
    void it_advances_when_told_and_gives_the_new_present() {
        var now = clock.advance(Duration.ofMinutes(5));

        assertThat(clock.instant()).isEqualTo(now).isEqualTo(Instant.parse("2026-03-10T09:35:00Z"));
    }

    @Test
    void it_can_be_set_to_any_time() {
        clock.set(Instant.EPOCH);

        assertThat(clock.millis()).isZero();
    }

    @Test
    void in_another_zone_it_stays_in_step() {
        var elsewhere = clock.withZone(ZoneId.of("Pacific/Auckland"));

        clock.advance(Duration.ofHours(1));

        assertThat(elsewhere.getZone()).isEqualTo(ZoneId.of("Pacific/Auckland"));
        assertThat(elsewhere.instant()).isEqualTo(clock.instant());
    }
}
