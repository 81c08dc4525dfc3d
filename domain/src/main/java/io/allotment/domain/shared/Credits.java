package io.allotment.domain.shared;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * An amount of credits, exact to nine decimals; negative for what leaves an account. Equal amounts are equal records,
 * however they were written. Credits are not money.
 */
public record Credits(BigDecimal value) implements Comparable<Credits> {

    public static final Credits ZERO = new Credits(BigDecimal.ZERO);

    public Credits {
        value = Decimals.exact("credits", value, 29);
    }

    public static Credits of(long value) {
        return new Credits(BigDecimal.valueOf(value));
    }

    /** Reads plain decimal text such as {@code 12.5}. */
    public static Credits of(String text) {
        return new Credits(Decimals.parse("credits", text));
    }

    /** What a quantity costs at a rate, rounded half up to nine decimals, once. */
    public static Credits at(Credits rate, Quantity quantity) {
        return new Credits(rate.value.multiply(quantity.value()).setScale(Decimals.SCALE, RoundingMode.HALF_UP));
    }

    /**
     * What a part of an amount costs at a rate, rounded half up to nine decimals, once.
     *
     * @param part of the whole; more than zero
     */
    public static Credits at(Credits rate, BigDecimal amount, Quantity part, Quantity whole) {
        return new Credits(rate.value
                .multiply(amount)
                .multiply(part.value())
                .divide(whole.value(), Decimals.SCALE, RoundingMode.HALF_UP));
    }

    /** So much of it as the part is of the whole, rounded down to nine decimals. */
    public Credits share(long part, long whole) {
        return new Credits(value.multiply(BigDecimal.valueOf(part))
                .divide(BigDecimal.valueOf(whole), Decimals.SCALE, RoundingMode.DOWN));
    }

    public Credits plus(Credits other) {
        return new Credits(value.add(other.value));
    }

    public Credits minus(Credits other) {
        return new Credits(value.subtract(other.value));
    }

    public Credits negated() {
        return new Credits(value.negate());
    }

    public Credits min(Credits other) {
        return compareTo(other) <= 0 ? this : other;
    }

    public Credits max(Credits other) {
        return compareTo(other) >= 0 ? this : other;
    }

    public boolean isZero() {
        return value.signum() == 0;
    }

    public boolean isPositive() {
        return value.signum() > 0;
    }

    public boolean isNegative() {
        return value.signum() < 0;
    }

    /** Refuses zero, negative amounts and those of 10^18 or more, naming the field. */
    public Credits requirePositive(String field) {
        if (!isPositive()) {
            throw new InvalidValue(field, "must be more than zero");
        }
        return new Credits(Decimals.exact(field, value, 18));
    }

    @Override
    public int compareTo(Credits other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toPlainString();
    }
}
