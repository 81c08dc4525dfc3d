package io.allotment.domain.shared;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Times that come from outside: bounded, and as fine as they are stored. */
public final class Times {

    private static final Instant YEAR_10000 = Instant.parse("+10000-01-01T00:00:00Z");

    private Times() {}

    /** The time in microseconds; refuses one that is not of the years 1970 to 9999. */
    public static Instant stored(String field, Instant time) {
        if (time.isBefore(Instant.EPOCH) || !time.isBefore(YEAR_10000)) {
            throw new InvalidValue(field, "must be of the years 1970 to 9999");
        }
        return time.truncatedTo(ChronoUnit.MICROS);
    }
}
