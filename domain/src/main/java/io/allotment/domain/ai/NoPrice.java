package io.allotment.domain.ai;

import io.allotment.domain.shared.Refusal;

/** The price book has none for a model: nobody offers one of this name. */
public final class NoPrice extends Refusal {

    public NoPrice(PriceBook.Asked asked) {
        super(
                Kind.INVALID,
                "no-price",
                "model",
                "There is no price for " + asked.model()
                        + asked.provider().map(name -> " of " + name).orElse("")
                        + asked.apiUrl().map(url -> " at " + url).orElse("") + ".");
    }
}
