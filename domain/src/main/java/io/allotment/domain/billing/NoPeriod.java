package io.allotment.domain.billing;

import io.allotment.domain.shared.Refusal;

/** Credits that expire with a subscription's period need one that goes on. */
public final class NoPeriod extends Refusal {

    public NoPeriod() {
        super(
                Kind.CONFLICT,
                "no-period",
                "product",
                "These credits expire with the period of a subscription, and the account has none that goes on.");
    }
}
