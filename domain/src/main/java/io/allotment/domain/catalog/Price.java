package io.allotment.domain.catalog;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.Text;
import java.util.Optional;

/**
 * What a plan version costs for one billing interval.
 *
 * @param intervalCount intervals between two bills, 1 to 36: 3 with {@code MONTH} bills quarterly
 * @param stripePriceId the price in Stripe, where it is sold there
 * @param stripeProductId the product in Stripe the price belongs to
 */
public record Price(
        PriceKey key,
        Interval interval,
        int intervalCount,
        Money money,
        Optional<String> stripePriceId,
        Optional<String> stripeProductId) {

    /** The unit of a billing interval. */
    public enum Interval {
        MONTH(1),
        YEAR(12);

        private final int months;

        Interval(int months) {
            this.months = months;
        }
    }

    public Price {
        requireNonNull(key, "key");
        requireNonNull(interval, "interval");
        if (intervalCount < 1 || intervalCount > 36) {
            throw new InvalidValue("intervalCount", "must be from 1 to 36");
        }
        requireNonNull(money, "money");
        stripePriceId = stripePriceId.map(name -> Text.name("stripePriceId", name, 255));
        stripeProductId = stripeProductId.map(name -> Text.name("stripeProductId", name, 255));
    }

    /** The billing interval in months. */
    public int months() {
        return interval.months * intervalCount;
    }

    /** Refuses as many as come to more than an amount can be. */
    public void requireQuantity(int quantity) {
        if (money.amountMinor() > 0 && quantity > Money.MAX_AMOUNT_MINOR / money.amountMinor()) {
            throw new InvalidValue(
                    "quantity",
                    "must be at most " + Money.MAX_AMOUNT_MINOR / money.amountMinor() + " at this price: more comes to "
                            + "an amount beyond " + Money.MAX_AMOUNT_MINOR);
        }
    }

    /** A subscription keeps its currency: refuses to follow on a price in another one ({@link InvalidValue}). */
    public void requireCurrencyOf(Price before) {
        if (!money.currency().equals(before.money.currency())) {
            throw new InvalidValue(
                    "price",
                    "must be in " + before.money.currency() + ", as the subscription is paid: " + key + " is in "
                            + money.currency());
        }
    }

    /** A price of one month, not sold through Stripe. */
    public static Price monthly(String key, long amountMinor, String currency) {
        return new Price(
                new PriceKey(key),
                Interval.MONTH,
                1,
                new Money(amountMinor, currency),
                Optional.empty(),
                Optional.empty());
    }
}
