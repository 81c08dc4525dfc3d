package io.allotment.domain.ai;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.ModelPriceId;
import java.time.Instant;
import java.util.Optional;

/**
 * A row of the price book, never edited. Rows of one model that are effective from the same time are one list, in the order
 * of their positions: the last one whose condition holds is the price, else the first.
 *
 * @param effectiveFrom when the list takes the place of the one before; empty for the first, which holds for all times
 * before
 * @param currency three upper-case letters
 */
public record ModelPrice(
        ModelPriceId id,
        ModelRef model,
        Optional<Instant> effectiveFrom,
        int position,
        PriceTerms terms,
        String currency,
        Instant createdAt) {

    public ModelPrice {
        requireNonNull(id, "id");
        requireNonNull(model, "model");
        requireNonNull(effectiveFrom, "effectiveFrom");
        if (position < 0 || position >= MAX_TERMS) {
            throw new InvalidValue("prices", "must be 1 to " + MAX_TERMS);
        }
        requireNonNull(terms, "terms");
        if (currency == null || !currency.matches("[A-Z]{3}")) {
            throw new InvalidValue("currency", "must be three upper-case letters such as USD");
        }
        requireNonNull(createdAt, "createdAt");
    }

    /** How many prices one list may have. */
    public static final int MAX_TERMS = 50;

    public ModelRates rates() {
        return terms.rates();
    }
}
