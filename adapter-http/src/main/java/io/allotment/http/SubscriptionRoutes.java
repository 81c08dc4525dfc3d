package io.allotment.http;

import io.allotment.application.subscription.SubscriptionService;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.Billed;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.subscription.CreditPolicy;
import io.allotment.domain.subscription.PastDue;
import io.allotment.domain.subscription.PlanChange;
import io.allotment.domain.subscription.ScheduledChange;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.subscription.SubscriptionStatus;
import java.time.Instant;
import java.util.Optional;

/** Billing accounts and what they subscribe to. */
final class SubscriptionRoutes {

    void addTo(Routes routes) {
        var accounts = "/tenants/{tenant}/accounts";
        routes.get(accounts, this::listAccounts);
        routes.postForTenant(accounts, this::openAccount);
        routes.get(accounts + "/{account}", this::getAccount);
        routes.get(accounts + "/{account}/subscriptions", this::list);

        var subscription = accounts + "/{account}/subscription";
        routes.get(subscription, this::get);
        routes.postForTenant(subscription, this::subscribe);
        routes.postForTenant(subscription + "/cancel", this::cancel);
        routes.postForTenant(subscription + "/uncancel", event(SubscriptionService::uncancel));
        routes.postForTenant(subscription + "/activate", event(SubscriptionService::activate));
        routes.postForTenant(subscription + "/mark-past-due", event(SubscriptionService::markPastDue));
        routes.postForTenant(subscription + "/pause", this::pause);
        routes.postForTenant(subscription + "/resume", event(SubscriptionService::resume));
        routes.postForTenant(subscription + "/expire", event(SubscriptionService::expire));
        routes.postForTenant(subscription + "/reactivate", this::reactivate);
        routes.put(subscription + "/auto-renew", this::setAutoRenew);
        routes.postForTenant(subscription + "/change-plan", this::changePlan);
        routes.get(subscription + "/plan-change", this::previewPlanChange);
        routes.delete(subscription + "/scheduled-change", this::cancelScheduledChange);
    }

    record NewAccount(UserId userId) {}

    record NewSubscription(
            PlanKey plan, Optional<Integer> version, Optional<PriceKey> price, Optional<Document> metadata) {

        SubscriptionService.Choice choice() {
            return new SubscriptionService.Choice(plan, version, price, metadata.orElse(Document.EMPTY));
        }
    }

    record Cancellation(Optional<Boolean> atPeriodEnd, Optional<String> reason) {
        static final Cancellation AT_ONCE = new Cancellation(Optional.empty(), Optional.empty());
    }

    record Pause(Optional<Instant> until) {
        static final Pause UNTIL_RESUMED = new Pause(Optional.empty());
    }

    record AutoRenew(boolean autoRenew) {}

    record NewPlan(
            PlanKey plan,
            Optional<Integer> version,
            Optional<PriceKey> price,
            Optional<CreditPolicy> creditPolicy,
            Optional<Boolean> atPeriodEnd) {

        SubscriptionService.Change change() {
            return new SubscriptionService.Change(
                    new SubscriptionService.Choice(plan, version, price, Document.EMPTY),
                    creditPolicy.orElse(CreditPolicy.PRORATE_REMAINING),
                    atPeriodEnd.orElse(false));
        }
    }

    record AccountView(AccountId id, BillingAccount.Holder holder, Instant createdAt) {

        static AccountView of(BillingAccount account) {
            return new AccountView(account.id(), account.holder(), account.createdAt());
        }
    }

    record SubscriptionView(
            SubscriptionId id,
            AccountId account,
            PlanKey plan,
            int version,
            PlanVersionId planVersion,
            Optional<PriceKey> price,
            SubscriptionStatus status,
            Period currentPeriod,
            Optional<Period> trial,
            Instant anchor,
            int periodMonths,
            Optional<Instant> pastDueSince,
            Optional<Instant> graceEndsAt,
            boolean autoRenew,
            boolean cancelAtPeriodEnd,
            Optional<Instant> canceledAt,
            Optional<String> cancellationReason,
            Optional<Instant> resumesAt,
            Optional<ScheduledView> scheduled,
            Optional<Instant> endedAt,
            Optional<BilledView> billed,
            Document metadata,
            Instant createdAt,
            Instant updatedAt) {}

    /** Which gateway bills it. */
    record BilledView(String gateway, String gatewayId, int quantity, Instant asOf) {

        static BilledView of(Billed billed) {
            return new BilledView(billed.gateway(), billed.gatewayId(), billed.quantity(), billed.asOf());
        }
    }

    /** The plan that comes with the next period. */
    record ScheduledView(PlanKey plan, int version, PlanVersionId planVersion, Optional<PriceKey> price) {}

    record PlanChangeView(
            Instant effectiveAt,
            boolean beginsPeriod,
            Credits granted,
            Credits clawedBack,
            long chargeMinor,
            Optional<String> currency,
            SubscriptionView subscription) {}

    private Reply listAccounts(Call call) {
        var page = call.query(Paging.class).page();
        return Reply.ok(Items.of(call.allotment().subscriptions().listAccounts(call.tenant(), page), AccountView::of));
    }

