package io.allotment.domain.shared;

import java.math.BigDecimal;

/** How much of something was used: an exact decimal, never negative, below 10^29, with at most nine decimals. */
public record Quantity(BigDecimal value) implements Comparable<Quantity> {

    public static final Quantity ZERO = new Quantity(BigDecimal.ZERO);

    public Quantity {
        value = Decimals.exact("quantity", value, 29);
        if (value.signum() < 0) {
            throw new InvalidValue("quantity", "must not be negative");
        }
    }

    public static Quantity of(long value) {
        return new Quantity(BigDecimal.valueOf(value));
    }

    /** Reads plain decimal text such as {@code 12.5}. */
    public static Quantity of(String text) {
        return new Quantity(Decimals.parse("quantity", text));
    }

    public Quantity plus(Quantity other) {
        return new Quantity(value.add(other.value));
    }

    /** The difference, or zero where the other is larger. */
    public Quantity minusOrZero(Quantity other) {
        return compareTo(other) <= 0 ? ZERO : new Quantity(value.subtract(other.value));
    }

    public Quantity min(Quantity other) {
        return compareTo(other) <= 0 ? this : other;
    }

    public boolean isZero() {
        return value.signum() == 0;
    }

    /** Refuses zero, naming the field. */
    public Quantity requirePositive(String field) {
        if (isZero()) {
            throw new InvalidValue(field, "must be more than zero");
        }
        return this;
    }

    @Override
    public int compareTo(Quantity other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toPlainString();
    }
}
