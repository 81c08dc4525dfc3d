package io.allotment.http;

import io.allotment.application.subscription.SubscriptionService;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
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
        routes.postForTenant(subscription + "/activate", event(SubscriptionStatus.Event.ACTIVATE));
        routes.postForTenant(subscription + "/mark-past-due", event(SubscriptionStatus.Event.PAYMENT_FAILED));
        routes.postForTenant(subscription + "/pause", event(SubscriptionStatus.Event.PAUSE));
        routes.postForTenant(subscription + "/resume", event(SubscriptionStatus.Event.RESUME));
        routes.postForTenant(subscription + "/expire", event(SubscriptionStatus.Event.EXPIRE));
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
            boolean cancelAtPeriodEnd,
            Optional<Instant> canceledAt,
            Optional<String> cancellationReason,
            Optional<Instant> endedAt,
            Document metadata,
            Instant createdAt,
            Instant updatedAt) {}

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

    private Routes.Handler event(SubscriptionStatus.Event event) {
        return call -> {
            call.refuseBody();
            return Reply.ok(view(
                    call, call.tenant(), call.allotment().subscriptions().apply(call.tenant(), call.account(), event)));
        };
    }

    private SubscriptionView view(Call call, TenantId tenant, Subscription subscription) {
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
                subscription.pastDueSince(),
                subscription.cancelAtPeriodEnd(),
                subscription.canceledAt(),
                subscription.cancellationReason(),
                subscription.endedAt(),
                subscription.metadata(),
                subscription.createdAt(),
                subscription.updatedAt());
    }
}