    private Reply openAccount(Call call) {
        var tenant = call.tenant();
        var account = call.allotment()
                .subscriptions()
                .openMemberAccount(tenant, call.body(NewAccount.class).userId());
        return Reply.created(AccountView.of(account)).at("/tenants/" + tenant + "/accounts/" + account.id());
    }

    private Reply getAccount(Call call) {
        return Reply.ok(AccountView.of(call.allotment().subscriptions().getAccount(call.tenant(), call.account())));
    }

    private Reply list(Call call) {
        var tenant = call.tenant();
        var page = call.allotment()
                .subscriptions()
                .list(tenant, call.account(), call.query(Paging.class).page());
        return Reply.ok(Items.of(page, subscription -> view(call, tenant, subscription)));
    }

    private Reply get(Call call) {
        return Reply.ok(
                view(call, call.tenant(), call.allotment().subscriptions().get(call.tenant(), call.account())));
    }

    private Reply subscribe(Call call) {
        var tenant = call.tenant();
        var account = call.account();
        var choice = call.body(NewSubscription.class).choice();
        return Reply.created(view(call, tenant, call.allotment().subscriptions().subscribe(tenant, account, choice)))
                .at("/tenants/" + tenant + "/accounts/" + account + "/subscription");
    }

    private Reply cancel(Call call) {
        var body = call.bodyOr(Cancellation.AT_ONCE, Cancellation.class);
        var canceled = call.allotment()
                .subscriptions()
                .cancel(call.tenant(), call.account(), body.atPeriodEnd().orElse(false), body.reason());
        return Reply.ok(view(call, call.tenant(), canceled));
    }

    /** What happens to a subscription, and needs no more said. */
    private interface Event {
        Subscription happenTo(SubscriptionService subscriptions, TenantId tenant, AccountId account);
    }

    private Routes.Handler event(Event event) {
        return call -> {
            call.refuseBody();
            var changed = event.happenTo(call.allotment().subscriptions(), call.tenant(), call.account());
            return Reply.ok(view(call, call.tenant(), changed));
        };
    }

    private Reply pause(Call call) {
        var body = call.bodyOr(Pause.UNTIL_RESUMED, Pause.class);
        return Reply.ok(view(
                call,
                call.tenant(),
                call.allotment().subscriptions().pause(call.tenant(), call.account(), body.until())));
    }

    private Reply reactivate(Call call) {
        call.refuseBody();
        var started = call.allotment().subscriptions().reactivate(call.tenant(), call.account());
        return Reply.created(view(call, call.tenant(), started))
                .at("/tenants/" + call.tenant() + "/accounts/" + call.account() + "/subscription");
    }

    private Reply setAutoRenew(Call call) {
        boolean autoRenew = call.body(AutoRenew.class).autoRenew();
        return Reply.ok(view(
                call,
                call.tenant(),
                call.allotment().subscriptions().setAutoRenew(call.tenant(), call.account(), autoRenew)));
    }

    private Reply changePlan(Call call) {
        var change = call.body(NewPlan.class).change();
        return Reply.ok(view(call, call.allotment().subscriptions().changePlan(call.tenant(), call.account(), change)));
    }

    private Reply previewPlanChange(Call call) {
        var change = call.query(NewPlan.class).change();
        return Reply.ok(
                view(call, call.allotment().subscriptions().previewPlanChange(call.tenant(), call.account(), change)));
    }

    private Reply cancelScheduledChange(Call call) {
        var changed = call.allotment().subscriptions().cancelScheduledChange(call.tenant(), call.account());
        return Reply.ok(view(call, call.tenant(), changed));
    }

    private PlanChangeView view(Call call, PlanChange change) {
        return new PlanChangeView(
                change.effectiveAt(),
                change.beginsPeriod(),
                change.granted(),
                change.clawedBack(),
                change.chargeMinor(),
                change.currency(),
                view(call, call.tenant(), change.subscription()));
    }

    static SubscriptionView view(Call call, TenantId tenant, Subscription subscription) {
        var version = call.allotment().subscriptions().getPlanVersion(tenant, subscription.planVersionId());
        return new SubscriptionView(
                subscription.id(),
                subscription.accountId(),
                version.plan(),
                version.number(),
                version.id(),
                subscription.price(),
                subscription.status(),
                subscription.currentPeriod(),
                subscription.trial(),
                subscription.cycle().anchor(),
                subscription.cycle().months(),
                subscription.pastDue().map(PastDue::since),
                subscription.pastDue().map(PastDue::graceEndsAt),
                subscription.autoRenew(),
                subscription.cancelAtPeriodEnd(),
                subscription.canceledAt(),
                subscription.cancellationReason(),
                subscription.resumesAt(),
                subscription.scheduled().map(change -> scheduled(call, tenant, change)),
                subscription.endedAt(),
                subscription.billed().map(BilledView::of),
                subscription.metadata(),
                subscription.createdAt(),
                subscription.updatedAt());
    }

    private static ScheduledView scheduled(Call call, TenantId tenant, ScheduledChange change) {
        var version = call.allotment().subscriptions().getPlanVersion(tenant, change.planVersionId());
        return new ScheduledView(version.plan(), version.number(), version.id(), change.price());
    }
}
