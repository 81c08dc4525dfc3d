package io.allotment.domain.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What credits and quantities have in common. */
class DecimalsTest {

    @ParameterizedTest
    @CsvSource({
        "1.50,          1.5",
        "1.5,           1.5",
        "100,           100",
        "100.000000000000000000, 100",
        "0,             0",
        "0.000,         0",
        "007,           7",
        "0.000000001,   0.000000001",
        "0.0000000010,  0.000000001",
        "99999999999999999999999999999.999999999, 99999999999999999999999999999.999999999"
    })
    void a_decimal_has_one_form_however_it_was_written(String written, String form) {
        assertThat(Quantity.of(written)).hasToString(form);
        assertThat(Credits.of(written)).hasToString(form);
        assertThat(Credits.of("-" + written)).hasToString(form.equals("0") ? "0" : "-" + form);
        assertThat(Quantity.of(written)).isEqualTo(Quantity.of(form)).hasSameHashCodeAs(Quantity.of(form));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                " ",
                "1,5",
                "1.",
                ".5",
                "+1",
                "--1",
                "1e3",
                "1E3",
                "0x10",
                "NaN",
                "Infinity",
                "-Infinity",
                "1_000",
                " 1",
                "1 ",
                "1\n",
                "١",
                "１",
                "½",
                "1d",
                "1f",
                "null",
                "−1",
                "1\u0000"
            })
    void text_that_is_not_a_plain_decimal_is_refused(String text) {
        assertThatThrownBy(() -> Credits.of(text))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("credits must be a decimal number such as 12.5");
        assertThatThrownBy(() -> Quantity.of(text)).isInstanceOf(InvalidValue.class);
    }

    @Test
    void text_is_read_up_to_sixty_characters() {
        assertThat(Quantity.of("1." + "0".repeat(58))).isEqualTo(Quantity.of(1));
        assertThatThrownBy(() -> Quantity.of("1." + "0".repeat(59))).isInstanceOf(InvalidValue.class);
    }

    @ParameterizedTest
    @CsvSource({
        "0.0000000001,                   has more than 9 decimals",
        "1.0000000001,                   has more than 9 decimals",
        "100000000000000000000000000000, is too large; at most 29 digits before the point"
    })
    void what_the_database_cannot_keep_is_refused_and_not_rounded(String text, String problem) {
        assertThatThrownBy(() -> Quantity.of(text))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("quantity " + problem);
        assertThatThrownBy(() -> Credits.of("-" + text))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("credits " + problem);
    }

    static Stream<Arguments> monsters() {
        var zeros = "0".repeat(300_000);
        return Stream.of(
                Arguments.of("1e999999999", new BigDecimal("1e999999999")),
                Arguments.of("1e2147483647", new BigDecimal(BigInteger.ONE, Integer.MIN_VALUE + 1)),
                Arguments.of("1e-999999999", new BigDecimal("1e-999999999")),
                Arguments.of("1e-2147483647", new BigDecimal(BigInteger.ONE, Integer.MAX_VALUE)),
                Arguments.of("1 with zeros behind the point", new BigDecimal("1." + zeros)),
                Arguments.of("0.1 with zeros", new BigDecimal("0.1" + zeros)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("monsters")
    void numbers_made_to_cost_time_and_memory_are_refused_at_once(String name, BigDecimal monster) {
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            assertThatThrownBy(() -> new Credits(monster)).isInstanceOf(InvalidValue.class);
            assertThatThrownBy(() -> new Quantity(monster)).isInstanceOf(InvalidValue.class);
        });
    }

    @Test
    void zero_is_zero_whatever_its_exponent() {
        assertThat(new Credits(new BigDecimal("0e999999999"))).isEqualTo(Credits.ZERO);
        assertThat(new Quantity(new BigDecimal("0e-999999999"))).isEqualTo(Quantity.ZERO);
    }

    @Test
    void an_exponent_within_the_bounds_is_expanded() {
        assertThat(new Credits(new BigDecimal("1.2e3"))).hasToString("1200");
        assertThat(new Credits(new BigDecimal("12e-9"))).hasToString("0.000000012");
    }

    @Test
    void nothing_is_no_amount() {
        assertThatThrownBy(() -> new Credits(null)).isInstanceOf(InvalidValue.class);
        assertThatThrownBy(() -> new Quantity(null)).isInstanceOf(InvalidValue.class);
    }
}
