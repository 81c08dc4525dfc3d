package io.allotment.domain.tenancy;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.ai.ModelRates;
import io.allotment.domain.shared.InvalidValue;
import java.util.Optional;

/**
 * What becomes of AI work whose model has no price: the price book does not know it, or knows it without any price.
 *
 * @param rates of the policy {@code DEFAULT}, in US dollars
 */
public record UnpricedModels(Policy policy, Optional<ModelRates> rates) {

    /** What to do. */
    public enum Policy {
        /** It is denied. */
        REFUSE,
        /** It costs what the tenant says. */
        DEFAULT,
        /** It is recorded without a cost, to be priced later; denied where its credits depend on the cost. */
        UNPRICED
    }

    /** Recorded, and priced later. */
    public static final UnpricedModels DEFAULT = new UnpricedModels(Policy.UNPRICED, Optional.empty());

    public UnpricedModels {
        requireNonNull(policy, "policy");
        requireNonNull(rates, "rates");
        if (policy == Policy.DEFAULT && rates.filter(some -> !some.isEmpty()).isEmpty()) {
            throw new InvalidValue("prices", "must be told: what is in no book costs them");
        }
        if (policy != Policy.DEFAULT && rates.isPresent()) {
            throw new InvalidValue("prices", "have no use with the policy " + policy);
        }
    }
}
