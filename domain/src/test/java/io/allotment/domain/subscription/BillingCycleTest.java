package io.allotment.domain.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.Seeds;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Period;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BillingCycleTest {

    @ParameterizedTest(name = "every {1} months from {0} in {2}: {3}")
    @CsvSource(textBlock = """
            # anchor,             months, zone,             time,                        start,                end
            2026-01-15T10:00:00Z, 1,      UTC,              2026-01-15T10:00:00Z,        2026-01-15T10:00:00Z, 2026-02-15T10:00:00Z
            2026-01-15T10:00:00Z, 1,      UTC,              2026-02-15T09:59:59.999999Z, 2026-01-15T10:00:00Z, 2026-02-15T10:00:00Z
            2026-01-15T10:00:00Z, 1,      UTC,              2026-02-15T10:00:00Z,        2026-02-15T10:00:00Z, 2026-03-15T10:00:00Z
            # the 31st: the last day of shorter months, and the 31st again
            2026-01-31T10:00:00Z, 1,      UTC,              2026-02-28T09:59:59Z,        2026-01-31T10:00:00Z, 2026-02-28T10:00:00Z
            2026-01-31T10:00:00Z, 1,      UTC,              2026-02-28T10:00:00Z,        2026-02-28T10:00:00Z, 2026-03-31T10:00:00Z
            2026-01-31T10:00:00Z, 1,      UTC,              2026-03-30T10:00:00Z,        2026-02-28T10:00:00Z, 2026-03-31T10:00:00Z
            2026-01-31T10:00:00Z, 1,      UTC,              2026-04-30T10:00:00Z,        2026-04-30T10:00:00Z, 2026-05-31T10:00:00Z
            2026-01-31T10:00:00Z, 1,      UTC,              2036-02-29T12:00:00Z,        2036-02-29T10:00:00Z, 2036-03-31T10:00:00Z
            2026-01-30T10:00:00Z, 1,      UTC,              2026-02-28T10:00:00Z,        2026-02-28T10:00:00Z, 2026-03-30T10:00:00Z
            # leap years
            2028-01-31T10:00:00Z, 1,      UTC,              2028-02-29T10:00:00Z,        2028-02-29T10:00:00Z, 2028-03-31T10:00:00Z
            2028-02-29T10:00:00Z, 12,     UTC,              2029-02-28T09:59:59Z,        2028-02-29T10:00:00Z, 2029-02-28T10:00:00Z
            2028-02-29T10:00:00Z, 12,     UTC,              2029-02-28T10:00:00Z,        2029-02-28T10:00:00Z, 2030-02-28T10:00:00Z
            2028-02-29T10:00:00Z, 12,     UTC,              2032-03-01T10:00:00Z,        2032-02-29T10:00:00Z, 2033-02-28T10:00:00Z
            # other lengths
            2026-01-31T10:00:00Z, 3,      UTC,              2026-06-15T10:00:00Z,        2026-04-30T10:00:00Z, 2026-07-31T10:00:00Z
            2026-01-15T10:00:00Z, 12,     UTC,              2030-12-31T10:00:00Z,        2030-01-15T10:00:00Z, 2031-01-15T10:00:00Z
            2026-01-15T10:00:00Z, 432,    UTC,              2062-01-15T10:00:00Z,        2062-01-15T10:00:00Z, 2098-01-15T10:00:00Z
            # the time of day is the zone's: an hour earlier in UTC in summer
            2026-02-15T15:00:00Z, 1,      America/New_York, 2026-03-15T14:00:00Z,        2026-03-15T14:00:00Z, 2026-04-15T14:00:00Z
            2026-10-15T14:00:00Z, 1,      America/New_York, 2026-11-15T14:30:00Z,        2026-10-15T14:00:00Z, 2026-11-15T15:00:00Z
            # half past two of a night without one: half past three that once
            2026-02-08T07:30:00Z, 1,      America/New_York, 2026-03-08T07:30:00Z,        2026-03-08T07:30:00Z, 2026-04-08T06:30:00Z
            2026-02-08T07:30:00Z, 1,      America/New_York, 2026-03-08T07:10:00Z,        2026-02-08T07:30:00Z, 2026-03-08T07:30:00Z
            2025-12-08T07:30:00Z, 3,      America/New_York, 2026-03-08T07:10:00Z,        2025-12-08T07:30:00Z, 2026-03-08T07:30:00Z
            # the day is the zone's: the 31st in Auckland while it is the 30th in UTC
            2026-01-30T20:00:00Z, 1,      Pacific/Auckland, 2026-02-27T20:00:00Z,        2026-02-27T20:00:00Z, 2026-03-30T20:00:00Z
            """)
    void the_period_that_holds_a_time_is_counted_from_the_anchor(
            Instant anchor, int months, String zone, Instant time, Instant start, Instant end) {
        var period = new BillingCycle(anchor, months).at(time, ZoneId.of(zone));

        assertThat(period).isEqualTo(Period.between(start, end));
    }

    @Test
    void periods_follow_each_other_without_gap_whatever_the_anchor_the_length_and_the_zone() {
        long seed = Seeds.seed();
        var random = new Random(seed);
        var zones =
                ZoneId.getAvailableZoneIds().stream().sorted().map(ZoneId::of).toList();
        for (int i = 0; i < 20_000; i++) {
            var zone = zones.get(random.nextInt(zones.size()));
            var cycle =
                    new BillingCycle(Instant.ofEpochSecond(random.nextInt(Integer.MAX_VALUE)), 1 + random.nextInt(24));
            var time = cycle.anchor().plusSeconds(random.nextInt(1_000_000_000));

            var period = cycle.at(time, zone);

            var place = cycle + " in " + zone + " at " + time + ": " + Seeds.replay(seed);
            assertThat(period.contains(time)).as(place).isTrue();
            var end = period.end().orElseThrow();
            assertThat(cycle.at(period.start(), zone)).as(place).isEqualTo(period);
            assertThat(cycle.at(end.minusNanos(1_000), zone)).as(place).isEqualTo(period);
            assertThat(cycle.at(end, zone).start()).as(place).isEqualTo(end);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 433})
    void a_period_is_a_month_to_thirty_six_years_long(int months) {
        assertThat(new BillingCycle(Instant.EPOCH, 1).months()).isEqualTo(1);
        assertThat(new BillingCycle(Instant.EPOCH, 432).months()).isEqualTo(432);
        assertThatThrownBy(() -> new BillingCycle(Instant.EPOCH, months)).isInstanceOf(InvalidValue.class);
    }
}
