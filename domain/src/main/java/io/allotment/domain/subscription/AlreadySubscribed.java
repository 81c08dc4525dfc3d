package io.allotment.domain.subscription;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Refusal;

/** An account has one live subscription at a time. */
public final class AlreadySubscribed extends Refusal {

    public AlreadySubscribed(AccountId account, SubscriptionStatus status) {
        super(
                Kind.CONFLICT,
                "already-subscribed",
                null,
                "The account " + account + " has a subscription that is " + status + "; cancel it first.");
    }
}
