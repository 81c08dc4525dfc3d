package io.allotment.domain.billing;

import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.Refusal;
import java.time.Instant;

/** A checkout that was canceled, refused or has expired leads nowhere, and one that was paid is not canceled. */
public final class CheckoutOver extends Refusal {

    private CheckoutOver(String message) {
        super(Kind.CONFLICT, "checkout-over", null, message);
    }

    public static CheckoutOver of(SubscriptionCheckout over, Instant now) {
        var how = switch (over.statusAt(now)) {
            case CANCELED -> "was canceled";
            case REFUSED -> "was refused by the gateway";
            case SUBSCRIBED -> "was paid, and its subscription has begun";
            case FAILED -> "was not paid: the money did not come";
            case OPEN, PAYING, PAID, EXPIRED -> "has expired";
        };
        return new CheckoutOver("The checkout " + over.id() + " " + how + "; order anew, under another key.");
    }

    public static CheckoutOver paid(CheckoutId id) {
        return new CheckoutOver("The checkout " + id
                + " was paid, or is about to be in this moment; look at what is subscribed to, and try again.");
    }
}
