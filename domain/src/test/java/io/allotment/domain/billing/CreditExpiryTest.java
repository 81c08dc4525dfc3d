package io.allotment.domain.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.billing.CreditExpiry.Kind;
import io.allotment.domain.shared.InvalidValue;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CreditExpiryTest {

    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    @Test
    void days_and_months_are_those_of_the_calendar() {
        // Noon in Berlin on the 28th, before the clocks go forward.
        var now = Instant.parse("2026-03-28T11:00:00Z");

        assertThat(CreditExpiry.afterDays(1).endsAt(now, BERLIN, Optional.empty()))
                .contains(Instant.parse("2026-03-29T10:00:00Z"));
        assertThat(CreditExpiry.afterMonths(1).endsAt(Instant.parse("2026-01-31T11:00:00Z"), BERLIN, Optional.empty()))
                .contains(Instant.parse("2026-02-28T11:00:00Z"));
        assertThat(CreditExpiry.NEVER.endsAt(now, BERLIN, Optional.empty())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "NEVER, 1",
        "PERIOD_END, 1",
        "AFTER_DAYS,",
        "AFTER_DAYS, 0",
        "AFTER_DAYS, 3661",
        "AFTER_MONTHS,",
        "AFTER_MONTHS, 121"
    })
    void a_number_goes_with_days_and_months_alone(Kind kind, Integer count) {
        assertThatThrownBy(() -> new CreditExpiry(kind, Optional.ofNullable(count)))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains("expiry.count"));
    }
}
