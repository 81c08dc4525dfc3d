package io.allotment.domain.billing;

import io.allotment.domain.shared.Refusal;

/** What is settled stays so, and what a gateway bills is settled there. */
public final class InvoiceNotOpen extends Refusal {

    public InvoiceNotOpen(String why) {
        super(Kind.CONFLICT, "invoice-not-open", null, why);
    }
}
