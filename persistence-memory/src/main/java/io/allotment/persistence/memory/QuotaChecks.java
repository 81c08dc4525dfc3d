package io.allotment.persistence.memory;

import io.allotment.domain.gate.Violation;
import io.allotment.domain.quota.QuotaChange;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Counters are what the events and changes of their periods add up to. */
final class QuotaChecks {

    private final Tables tables;
    private final List<Violation> violations;

    QuotaChecks(Tables tables, List<Violation> violations) {
        this.tables = tables;
        this.violations = violations;
    }

    void run() {
        Map<CountedPeriod, BigDecimal> counted = new HashMap<>();
        tables.events
                .all()
                .forEach(event -> event.lines()
                        .forEach(line -> line.quota()
                                .ifPresent(use -> counted.merge(
                                        new CountedPeriod(
                                                event.tenantId(), event.accountId(), use.feature(), use.period()),
                                        line.quantity().value(),
                                        BigDecimal::add))));
        tables.quotaChanges
                .all()
                .forEach(change -> counted.merge(
                        new CountedPeriod(change.tenantId(), change.accountId(), change.feature(), change.period()),
                        effect(change),
                        BigDecimal::add));
        tables.counted.all().forEach(removed -> counted.merge(removed.period(), removed.used(), BigDecimal::add));
        tables.counters.all().forEach(counter -> {
            var period = CountedPeriod.of(counter);
            var sum = counted.getOrDefault(period, BigDecimal.ZERO);
            if (sum.compareTo(counter.used().value()) != 0) {
                violations.add(new Violation(
                        "quota-used-is-sum-of-events",
                        counter.tenantId(),
                        period.toString(),
                        counter.used() + " are used since " + counter.period().start()
                                + ", the events and changes add up to " + sum.toPlainString()));
            }
        });
    }

    /** What a change did to the period it counts in. */
    private static BigDecimal effect(QuotaChange change) {
        var amount = change.amount().value();
        return switch (change.operation()) {
            case INCREMENT -> amount;
            case DECREMENT -> amount.negate();
            // By hand it wiped out this period's count; at a period's end the one before, and began this one.
            case RESET -> change.idempotencyKey().isPresent() ? amount.negate() : BigDecimal.ZERO;
        };
    }
}
