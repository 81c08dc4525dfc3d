package io.allotment.application.shared;

import static java.util.Objects.requireNonNull;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The present, in microseconds: as fine as PostgreSQL keeps it, so that what is answered is what is stored. */
public record Moments(Clock clock) {

    public Moments {
        requireNonNull(clock, "clock");
    }

    public Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
