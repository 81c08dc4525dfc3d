package io.allotment.application.subscription;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.application.shared.PresentAccounts;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Right;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.catalog.Entitlement;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.quota.QuotaChange;
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
import io.allotment.domain.shared.QuotaChangeId;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Times;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.AlreadySubscribed;
import io.allotment.domain.subscription.Billed;
import io.allotment.domain.subscription.BilledState;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.subscription.CreditPolicy;
import io.allotment.domain.subscription.Joining;
import io.allotment.domain.subscription.PlanChange;
import io.allotment.domain.subscription.PlanMigration;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.subscription.TransitionRefused;
import io.allotment.domain.tenancy.Tenant;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Billing accounts and what they subscribe to. Methods refuse a tenant or account that does not exist ({@link NotFound}).
 * Thread-safe.
 */
public final class SubscriptionService {

    private final Persistence persistence;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;
    private final PresentAccounts accounts;

    public SubscriptionService(Persistence persistence, Ids ids, Moments moments, Acting acting) {
        this.persistence = persistence;
        this.ids = ids;
        this.moments = moments;
        this.acting = acting;
        this.accounts = new PresentAccounts(persistence);
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
        return locked(tenantId, account, open -> {
            var left = open.state().subscription().filter(s -> !s.status().isEnded());
            var side = side(choice);
            left.ifPresent(live -> {
                if (live.status() != SubscriptionStatus.FREE) {
                    throw new AlreadySubscribed(account, live.status());
                }
                persistence
                        .subscriptions()
                        .update(live.canceled(false, Optional.of("gave way to " + choice.plan()), open.now()));
            });
            int trialDays = persistence.subscriptions().hadTrial(tenantId, account)
                    ? 0
                    : side.version().terms().trialDays();
            var started = start(open.tenant(), account, side, choice.metadata(), SubscriptionStatus.ACTIVE, trialDays);
            recordStart(tenantId, account, left, side, started);
            return started;
        });
    }

