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

    private NoBillingGateway(String here, String there) {
        super(
                Kind.CONFLICT,
                "no-billing-gateway",
                null,
                "The subscription is billed by " + there + ", and payments are taken by " + here
                        + " here: start the server with " + there + " to change, cancel or resume it.");
    }

    /** What another gateway bills, which does not run here. */
    public static NoBillingGateway elsewhere(String here, String there) {
        return new NoBillingGateway(here, there);
    }
}
