package io.allotment.domain.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Quantity;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuotaTest {

    @ParameterizedTest(name = "{0} with {1} % grace: {2}")
    @CsvSource({
        "10,                 0,    10",
        "10,                 10,   11",
        "10,                 1000, 110",
        "0,                  1000, 0",
        "0.000000005,        10,   0.000000005",
        "0.000000005,        20,   0.000000006",
        "0.333333333,        1,    0.336666666",
        "999999999999999999.999999999, 1000, 10999999999999999999.999999989"
    })
    void the_ceiling_is_the_limit_and_its_grace_cut_to_nine_decimals(String limit, int grace, String ceiling) {
        assertThat(blocking(limit, grace).ceiling()).contains(Quantity.of(ceiling));
    }

    @Test
    void without_limit_there_is_no_ceiling() {
        var quota = new Quota(Optional.empty(), Quota.Reset.NEVER, Optional.empty(), Quota.Overage.BLOCK, 0);

        assertThat(quota.ceiling()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1000000000000000000", "99999999999999999999999999999"})
    void a_limit_is_below_10_to_the_18th(String limit) {
        assertThatThrownBy(() -> blocking(limit, 0))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("limit must be below 1000000000000000000");
    }

    @ParameterizedTest
    @EnumSource
    void a_window_s_length_goes_with_a_fixed_window_and_only_with_it(Quota.Reset reset) {
        Optional<Long> wrong = reset == Quota.Reset.FIXED_WINDOW ? Optional.empty() : Optional.of(3_600L);

        assertThatThrownBy(() -> new Quota(Optional.empty(), reset, wrong, Quota.Overage.BLOCK, 0))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains("windowSeconds"));
    }

    @ParameterizedTest
    @CsvSource({"59, false", "60, true", "31622400, true", "31622401, false", "-60, false", "9223372036854775807, false"
    })
    void a_window_is_a_minute_to_366_days_long(long seconds, boolean allowed) {
        if (allowed) {
            assertThat(window(seconds).windowSeconds()).contains(seconds);
        } else {
            assertThatThrownBy(() -> window(seconds)).isInstanceOf(InvalidValue.class);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1_001})
    void a_grace_is_from_zero_to_a_thousand_percent(int grace) {
        assertThatThrownBy(() -> blocking("10", grace))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("gracePercent must be from 0 to 1000");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BLOCK")
    void a_grace_is_only_for_quotas_that_block(Quota.Overage overage) {
        assertThatThrownBy(() -> new Quota(Optional.empty(), Quota.Reset.NEVER, Optional.empty(), overage, 1))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("gracePercent is only for the overage policy BLOCK");
    }

    private static Quota blocking(String limit, int grace) {
        return new Quota(
                Optional.of(Quantity.of(limit)),
                Quota.Reset.BILLING_CYCLE,
                Optional.empty(),
                Quota.Overage.BLOCK,
                grace);
    }

    private static Quota window(long seconds) {
        return new Quota(Optional.empty(), Quota.Reset.FIXED_WINDOW, Optional.of(seconds), Quota.Overage.ALLOW, 0);
    }
}
