package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;

/** What we call the price of a plan version where the gateway has no name of its own for it: {@code <plan version>/<price>}. */
public record PlanPriceId(PlanVersionId version, PriceKey price) {

    public PlanPriceId {
        requireNonNull(version, "version");
        requireNonNull(price, "price");
    }

    @Override
    public String toString() {
        return version + "/" + price;
    }
}
