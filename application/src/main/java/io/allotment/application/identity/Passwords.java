package io.allotment.application.identity;

import io.allotment.domain.access.Forbidden;
import io.allotment.domain.identity.Attempts;
import io.allotment.domain.identity.Password;
import io.allotment.domain.identity.PasswordHasher;
import io.allotment.domain.shared.Throttled;
import java.time.Instant;
import java.util.Optional;

/** What a process needs to compare passwords without telling who has one. Thread-safe. */
public final class Passwords {

    private static final String NOBODYS = "the password of somebody who has none";

    private final Optional<PasswordHasher> hasher;

    private volatile String nobodysHash;

    /** @param hasher empty where nobody signs in by password */
    public Passwords(Optional<PasswordHasher> hasher) {
        this.hasher = hasher;
    }

    /** Refuses where nobody signs in by password. */
    PasswordHasher hasher() {
        return hasher.orElseThrow(() -> Forbidden.because("password-sign-in-off", "Nobody signs in by password here."));
    }

    /** Compares as long as if there were a password. */
    void compareWithNobodys(Password given) {
        var hash = nobodysHash;
        if (hash == null || hasher().isOutdated(hash)) {
            hash = hasher().hash(new Password(NOBODYS));
            nobodysHash = hash;
        }
        hasher().matches(given, hash);
    }

    /** What the attempts are with one more, which counts as failed until it turns out right; refuses one that comes too soon. */
    static Attempts next(Attempts attempts, Instant now) {
        var pause = attempts.pause(now);
        if (!pause.isZero()) {
            throw new Throttled(
                    "too-many-attempts",
                    "Too many attempts to sign in to this address failed; wait before the next one.",
                    pause);
        }
        return attempts.failedAgain(now);
    }
}
