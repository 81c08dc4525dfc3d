package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;
import java.util.Optional;

/** What we call the price of a plan version where the gateway has no name of its own for it: {@code <plan version>/<price>}. */
public record PlanPriceId(PlanVersionId version, PriceKey price) {

    public PlanPriceId {
        requireNonNull(version, "version");
        requireNonNull(price, "price");
    }

    /** Reads it; empty where the text is another gateway's name. */
    public static Optional<PlanPriceId> parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(new PlanPriceId(
                    PlanVersionId.of(text.substring(0, slash)), new PriceKey(text.substring(slash + 1))));
        } catch (InvalidValue anothers) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return version + "/" + price;
    }
}
