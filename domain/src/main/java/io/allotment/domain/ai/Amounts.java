package io.allotment.domain.ai;

import io.allotment.domain.shared.InvalidValue;
import java.math.BigDecimal;

/** Exact decimals of prices and counts: bounded, never rounded, one form each. */
final class Amounts {

    private static final int MAX_INTEGER_DIGITS = 18;
    private static final int MAX_DECIMALS = 18;

    private Amounts() {}

    /** Refuses a negative value and one out of bounds. */
    static BigDecimal exact(String field, BigDecimal value) {
        if (value == null) {
            throw new InvalidValue(field, "must not be empty");
        }
        if (value.signum() < 0) {
            throw new InvalidValue(field, "must not be negative");
        }
        // Bounds first: a number such as 1e999999999 would take the machine down.
        long integerDigits = (long) value.precision() - value.scale();
        if (value.signum() != 0 && integerDigits > MAX_INTEGER_DIGITS) {
            throw new InvalidValue(field, "is too large");
        }
        if (value.scale() > 100) {
            throw new InvalidValue(field, "has more than " + MAX_DECIMALS + " decimals");
        }
        var plain = plain(value);
        if (plain.scale() > MAX_DECIMALS) {
            throw new InvalidValue(field, "has more than " + MAX_DECIMALS + " decimals");
        }
        return plain;
    }

    /** No trailing zeros, no exponent. */
    static BigDecimal plain(BigDecimal value) {
        if (value.signum() == 0) {
            return BigDecimal.ZERO;
        }
        var stripped = value.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }
}
