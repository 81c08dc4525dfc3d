package io.allotment.domain.shared;

import java.util.Currency;
import java.util.regex.Pattern;

/**
 * An amount of money in minor units (cents for USD, yen for JPY) and its currency.
 *
 * @param amountMinor minor units, never negative, at most {@link #MAX_AMOUNT_MINOR}
 * @param currency three capital letters of ISO 4217
 */
public record Money(long amountMinor, String currency) {

    /** As much as readers of JSON keep exactly. */
    public static final long MAX_AMOUNT_MINOR = (1L << 53) - 1;

    private static final Pattern ISO = Pattern.compile("[A-Z]{3}");

    public Money {
        if (amountMinor < 0) {
            throw new InvalidValue("amountMinor", "must not be negative");
        }
        if (amountMinor > MAX_AMOUNT_MINOR) {
            throw new InvalidValue("amountMinor", "must be at most " + MAX_AMOUNT_MINOR);
        }
        Text.matching("currency", currency, ISO, 3, "must be three capital letters such as USD");
    }

    /** Refuses letters that are no currency of ISO 4217: what is sold is to be paid. */
    public static void requireCurrency(String field, String currency) {
        boolean isKnown = Currency.getAvailableCurrencies().stream()
                .anyMatch(one -> one.getCurrencyCode().equals(currency) && one.getDefaultFractionDigits() >= 0);
        if (!isKnown) {
            throw new InvalidValue(field, "must be a currency of ISO 4217 such as USD");
        }
    }
}
