package io.allotment.domain.catalog;

import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.Refusal;

/** A plan version that accounts subscribe to, did to the end or are about to, stays. */
public final class PlanVersionInUse extends Refusal {

    public PlanVersionInUse(PlanKey plan, int number) {
        super(
                Kind.CONFLICT,
                "plan-version-in-use",
                "version",
                "Version " + number + " of the plan " + plan
                        + " is what subscriptions, checkouts or changes are to, and cannot be deleted; add a new version, or set the plan inactive.");
    }
}
