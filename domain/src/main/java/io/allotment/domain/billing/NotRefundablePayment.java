package io.allotment.domain.billing;

import io.allotment.domain.shared.Refusal;

/** Nothing, or not so much, can go back of this invoice. */
public final class NotRefundablePayment extends Refusal {

    public NotRefundablePayment(String why) {
        super(Kind.CONFLICT, "not-refundable-payment", "amountMinor", why);
    }
}
