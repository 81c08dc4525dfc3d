package io.allotment.domain.billing;

import io.allotment.domain.shared.Refusal;

/** A change was asked for that says of nothing what it is to become. */
public final class NothingToChange extends Refusal {

    public NothingToChange() {
        super(
                Kind.INVALID,
                "nothing-to-change",
                null,
                "The request changes nothing: say what it is to become, the plan, its version, the price or the quantity.");
    }
}
