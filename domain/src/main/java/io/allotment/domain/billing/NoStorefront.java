package io.allotment.domain.billing;

import io.allotment.domain.shared.Refusal;

/** Who takes the payments keeps no list of what is sold: there is nothing to bring in line. */
public final class NoStorefront extends Refusal {

    public NoStorefront() {
        super(
                Kind.CONFLICT,
                "no-storefront",
                null,
                "Who takes the payments keeps no list of prices and products that could be brought in line.");
    }
}
