package io.allotment.sandbox;

import io.allotment.domain.billing.GatewayInvoice.Line;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.shared.Period;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a change owes, and what an invoice comes to: what is unused goes back, what remains is charged, and what is beyond an invoice is kept for the next one. */
final class Owed {

    /** So many lines wait for an invoice at the most. */
    private static final int MAX_LINES = 100;

    private Owed() {}

    /** What is left of the period, as it was charged. */
    static List<Line> unused(Book.Sub sub, Instant now) {
        return rest("Unused time of ", sub, -sub.inPeriodMinor(), now);
    }

    /** The same time, as it costs now. */
    static List<Line> remaining(Book.Sub sub, Instant now) {
        return rest("Remaining time of ", sub, sub.dueMinor(), now);
    }

    /** None where the period is over, and in a trial, which costs nothing. */
    private static List<Line> rest(String what, Book.Sub sub, long amountMinor, Instant now) {
        var period = sub.state().currentPeriod();
        var end = period.end().orElseThrow();
        if (sub.state().status() == GatewaySubscription.Status.TRIALING || !now.isBefore(end)) {
            return List.of();
        }
        long whole = Duration.between(period.start(), end).toSeconds();
        long rest = Duration.between(now, end).toSeconds();
        return List.of(new Line(
                what + sub.description(),
                sub.state().quantity(),
                BigInteger.valueOf(amountMinor)
                        .multiply(BigInteger.valueOf(rest))
                        .divide(BigInteger.valueOf(whole))
                        .longValueExact(),
                Optional.of(Period.between(now, end)),
                Optional.of(sub.state().priceId())));
    }

    /** Those of before and some more; where they get too many, one that says what all come to. */
    static List<Line> joined(List<Line> before, List<Line> more) {
        var all = Stream.concat(before.stream(), more.stream()).toList();
        return all.size() > MAX_LINES ? List.of(line("Earlier changes", sum(all))) : all;
    }

    static long sum(List<Line> lines) {
        return lines.stream().mapToLong(Line::amountMinor).reduce(0, Math::addExact);
    }

    /**
     * What is billed.
     *
     * @param totalMinor the sum of the lines, and never less than nothing
     * @param keptMinor what of the payer's is kept for the next invoice
     */
    record Bill(List<Line> lines, long totalMinor, long keptMinor) {}

    /** Of lines, and what was kept before. */
    static Bill bill(List<Line> lines, long keptMinor) {
        long sum = sum(lines);
        long change = Math.max(-sum, -keptMinor);
        if (change == 0) {
            return new Bill(lines, sum, keptMinor);
        }
        var all = new ArrayList<>(lines);
        all.add(line(change > 0 ? "Kept for the next invoice" : "Used of what was kept", change));
        return new Bill(List.copyOf(all), Math.addExact(sum, change), Math.addExact(keptMinor, change));
    }

    private static Line line(String description, long amountMinor) {
        return new Line(description, 1, amountMinor, Optional.empty(), Optional.empty());
    }
}
