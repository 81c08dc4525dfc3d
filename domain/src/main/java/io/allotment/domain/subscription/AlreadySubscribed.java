package io.allotment.domain.subscription;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Refusal;

/** An account has one live subscription at a time. */
public final class AlreadySubscribed extends Refusal {

    public AlreadySubscribed(AccountId account, SubscriptionStatus status) {
        this(account, status, "cancel it first");
    }

    private AlreadySubscribed(AccountId account, SubscriptionStatus status, String way) {
        super(
                Kind.CONFLICT,
                "already-subscribed",
                null,
                "The account " + account + " has a subscription that is " + status + "; " + way + ".");
    }

    /** One that a gateway bills: it can become another one. */
    public static AlreadySubscribed billed(AccountId account, SubscriptionStatus status) {
        return new AlreadySubscribed(
                account,
                status,
                "to change its plan or quantity POST /billing/change of the account, or cancel it first");
    }
}
