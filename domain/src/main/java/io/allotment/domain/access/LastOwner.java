package io.allotment.domain.access;

import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;

/**
 * A tenant that has an owner keeps one: the last active member who is owner without an end neither leaves nor is removed,
 * suspended or demoted.
 */
public final class LastOwner extends Refusal {

    /** At this time only those roles count that never end. */
    public static final Instant END_OF_TIME = Instant.parse("9999-12-31T23:59:59Z");

    public LastOwner(TenantId tenant) {
        this(tenant, "make somebody else owner first.");
    }

    private LastOwner(TenantId tenant, String what) {
        super(Kind.CONFLICT, "last-owner", null, "The tenant " + tenant + " would be left without an owner; " + what);
    }

    /** To somebody who may leave a tenant without an owner, if they say so. */
    public static LastOwner unlessNamed(TenantId tenant) {
        return new LastOwner(tenant, "make somebody else owner first, or name it in leavingWithoutOwner.");
    }

    /**
     * Refuses to take from the tenant the last owner it has.
     *
     * @param isOwner whether who would go is an active member and owner without an end
     * @param owners how many such owners there are, with them
     */
    public static void requireAnother(TenantId tenant, boolean isOwner, long owners) {
        if (isOwner && owners <= 1) {
            throw new LastOwner(tenant);
        }
    }
}
