package io.allotment.domain.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Times;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneId;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BillingMonthsTest {

    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
    private static final Instant NEW_YEAR_THERE = Instant.parse("2025-12-31T23:30:00Z");

    @Test
    void where_nothing_is_said_it_is_the_present_month_there_and_the_eleven_before() {
        assertThat(BillingMonths.of(Optional.empty(), Optional.empty(), NEW_YEAR_THERE, BERLIN))
                .isEqualTo(new BillingMonths(YearMonth.of(2025, 2), YearMonth.of(2026, 1), BERLIN));
    }

    @Test
    void months_are_those_of_the_zone_over_a_change_of_clocks() {
        var months = new BillingMonths(YearMonth.of(2026, 3), YearMonth.of(2026, 4), BERLIN);

        assertThat(months.bounds())
                .containsExactly(
                        Instant.parse("2026-02-28T23:00:00Z"),
                        Instant.parse("2026-03-31T22:00:00Z"),
                        Instant.parse("2026-04-30T22:00:00Z"));
        assertThat(months.holding(Instant.parse("2026-03-31T22:00:00Z"))).contains(YearMonth.of(2026, 4));
        assertThat(months.holding(Instant.parse("2026-04-30T22:00:00Z"))).isEmpty();
        assertThat(months.holding(Instant.parse("2026-02-28T22:59:59Z"))).isEmpty();
    }

    @Test
    void none_sixty_one_or_those_of_no_year_are_refused() {
        var january = YearMonth.of(2026, 1);
        assertThat(new BillingMonths(january, january.plusMonths(59), BERLIN).bounds())
                .hasSize(61);
        assertThatThrownBy(() -> new BillingMonths(january, january.plusMonths(60), BERLIN))
                .isInstanceOf(InvalidValue.class);
        assertThatThrownBy(() -> new BillingMonths(january, january.minusMonths(1), BERLIN))
                .isInstanceOf(InvalidValue.class);
        assertThatThrownBy(() -> new BillingMonths(YearMonth.of(0, 1), YearMonth.of(1, 1), Times.UTC))
                .isInstanceOf(InvalidValue.class);
    }
}
