package io.allotment.domain.billing;

import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.Refusal;

/** Somebody has paid, and the money is on its way: that is waited for, since it comes or does not whatever is wished now. */
public final class PaymentUnderWay extends Refusal {

    public PaymentUnderWay(PurchaseId purchase) {
        super(
                Kind.CONFLICT,
                "payment-under-way",
                null,
                "A payment of the purchase " + purchase
                        + " is under way at the gateway, which can take days and cannot be canceled: wait for it. "
                        + "Its credits come with the money; if that does not come, try again.");
    }
}
