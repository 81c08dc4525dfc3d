package io.allotment.domain.usage;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Hours, days and months as people of a time zone count them. */
public final class UsageCalendar {

    /** By what time is cut. */
    public enum Unit {
        /** Of the wall clock. Where clocks change within an hour, each part of it is one by itself. */
        HOUR,
        DAY,
        MONTH
    }

    private UsageCalendar() {}

    /**
     * Where each hour, day or month begins, in order. The first begins at {@code from}, even where that is in the middle of
     * one; the last ends at {@code to} or after it.
     */
    public static List<Instant> starts(Instant from, Instant to, Unit unit, ZoneId zone) {
        return switch (unit) {
            case HOUR -> starts(from, to, start -> nextHour(start, zone));
            case DAY -> starts(from, to, start -> nextDay(start, zone));
            case MONTH ->
                starts(
                        from,
                        to,
                        start -> LocalDate.ofInstant(start, zone)
                                .withDayOfMonth(1)
                                .plusMonths(1)
                                .atStartOfDay(zone)
                                .toInstant());
        };
    }

    private static List<Instant> starts(Instant from, Instant to, UnaryOperator<Instant> next) {
        var starts = new ArrayList<Instant>();
        for (var start = from; start.isBefore(to); start = next.apply(start)) {
            starts.add(start);
        }
        return starts;
    }

    private static Instant nextHour(Instant start, ZoneId zone) {
        var next = start.atZone(zone)
                .toOffsetDateTime()
                .truncatedTo(ChronoUnit.HOURS)
                .plusHours(1)
                .toInstant();
        var change = zone.getRules().nextTransition(start);
        return change != null && change.getInstant().isBefore(next) ? change.getInstant() : next;
    }

    private static Instant nextDay(Instant time, ZoneId zone) {
        return LocalDate.ofInstant(time, zone).plusDays(1).atStartOfDay(zone).toInstant();
    }

    /** The start of the day that the time is in. */
    public static Instant day(Instant time, ZoneId zone) {
        return LocalDate.ofInstant(time, zone).atStartOfDay(zone).toInstant();
    }

    /** The first start of a day at that time or after it. */
    public static Instant dayFrom(Instant time, ZoneId zone) {
        var day = day(time, zone);
        return day.equals(time) ? day : nextDay(time, zone);
    }
}
