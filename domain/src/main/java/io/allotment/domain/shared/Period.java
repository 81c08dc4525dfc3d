package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;

/**
 * A stretch of time: from {@code start}, included, to {@code end}, excluded; without an end it never ends.
 */
public record Period(Instant start, Optional<Instant> end) {

    public Period {
        requireNonNull(start, "start");
        requireNonNull(end, "end");
        if (end.isPresent() && !end.get().isAfter(start)) {
            throw new InvalidValue("end", "must be after the start " + start);
        }
    }

    public static Period between(Instant start, Instant end) {
        return new Period(start, Optional.of(end));
    }

    public static Period startingAt(Instant start) {
        return new Period(start, Optional.empty());
    }

    public boolean contains(Instant time) {
        return !time.isBefore(start) && !hasEndedAt(time);
    }

    public boolean hasEndedAt(Instant time) {
        return end.isPresent() && !time.isBefore(end.get());
    }
}
