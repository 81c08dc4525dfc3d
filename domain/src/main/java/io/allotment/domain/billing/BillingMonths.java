package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.InvalidValue;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Months as people of a time zone count them, to sum a billing history by.
 *
 * @param from the first
 * @param to the last, included
 */
public record BillingMonths(YearMonth from, YearMonth to, ZoneId zone) {

    /** So many at once. */
    public static final int MAX = 60;

    private static final int YEAR = 12;

    private static final int EARLIEST_YEAR = 1;
    private static final int LATEST_YEAR = 9_998;

    public BillingMonths {
        requireKnown("from", from);
        requireKnown("to", to);
        requireNonNull(zone, "zone");
        long count = from.until(to, ChronoUnit.MONTHS) + 1;
        if (count < 1 || count > MAX) {
            throw new InvalidValue("to", "must be from's month or one of the " + (MAX - 1) + " after it");
        }
    }

    private static void requireKnown(String field, YearMonth month) {
        requireNonNull(month, field);
        if (month.getYear() < EARLIEST_YEAR || month.getYear() > LATEST_YEAR) {
            throw new InvalidValue(field, "must be a month of the years " + EARLIEST_YEAR + " to " + LATEST_YEAR);
        }
    }

    /** From and to as they are said; where they are not, the twelve months that end with the last one, and that is the present one. */
    public static BillingMonths of(Optional<YearMonth> from, Optional<YearMonth> to, Instant now, ZoneId zone) {
        var last = to.orElseGet(() -> YearMonth.from(now.atZone(zone)));
        return new BillingMonths(from.orElseGet(() -> last.minusMonths(YEAR - 1L)), last, zone);
    }

    /** Where each begins, in order, and where the last one ends. */
    public List<Instant> bounds() {
        return Stream.iterate(from, month -> !month.isAfter(to.plusMonths(1)), month -> month.plusMonths(1))
                .map(month -> month.atDay(1).atStartOfDay(zone).toInstant())
                .toList();
    }

    /** The month that holds the time; empty for one outside. */
    public Optional<YearMonth> holding(Instant time) {
        var month = YearMonth.from(time.atZone(zone));
        return Optional.of(month).filter(one -> !one.isBefore(from) && !one.isAfter(to));
    }
}
