package io.allotment.application.billing;

import io.allotment.application.access.Acting;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Caller;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.billing.MeteredReport;

/** What came of reports: written, and in the audit log where usage is not billed, or nobody can tell. To be called last in a unit of work. */
final class ReportOutcomes {

    private final Persistence persistence;
    private final Acting acting;

    ReportOutcomes(Persistence persistence, Acting acting) {
        this.persistence = persistence;
        this.acting = acting.as(Caller.SYSTEM);
    }

    void write(MeteredReport before, MeteredReport after) {
        persistence.meteredReports().update(after);
        if (after.status() == before.status()) {
            return;
        }
        switch (after.status()) {
            case REJECTED -> record("metered-report.rejected", before, after);
            case UNCLEAR -> record("metered-report.unclear", before, after);
            case WAITING, SENT, TAKEN_BACK -> {}
        }
    }

    private void record(String action, MeteredReport before, MeteredReport after) {
        acting.record(
                after.tenantId(),
                AuditEvent.of(action, "metered-report", after.id())
                        .from(values(before).map())
                        .to(values(after)
                                .and("problem", after.problem().orElseThrow())
                                .map()));
    }

    static AuditValues values(MeteredReport report) {
        return AuditValues.of("status", report.status())
                .and("identifier", report.identifier())
                .and("units", report.units())
                .and("withheldUnits", report.withheldUnits());
    }
}
