package io.allotment.domain.subscription;

import io.allotment.domain.shared.Refusal;

/** The subscription's state does not allow the event. */
public final class TransitionRefused extends Refusal {

    public TransitionRefused(SubscriptionStatus status, SubscriptionStatus.Event event) {
        super(
                Kind.CONFLICT,
                "transition-refused",
                null,
                "A subscription that is " + status + " does not allow " + event + ".");
    }
}
