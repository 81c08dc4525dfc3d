package io.allotment.domain.shared;

import java.util.regex.Pattern;

/**
 * An amount of money in minor units (cents for USD, yen for JPY) and its currency.
 *
 * @param amountMinor minor units, never negative
 * @param currency three capital letters of ISO 4217
 */
public record Money(long amountMinor, String currency) {

    private static final Pattern ISO = Pattern.compile("[A-Z]{3}");

    public Money {
        if (amountMinor < 0) {
            throw new InvalidValue("amountMinor", "must not be negative");
        }
        Text.matching("currency", currency, ISO, 3, "must be three capital letters such as USD");
    }
}
