package io.allotment.application.job;

import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.identity.User;
import io.allotment.domain.job.DueWork;
import io.allotment.domain.notification.Mail;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.Period;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.tenancy.Tenant;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Tells that a trial ends: a notice in the outbox, and a mail to who holds the account, whoever bills the subscription. Of which end was told
 * is written in the same unit of work, under the account's lock: so each is told once, and a trial that is prolonged again.
 */
final class TrialNotices {

    /** So long before the end; of a shorter trial at once. As gateways tell it, and time enough to cancel. */
    static final Duration BEFORE = Duration.ofDays(3);

    private static final long SECONDS_A_DAY = 86_400;

    private final Persistence persistence;
    private final Holders holders;
    private final Ids ids;
    private final Moments moments;

    TrialNotices(Persistence persistence, Ids ids, Moments moments) {
        this.persistence = persistence;
        this.holders = new Holders(persistence);
        this.ids = ids;
        this.moments = moments;
    }

    /** In one unit of work, the platform's: mails are the platform's. */
    void tell(DueWork.Account due) {
        persistence.unitOfWork().forPlatform(() -> {
            if (!persistence.accounts().lock(due.tenantId(), due.accountId())) {
                return;
            }
            var now = moments.now();
            persistence
                    .subscriptions()
                    .findCurrent(due.tenantId(), due.accountId())
                    .ifPresent(live -> live.runningTrial(now).ifPresent(trial -> tell(live, trial, now)));
        });
    }

    private void tell(Subscription live, Period trial, Instant now) {
        var end = trial.end().orElseThrow();
        if (end.isAfter(now.plus(BEFORE)) || !persistence.subscriptions().markTrialTold(live, end)) {
            return;
        }
        persistence.outbox().append(notice(live, trial, now));
        var tenant = persistence.tenants().find(live.tenantId()).orElseThrow();
        var plan = persistence
                .catalog()
                .findVersion(live.planVersionId())
                .flatMap(version -> persistence.catalog().findPlan(version.plan()))
                .orElseThrow();
        holders.of(live, now).forEach(user -> persistence.mails().append(mail(user, tenant, plan, live, end, now)));
    }

    private Notice notice(Subscription live, Period trial, Instant now) {
        long left = Duration.between(now, trial.end().orElseThrow()).toSeconds();
        return new Notice(
                live.tenantId(),
                new DecisionId(ids.next()),
                0,
                Notice.Kind.TRIAL_ENDING,
                live.accountId(),
                Optional.empty(),
                Optional.empty(),
                BigDecimal.valueOf((left + SECONDS_A_DAY - 1) / SECONDS_A_DAY),
                Optional.empty(),
                Optional.of(trial),
                now);
    }

    private Mail mail(User user, Tenant tenant, Plan plan, Subscription live, Instant end, Instant now) {
        return Mail.to(
                ids.next(),
                user.email(),
                "The trial of " + tenant.profile().name() + " ends",
                """
                The trial of the plan %s of %s ends on %s.

                %s
                """.formatted(
                                plan.name(),
                                tenant.profile().name(),
                                Dunning.TIME.format(end.atZone(tenant.timeZone())),
                                live.endsWithPeriod()
                                        ? "The plan ends then."
                                        : "The plan goes on then and is to be paid, unless it is canceled before."),
                now);
    }
}
