package io.allotment.domain.usage;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.ai.PriceFile;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Times;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Which usage is to be summed, and how.
 *
 * @param from included; the start of a quarter of an hour
 * @param to excluded; the start of a quarter of an hour
 * @param unit by what time is cut; empty for the whole range in one
 * @param by what it is told apart by
 * @param where alike in all that is said here
 * @param top only the largest, where the range is not cut
 */
public record SummaryRequest(
        Instant from,
        Instant to,
        Optional<UsageCalendar.Unit> unit,
        Set<UsageDimension> by,
        UsageGroup where,
        Optional<Top> top) {

    /** So many rows a summary may have. */
    public static final int MAX_ROWS = 20_000;

    /** So far a range may reach that is summed by hours, or by who used it and by what it was for at once. */
    public static final int MAX_FINE_DAYS = 31;

    /** So far it may reach by days. */
    public static final int MAX_DAYS = 400;

    /** So far it may reach by months or in one. */
    public static final int MAX_MONTHS_DAYS = 1_830;

    /** What the largest have most of. */
    public enum Measure {
        EVENTS,
        QUANTITY,
        CREDITS,
        /** In one currency. */
        COST
    }

    /**
     * The largest, largest first.
     *
     * @param count 1 to 1,000
     * @param currency of costs: three upper-case letters
     */
    public record Top(Measure measure, int count, String currency) {

        public static final int MAX = 1_000;

        /** The currency of the price book. */
        public static final String CURRENCY = PriceFile.CURRENCY;

        public Top {
            requireNonNull(measure, "measure");
            if (!currency.matches("[A-Z]{3}")) {
                throw new InvalidValue("currency", "must be three upper-case letters, such as USD");
            }
            if (count < 1 || count > MAX) {
                throw new InvalidValue("top", "must be from 1 to " + MAX);
            }
        }

        public Top(Measure measure, int count) {
            this(measure, count, CURRENCY);
        }

        private BigDecimal of(UsageAmounts amounts) {
            return switch (measure) {
                case EVENTS -> BigDecimal.valueOf(amounts.events());
                case QUANTITY -> amounts.quantity().value();
                case CREDITS -> amounts.credits().value();
                case COST -> amounts.costs().getOrDefault(currency, BigDecimal.ZERO);
            };
        }
    }

    public SummaryRequest {
        from = quarter("from", from);
        to = quarter("to", to);
        requireNonNull(unit, "unit");
        by = by.isEmpty() ? Set.of() : Set.copyOf(by);
        requireNonNull(where, "where");
        requireNonNull(top, "top");
        if (!to.isAfter(from)) {
            throw new InvalidValue("to", "must be after from");
        }
        if (top.isPresent() && unit.isPresent()) {
            throw new InvalidValue("top", "is of the whole range: leave the unit out");
        }
        // A day is 25 hours long once a year.
        int days = maxDays(unit, dimensions(by, where));
        if (Duration.between(from, to).compareTo(Duration.ofDays(days).plusHours(1)) > 0) {
            throw new InvalidValue("to", "must be at most " + days + " days after from" + what(unit, days));
        }
    }

    private static Instant quarter(String field, Instant time) {
        var stored = Times.stored(field, time);
        if (!UsagePart.quarter(stored).equals(stored)) {
            throw new InvalidValue(field, "must be a full quarter of an hour, such as 10:15");
        }
        return stored;
    }

    private static int maxDays(Optional<UsageCalendar.Unit> unit, Set<UsageDimension> dimensions) {
        if (unit.equals(Optional.of(UsageCalendar.Unit.HOUR))
                || dailyCut(dimensions).isEmpty()) {
            return MAX_FINE_DAYS;
        }
        return unit.equals(Optional.of(UsageCalendar.Unit.DAY)) ? MAX_DAYS : MAX_MONTHS_DAYS;
    }

    private static String what(Optional<UsageCalendar.Unit> unit, int days) {
        if (days == MAX_FINE_DAYS && !unit.equals(Optional.of(UsageCalendar.Unit.HOUR))) {
            return ", where usage is told apart by who used it and by what it was for at once";
        }
        return unit.map(cut -> ", by the " + cut.name().toLowerCase(Locale.ROOT))
                .orElse("");
    }

    private static Set<UsageDimension> dimensions(Set<UsageDimension> by, UsageGroup where) {
        var all = EnumSet.noneOf(UsageDimension.class);
        all.addAll(by);
        all.addAll(where.dimensions());
        return all;
    }

    private static Optional<UsageCut> dailyCut(Set<UsageDimension> wanted) {
        return EnumSet.allOf(UsageCut.class).stream()
                .filter(cut -> cut.isDaily() && cut.knows(wanted))
                .findFirst();
    }

    /** In which the rows come. */
    public Comparator<UsageSummary> order() {
        return top.map(largest -> Comparator.comparing((UsageSummary row) -> largest.of(row.amounts()))
                        .reversed()
                        .thenComparing(UsageSummary.ORDER))
                .orElse(UsageSummary.ORDER);
    }

    /** All that has to be known of usage to answer. */
    public Set<UsageDimension> dimensions() {
        return dimensions(by, where);
    }

    /** The days that answer best, where days can. */
    public Optional<UsageCut> dailyCut() {
        return unit.equals(Optional.of(UsageCalendar.Unit.HOUR)) ? Optional.empty() : dailyCut(dimensions());
    }
}
