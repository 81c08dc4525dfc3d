package io.allotment.application.job;

import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.identity.User;
import io.allotment.domain.job.DueWork;
import io.allotment.domain.notification.Mail;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.tenancy.Membership;
import io.allotment.domain.tenancy.Tenant;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;

/** What is told of a subscription: a notice in the outbox, and a mail to each who holds the account. */
final class HolderNotices {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm VV", Locale.ENGLISH);

    private final Persistence persistence;
    private final Ids ids;
    private final Moments moments;

    HolderNotices(Persistence persistence, Ids ids, Moments moments) {
        this.persistence = persistence;
        this.ids = ids;
        this.moments = moments;
    }

    /** A mail's. */
    record Words(String subject, String body) {}

    /** Sees to the subscription as it is by now, under its account's lock; in one unit of work, the platform's: mails are the platform's. */
    void seeTo(DueWork.Account due, BiConsumer<Subscription, Instant> work) {
        persistence.unitOfWork().forPlatform(() -> {
            if (persistence.accounts().lock(due.tenantId(), due.accountId())) {
                var now = moments.now();
                persistence
                        .subscriptions()
                        .findCurrent(due.tenantId(), due.accountId())
                        .ifPresent(live -> work.accept(live, now));
            }
        });
    }

    /**
     * Tells it; that it was told is the caller's to keep.
     *
     * @param days that are left
     * @param period that ends then
     */
    void tell(
            Subscription live,
            Notice.Kind kind,
            long days,
            Period period,
            BiFunction<Plan, Tenant, Words> words,
            Instant now) {
        persistence
                .outbox()
                .append(new Notice(
                        live.tenantId(),
                        new DecisionId(ids.next()),
                        0,
                        kind,
                        live.accountId(),
                        Optional.empty(),
                        Optional.empty(),
                        BigDecimal.valueOf(days),
                        Optional.empty(),
                        Optional.of(period),
                        now));
        var tenant = persistence.tenants().find(live.tenantId()).orElseThrow();
        var plan = persistence
                .catalog()
                .findVersion(live.planVersionId())
                .flatMap(version -> persistence.catalog().findPlan(version.plan()))
                .orElseThrow();
        var mail = words.apply(plan, tenant);
        holders(live, now)
                .forEach(user -> persistence
                        .mails()
                        .append(Mail.to(ids.next(), user.email(), mail.subject(), mail.body(), now)));
    }

    /** As the tenant's people read it. */
    static String time(Instant at, Tenant tenant) {
        return TIME.format(at.atZone(tenant.timeZone()));
    }

    /** A member for their own account, the owners for the tenant's; active ones. */
    private List<User> holders(Subscription live, Instant now) {
        var tenant = live.tenantId();
        var people = live.accountId().equals(BillingAccount.idOf(tenant))
                ? persistence
                        .roles()
                        .holders(tenant, SystemRole.OWNER.key(), PageRequest.first(PageRequest.MAX_LIMIT))
                        .items()
                        .stream()
                        .filter(held -> held.isValid(now))
                        .map(held -> held.userId())
                        .toList()
                : List.of(new UserId(live.accountId().value()));
        return people.stream()
                .filter(user -> persistence
                        .memberships()
                        .find(tenant, user)
                        .filter(Membership::isActive)
                        .isPresent())
                .flatMap(user -> persistence.users().find(user).stream())
                .filter(User::active)
                .toList();
    }
}
