package io.allotment.domain.shared;

import java.math.BigDecimal;

/** Exact decimals as the database keeps them, {@code numeric(38,9)}: bounded, never rounded in silence, one form each. */
public final class Decimals {

    static final int SCALE = 9;

    /** How many decimals may be written, where all beyond the ninth are zeros. */
    private static final int MAX_WRITTEN_SCALE = 100;

    private Decimals() {}

    /** The one form of a value: no trailing zeros, no exponent. Refuses what has more than nine decimals or is too large. */
    static BigDecimal exact(String field, BigDecimal value, int maxIntegerDigits) {
        if (value == null) {
            throw new InvalidValue(field, "must not be empty");
        }
        if (value.signum() == 0) {
            return BigDecimal.ZERO;
        }
        // Bounds first: expanding 1e999999999, or stripping a million zeros, would take the machine down.
        long integerDigits = (long) value.precision() - value.scale();
        if (integerDigits > maxIntegerDigits) {
            throw new InvalidValue(field, "is too large; at most " + maxIntegerDigits + " digits before the point");
        }
        if (integerDigits < -SCALE || value.scale() > MAX_WRITTEN_SCALE) {
            throw tooFine(field);
        }
        var stripped = plain(value);
        if (stripped.scale() > SCALE) {
            throw tooFine(field);
        }
        return stripped;
    }

    /** The one form of a value that is bounded, such as a stored one: no trailing zeros, no exponent. */
    public static BigDecimal plain(BigDecimal value) {
        var stripped = value.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }

    /** Reads plain decimal text such as {@code 12.5}; no exponent, no sign but minus, no other script's digits. */
    static BigDecimal parse(String field, String text) {
        if (text == null || text.isEmpty() || text.length() > 60 || !text.matches("-?[0-9]+(\\.[0-9]+)?")) {
            throw new InvalidValue(field, "must be a decimal number such as 12.5");
        }
        return new BigDecimal(text);
    }

    private static InvalidValue tooFine(String field) {
        return new InvalidValue(field, "has more than " + SCALE + " decimals");
    }
}
