package io.allotment.domain.tenancy;

import io.allotment.domain.shared.Refusal;

/** Who vouched for the invitation can no longer give what it promises. */
public final class InvitationVoid extends Refusal {

    public InvitationVoid() {
        super(
                Kind.CONFLICT,
                "invitation-void",
                null,
                "Whoever invited you can no longer give the role of this invitation; ask to be invited again.");
    }
}
