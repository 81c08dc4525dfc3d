package io.allotment.domain.access;

import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.Refusal;

/** An operation needs the permission. */
public final class PermissionInUse extends Refusal {

    public PermissionInUse(PermissionKey permission) {
        super(
                Kind.CONFLICT,
                "permission-in-use",
                null,
                "An operation needs the permission " + permission + "; change the operation first.");
    }
}
