package io.allotment.domain.subscription;

import io.allotment.domain.shared.InvalidValue;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * When the holder of a subscription is told that its payment is missing.
 *
 * @param atOnce as soon as it failed
 * @param daysBefore so many days of 24 hours before the grace ends, where it is that long
 */
public record DunningSchedule(boolean atOnce, List<Integer> daysBefore) {

    /** At once, and three days and one day before the end. */
    public static final DunningSchedule DEFAULT = new DunningSchedule(true, List.of(3, 1));

    private static final int MAX_DAYS = 90;
    private static final int MAX_STEPS = 20;

    public DunningSchedule {
        daysBefore = List.copyOf(daysBefore);
        if (daysBefore.size() > MAX_STEPS
                || daysBefore.stream().distinct().count() < daysBefore.size()
                || daysBefore.stream().anyMatch(days -> days < 1 || days > MAX_DAYS)) {
            throw new InvalidValue(
                    "dunning", "must be at most " + MAX_STEPS + " different numbers of days from 1 to " + MAX_DAYS);
        }
    }

    /** Whether a step has come that nobody was told of; of several at once one is told. */
    boolean isDue(PastDue missing, Instant now) {
        var from = missing.noticeAt();
        return from.isPresent() && steps(missing).anyMatch(step -> !step.isBefore(from.get()) && !step.isAfter(now));
    }

    /** When the next one comes; empty after the last. */
    Optional<Instant> next(PastDue missing, Instant now) {
        return steps(missing).filter(step -> step.isAfter(now)).min(Instant::compareTo);
    }

    private Stream<Instant> steps(PastDue missing) {
        var before = daysBefore.stream()
                .map(days -> missing.graceEndsAt().minus(Duration.ofDays(days)))
                .filter(step -> step.isAfter(missing.since()));
        return atOnce ? Stream.concat(Stream.of(missing.since()), before) : before;
    }
}
