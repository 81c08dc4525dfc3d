package io.allotment.domain.shared;

import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.stream.Collectors;

/** Times that come from outside: bounded, and as fine as they are stored. */
public final class Times {

    private static final Instant YEAR_10000 = Instant.parse("+10000-01-01T00:00:00Z");

    public static final ZoneId UTC = ZoneId.of("UTC");

    /** Those that everybody knows: the names of System V are Java's alone. */
    private static final Set<String> REGIONS = ZoneId.getAvailableZoneIds().stream()
            .filter(id -> !id.startsWith("SystemV/"))
            .collect(Collectors.toUnmodifiableSet());

    private Times() {}

    /** The zone; refuses one that is no region: to a database that reads it as POSIX does, +02:00 means the opposite. */
    public static ZoneId region(String field, ZoneId zone) {
        if (!REGIONS.contains(zone.getId())) {
            throw new InvalidValue(field, "must be a region such as Europe/Berlin, or UTC");
        }
        return zone;
    }

    /** The time in microseconds; refuses one that is not of the years 1970 to 9999. */
    public static Instant stored(String field, Instant time) {
        if (time.isBefore(Instant.EPOCH) || !time.isBefore(YEAR_10000)) {
            throw new InvalidValue(field, "must be of the years 1970 to 9999");
        }
        return time.truncatedTo(ChronoUnit.MICROS);
    }
}
