package io.allotment.application.shared;

import static java.util.Objects.requireNonNull;

import java.time.Clock;
import java.time.Instant;

/** The present, in microseconds: as fine as PostgreSQL keeps it, so that what is answered is what is stored. */
public record Moments(Clock clock) {

    private static final int NANOS_IN_MICRO = 1_000;

    public Moments {
        requireNonNull(clock, "clock");
    }

    public Instant now() {
        var now = clock.instant();
        return Instant.ofEpochSecond(now.getEpochSecond(), now.getNano() / NANOS_IN_MICRO * NANOS_IN_MICRO);
    }
}
