package io.allotment.domain.billing;

import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.Refusal;

/** What is paid for is paid for once, and not canceled. */
public final class AlreadyPaid extends Refusal {

    public AlreadyPaid(PurchaseId purchase, String reference) {
        super(
                Kind.CONFLICT,
                "already-paid",
                null,
                "The purchase " + purchase + " was paid by " + reference + " already.");
    }
}
