package io.allotment.domain.ai;

import static java.util.Objects.requireNonNull;

/** One price of a model's list: what it costs, and when. */
public record PriceTerms(PriceCondition condition, ModelRates rates) {
    public PriceTerms {
        requireNonNull(condition, "condition");
        requireNonNull(rates, "rates");
    }

    /** At any time. */
    public static PriceTerms always(ModelRates rates) {
        return new PriceTerms(new PriceCondition.Always(), rates);
    }
}
