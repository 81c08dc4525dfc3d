package io.allotment.domain.billing;

import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.Refusal;

/** A checkout that was canceled, refused or has expired leads nowhere, and one that was paid is not canceled. */
public final class CheckoutOver extends Refusal {

    private CheckoutOver(String message) {
        super(Kind.CONFLICT, "checkout-over", null, message);
    }

    public static CheckoutOver closed(CheckoutId id) {
        return new CheckoutOver(
                "The checkout " + id + " was canceled, was refused or has expired; order anew, under another key.");
    }

    public static CheckoutOver paid(CheckoutId id) {
        return new CheckoutOver("The checkout " + id
                + " was paid, or is about to be in this moment; look at what is subscribed to, and try again.");
    }
}
