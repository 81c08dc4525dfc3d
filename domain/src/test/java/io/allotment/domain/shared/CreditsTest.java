package io.allotment.domain.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CreditsTest {

    @ParameterizedTest
    @CsvSource({"0.1, 0.2, 0.3, -0.1", "5, 5, 10, 0", "-1, 0.5, -0.5, -1.5"})
    void sums_and_differences_are_exact(String a, String b, String sum, String difference) {
        assertThat(Credits.of(a).plus(Credits.of(b))).isEqualTo(Credits.of(sum));
        assertThat(Credits.of(a).minus(Credits.of(b))).isEqualTo(Credits.of(difference));
    }

    @ParameterizedTest
    @CsvSource({"-1, false, true, false", "0, false, false, true", "0.000000001, true, false, false"})
    void an_amount_is_positive_negative_or_zero(String amount, boolean positive, boolean negative, boolean zero) {
        var credits = Credits.of(amount);

        assertThat(credits.isPositive()).isEqualTo(positive);
        assertThat(credits.isNegative()).isEqualTo(negative);
        assertThat(credits.isZero()).isEqualTo(zero);
        assertThat(credits.negated().negated()).isEqualTo(credits);
        assertThat(credits.negated().isNegative()).isEqualTo(positive);
    }

    @Test
    void amounts_compare_by_value() {
        assertThat(Credits.of("2")).isGreaterThan(Credits.of("1.999999999")).isLessThan(Credits.of("10"));
        assertThat(Credits.of(2).min(Credits.of(3))).isEqualTo(Credits.of(2));
        assertThat(Credits.of(3).min(Credits.of(2))).isEqualTo(Credits.of(2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.000000001", "1", "999999999999999999.999999999"})
    void a_positive_amount_is_one_above_zero_and_below_10_to_the_18th(String amount) {
        assertThat(Credits.of(amount).requirePositive("amount")).isEqualTo(Credits.of(amount));
    }

    @ParameterizedTest
    @CsvSource({
        "0,                   amount must be more than zero",
        "-0.000000001,        amount must be more than zero",
        "1000000000000000000, amount is too large; at most 18 digits before the point"
    })
    void other_amounts_are_refused_under_the_field_s_name(String amount, String message) {
        assertThatThrownBy(() -> Credits.of(amount).requirePositive("amount"))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains("amount"))
                .hasMessage(message);
    }
}
