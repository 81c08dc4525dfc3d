package io.allotment.domain.tenancy;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.time.ZoneId;

/**
 * An organization, team or single user's workspace: the unit of isolation.
 *
 * @param profile what people see and change
 * @param thresholds when it wants to hear of used quotas and low credits
 * @param version counts changes; a change must name the one it was read at
 * @param unpricedModels what becomes of AI work that has no price
 */
public record Tenant(
        TenantId id,
        TenantProfile profile,
        Thresholds thresholds,
        Status status,
        Instant createdAt,
        Instant updatedAt,
        long version,
        UnpricedModels unpricedModels) {

    /** A suspended tenant keeps everything; the gate denies it. */
    public enum Status {
        ACTIVE,
        SUSPENDED
    }

    public Tenant {
        requireNonNull(id, "id");
        requireNonNull(profile, "profile");
        requireNonNull(thresholds, "thresholds");
        requireNonNull(status, "status");
        requireNonNull(createdAt, "createdAt");
        requireNonNull(updatedAt, "updatedAt");
        requireNonNull(unpricedModels, "unpricedModels");
    }

    public static Tenant created(TenantId id, TenantProfile profile, Instant now) {
        return new Tenant(id, profile, Thresholds.DEFAULT, Status.ACTIVE, now, now, 1, UnpricedModels.DEFAULT);
    }

    /** With another profile, or as it is where that is the same. */
    public Tenant with(TenantProfile changed, Instant now) {
        return changed.equals(profile)
                ? this
                : new Tenant(id, changed, thresholds, status, createdAt, now, version + 1, unpricedModels);
    }

    /** With other thresholds, or as it is where they are the same. */
    public Tenant with(Thresholds changed, Instant now) {
        return changed.equals(thresholds)
                ? this
                : new Tenant(id, profile, changed, status, createdAt, now, version + 1, unpricedModels);
    }

    /** With another policy for AI work that has no price, or as it is where that is the same. */
    public Tenant with(UnpricedModels changed, Instant now) {
        return changed.equals(unpricedModels)
                ? this
                : new Tenant(id, profile, thresholds, status, createdAt, now, version + 1, changed);
    }

    /** Suspended, or as it is where it was suspended already. */
    public Tenant suspended(Instant now) {
        return in(Status.SUSPENDED, now);
    }

    /** Active again, or as it is where it was active already. */
    public Tenant reactivated(Instant now) {
        return in(Status.ACTIVE, now);
    }

    public Slug slug() {
        return profile.slug();
    }

    /** Where its calendar days and months begin. */
    public ZoneId timeZone() {
        return profile.timeZone();
    }

    private Tenant in(Status next, Instant now) {
        return status == next
                ? this
                : new Tenant(id, profile, thresholds, next, createdAt, now, version + 1, unpricedModels);
    }
}
