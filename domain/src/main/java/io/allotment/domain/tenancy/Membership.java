package io.allotment.domain.tenancy;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.UserId;
import java.time.Instant;

/**
 * A user's place in a tenant. The tenant sees people through it.
 *
 * @param displayName what the tenant calls them; 1 to 100 characters
 * @param settings of this person in this tenant, for the product
 * @param version counts changes; a change must name the one it was read at
 */
public record Membership(
        TenantId tenantId,
        UserId userId,
        String displayName,
        Status status,
        Document settings,
        Instant createdAt,
        Instant updatedAt,
        long version) {

    /** A suspended member keeps their place, roles and account, and may nothing. */
    public enum Status {
        ACTIVE,
        SUSPENDED
    }

    public Membership {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(userId, "userId");
        displayName = Text.name("displayName", displayName, 100);
        requireNonNull(status, "status");
        requireNonNull(settings, "settings");
        requireNonNull(createdAt, "createdAt");
        requireNonNull(updatedAt, "updatedAt");
    }

    /** A new member. */
    public static Membership joined(TenantId tenantId, UserId userId, String displayName, Instant now) {
        return new Membership(tenantId, userId, displayName, Status.ACTIVE, Document.EMPTY, now, now, 1);
    }

    public boolean isActive() {
        return status == Status.ACTIVE;
    }

    /** Called otherwise from now on, and with other settings; as it is where they are the same. */
    public Membership with(String changedName, Document changedSettings, Instant now) {
        var changed =
                new Membership(tenantId, userId, changedName, status, changedSettings, createdAt, now, version + 1);
        boolean isSame = changed.displayName.equals(displayName) && changedSettings.equals(settings);
        return isSame ? this : changed;
    }

    /** Suspended, or as it is where it was suspended already. */
    public Membership suspended(Instant now) {
        return in(Status.SUSPENDED, now);
    }

    /** Active again, or as it is where it was active already. */
    public Membership reactivated(Instant now) {
        return in(Status.ACTIVE, now);
    }

    private Membership in(Status next, Instant now) {
        return status == next
                ? this
                : new Membership(tenantId, userId, displayName, next, settings, createdAt, now, version + 1);
    }
}
