package io.allotment.domain.ai;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.ModelPriceId;
import io.allotment.domain.shared.TokenCounts;
import java.math.BigDecimal;
import java.util.Optional;

/**
 * What AI work cost.
 *
 * @param amount exact, zero or more
 * @param currency three upper-case letters
 * @param price the row of the price book it was reckoned with; empty where it was the tenant's price for what is in no book
 */
public record Cost(BigDecimal amount, String currency, Optional<ModelPriceId> price) {
    public Cost {
        requireNonNull(amount, "amount");
        if (amount.signum() < 0) {
            throw new InvalidValue("cost", "must not be negative");
        }
        amount = Amounts.plain(amount);
        requireNonNull(currency, "currency");
        requireNonNull(price, "price");
    }

    /** What work cost by a row of prices; refuses what was used where the row cannot tell ({@link ModelRates#costs}). */
    public static Cost of(ModelPrice price, TokenCounts tokens) {
        return new Cost(price.rates().costs(ModelUsage.of(tokens)).total(), price.currency(), Optional.of(price.id()));
    }
}
