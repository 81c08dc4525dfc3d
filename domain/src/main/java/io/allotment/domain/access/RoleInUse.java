package io.allotment.domain.access;

import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.RoleKey;

/** Somebody has the role. */
public final class RoleInUse extends Refusal {

    private final long holders;

    public RoleInUse(RoleKey role, long holders) {
        super(
                Kind.CONFLICT,
                "role-in-use",
                null,
                "The role " + role + " is had by " + holders + (holders == 1 ? " member" : " members")
                        + "; take it from them first, or delete it with cascade.");
        this.holders = holders;
    }

    public long holders() {
        return holders;
    }
}
