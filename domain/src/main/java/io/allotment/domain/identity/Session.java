package io.allotment.domain.identity;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.SessionId;
import io.allotment.domain.shared.UserId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Somebody who signed in. It goes on for 12 hours after it was last used, and 30 days at most. Its token is told once; the
 * SHA-256 of it is kept alone.
 *
 * @param ipAddress from where it was begun
 * @param userAgent what the program called itself that began it
 * @param lastUsedAt to a minute
 * @param expiresAt from then on it is over, unless it is used before
 * @param endsAt from then on it is over anyway
 * @param revokedAt from then on it was over
 */
public record Session(
        SessionId id,
        UserId userId,
        Optional<String> ipAddress,
        Optional<String> userAgent,
        Instant createdAt,
        Instant lastUsedAt,
        Instant expiresAt,
        Instant endsAt,
        Optional<Instant> revokedAt) {

    public static final Duration UNUSED = Duration.ofHours(12);
    public static final Duration LONGEST = Duration.ofDays(30);

    /** So long it is not noted again that it was used. */
    public static final Duration BETWEEN_RENEWALS = Duration.ofMinutes(1);

    public Session {
        requireNonNull(id, "id");
        requireNonNull(userId, "userId");
        requireNonNull(ipAddress, "ipAddress");
        requireNonNull(userAgent, "userAgent");
        requireNonNull(createdAt, "createdAt");
        requireNonNull(lastUsedAt, "lastUsedAt");
        requireNonNull(expiresAt, "expiresAt");
        requireNonNull(endsAt, "endsAt");
        requireNonNull(revokedAt, "revokedAt");
        if (expiresAt.isAfter(endsAt)) {
            throw new IllegalArgumentException("a session ends at its end at the latest");
        }
    }

    public static Session begun(SessionId id, UserId user, Origin origin, Instant now) {
        return new Session(
                id,
                user,
                origin.ipAddress(),
                origin.userAgent(),
                now,
                now,
                now.plus(UNUSED),
                now.plus(LONGEST),
                Optional.empty());
    }

    public boolean isLive(Instant now) {
        return revokedAt.isEmpty() && now.isBefore(expiresAt);
    }

    /** Whether it is time to note that it was used. */
    public boolean isDueForRenewal(Instant now) {
        return !now.isBefore(lastUsedAt.plus(BETWEEN_RENEWALS));
    }

    /** Used now: it goes on from here. */
    public Session renewed(Instant now) {
        var until = now.plus(UNUSED);
        return new Session(
                id,
                userId,
                ipAddress,
                userAgent,
                createdAt,
                now,
                until.isBefore(endsAt) ? until : endsAt,
                endsAt,
                revokedAt);
    }
}
