package io.allotment.domain.tenancy;

import io.allotment.domain.shared.Refusal;
import java.time.Instant;

/** The invitation was accepted, revoked, or has expired. */
public final class InvitationEnded extends Refusal {

    public InvitationEnded(Invitation invitation, Instant now) {
        super(
                Kind.CONFLICT,
                "invitation-ended",
                null,
                "The invitation " + invitation.id() + " is " + invitation.status(now) + "; make a new one.");
    }
}
