package io.allotment.domain.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

class MoneyTest {

    @Test
    void money_is_minor_units_and_a_currency() {
        assertThat(new Money(0, "USD").amountMinor()).isZero();
        assertThat(new Money(Money.MAX_AMOUNT_MINOR, "JPY").currency()).isEqualTo("JPY");
    }

    @Test
    void a_negative_amount_is_refused() {
        assertThatThrownBy(() -> new Money(-1, "USD")).isInstanceOf(InvalidValue.class);
    }

    @Test
    void an_amount_that_readers_of_json_would_round_is_refused() {
        assertThatThrownBy(() -> new Money(Money.MAX_AMOUNT_MINOR + 1, "JPY"))
                .isInstanceOf(InvalidValue.class)
                .hasMessageContaining("9007199254740991");
    }

    @ParameterizedTest
    @NullAndEmptySource
    @ValueSource(strings = {"usd", "US", "USDT", "U$D", "US ", "ÜSD"})
    void a_currency_is_three_capital_letters(String currency) {
        assertThatThrownBy(() -> new Money(1, currency)).isInstanceOf(InvalidValue.class);
    }
}
