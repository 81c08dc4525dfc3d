package io.allotment.domain.subscription;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A payment that is missing.
 *
 * @param since when it failed
 * @param graceEndsAt when the subscription expires without it
 * @param noticeAt when it is to be seen again whether its holder is to be told; empty when all was told
 */
public record PastDue(Instant since, Instant graceEndsAt, Optional<Instant> noticeAt) {

    private static final long SECONDS_A_DAY = 86_400;

    public PastDue {
        requireNonNull(since, "since");
        requireNonNull(graceEndsAt, "graceEndsAt");
        requireNonNull(noticeAt, "noticeAt");
    }

    /** @param graceDays the plan version's, of 24 hours each */
    static PastDue since(Instant now, int graceDays) {
        return new PastDue(now, now.plus(Duration.ofDays(graceDays)), Optional.of(now));
    }

    /** How many days of grace are left, those that have begun included. */
    public int daysLeft(Instant now) {
        long left = Math.max(0, Duration.between(now, graceEndsAt).toSeconds());
        return (int) ((left + SECONDS_A_DAY - 1) / SECONDS_A_DAY);
    }
}
