package io.allotment.domain.access;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.Optional;

/**
 * A role that a member has, a system role or one of the tenant's own.
 *
 * @param grantedBy empty where the platform's operator or the product itself did
 * @param expiresAt from then on it counts for nothing; empty for never
 */
public record RoleAssignment(
        TenantId tenantId,
        UserId userId,
        RoleKey role,
        Optional<UserId> grantedBy,
        Instant grantedAt,
        Optional<Instant> expiresAt) {

    public RoleAssignment {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(userId, "userId");
        requireNonNull(role, "role");
        requireNonNull(grantedBy, "grantedBy");
        requireNonNull(grantedAt, "grantedAt");
        requireNonNull(expiresAt, "expiresAt");
    }

    /** Whether it makes somebody an owner without an end. */
    public boolean isLastingOwner() {
        return role.equals(SystemRole.OWNER.key()) && expiresAt.isEmpty();
    }

    /**
     * Whether it counts until then.
     *
     * @param end empty for ever
     */
    public boolean lasts(Optional<Instant> end) {
        return expiresAt.isEmpty() || end.isPresent() && !expiresAt.get().isBefore(end.get());
    }

    public boolean isValid(Instant now) {
        return expiresAt.isEmpty() || now.isBefore(expiresAt.get());
    }
}
