package io.allotment.domain.subscription;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;

/**
 * A payment that is missing.
 *
 * @param since when it failed
 * @param graceEndsAt when the subscription expires without it
 */
public record PastDue(Instant since, Instant graceEndsAt) {

    public PastDue {
        requireNonNull(since, "since");
        requireNonNull(graceEndsAt, "graceEndsAt");
    }

    /** @param graceDays the plan version's, of 24 hours each */
    static PastDue since(Instant now, int graceDays) {
        return new PastDue(now, now.plus(Duration.ofDays(graceDays)));
    }
}
