package io.allotment.domain.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantityTest {

    @ParameterizedTest
    @CsvSource({"3, 2, 1", "2, 2, 0", "2, 3, 0", "0.3, 0.1, 0.2"})
    void a_difference_stops_at_zero(String a, String b, String expected) {
        assertThat(Quantity.of(a).minusOrZero(Quantity.of(b))).isEqualTo(Quantity.of(expected));
    }

    @Test
    void sums_are_exact() {
        assertThat(Quantity.of("0.1").plus(Quantity.of("0.2"))).isEqualTo(Quantity.of("0.3"));
    }

    @Test
    void quantities_compare_by_value() {
        assertThat(Quantity.of(10)).isGreaterThan(Quantity.of("9.999999999"));
        assertThat(Quantity.of(2).min(Quantity.of(3))).isEqualTo(Quantity.of(2));
        assertThat(Quantity.of(3).min(Quantity.of(2))).isEqualTo(Quantity.of(2));
    }

    @Test
    void a_quantity_is_never_negative() {
        assertThatThrownBy(() -> Quantity.of(-1))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("quantity must not be negative");
        assertThatThrownBy(() -> new Quantity(new BigDecimal("-0.000000001"))).isInstanceOf(InvalidValue.class);
    }

    @Test
    void zero_is_refused_where_something_must_be_used() {
        assertThat(Quantity.of("0.000000001").requirePositive("amount")).isEqualTo(Quantity.of("0.000000001"));
        assertThatThrownBy(() -> Quantity.ZERO.requirePositive("amount"))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("amount must be more than zero");
    }
}