    /** The account's subscription as it is now; its last one where none is live. Refuses an account without any. */
    public Subscription get(TenantId tenantId, AccountId account) {
        acting.require(tenantId, Right.ACCOUNT_READ);
        return persistence.unitOfWork().forTenant(tenantId, () -> {
            return accounts.look(tenantId, account, moments.now())
                    .subscription()
                    .orElseThrow(() -> new NotFound("subscription", "of account " + account));
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

    /**
     * A trial becomes paid, with periods that begin now; or a late payment came. Refuses other states, as all changes do
     * ({@code TransitionRefused}).
     */
    public Subscription activate(TenantId tenantId, AccountId account) {
        return change(
                tenantId, account, "activated", (live, at) -> live.activated(at.now(), at.zone()), AuditValues.none());
    }

    /** A payment failed: it may spend for the plan version's days of grace, and expires without a payment. */
    public Subscription markPastDue(TenantId tenantId, AccountId account) {
        return change(
                tenantId,
                account,
                "past-due",
                (live, at) ->
                        live.pastDue(planVersion(live.planVersionId()).terms().graceDays(), at.now(), at.zone()),
                AuditValues.none());
    }

    /** @param until when it goes on by itself; empty for when it is resumed */
    public Subscription pause(TenantId tenantId, AccountId account, Optional<Instant> until) {
        var stored = until.map(time -> Times.stored("until", time));
        return change(
                tenantId,
                account,
                "paused",
                (live, at) -> live.paused(stored, at.now()),
                AuditValues.of("until", stored));
    }

    public Subscription resume(TenantId tenantId, AccountId account) {
        return change(
                tenantId, account, "resumed", (live, at) -> live.resumed(at.now(), at.zone()), AuditValues.none());
    }

    /**
     * Cancels now, or at the end of the current period.
     *
     * @param reason the customer's, at most 500 characters
     */
    public Subscription cancel(TenantId tenantId, AccountId account, boolean atPeriodEnd, Optional<String> reason) {
        return change(
                tenantId,
                account,
                "canceled",
                (live, at) -> live.canceled(atPeriodEnd, reason, at.now()),
                AuditValues.of("atPeriodEnd", atPeriodEnd),
                AuditValues.of("reason", reason));
    }

    /** What was to be canceled at its period's end runs on. */
    public Subscription uncancel(TenantId tenantId, AccountId account) {
        return change(tenantId, account, "uncanceled", (live, at) -> live.uncanceled(at.now()), AuditValues.none());
    }

    /** @param autoRenew whether it goes on by itself at its period's end; where not it expires there */
    public Subscription setAutoRenew(TenantId tenantId, AccountId account, boolean autoRenew) {
        return change(
                tenantId,
                account,
                "auto-renew",
                (live, at) -> live.renewing(autoRenew, at.now()),
                AuditValues.of("autoRenew", autoRenew));
    }

    /** Ends it now. It is not to go on: a payment that comes late does not begin it anew. */
    public Subscription expire(TenantId tenantId, AccountId account) {
        return change(tenantId, account, "expired", (live, at) -> live.expired(at.now()), AuditValues.none());
    }

    /**
     * A new subscription on the plan version and price of the last one, which has ended, without a trial. Refused while one
     * is live ({@code TransitionRefused}).
     */
    public Subscription reactivate(TenantId tenantId, AccountId account) {
        acting.requireOperator(tenantId);
        return locked(tenantId, account, open -> {
            var last = open.subscription();
            last.status()
                    .after(SubscriptionStatus.Event.REACTIVATE)
                    .orElseThrow(() -> new TransitionRefused(last.status(), SubscriptionStatus.Event.REACTIVATE));
            var side = side(last);
            var status = side.isFree() ? SubscriptionStatus.FREE : SubscriptionStatus.ACTIVE;
            var started = start(open.tenant(), account, side, last.metadata(), status, 0);
            recordStart(tenantId, account, Optional.of(last), side, started);
            return started;
        });
    }

    /**
     * The operator was paid for a subscription of ours: one that waits for a payment goes on, one that expired without it begins anew, as
     * {@link #activate} and {@link #reactivate} do it; all else stays, such as one that was not to renew, or was ended by somebody.
     *
     * @return the one that began anew
     */
    public Optional<Subscription> paid(TenantId tenantId, AccountId account, SubscriptionId id) {
        acting.requireOperator(tenantId);
        return locked(tenantId, account, open -> {
            var live = open.subscription();
            var event = live.onPayment().filter(next -> live.id().equals(id));
            if (event.equals(Optional.of(SubscriptionStatus.Event.ACTIVATE))) {
                activate(tenantId, account);
            }
            return event.filter(SubscriptionStatus.Event.REACTIVATE::equals).map(anew -> reactivate(tenantId, account));
        });
    }

    /**
     * Follows what a gateway says of a subscription that it bills: makes it known here, or changes it, unless something newer is
     * known. One of the account's that nobody bills gives way; a second one that is billed is refused ({@link AlreadySubscribed}).
     *
     * @param isFinal whether it is said to have ended for good
     * @param asked whether the gateway was asked: then it is so now
     */
    public Joining follow(TenantId tenantId, AccountId account, BilledState told, boolean isFinal, boolean asked) {
        acting.requireOperator(tenantId);
        return locked(tenantId, account, open -> {
            var by = told.billed();
            var graceDays = planVersion(told.planVersionId()).terms().graceDays();
            var known = persistence.subscriptions().findBilled(tenantId, by.gateway(), by.gatewayId());
            if (known.isEmpty()) {
                var begun = Subscription.billed(
                        tenantId, new SubscriptionId(ids.next()), account, told, graceDays, open.now());
                begin(open, begun);
                return Joining.TAKE;
            }
            var next = known.get().following(told, graceDays);
            var asKnown = told.asOf(known.get().billed().orElseThrow().asOf());
            boolean isSame = known.get().following(asKnown, graceDays).equals(known.get());
            var joining = Joining.of(
                    known.get().billed().orElseThrow().asOf(),
                    known.get().billed().orElseThrow().over(),
                    by.asOf(),
                    isFinal,
                    next.equals(known.get()),
                    asked);
            if (joining == Joining.TAKE) {
                giveWay(open, next);
                persistence.subscriptions().update(next);
                if (!isSame) {
                    recordFollowed(known, next);
                }
                present(tenantId, account);
            }
            return joining;
        });
    }

    private void begin(Open open, Subscription begun) {
        giveWay(open, begun);
        persistence.subscriptions().insert(begun);
        if (open.state().subscription().isPresent() && !begun.status().isEnded()) {
            restartQuotas(accounts.look(begun.tenantId(), begun.accountId(), open.now()), begun, open.now());
        }
        recordFollowed(Optional.empty(), begun);
        present(begun.tenantId(), begun.accountId());
    }

    /** What nobody bills makes room for what somebody does. */
    private void giveWay(Open open, Subscription billed) {
        open.state()
                .subscription()
                .filter(live -> !billed.status().isEnded()
                        && !live.status().isEnded()
                        && live.billed().isEmpty())
                .ifPresent(live -> {
                    var over = live.canceled(false, Optional.of("gave way to what is billed"), open.now());
                    persistence.subscriptions().update(over);
                    acting.record(
                            billed.tenantId(),
                            AuditEvent.of("subscription.gave-way", "subscription", live.id())
                                    .from(told(live).map())
                                    .to(AuditValues.of("status", over.status())
                                            .and("account", live.accountId())
                                            .and("subscription", billed.id())
                                            .map()));
                });
    }

    private void recordFollowed(Optional<Subscription> before, Subscription after) {
        acting.record(
                after.tenantId(),
                AuditEvent.of("subscription.followed", "subscription", after.id())
                        .from(before.map(known -> told(known).map()).orElse(Map.of()))
                        .to(told(after)
                                .and("account", after.accountId())
                                .and("gateway", after.billed().map(Billed::gateway))
                                .and("gatewayId", after.billed().map(Billed::gatewayId))
                                .and("cancelAtPeriodEnd", after.cancelAtPeriodEnd())
                                .map()));
    }

    /**
     * What to change to.
     *
     * @param atPeriodEnd whether it waits for the next period; the credit policy then does nothing
     */
    public record Change(Choice choice, CreditPolicy credits, boolean atPeriodEnd) {}

    /** What a change of plan would come to, without any effect. Refuses what {@link #changePlan} refuses. */
    public PlanChange previewPlanChange(TenantId tenantId, AccountId account, Change change) {
        acting.require(tenantId, Right.ACCOUNT_READ);
        return persistence.unitOfWork().forTenant(tenantId, () -> {
            var state = accounts.look(tenantId, account, moments.now());
            return planned(new Open(tenant(tenantId), state, moments.now()), change);
        });
    }

    /**
     * Changes to another plan, or another version or price of the same one, now or from the next period on. What was used
     * of quotas counts on, where no new period begins. Refuses what is subscribed to already, and a price in another
     * currency.
     */
    public PlanChange changePlan(TenantId tenantId, AccountId account, Change change) {
        acting.requireOperator(tenantId);
        return locked(tenantId, account, open -> changed(open, planned(open, change), change.credits()));
    }

    /** What a migration does to one subscriber, without any effect; empty where it does nothing. */
    Optional<PlanChange> previewMigration(TenantId tenantId, AccountId account, PlanMigration migration) {
        return persistence.unitOfWork().forTenant(tenantId, () -> {
            var state = accounts.look(tenantId, account, moments.now());
            return planned(new Open(tenant(tenantId), state, moments.now()), migration);
        });
    }

    /** Takes one subscriber along; empty where there is nothing to do. */
    Optional<PlanChange> migrate(TenantId tenantId, AccountId account, PlanMigration migration) {
        return locked(
                tenantId,
                account,
                open -> planned(open, migration)
                        .map(planned ->
                                changed(open, planned, migration.atOnce().orElse(CreditPolicy.KEEP))));
    }

    private Optional<PlanChange> planned(Open open, PlanMigration migration) {
        return migration.side(open.subscription()).map(to -> planned(open, to, migration.atOnce()));
    }

    private PlanChange changed(Open open, PlanChange planned, CreditPolicy credits) {
        var live = open.subscription();
        persistence.subscriptions().update(planned.subscription());
        moveCredits(open, planned);
        if (planned.beginsPeriod()) {
            restartQuotas(open.state(), planned.subscription(), open.now());
        }
        acting.record(
                live.tenantId(),
                AuditEvent.of("subscription.plan-changed", "subscription", live.id())
                        .from(told(live).map())
                        .to(told(planned.subscription())
                                .and("scheduled", scheduled(planned.subscription()))
                                .and("effectiveAt", planned.effectiveAt())
                                .and("creditPolicy", credits)
                                .and("granted", planned.granted())
                                .and("clawedBack", planned.clawedBack())
                                .and("chargeMinor", planned.chargeMinor())
                                .and("currency", planned.currency())
                                .map()));
        return planned.as(present(live.tenantId(), live.accountId()));
    }

    private Optional<AuditValues> scheduled(Subscription subscription) {
        return subscription.scheduled().map(change -> {
            var version = planVersion(change.planVersionId());
            return AuditValues.of("plan", version.plan())
                    .and("version", version.number())
                    .and("price", change.price());
        });
    }

    /** The plan that was to come with the next period does not; refused where none was. */
    public Subscription cancelScheduledChange(TenantId tenantId, AccountId account) {
        return change(
                tenantId,
                account,
                "scheduled-change-canceled",
                (live, at) -> {
                    live.scheduled().orElseThrow(() -> new NotFound("scheduled change", "of account " + account));
                    return live.scheduling(Optional.empty(), at.now());
                },
                AuditValues.none());
    }

    private PlanChange planned(Open open, Change change) {
        var live = open.subscription();
        var to = side(change.choice());
        if (to.version().id().equals(live.planVersionId())
                && to.price().equals(side(live).price())) {
            throw new InvalidValue("plan", "is what the account subscribes to already");
        }
        return planned(open, to, Optional.of(change.credits()).filter(policy -> !change.atPeriodEnd()));
    }

    /** @param atOnce what becomes of the credits; empty for a change that waits for the period's end */
    private PlanChange planned(Open open, PlanChange.Side to, Optional<CreditPolicy> atOnce) {
        var live = open.subscription().requireOurs();
        var from = side(live);
        return atOnce.map(policy -> PlanChange.atOnce(
                        live,
                        from,
                        to,
                        policy,
                        open.state().credits().unused(live),
                        open.now(),
                        open.tenant().timeZone()))
                .orElseGet(() -> PlanChange.atPeriodEnd(live, from, to, open.now()));
    }

    /** What a period that begins includes comes by itself. */
    private void moveCredits(Open open, PlanChange planned) {
        var credits = open.state().credits();
        if (planned.clawedBack().isPositive()) {
            var taken =
                    credits.clawBack(open.subscription(), planned.clawedBack(), because("plan changed"), open.now());
            persistence.credits().save(taken);
            credits = taken.account();
        }
        if (planned.granted().isPositive() && !planned.beginsPeriod()) {
            var subscription = planned.subscription();
            var version = planVersion(subscription.planVersionId());
            var terms = GrantTerms.included(
                    planned.granted(),
                    version.terms(),
                    subscription,
                    open.tenant().timeZone());
            var grant = CreditGrant.of(
                    subscription.tenantId(), new GrantId(ids.next()), subscription.accountId(), terms, open.now());
            var reason = CreditReason.about(
                    terms, Actor.system(), Optional.of("included in " + version.plan()), Optional.empty());
            persistence.credits().save(credits.grant(grant, CreditEntry.Type.GRANTED, reason, open.now()));
        }
    }

    private static CreditReason because(String description) {
        return CreditReason.manual(Actor.system(), Optional.empty(), Optional.of(description), Optional.empty());
    }

    /** What counts by billing cycles begins anew with the subscription's period. */
    private void restartQuotas(GateState.AccountState state, Subscription subscription, Instant now) {
        var terms = planVersion(subscription.planVersionId()).terms();
        for (var counter : state.counters().values()) {
            var quota = terms.entitlement(counter.feature())
                    .filter(Entitlement.Metered.class::isInstance)
                    .map(entitlement -> ((Entitlement.Metered) entitlement).quota());
            quota.flatMap(known -> counter.restarted(known, subscription))
                    .ifPresent(restarted -> persistence
                            .quotas()
                            .save(
                                    restarted,
                                    List.of(QuotaChange.rolledOver(
                                            counter,
                                            restarted,
                                            quota.flatMap(Quota::limit),
                                            new QuotaChangeId(ids.next()),
                                            now))));
        }
    }

    /** When, and by which clock on the wall. */
    private record Moment(Instant now, ZoneId zone) {}

    /** An account as it is now, locked. */
    private record Open(Tenant tenant, GateState.AccountState state, Instant now) {

        Subscription subscription() {
            return state.subscription()
                    .orElseThrow(() -> new NotFound(
                            "subscription", "of account " + state.credits().id()));
        }
    }

    private Subscription change(
            TenantId tenantId,
            AccountId account,
            String action,
            BiFunction<Subscription, Moment, Subscription> change,
            AuditValues details) {
        return change(tenantId, account, action, change, details, AuditValues.none());
    }

    /** @param personal what of the details somebody may want to be erased */
    private Subscription change(
            TenantId tenantId,
            AccountId account,
            String action,
            BiFunction<Subscription, Moment, Subscription> change,
            AuditValues details,
            AuditValues personal) {
        acting.requireOperator(tenantId);
        return locked(tenantId, account, open -> {
            var live = open.subscription().requireOurs();
            var changed =
                    change.apply(live, new Moment(open.now(), open.tenant().timeZone()));
            persistence.subscriptions().update(changed);
            acting.record(
                    tenantId,
                    AuditEvent.of("subscription." + action, "subscription", live.id())
                            .from(AuditValues.of("status", live.status()).map())
                            .to(details.and("status", changed.status()).map())
                            .about(personal.map()));
            return present(tenantId, account);
        });
    }

    private <T> T locked(TenantId tenantId, AccountId account, Function<Open, T> work) {
        return persistence.unitOfWork().forTenant(tenantId, () -> {
            var now = moments.now();
            var state = accounts.open(tenantId, account, now);
            return work.apply(new Open(tenant(tenantId), state, now));
        });
    }

    /** After a change: the period it may have begun has brought its included credits. */
    private Subscription present(TenantId tenantId, AccountId account) {
        return accounts.open(tenantId, account, moments.now()).subscription().orElseThrow();
    }

    private BillingAccount open(BillingAccount account, Tenant tenant) {
        persistence.accounts().insert(account);
        persistence.catalog().findDefaultPlan().ifPresent(plan -> {
            var side = side(new Choice(plan.key(), Optional.empty(), Optional.empty(), Document.EMPTY));
            start(tenant, account.id(), side, Document.EMPTY, SubscriptionStatus.FREE, 0);
        });
        return account;
    }

    private Subscription start(
            Tenant tenant,
            AccountId account,
            PlanChange.Side side,
            Document metadata,
            SubscriptionStatus status,
            int trialDays) {
        var now = moments.now();
        var before = persistence.subscriptions().findCurrent(tenant.id(), account);
        var started = Subscription.started(
                tenant.id(),
                new SubscriptionId(ids.next()),
                account,
                side.version().id(),
                side.price().map(Price::key),
                status,
                trialDays,
                side.months(),
                tenant.timeZone(),
                metadata,
                now);
        var unpaid = before.filter(last -> side.isFree()
                && side(last).isFree()
                && last.cycle().months() == side.months()
                && last.currentPeriod().contains(now));
        var subscription = unpaid.map(started::continuing).orElse(started);
        persistence.subscriptions().insert(subscription);
        if (before.isPresent() && unpaid.isEmpty()) {
            restartQuotas(accounts.look(tenant.id(), account, now), subscription, now);
        }
        return present(tenant.id(), account);
    }

    private void recordStart(
            TenantId tenantId,
            AccountId account,
            Optional<Subscription> left,
            PlanChange.Side side,
            Subscription started) {
        acting.record(
                tenantId,
                AuditEvent.of("subscription.started", "subscription", started.id())
                        .from(AuditValues.of("subscription", left.map(Subscription::id))
                                .and("status", left.map(Subscription::status))
                                .map())
                        .to(AuditValues.of("account", account)
                                .and("plan", side.version().plan())
                                .and("version", side.version().number())
                                .and("price", started.price())
                                .and("status", started.status())
                                .and("metadata", started.metadata())
                                .map()));
    }

    private AuditValues told(Subscription subscription) {
        var version = planVersion(subscription.planVersionId());
        return AuditValues.of("plan", version.plan())
                .and("version", version.number())
                .and("price", subscription.price())
                .and("status", subscription.status());
    }

    private PlanChange.Side side(Subscription subscription) {
        var version = planVersion(subscription.planVersionId());
        return new PlanChange.Side(version, subscription.price().flatMap(version.terms()::price));
    }

    private PlanChange.Side side(Choice choice) {
        var version = version(choice);
        var price = choice.price().isPresent()
                ? Optional.of(version.terms()
                        .price(choice.price().get())
                        .orElseThrow(() ->
                                new Unknown("price", "price", choice.price().get())))
                : version.terms().prices().stream().findFirst();
        return new PlanChange.Side(version, price);
    }

    private PlanVersion planVersion(PlanVersionId id) {
        return persistence.catalog().findVersion(id).orElseThrow(() -> new NotFound("plan version", id));
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
