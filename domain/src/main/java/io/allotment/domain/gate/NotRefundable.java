package io.allotment.domain.gate;

import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Refusal;

/** Only what was charged can be refunded: an allowed consume, or a settle. */
public final class NotRefundable extends Refusal {

    public NotRefundable(DecisionId decision) {
        super(
                Kind.CONFLICT,
                "not-refundable",
                "decision",
                "The decision " + decision + " charged nothing: only an allowed consume or a settle can be refunded.");
    }
}
