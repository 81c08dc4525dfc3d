package io.allotment.domain.access;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.Optional;

/**
 * A platform role that somebody has.
 *
 * @param grantedBy empty where the bearer of the root key or the product itself did
 * @param expiresAt from then on it counts for nothing; empty for never
 */
public record PlatformAssignment(
        UserId userId, PlatformRole role, Optional<UserId> grantedBy, Instant grantedAt, Optional<Instant> expiresAt) {

    public PlatformAssignment {
        requireNonNull(userId, "userId");
        requireNonNull(role, "role");
        requireNonNull(grantedBy, "grantedBy");
        requireNonNull(grantedAt, "grantedAt");
        requireNonNull(expiresAt, "expiresAt");
    }

    public boolean isValid(Instant now) {
        return expiresAt.isEmpty() || now.isBefore(expiresAt.get());
    }
}
