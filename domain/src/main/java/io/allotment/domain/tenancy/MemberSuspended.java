package io.allotment.domain.tenancy;

import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.UserId;

/** Only an active member can be given this. */
public final class MemberSuspended extends Refusal {

    public MemberSuspended(UserId user) {
        super(
                Kind.CONFLICT,
                "member-suspended",
                null,
                "The member " + user + " is suspended; reactivate the membership first.");
    }
}
