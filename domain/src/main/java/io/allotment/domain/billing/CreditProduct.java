package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.ProductKey;
import io.allotment.domain.shared.Text;
import io.allotment.domain.subscription.Subscription;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;

/**
 * Credits for sale. What it gives and costs never changes: another price is another product, and this one is archived.
 *
 * @param name 1 to 200 characters
 * @param description at most 2,000 characters
 * @param price more than nothing
 * @param active whether it can be bought and given; where not it is archived
 * @param stripePriceId the price in Stripe, where it is sold there
 * @param stripeProductId the product in Stripe the price belongs to
 */
public record CreditProduct(
        ProductKey key,
        String name,
        Optional<String> description,
        Credits credits,
        Money price,
        CreditExpiry expiry,
        boolean active,
        Optional<String> stripePriceId,
        Optional<String> stripeProductId) {

    public CreditProduct {
        requireNonNull(key, "key");
        name = Text.name("name", name, 200);
        description = description.map(text -> Text.prose("description", text, 2_000));
        credits = credits.requirePositive("credits");
        if (price.amountMinor() == 0) {
            throw new InvalidValue("amountMinor", "must be more than nothing; what costs nothing is a gift");
        }
        requireNonNull(expiry, "expiry");
        stripePriceId = stripePriceId.map(id -> Text.name("stripePriceId", id, 255));
        stripeProductId = stripeProductId.map(id -> Text.name("stripeProductId", id, 255));
    }

    /** One that is for sale, in plain words; its credits never expire. */
    public static CreditProduct of(String key, String name, long credits, long priceMinor, String currency) {
        return new CreditProduct(
                new ProductKey(key),
                name,
                Optional.empty(),
                Credits.of(credits),
                new Money(priceMinor, currency),
                CreditExpiry.NEVER,
                true,
                Optional.empty(),
                Optional.empty());
    }

    public CreditProduct expiring(CreditExpiry when) {
        return new CreditProduct(key, name, description, credits, price, when, active, stripePriceId, stripeProductId);
    }

    /** For sale, or archived. */
    public CreditProduct active(boolean forSale) {
        return new CreditProduct(
                key, name, description, credits, price, expiry, forSale, stripePriceId, stripeProductId);
    }

    /** The change of this one; refuses another key, and to give or cost something else. */
    public CreditProduct changedTo(CreditProduct changed) {
        if (!changed.key.equals(key)) {
            throw new InvalidValue("key", "cannot be changed");
        }
        if (!changed.credits.equals(credits) || !changed.price.equals(price) || !changed.expiry.equals(expiry)) {
            throw new InvalidValue("product", "gives and costs what it did; make another one and archive this");
        }
        return changed;
    }

    /**
     * What is given where it is given away now.
     *
     * @param subscription of the account, as it is now
     */
    public GrantTerms gift(String reason, Instant now, ZoneId zone, Optional<Subscription> subscription) {
        return new GrantTerms(
                credits,
                GrantSource.GIFT,
                Optional.of(key.value()),
                GrantTerms.DEFAULT_PRIORITY,
                Optional.empty(),
                expiry.endsAt(now, zone, subscription),
                Optional.empty(),
                Optional.of(reason),
                Document.EMPTY,
                Optional.empty());
    }

    /** Whether a grant gave away this product for that reason. */
    public static boolean isGift(GrantTerms terms, ProductKey product, String reason) {
        return terms.source() == GrantSource.GIFT
                && terms.sourceId().filter(product.value()::equals).isPresent()
                && terms.description().filter(reason::equals).isPresent();
    }

    /** Refuses one that is archived. */
    public void requireActive() {
        if (!active) {
            throw new InvalidValue("product", key + " is archived");
        }
    }
}
