package io.allotment.server;

import io.allotment.domain.gate.Invariants;
import io.allotment.domain.gate.Violation;
import io.allotment.domain.shared.TenantId;
import java.io.PrintWriter;
import java.util.List;

/** What the verification found: as JSON by its fields, and in words. */
record VerifyReport(
        long tenants,
        long accounts,
        long entries,
        long decisions,
        long events,
        long auditEntries,
        int violations,
        List<Detail> details) {

    /** One violation. */
    record Detail(String invariant, String tenant, String subject, String detail) {
        static Detail of(Violation violation) {
            return new Detail(
                    violation.invariant(),
                    violation.tenantId().map(TenantId::toString).orElse("platform"),
                    violation.subject(),
                    violation.detail());
        }
    }

    static VerifyReport of(Invariants.Report report) {
        return new VerifyReport(
                report.tenants(),
                report.accounts(),
                report.entries(),
                report.decisions(),
                report.events(),
                report.auditEntries(),
                report.violations().size(),
                report.violations().stream().map(Detail::of).toList());
    }

    void print(PrintWriter out) {
        if (violations > 0) {
            var table = new TextTable()
                    .words("violated")
                    .words("tenant")
                    .words("of")
                    .words("figures");
            details.forEach(one -> table.row(one.invariant(), one.tenant(), one.subject(), one.detail()));
            table.print(out, "What is not as it must be");
            if (violations >= Invariants.MAX_VIOLATIONS) {
                out.println("There may be more: no more than " + Invariants.MAX_VIOLATIONS + " are named.");
            }
        }
        new TextTable()
                .words("looked at")
                .figures("rows")
                .row("tenants", tenants)
                .row("accounts", accounts)
                .row("ledger entries", entries)
                .row("decisions", decisions)
                .row("usage events", events)
                .row("audit entries", auditEntries)
                .print(out, "Everything recomputed from the stored rows");
        out.println("violations " + violations);
    }
}
