package io.allotment.domain.credit;

import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.Refusal;

/** Nothing is left of the grant: it is spent, expired or voided. */
public final class GrantNotLive extends Refusal {

    public GrantNotLive(GrantId grant) {
        super(
                Kind.CONFLICT,
                "grant-not-live",
                null,
                "Nothing remains of the grant " + grant + ": it is spent, expired or voided.");
    }
}
