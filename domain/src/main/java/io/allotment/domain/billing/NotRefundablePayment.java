package io.allotment.domain.billing;

import io.allotment.domain.shared.Refusal;

/** Nothing, or not so much, can go back of this invoice. */
public final class NotRefundablePayment extends Refusal {

    /** Nothing can, however little is asked for. */
    public NotRefundablePayment(String why) {
        this(null, why);
    }

    private NotRefundablePayment(String field, String why) {
        super(Kind.CONFLICT, "not-refundable-payment", field, why);
    }

    /** More is asked for than is left. */
    public static NotRefundablePayment moreThan(long leftMinor) {
        return new NotRefundablePayment(
                "amountMinor", "Of this invoice " + leftMinor + " minor units can still go back.");
    }
}
