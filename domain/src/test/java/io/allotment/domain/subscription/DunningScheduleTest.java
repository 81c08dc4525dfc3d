package io.allotment.domain.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.InvalidValue;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DunningScheduleTest {

    private static final Instant FAILED = Instant.parse("2026-03-10T12:00:00Z");
    private static final DunningSchedule SCHEDULE = new DunningSchedule(true, List.of(1, 3));

    private static Instant day(int number) {
        return FAILED.plus(Duration.ofDays(number));
    }

    private static PastDue missing(int graceDays, Instant noticeAt) {
        return new PastDue(FAILED, day(graceDays), Optional.ofNullable(noticeAt));
    }

    @Test
    void the_steps_come_one_after_the_other() {
        assertThat(SCHEDULE.isDue(missing(7, FAILED), FAILED)).isTrue();
        assertThat(SCHEDULE.next(missing(7, FAILED), FAILED)).contains(day(4));
        assertThat(SCHEDULE.isDue(missing(7, day(4)), day(4).minusMillis(1))).isFalse();
        assertThat(SCHEDULE.isDue(missing(7, day(4)), day(4))).isTrue();
        assertThat(SCHEDULE.next(missing(7, day(4)), day(4))).contains(day(6));
        assertThat(SCHEDULE.next(missing(7, day(6)), day(6))).isEmpty();
        assertThat(SCHEDULE.isDue(missing(7, null), day(6))).isFalse();
    }

    @Test
    void a_step_before_the_grace_begins_is_none() {
        assertThat(SCHEDULE.next(missing(3, FAILED), FAILED)).contains(day(2));
        assertThat(SCHEDULE.next(missing(1, FAILED), FAILED)).isEmpty();
    }

    @Test
    void without_a_step_at_once_nothing_is_due_when_it_fails() {
        var late = new DunningSchedule(false, List.of(3));

        assertThat(late.isDue(missing(7, FAILED), FAILED)).isFalse();
        assertThat(late.next(missing(7, FAILED), FAILED)).contains(day(4));
        assertThat(new DunningSchedule(false, List.of()).next(missing(7, FAILED), FAILED))
                .isEmpty();
    }

    @Test
    void the_days_that_are_left_are_counted_whole() {
        assertThat(missing(7, FAILED).daysLeft(FAILED)).isEqualTo(7);
        assertThat(missing(7, FAILED).daysLeft(FAILED.plusSeconds(1))).isEqualTo(7);
        assertThat(missing(7, FAILED).daysLeft(day(6))).isEqualTo(1);
        assertThat(missing(7, FAILED).daysLeft(day(7).minusSeconds(1))).isEqualTo(1);
        assertThat(missing(7, FAILED).daysLeft(day(8))).isZero();
    }

    @Test
    void days_are_different_and_within_the_longest_grace() {
        for (var days : List.of(List.of(0), List.of(91), List.of(3, 3))) {
            assertThatThrownBy(() -> new DunningSchedule(true, days)).isInstanceOf(InvalidValue.class);
        }
    }
}
