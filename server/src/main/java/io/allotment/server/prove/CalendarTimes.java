package io.allotment.server.prove;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The moments at which periods end: midnights around leap days, ends of months and changes of clocks, and billing periods
 * that began on a 31st. The clock comes an hour before each, a microsecond before, to the very moment, and a microsecond
 * after; grants and leases end at those moments too.
 */
final class CalendarTimes implements ModelPhase.Times {

    private static final Instant START = Instant.parse("2028-01-31T12:00:00Z");

    /** Cairo's clocks change at midnight, so that there some days begin at one o'clock. */
    private static final List<ZoneId> ZONES = List.of(
            ZoneId.of("Europe/Berlin"),
            ZoneId.of("America/New_York"),
            ZoneId.of("Africa/Cairo"),
            ZoneId.of("Australia/Lord_Howe"));

    private static final List<LocalDate> DAYS = Stream.of(
                    "2028-02-01",
                    "2028-02-29",
                    "2028-03-01",
                    "2028-03-12",
                    "2028-03-13",
                    "2028-03-26",
                    "2028-03-27",
                    "2028-04-01",
                    "2028-04-02",
                    "2028-04-28",
                    "2028-05-01",
                    "2028-10-01",
                    "2028-10-27",
                    "2028-10-29",
                    "2028-10-30",
                    "2028-11-05",
                    "2028-11-06",
                    "2029-01-01",
                    "2029-02-28",
                    "2029-03-01")
            .map(LocalDate::parse)
            .toList();

    private final List<Instant> ends;
    private final List<Instant> moments = new ArrayList<>();
    private int next;

    /** @param count so many of the moments, chosen at random */
    CalendarTimes(SplittableRandom random, int count) {
        var all = new ArrayList<>(everyEnd());
        while (all.size() > count) {
            all.remove(random.nextInt(all.size()));
        }
        ends = List.copyOf(all);
        var sorted = new TreeSet<Instant>();
        for (var end : ends) {
            sorted.addAll(List.of(end.minusSeconds(3_600), end.minusNanos(1_000), end, end.plusNanos(1_000)));
        }
        moments.addAll(sorted.tailSet(START, false));
    }

    private static TreeSet<Instant> everyEnd() {
        var ends = new TreeSet<Instant>();
        for (var zone : ZONES) {
            for (var day : DAYS) {
                ends.add(ZonedDateTime.of(day, LocalTime.MIDNIGHT, zone).toInstant());
            }
            var began = START.atZone(zone);
            for (var month : List.of("2028-02", "2028-03", "2028-04", "2028-10", "2028-11", "2029-02")) {
                var of = YearMonth.parse(month);
                var day = of.atDay(Math.min(began.getDayOfMonth(), of.lengthOfMonth()));
                ends.add(ZonedDateTime.of(day, began.toLocalTime(), zone).toInstant());
            }
        }
        return ends;
    }

    @Override
    public Instant start() {
        return START;
    }

    @Override
    public List<ZoneId> zones() {
        return ZONES;
    }

    @Override
    public Optional<Instant> next(Instant now) {
        return next < moments.size() ? Optional.of(moments.get(next++)) : Optional.empty();
    }

    @Override
    public List<Instant> ends() {
        return ends;
    }
}
