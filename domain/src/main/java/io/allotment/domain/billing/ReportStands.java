package io.allotment.domain.billing;

import io.allotment.domain.shared.Refusal;

/** A report of metered usage stands in a way that leaves no room for this. */
public final class ReportStands extends Refusal {

    /** @param what what was wanted, such as {@code be sent again} */
    public ReportStands(MeteredReport report, String what) {
        this("The report " + report.id() + " is " + report.status() + ", and cannot " + what + ".");
    }

    public ReportStands(String why) {
        super(Kind.CONFLICT, "report-stands", null, why);
    }
}
