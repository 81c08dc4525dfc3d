package io.allotment.domain.identity;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Failed attempts to sign in to one address in a row. After the fifth a pause has to be made before the next, of one second, and
 * twice as long after each further one, up to 15 minutes. A day without any ends the row.
 */
public record Attempts(int failed, Optional<Instant> lastFailedAt) {

    public static final Attempts NONE = new Attempts(0, Optional.empty());

    public static final Duration MAX_PAUSE = Duration.ofMinutes(15);

    public static final Duration FORGOTTEN_AFTER = Duration.ofDays(1);

    private static final int FREE = 5;

    public Attempts {
        requireNonNull(lastFailedAt, "lastFailedAt");
        if (failed < 0 || failed > 0 != lastFailedAt.isPresent()) {
            throw new IllegalArgumentException("a failed attempt was made at some time");
        }
    }

    /** How long nobody may try yet; zero where they may. */
    public Duration pause(Instant now) {
        var present = at(now);
        if (present.failed < FREE) {
            return Duration.ZERO;
        }
        // 2^10 seconds are more than a quarter of an hour.
        var length = Duration.ofSeconds(1L << Math.min(present.failed - FREE, 10));
        var end = lastFailedAt.orElseThrow().plus(length.compareTo(MAX_PAUSE) < 0 ? length : MAX_PAUSE);
        return now.isBefore(end) ? Duration.between(now, end) : Duration.ZERO;
    }

    /** One more. */
    public Attempts failedAgain(Instant now) {
        return new Attempts(Math.min(at(now).failed + 1, 1_000_000), Optional.of(now));
    }

    private Attempts at(Instant now) {
        boolean forgotten = lastFailedAt
                .filter(last -> !now.isBefore(last.plus(FORGOTTEN_AFTER)))
                .isPresent();
        return forgotten ? NONE : this;
    }
}
