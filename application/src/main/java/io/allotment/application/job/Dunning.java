package io.allotment.application.job;

import io.allotment.domain.Persistence;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.Invoices;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.job.DueWork;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.TimeRange;
import io.allotment.domain.subscription.DunningSchedule;
import io.allotment.domain.subscription.PastDue;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.tenancy.Tenant;
import java.time.Instant;
import java.util.Optional;

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
            var page = page(live);
            notices.tell(
                    live,
                    Notice.Kind.PAYMENT_MISSING,
                    missing.daysLeft(now),
                    Period.between(missing.since(), missing.graceEndsAt()),
                    (plan, tenant) -> words(plan, tenant, missing, page),
                    now);
        }
        persistence.subscriptions().update(live.dunned(schedule, now));
    }

    /** Where its newest open invoice can be paid, as far as the gateway has said. */
    private Optional<String> page(Subscription live) {
        return live.billed()
                .map(by -> new Invoices.Filter(
                        Optional.of(live.accountId()),
                        Optional.of(GatewayInvoice.Status.OPEN),
                        Optional.empty(),
                        Optional.of(by.gatewayId()),
                        TimeRange.ALL))
                .flatMap(open ->
                        persistence.invoices().list(live.tenantId(), open, PageRequest.first(1)).items().stream()
                                .findFirst())
                .flatMap(invoice -> invoice.told().hostedUrl());
    }

    private static HolderNotices.Words words(Plan plan, Tenant tenant, PastDue missing, Optional<String> page) {
        var name = tenant.profile().name();
        return new HolderNotices.Words("A payment of " + name + " is missing", """
                The payment for the plan %s of %s has failed.%s

                Until %s nothing changes. Without a payment the plan ends then.
                """.formatted(
                        plan.name(),
                        name,
                        page.map(url -> " It can be paid at " + url).orElse(""),
                        HolderNotices.time(missing.graceEndsAt(), tenant)));
    }
}
