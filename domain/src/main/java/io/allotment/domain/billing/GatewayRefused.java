package io.allotment.domain.billing;

import io.allotment.domain.shared.Refusal;

/** The gateway understood what was asked, and refuses it: a card that is declined, more to go back than was paid. It is told in its words. */
public final class GatewayRefused extends Refusal {

    public GatewayRefused(String why) {
        super(Kind.CONFLICT, "gateway-refused", null, why);
    }
}
