package io.allotment.domain.identity;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.UserId;
import java.time.Duration;
import java.time.Instant;

/** Lets the bearer of a token that was mailed set a new password, once. Of the token its SHA-256 is kept alone. */
public record PasswordReset(UserId userId, Instant createdAt, Instant expiresAt) {

    public static final Duration VALIDITY = Duration.ofHours(1);

    /** No more than one mail for an address in this time, however often it is asked for. */
    public static final Duration BETWEEN_MAILS = Duration.ofMinutes(1);

    public PasswordReset {
        requireNonNull(userId, "userId");
        requireNonNull(createdAt, "createdAt");
        requireNonNull(expiresAt, "expiresAt");
    }

    public static PasswordReset created(UserId user, Instant now) {
        return new PasswordReset(user, now, now.plus(VALIDITY));
    }

    public boolean isValid(Instant now) {
        return now.isBefore(expiresAt);
    }

    /** Whether another mail would come too soon after this one's. */
    public boolean isRecent(Instant now) {
        return now.isBefore(createdAt.plus(BETWEEN_MAILS));
    }
}
