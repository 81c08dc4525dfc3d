package io.allotment.domain.job;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What a job could not do for a tenant. It is tried again after a minute, then after twice as long each time; after {@value
 * #MAX_ATTEMPTS} attempts it is a dead letter, which waits until somebody has it tried again or forgotten. What has pauses of its own, such
 * as an event of a gateway, is one when it is given up.
 *
 * @param attempts how often it failed, one after the other
 * @param nextAttemptAt before that it is left alone; empty for a dead letter
 * @param reason what went wrong the last time, cut at 1,000 characters
 * @param reference what the log has at that failure
 */
public record FailedWork(
        TenantId tenantId,
        JobName job,
        int attempts,
        Instant firstFailedAt,
        Instant lastFailedAt,
        Optional<Instant> nextAttemptAt,
        String reason,
        String reference) {

    public static final int MAX_ATTEMPTS = 5;

    public static final Duration FIRST_PAUSE = Duration.ofMinutes(1);

    private static final int MAX_REASON = 1_000;

    public FailedWork {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(job, "job");
        requireNonNull(firstFailedAt, "firstFailedAt");
        requireNonNull(lastFailedAt, "lastFailedAt");
        requireNonNull(nextAttemptAt, "nextAttemptAt");
        requireNonNull(reference, "reference");
        if (attempts < 1) {
            throw new IllegalArgumentException("what failed was tried");
        }
        // PostgreSQL keeps no NUL.
        reason = reason.replace('\0', ' ');
        reason = reason.substring(0, Math.min(reason.length(), MAX_REASON));
    }

    /** It failed for the first time. */
    public static FailedWork first(TenantId tenant, JobName job, Instant now, String reason, String reference) {
        return new FailedWork(tenant, job, 1, now, now, Optional.of(now.plus(FIRST_PAUSE)), reason, reference);
    }

    /** It has failed for good, after so many attempts: a dead letter at once. */
    public static FailedWork givenUp(
            TenantId tenant,
            JobName job,
            int attempts,
            Instant firstFailedAt,
            Instant now,
            String reason,
            String reference) {
        return new FailedWork(tenant, job, attempts, firstFailedAt, now, Optional.empty(), reason, reference);
    }

    /** It failed once more. */
    public FailedWork again(Instant now, String newReason, String newReference) {
        var next = attempts + 1 < MAX_ATTEMPTS
                ? Optional.of(now.plus(FIRST_PAUSE.multipliedBy(1L << attempts)))
                : Optional.<Instant>empty();
        return new FailedWork(tenantId, job, attempts + 1, firstFailedAt, now, next, newReason, newReference);
    }

    /** Due now, and after that as often as one that never failed. */
    public FailedWork retried(Instant now) {
        return new FailedWork(tenantId, job, 1, firstFailedAt, lastFailedAt, Optional.of(now), reason, reference);
    }

    /** Whether it waits for somebody to look. */
    public boolean isDead() {
        return nextAttemptAt.isEmpty();
    }

    /** Whether it is left alone at this time. */
    public boolean isWaiting(Instant now) {
        return nextAttemptAt.map(next -> next.isAfter(now)).orElse(true);
    }
}
