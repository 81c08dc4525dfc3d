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
import io.allotment.domain.subscription.DunningSchedule;
import io.allotment.domain.subscription.PastDue;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.tenancy.Tenant;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/**
 * Tells of payments that are missing: a notice in the outbox, and a mail to who holds the account. That it was told stands in the
 * subscription and is written with it, under the account's lock: so each step is told once, whoever runs this how often.
 */
final class Dunning {

    static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm VV", Locale.ENGLISH);

    private final Persistence persistence;
    private final Holders holders;
    private final Ids ids;
    private final Moments moments;
    private final DunningSchedule schedule;

    Dunning(Persistence persistence, Ids ids, Moments moments, DunningSchedule schedule) {
        this.persistence = persistence;
        this.holders = new Holders(persistence);
        this.ids = ids;
        this.moments = moments;
        this.schedule = schedule;
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
                    .filter(live -> live.pastDue().isPresent())
                    .ifPresent(live -> tell(live, now));
        });
    }

    private void tell(Subscription live, Instant now) {
        // Whoever has paid, or had their time, is not told of it: the subscription is as time has left it.
        if (live.isToBeDunned(schedule, now)) {
            var missing = live.pastDue().orElseThrow();
            persistence.outbox().append(notice(live, missing, now));
            var tenant = persistence.tenants().find(live.tenantId()).orElseThrow();
            var plan = persistence
                    .catalog()
                    .findVersion(live.planVersionId())
                    .flatMap(version -> persistence.catalog().findPlan(version.plan()))
                    .orElseThrow();
            holders.of(live, now).forEach(user -> persistence.mails().append(mail(user, tenant, plan, missing, now)));
        }
        persistence.subscriptions().update(live.dunned(schedule, now));
    }

    private Notice notice(Subscription live, PastDue missing, Instant now) {
        return new Notice(
                live.tenantId(),
                new DecisionId(ids.next()),
                0,
                Notice.Kind.PAYMENT_MISSING,
                live.accountId(),
                Optional.empty(),
                Optional.empty(),
                BigDecimal.valueOf(missing.daysLeft(now)),
                Optional.empty(),
                Optional.of(Period.between(missing.since(), missing.graceEndsAt())),
                now);
    }

    private Mail mail(User user, Tenant tenant, Plan plan, PastDue missing, Instant now) {
        return Mail.to(
                ids.next(),
                user.email(),
                "A payment of " + tenant.profile().name() + " is missing",
                """
                The payment for the plan %s of %s has failed.

                Until %s nothing changes. Without a payment the plan ends then.
                """.formatted(
                                plan.name(),
                                tenant.profile().name(),
                                TIME.format(missing.graceEndsAt().atZone(tenant.timeZone()))),
                now);
    }
}
