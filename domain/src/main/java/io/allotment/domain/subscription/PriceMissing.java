package io.allotment.domain.subscription;

import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.Refusal;
import java.util.Optional;

/** The other version of the plan does not have the price that the subscription pays. */
public final class PriceMissing extends Refusal {

    /** @param paid the price so far; empty for none */
    public PriceMissing(Optional<PriceKey> paid, int version) {
        super(
                Kind.CONFLICT,
                "price-missing",
                null,
                paid.map(key -> "Version " + version + " has no price " + key + "; name the one to take instead.")
                        .orElse("So far nothing is paid, but version " + version
                                + " has prices; name the one to take."));
    }
}
