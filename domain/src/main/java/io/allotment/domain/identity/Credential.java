package io.allotment.domain.identity;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.UserId;
import java.time.Instant;

/**
 * Somebody's password, as far as it is kept: what {@link PasswordHasher} made of it.
 *
 * @param addressProven whether who set it had shown that the e-mail address is theirs, by a token that was mailed, or the operator
 *     did; a password that anybody may have set goes when somebody else shows it
 */
public record Credential(
        UserId userId, String passwordHash, boolean addressProven, Instant changedAt, Attempts attempts) {

    public Credential {
        requireNonNull(userId, "userId");
        Text.bounded("passwordHash", passwordHash, 500);
        requireNonNull(changedAt, "changedAt");
        requireNonNull(attempts, "attempts");
    }

    /** A password that counts from now on. */
    public static Credential set(UserId user, String passwordHash, boolean addressProven, Instant now) {
        return new Credential(user, passwordHash, addressProven, now, Attempts.NONE);
    }

    /** The same password; whose the address is now has yet to be shown. */
    public Credential unproven() {
        return new Credential(userId, passwordHash, false, changedAt, attempts);
    }

    public Credential with(Attempts changed) {
        return new Credential(userId, passwordHash, addressProven, changedAt, changed);
    }

    /** The same password, hashed anew. */
    public Credential rehashed(String newHash) {
        return new Credential(userId, newHash, addressProven, changedAt, attempts);
    }

    /** Without the hash. */
    @Override
    public String toString() {
        return "Credential[" + userId + "]";
    }
}
