package io.allotment.application.job;

import io.allotment.domain.Persistence;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.job.DueWork;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.shared.Period;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.tenancy.Tenant;
import java.time.Duration;
import java.time.Instant;

/**
 * Tells that a trial ends, whoever bills the subscription. Of which end was told is written in the same unit of work: so each is told once, and a
 * trial that is prolonged again.
 */
final class TrialNotices {

    /** So long before the end; of a shorter trial at once. As gateways tell it, and time enough to cancel. */
    static final Duration BEFORE = Duration.ofDays(3);

    private static final long SECONDS_A_DAY = 86_400;

    private final Persistence persistence;
    private final HolderNotices notices;

    TrialNotices(Persistence persistence, HolderNotices notices) {
        this.persistence = persistence;
        this.notices = notices;
    }

    void tell(DueWork.Account due) {
        notices.seeTo(due, (live, now) -> live.runningTrial(now).ifPresent(trial -> tell(live, trial, now)));
    }

    private void tell(Subscription live, Period trial, Instant now) {
        var end = trial.end().orElseThrow();
        if (end.isAfter(now.plus(BEFORE)) || !persistence.subscriptions().markTrialTold(live, end)) {
            return;
        }
        long left = Duration.between(now, end).toSeconds();
        notices.tell(
                live,
                Notice.Kind.TRIAL_ENDING,
                (left + SECONDS_A_DAY - 1) / SECONDS_A_DAY,
                trial,
                (plan, tenant) -> words(plan, tenant, live, end),
                now);
    }

    private static HolderNotices.Words words(Plan plan, Tenant tenant, Subscription live, Instant end) {
        var name = tenant.profile().name();
        return new HolderNotices.Words("The trial of " + name + " ends", """
                The trial of the plan %s of %s ends on %s.

                %s
                """.formatted(
                        plan.name(),
                        name,
                        HolderNotices.time(end, tenant),
                        live.endsWithPeriod()
                                ? "The plan ends then."
                                : "The plan goes on then and is to be paid, unless it is canceled before."));
    }
}
