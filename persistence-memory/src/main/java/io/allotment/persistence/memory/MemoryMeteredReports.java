package io.allotment.persistence.memory;

import io.allotment.domain.billing.MeteredReport;
import io.allotment.domain.billing.MeteredReports;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.MeteredReportId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

final class MemoryMeteredReports implements MeteredReports {

    private static final Comparator<MeteredReport> NEXT = Comparator.comparing(
                    (MeteredReport report) -> report.triedAt().orElse(Instant.MAX))
            .thenComparing(report -> report.nextAt().orElseThrow())
            .thenComparing(report -> report.id().toString());

    private final Tables tables;

    MemoryMeteredReports(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void insert(MeteredReport report) {
        tables.meteredReports.requireToWrite(report);
        if (!tables.accounts.holds(Key.of(report.tenantId(), report.accountId()))) {
            throw new Unknown("account", "accountId", report.accountId());
        }
        if (tables.meteredReports.holds(key(report))) {
            throw new IllegalStateException("There is a report " + report.id() + " already");
        }
        tables.meteredReports.put(key(report), report);
    }

    @Override
    public void update(MeteredReport report) {
        tables.meteredReports.requireToWrite(report);
        if (!tables.meteredReports.holds(key(report))) {
            throw new IllegalStateException("A report to be changed is not there: " + report.id());
        }
        tables.meteredReports.put(key(report), report);
    }

    @Override
    public Optional<MeteredReport> find(TenantId tenant, MeteredReportId id) {
        return tables.meteredReports.find(Key.of(tenant, id));
    }

    @Override
    public Optional<MeteredReport> lock(TenantId tenant, MeteredReportId id) {
        return find(tenant, id);
    }

    @Override
    public Optional<MeteredReport> findIdentified(String gateway, String identifier) {
        return tables.meteredReports
                .all()
                .filter(report ->
                        report.gateway().equals(gateway) && report.identifier().equals(identifier))
                .findFirst();
    }

    @Override
    public Optional<MeteredReport> lockDue(String gateway, Instant now) {
        tables.requirePlatform("sending reports of metered usage");
        return tables.meteredReports
                .all()
                .filter(report -> report.gateway().equals(gateway)
                        && report.nextAt().filter(next -> !next.isAfter(now)).isPresent())
                .min(NEXT);
    }

    @Override
    public boolean hasUnanswered(String gateway) {
        return tables.meteredReports
                .all()
                .anyMatch(report -> report.gateway().equals(gateway)
                        && report.nextAt().isPresent()
                        && report.triedAt().isPresent());
    }

    @Override
    public MeteredReport.Total total(TenantId tenant, MeteredReport.Subject subject) {
        return around(tenant, subject)
                .map(report -> report.billingPeriodStart().equals(subject.billingPeriodStart())
                        ? report.total()
                        : new MeteredReport.Total(
                                BigDecimal.ZERO, BigDecimal.ZERO, report.total().counted()))
                .reduce(MeteredReport.Total.NONE, MeteredReport.Total::plus);
    }

    @Override
    public BigDecimal withheldSince(TenantId tenant, MeteredReport report) {
        var all = around(tenant, report.subject()).toList();
        return withheld(all.stream())
                .min(withheld(all.stream().filter(other -> !other.createdAt().isBefore(report.createdAt()))));
    }

    private static BigDecimal withheld(Stream<MeteredReport> reports) {
        return reports.map(MeteredReport::withheldUnits).reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    /** Of the subscription's period, and of the quota's. */
    private Stream<MeteredReport> around(TenantId tenant, MeteredReport.Subject subject) {
        return tables.meteredReports
                .under(Key.of(tenant))
                .filter(report -> report.accountId().equals(subject.accountId())
                        && report.gateway().equals(subject.gateway())
                        && report.feature().equals(subject.feature()))
                .filter(report -> report.billingPeriodStart().equals(subject.billingPeriodStart())
                        || report.periodStart().equals(subject.periodStart()));
    }

    @Override
    public BigDecimal sumSent(
            TenantId tenant, String gateway, String customerId, FeatureKey feature, Instant from, Instant to) {
        return tables.meteredReports
                .under(Key.of(tenant))
                .filter(report -> report.status() == MeteredReport.Status.SENT
                        && report.gateway().equals(gateway)
                        && report.customerId().filter(customerId::equals).isPresent()
                        && report.feature().equals(feature)
                        && !report.at().isBefore(from)
                        && report.at().isBefore(to))
                .map(MeteredReport::units)
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    @Override
    public Page<MeteredReport> list(Optional<MeteredReport.Status> status, PageRequest page) {
        tables.requirePlatform("the reports of metered usage of all tenants");
        return tables.meteredReports.page(
                Key.of(),
                Position.ID_AND_ID,
                page,
                report -> status.filter(wanted -> wanted != report.status()).isEmpty());
    }

    private static Key key(MeteredReport report) {
        return Key.of(report.tenantId(), report.id());
    }
}
