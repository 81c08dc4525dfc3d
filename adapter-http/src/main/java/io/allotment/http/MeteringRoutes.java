package io.allotment.http;

import io.allotment.domain.billing.MeteredReport;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.MeteredReportId;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.Optional;

/** What gateways are told of metered usage. */
final class MeteringRoutes {

    void addTo(Routes routes) {
        var report = "/tenants/{tenant}/metered-reports/{report}";
        routes.get("/metered-reports", this::list);
        routes.get(report, this::get);
        routes.postForTenant(report + "/retry", this::retry);
        routes.postForTenant(report + "/counted", this::counted);
        routes.post(report + "/take-back", this::takeBack);
    }

    record ReportQuery(Optional<MeteredReport.Status> status, Optional<Integer> limit, Optional<String> after) {

        PageRequest page() {
            return Paging.page(limit, after);
        }
    }

    record ReportView(
            TenantId tenant,
            MeteredReportId id,
            AccountId account,
            String gateway,
            FeatureKey feature,
            String quantity,
            String units,
            String withheldUnits,
            Instant periodStart,
            Instant billingPeriodStart,
            Instant at,
            MeteredReport.Status status,
            String identifier,
            Optional<String> customer,
            int attempts,
            Optional<Instant> triedAt,
            Optional<Instant> nextAt,
            Optional<Instant> sentAt,
            Optional<String> problem,
            Instant createdAt) {

        static ReportView of(MeteredReport report) {
            return new ReportView(
                    report.tenantId(),
                    report.id(),
                    report.accountId(),
                    report.gateway(),
                    report.feature(),
                    report.quantity().toPlainString(),
                    report.units().toPlainString(),
                    report.withheldUnits().toPlainString(),
                    report.periodStart(),
                    report.billingPeriodStart(),
                    report.at(),
                    report.status(),
                    report.identifier(),
                    report.customerId(),
                    report.attempts(),
                    report.triedAt(),
                    report.nextAt(),
                    report.sentAt(),
                    report.problem().map(Secrets::masked),
                    report.createdAt());
        }
    }

    private static MeteredReportId report(Call call) {
        return call.path("report", MeteredReportId::of);
    }

    private Reply list(Call call) {
        var query = call.query(ReportQuery.class);
        return Reply.ok(Items.of(call.allotment().metering().list(query.status(), query.page()), ReportView::of));
    }

    private Reply get(Call call) {
        return Reply.ok(ReportView.of(call.allotment().metering().get(call.tenant(), report(call))));
    }

    private Reply retry(Call call) {
        return Reply.ok(ReportView.of(call.allotment().metering().retry(call.tenant(), report(call))));
    }

    private Reply counted(Call call) {
        return Reply.ok(ReportView.of(call.allotment().metering().counted(call.tenant(), report(call))));
    }

    /** The gateway is asked outside of transactions; again, it comes to the same. */
    private Reply takeBack(Call call) {
        call.refuseBody();
        call.idempotencyKey();
        return Reply.ok(ReportView.of(call.allotment().metering().takeBack(call.tenant(), report(call))));
    }
}
