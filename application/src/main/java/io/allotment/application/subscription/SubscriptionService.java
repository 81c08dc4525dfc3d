package io.allotment.application.subscription;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Right;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.AlreadySubscribed;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.tenancy.Tenant;
import java.time.ZoneId;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Billing accounts and what they subscribe to. Methods refuse a tenant or account that does not exist ({@link NotFound}).
 * Thread-safe.
 */
public final class SubscriptionService {

    private final Persistence persistence;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;

    public SubscriptionService(Persistence persistence, Ids ids, Moments moments, Acting acting) {
        this.persistence = persistence;
        this.ids = ids;
        this.moments = moments;
        this.acting = acting;
    }

    /**
     * What to subscribe to.
     *
     * @param version the plan's newest where it is empty
     * @param price the version's first where it is empty; one month where it has none
     */
    public record Choice(PlanKey plan, Optional<Integer> version, Optional<PriceKey> price, Document metadata) {

        public static Choice of(String plan) {
            return new Choice(new PlanKey(plan), Optional.empty(), Optional.empty(), Document.EMPTY);
        }
    }

    /**
     * The account of a new tenant, on the default plan where there is one; in the unit that creates the tenant, for whoever
     * may do that: nothing else is asked, and the tenant's entry in the audit log tells of it.
     */
    public BillingAccount openTenantAccount(Tenant tenant) {
        return open(BillingAccount.ofTenant(tenant.id(), moments.now()), tenant);
    }

    /**
     * An account of a member's own, on the default plan where there is one. Refuses someone who is no member, and a second
     * account.
     */
    public BillingAccount openMemberAccount(TenantId tenantId, UserId member) {
        acting.requireOperator(tenantId);
        return persistence.unitOfWork().forTenant(tenantId, () -> {
            var tenant = tenant(tenantId);
            if (persistence.memberships().find(tenantId, member).isEmpty()) {
                throw new Unknown("member", "userId", member);
            }
            var account = open(BillingAccount.ofMember(tenantId, member, moments.now()), tenant);
            acting.record(
                    tenantId,
                    AuditEvent.of("account.opened", "account", account.id())
                            .to(AuditValues.of("holder", account.holder())
                                    .and("userId", member)
                                    .map()));
            return account;
        });
    }

    public BillingAccount getAccount(TenantId tenant, AccountId account) {
        acting.require(tenant, Right.ACCOUNT_READ);
        return persistence
                .unitOfWork()
                .forTenant(tenant, () -> persistence.accounts().find(tenant, account))
                .orElseThrow(() -> new NotFound("account", account));
    }

