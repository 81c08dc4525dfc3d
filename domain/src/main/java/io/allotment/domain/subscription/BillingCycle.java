package io.allotment.domain.subscription;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Period;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;

/**
 * The periods of a subscription: each counted from the anchor, so that one anchored on the 31st bills on the last day of
 * shorter months and on the 31st again after them.
 *
 * @param months the length of a period
 */
public record BillingCycle(Instant anchor, int months) {

    public BillingCycle {
        requireNonNull(anchor, "anchor");
        if (months < 1 || months > 36 * 12) {
            throw new InvalidValue("months", "must be from 1 to " + 36 * 12);
        }
    }

    /** The period that holds the time, which is not before the anchor; days are those of the zone. */
    public Period at(Instant time, ZoneId zone) {
        var start = anchor.atZone(zone);
        long n = ChronoUnit.MONTHS.between(start, time.atZone(zone)) / months;
        // Clamped ends of month can put the estimate one period off, either way.
        while (!start.plusMonths((n + 1) * months).toInstant().isAfter(time)) {
            n++;
        }
        while (n > 0 && start.plusMonths(n * months).toInstant().isAfter(time)) {
            n--;
        }
        return Period.between(
                start.plusMonths(n * months).toInstant(),
                start.plusMonths((n + 1) * months).toInstant());
    }
}
