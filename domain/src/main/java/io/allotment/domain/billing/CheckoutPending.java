package io.allotment.domain.billing;

import io.allotment.domain.shared.Refusal;

/** A subscription may still begin by a checkout: of two that are open both could be paid. */
public final class CheckoutPending extends Refusal {

    public CheckoutPending(SubscriptionCheckout open) {
        super(Kind.CONFLICT, "checkout-pending", null, told(open));
    }

    private static String told(SubscriptionCheckout open) {
        var which = "The account " + open.accountId() + " has the checkout " + open.id();
        if (open.status() == SubscriptionCheckout.Status.DONE) {
            return which + ", which was paid: its subscription begins in a moment.";
        }
        return which + open.url().map(url -> " at " + url).orElse(", which the gateway has not answered yet")
                + ", until " + open.expiresAt() + "; pay there, or cancel it: POST /billing/checkouts/" + open.id()
                + "/cancel of the account.";
    }
}
