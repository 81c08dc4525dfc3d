package io.allotment.persistence.memory;

import io.allotment.domain.billing.MeteredReport;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.gate.Violation;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.usage.MeteredUse;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What is billable is told: all of it, in whole units. */
final class MeteringChecks {

    private final Tables tables;
    private final List<Violation> violations;

    MeteringChecks(Tables tables, List<Violation> violations) {
        this.tables = tables;
        this.violations = violations;
    }

    void run() {
        tables.counters.all().filter(this::isBilledWhole).forEach(this::check);
        Map<List<Object>, MeteredReport.Total> totals = new HashMap<>();
        tables.meteredReports
                .all()
                .forEach(report -> totals.merge(
                        List.of(
                                report.tenantId(),
                                report.accountId(),
                                report.gateway(),
                                report.feature(),
                                report.billingPeriodStart()),
                        report.total(),
                        MeteredReport.Total::plus));
        tables.meteredReports.all().forEach(report -> {
            var total = totals.remove(List.of(
                    report.tenantId(),
                    report.accountId(),
                    report.gateway(),
                    report.feature(),
                    report.billingPeriodStart()));
            if (total != null
                    && total.quantity().setScale(0, RoundingMode.HALF_UP).compareTo(total.units()) != 0) {
                violations.add(new Violation(
                        "metered-reports-come-to-whole-units",
                        report.tenantId(),
                        "usage of " + report.feature() + " of account " + report.accountId() + " in the period from "
                                + report.billingPeriodStart(),
                        "used were " + total.quantity() + ", and the reports come to " + total.units()));
            }
        });
    }

    /** Whether a gateway has billed the account for as long as the counter counts. */
    private boolean isBilledWhole(QuotaCounter counter) {
        boolean billed = subscriptions(counter)
                .anyMatch(subscription -> subscription.endedAt().isEmpty()
                        && subscription.billed().isPresent());
        boolean beside = subscriptions(counter)
                .anyMatch(subscription -> subscription.billed().isEmpty()
                        && subscription
                                .endedAt()
                                .filter(end -> !end.isAfter(counter.period().start()))
                                .isEmpty());
        return billed
                && !beside
                && tables.features
                        .find(Key.of(counter.feature()))
                        .filter(Feature::isBilledByUse)
                        .isPresent();
    }

    private Stream<Subscription> subscriptions(QuotaCounter counter) {
        return tables.subscriptions.under(Key.of(counter.tenantId(), counter.accountId()));
    }

    private void check(QuotaCounter counter) {
        var start = counter.period().start();
        var told = Stream.concat(
                        tables.meteredReports
                                .under(Key.of(counter.tenantId()))
                                .filter(report -> report.accountId().equals(counter.accountId())
                                        && report.feature().equals(counter.feature())
                                        && report.periodStart().equals(start))
                                .map(MeteredReport::quantity),
                        tables.meteredUses
                                .under(Key.of(counter.tenantId()))
                                .filter(use -> use.accountId().equals(counter.accountId())
                                        && use.feature().equals(counter.feature())
                                        && use.periodStart().equals(start))
                                .map(MeteredUse::quantity))
                .reduce(BigDecimal.ZERO, BigDecimal::add);
        if (told.compareTo(counter.overage().value()) != 0) {
            violations.add(new Violation(
                    "billable-overage-is-reported",
                    counter.tenantId(),
                    "overage of " + counter.feature() + " of account " + counter.accountId(),
                    "counted are " + counter.overage() + ", in reports or about to be " + told));
        }
    }
}
