package io.allotment.application.job;

import io.allotment.domain.Persistence;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.job.DueWork;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.shared.Period;
import io.allotment.domain.subscription.DunningSchedule;
import io.allotment.domain.subscription.PastDue;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.tenancy.Tenant;
import java.time.Instant;

/**
 * Tells of payments that are missing. That it was told stands in the subscription and is written with it: so each step is told once, whoever
 * runs this how often.
 */
final class Dunning {

    private final Persistence persistence;
    private final HolderNotices notices;
    private final DunningSchedule schedule;

    Dunning(Persistence persistence, HolderNotices notices, DunningSchedule schedule) {
        this.persistence = persistence;
        this.notices = notices;
        this.schedule = schedule;
    }

    void tell(DueWork.Account due) {
        notices.seeTo(due, (live, now) -> live.pastDue().ifPresent(missing -> tell(live, missing, now)));
    }

    private void tell(Subscription live, PastDue missing, Instant now) {
        // Whoever has paid, or had their time, is not told of it: the subscription is as time has left it.
        if (live.isToBeDunned(schedule, now)) {
            notices.tell(
                    live,
                    Notice.Kind.PAYMENT_MISSING,
                    missing.daysLeft(now),
                    Period.between(missing.since(), missing.graceEndsAt()),
                    (plan, tenant) -> words(plan, tenant, missing),
                    now);
        }
        persistence.subscriptions().update(live.dunned(schedule, now));
    }

    private static HolderNotices.Words words(Plan plan, Tenant tenant, PastDue missing) {
        var name = tenant.profile().name();
        return new HolderNotices.Words("A payment of " + name + " is missing", """
                The payment for the plan %s of %s has failed.

                Until %s nothing changes. Without a payment the plan ends then.
                """.formatted(
                        plan.name(), name, HolderNotices.time(missing.graceEndsAt(), tenant)));
    }
}
