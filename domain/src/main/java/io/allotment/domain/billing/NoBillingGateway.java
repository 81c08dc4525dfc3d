package io.allotment.domain.billing;

import io.allotment.domain.shared.Refusal;

/** What is asked for needs a gateway that bills by itself, and payments are taken by one that does not. */
public final class NoBillingGateway extends Refusal {

    public NoBillingGateway(String gateway) {
        super(
                Kind.CONFLICT,
                "no-billing-gateway",
                null,
                "Payments are taken by " + gateway + " here, which does not bill subscriptions.");
    }
}
