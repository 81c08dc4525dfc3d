package io.allotment.domain.subscription;

import io.allotment.domain.shared.Refusal;

/** The subscription has ended for good at the gateway that billed it: nothing of it can be changed, canceled or resumed any more. */
public final class SubscriptionOver extends Refusal {

    public SubscriptionOver(Subscription over) {
        super(
                Kind.CONFLICT,
                "subscription-over",
                null,
                "The subscription " + over.id() + " has ended"
                        + over.endedAt().map(at -> ", on " + at).orElse("")
                        + ", for good; subscribe anew: POST /billing/checkout of the account.");
    }
}