    public Page<BillingAccount> listAccounts(TenantId tenant, PageRequest page) {
        acting.require(tenant, Right.ACCOUNT_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            tenant(tenant);
            return persistence.accounts().list(tenant, page);
        });
    }

    /**
     * Subscribes the account from now on, with a trial where the plan version gives one and the account never had one, and
     * grants the version's included credits for the first period. A {@code FREE} subscription gives way; any other live
     * one is refused ({@link AlreadySubscribed}), as are an unknown or inactive plan, version or price.
     */
    public Subscription subscribe(TenantId tenantId, AccountId account, Choice choice) {
        acting.requireOperator(tenantId);
        return locked(tenantId, account, (tenant, current) -> {
            var left = current.filter(s -> !s.status().isEnded());
            left.ifPresent(live -> {
                if (live.status() != SubscriptionStatus.FREE) {
                    throw new AlreadySubscribed(account, live.status());
                }
                persistence
                        .subscriptions()
                        .update(live.canceled(
                                false, Optional.of("gave way to " + choice.plan()), moments.now(), tenant.timeZone()));
            });
            var version = version(choice);
            var started = start(tenant, account, version, choice, SubscriptionStatus.ACTIVE);
            acting.record(
                    tenantId,
                    AuditEvent.of("subscription.started", "subscription", started.id())
                            .from(AuditValues.of("subscription", left.map(Subscription::id))
                                    .and("status", left.map(Subscription::status))
                                    .map())
                            .to(AuditValues.of("account", account)
                                    .and("plan", version.plan())
                                    .and("version", version.number())
                                    .and("price", started.price())
                                    .and("status", started.status())
                                    .and("metadata", started.metadata())
                                    .map()));
            return started;
        });
    }

    /** The account's subscription as it is now; its last one where none is live. Refuses an account without any. */
    public Subscription get(TenantId tenantId, AccountId account) {
        acting.require(tenantId, Right.ACCOUNT_READ);
        return persistence.unitOfWork().forTenant(tenantId, () -> {
            var tenant = tenant(tenantId);
            return current(tenant, account).orElseThrow(() -> new NotFound("subscription", "of account " + account));
        });
    }

    /** The plan version that a subscription of the tenant names; refuses an unknown one. */
    public PlanVersion getPlanVersion(TenantId tenant, PlanVersionId id) {
        acting.require(tenant, Right.ACCOUNT_READ);
        return persistence
                .unitOfWork()
                .forTenant(tenant, () -> persistence.catalog().findVersion(id))
                .orElseThrow(() -> new NotFound("plan version", id));
    }

    /** The account's subscriptions, newest first, as they were last touched. */
    public Page<Subscription> list(TenantId tenant, AccountId account, PageRequest page) {
        acting.require(tenant, Right.ACCOUNT_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            tenant(tenant);
            if (persistence.accounts().find(tenant, account).isEmpty()) {
                throw new NotFound("account", account);
            }
            return persistence.subscriptions().list(tenant, account, page);
        });
    }

    /** Lets an event happen to the subscription; refuses one its state does not allow. */
    public Subscription apply(TenantId tenantId, AccountId account, SubscriptionStatus.Event event) {
        acting.requireOperator(tenantId);
        return change(
                tenantId,
                account,
                (tenant, live) -> live.after(event, moments.now(), tenant.timeZone()),
                (live, changed) -> AuditEvent.of("subscription.changed", "subscription", live.id())
                        .from(AuditValues.of("status", live.status()).map())
                        .to(AuditValues.of("status", changed.status())
                                .and("event", event)
                                .map()));
    }

    /**
     * Cancels now, or at the end of the current period.
     *
     * @param reason the customer's, at most 500 characters
     */
    public Subscription cancel(TenantId tenantId, AccountId account, boolean atPeriodEnd, Optional<String> reason) {
        acting.requireOperator(tenantId);
        return change(
                tenantId,
                account,
                (tenant, live) -> live.canceled(atPeriodEnd, reason, moments.now(), tenant.timeZone()),
                (live, changed) -> AuditEvent.of("subscription.canceled", "subscription", live.id())
                        .from(AuditValues.of("status", live.status()).map())
                        .to(AuditValues.of("status", changed.status())
                                .and("atPeriodEnd", atPeriodEnd)
                                .map())
                        .about(AuditValues.of("reason", reason).map()));
    }

    private Subscription change(
            TenantId tenantId,
            AccountId account,
            BiFunction<Tenant, Subscription, Subscription> change,
            BiFunction<Subscription, Subscription, AuditEvent> event) {
        return locked(tenantId, account, (tenant, current) -> {
            var live = current.orElseThrow(() -> new NotFound("subscription", "of account " + account));
            var changed = change.apply(tenant, live);
            persistence.subscriptions().update(changed);
            acting.record(tenantId, event.apply(live, changed));
            return changed;
        });
    }

    private Subscription locked(
            TenantId tenantId, AccountId account, BiFunction<Tenant, Optional<Subscription>, Subscription> work) {
        return persistence.unitOfWork().forTenant(tenantId, () -> {
            var tenant = tenant(tenantId);
            if (!persistence.accounts().lock(tenantId, account)) {
                throw new NotFound("account", account);
            }
            var stored = persistence.subscriptions().findCurrent(tenantId, account);
            var present = current(tenant, account);
            // What time alone has done is kept first: a canceled one whose period is over would still count as live.
            if (!present.equals(stored)) {
                persistence.subscriptions().update(present.orElseThrow());
            }
            return work.apply(tenant, present);
        });
    }

    private Optional<Subscription> current(Tenant tenant, AccountId account) {
        return persistence
                .subscriptions()
                .findCurrent(tenant.id(), account)
                .map(s -> s.at(moments.now(), tenant.timeZone()));
    }

    private BillingAccount open(BillingAccount account, Tenant tenant) {
        persistence.accounts().insert(account);
        persistence.catalog().findDefaultPlan().ifPresent(plan -> {
            var choice = new Choice(plan.key(), Optional.empty(), Optional.empty(), Document.EMPTY);
            start(tenant, account.id(), version(choice), choice, SubscriptionStatus.FREE);
        });
        return account;
    }

    private Subscription start(
            Tenant tenant, AccountId account, PlanVersion version, Choice choice, SubscriptionStatus status) {
        var price = choice.price().isPresent()
                ? Optional.of(version.terms()
                        .price(choice.price().get())
                        .orElseThrow(() ->
                                new Unknown("price", "price", choice.price().get())))
                : version.terms().prices().stream().findFirst();
        int trialDays =
                status == SubscriptionStatus.FREE || persistence.subscriptions().hadTrial(tenant.id(), account)
                        ? 0
                        : version.terms().trialDays();
        var now = moments.now();
        var subscription = Subscription.started(
                tenant.id(),
                new SubscriptionId(ids.next()),
                account,
                version.id(),
                price.map(p -> p.key()),
                status,
                trialDays,
                price.map(p -> p.months()).orElse(1),
                tenant.timeZone(),
                choice.metadata(),
                now);
        persistence.subscriptions().insert(subscription);
        if (version.terms().includedCredits().isPositive()) {
            grantIncluded(subscription, version, tenant.timeZone());
        }
        return subscription;
    }

    private void grantIncluded(Subscription subscription, PlanVersion version, ZoneId zone) {
        var now = subscription.createdAt();
        var terms = GrantTerms.included(version.terms(), subscription, zone);
        var grant =
                CreditGrant.of(subscription.tenantId(), new GrantId(ids.next()), subscription.accountId(), terms, now);
        var account = persistence
                .credits()
                .find(subscription.tenantId(), subscription.accountId())
                .orElseThrow();
        var reason = CreditReason.about(
                terms, Actor.system(), Optional.of("included in " + version.plan()), Optional.empty());
        persistence.credits().save(account.grant(grant, CreditEntry.Type.GRANTED, reason, now));
    }

    private PlanVersion version(Choice choice) {
        var plan = persistence
                .catalog()
                .findPlan(choice.plan())
                .orElseThrow(() -> new Unknown("plan", "plan", choice.plan()));
        if (!plan.active()) {
            throw new InvalidValue("plan", choice.plan() + " is not active and takes no new subscriptions");
        }
        var versions = persistence.catalog().listVersions(choice.plan());
        if (versions.isEmpty()) {
            throw new InvalidValue("plan", choice.plan() + " has no version to subscribe to");
        }
        return choice.version().isEmpty()
                ? versions.get(versions.size() - 1)
                : versions.stream()
                        .filter(v -> v.number() == choice.version().get())
                        .findFirst()
                        .orElseThrow(() -> new Unknown(
                                "plan version", "version", choice.version().get()));
    }

    private Tenant tenant(TenantId id) {
        return persistence.tenants().find(id).orElseThrow(() -> new NotFound("tenant", id));
    }
}
