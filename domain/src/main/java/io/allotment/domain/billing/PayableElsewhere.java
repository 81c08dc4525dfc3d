package io.allotment.domain.billing;

import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.Refusal;

/** Somebody can pay a purchase at a gateway that does not run here: nobody can close its checkout, and it would be paid twice. */
public final class PayableElsewhere extends Refusal {

    public PayableElsewhere(PurchaseId purchase, Checkout place, String here) {
        super(
                Kind.CONFLICT,
                "payable-elsewhere",
                null,
                "The purchase " + purchase + " can be paid at " + place.gateway() + " until " + place.expiresAt()
                        + ", and payments are taken by " + here + " here: start the server with " + place.gateway()
                        + ", which then closes that, or wait until then.");
    }
}
