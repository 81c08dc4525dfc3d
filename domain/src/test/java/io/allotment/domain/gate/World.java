package io.allotment.domain.gate;

import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.quota.Allocation;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Times;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.domain.tenancy.Thresholds;
import io.allotment.domain.tenancy.UnpricedModels;
import io.allotment.domain.usage.UsageEvent;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * A small world for the gate's tests: one tenant and its account. A test says what it is about; what the gate decides is
 * kept, so that the next call sees it.
 */
final class World {

    static final Instant NOW = Instant.parse("2026-03-10T12:00:00Z");
    static final Instant MARCH = Instant.parse("2026-03-01T00:00:00Z");
    static final Instant APRIL = Instant.parse("2026-04-01T00:00:00Z");
    static final TenantId TENANT = new TenantId(new UUID(1, 1));
    static final AccountId ACCOUNT = BillingAccount.idOf(TENANT);
    static final UserId ADA = new UserId(new UUID(1, 2));
    static final UserId STRANGER = new UserId(new UUID(1, 3));

    final Books books = new Books();
    final SomeDefinitions definitions = new SomeDefinitions();
    final List<CreditEntry> entries = books.entries;
    final List<QuotaChange> quotaChanges = books.quotaChanges;
    final List<UsageEvent> events = books.events;
    final List<Notice> notices = books.notices;

    private Instant now = NOW;
    private long lastId = 100;
    private long lastKey;

    private World() {}

    /** A tenant whose account has neither subscription nor credits. */
    static World bare() {
        var world = new World();
        world.tenant(TENANT, "acme");
        world.account(TENANT, ACCOUNT);
        return world;
    }

    /** A tenant whose account is active on a plan, billed monthly since the first of March. */
    static World on(PlanVersionTerms terms) {
        return bare().subscribed(ACCOUNT, terms, MARCH);
    }

    /** The same, on a plan with one quota. */
    static World on(String feature, Quota quota) {
        return on(PlanVersionTerms.empty().with(feature, quota));
    }

    World at(Instant time) {
        now = time;
        return this;
    }

    World at(String time) {
        return at(Instant.parse(time));
    }

    World tenant(TenantId id, String slug) {
        books.tenants.put(id, Tenant.created(id, TenantProfile.of(slug, slug), MARCH));
        return this;
    }

    World inZone(String zone) {
        var profile = books.tenants.get(TENANT).profile();
        return replace(tenant -> tenant.with(
                new TenantProfile(
                        profile.name(),
                        new Slug(profile.slug().value()),
                        Optional.empty(),
                        Optional.empty(),
                        ZoneId.of(zone),
                        Document.EMPTY),
                MARCH));
    }

    World overdraftLimit(String limit) {
        return put(new GateState.AccountState(
                credits().withOverdraftLimit(Credits.of(limit)),
                state(ACCOUNT).subscription(),
                state(ACCOUNT).counters()));
    }

    World unpriced(UnpricedModels policy) {
        return replace(tenant -> tenant.with(policy, MARCH));
    }

    World thresholds(Thresholds thresholds) {
        return replace(tenant -> tenant.with(thresholds, MARCH));
    }

    /** A spender's limit a month, with nothing spent in the present one. */
    World limited(SpendLimit.Spender spender, String credits) {
        return limited(spender, SpendLimit.Window.CALENDAR_MONTH, credits);
    }

    World limited(SpendLimit.Spender spender, SpendLimit.Window window, String credits) {
        var period = window.at(now, books.tenants.get(TENANT).timeZone());
        var limit = new SpendLimit(TENANT, spender, window, Credits.of(credits), period, Credits.ZERO);
        books.limits.put(limit.ref(), limit);
        return this;
    }

    Credits spent(SpendLimit.Spender spender) {
        return books.limits
                .get(new SpendLimit.Ref(TENANT, spender, SpendLimit.Window.CALENDAR_MONTH))
                .spent();
    }

    /** With a feature that is held while something exists. */
    World allocating(String feature) {
        definitions.putAllocated(feature);
        return this;
    }

    /** What something holds of an allocated feature of the tenant's account. */
    Quantity allocated(String feature, String type, String id) {
        var ref = new Allocation.Ref(TENANT, ACCOUNT, new FeatureKey(feature), new RelatedEntity(type, id));
        return Optional.ofNullable(books.allocations.get(ref))
                .map(Allocation::quantity)
                .orElse(Quantity.ZERO);
    }

    World suspended() {
        return replace(tenant -> tenant.suspended(MARCH));
    }

    World reactivated() {
        return replace(tenant -> tenant.reactivated(MARCH));
    }

    World account(TenantId tenant, AccountId id) {
        return put(new GateState.AccountState(CreditAccount.empty(tenant, id), Optional.empty(), Map.of()));
    }

    World member(UserId user) {
        books.members.add(new GateState.Member(TENANT, user));
        return this;
    }

    /** A member's own account on the plan of a version that gives nothing. */
    World memberAccount(UserId user) {
        return member(user)
                .account(TENANT, BillingAccount.idOf(user))
                .subscribed(BillingAccount.idOf(user), PlanVersionTerms.empty(), MARCH);
    }

    World selling(Operation... some) {
        for (var operation : some) {
            definitions.put(operation);
        }
        return this;
    }

    /** What an event makes of it; where a payment failed with so many days of grace. */
    static Subscription after(Subscription subscription, SubscriptionStatus.Event event, int graceDays, Instant now) {
        return switch (event) {
            case ACTIVATE -> subscription.activated(now, Times.UTC);
            case PAYMENT_FAILED -> subscription.pastDue(graceDays, now, Times.UTC);
            case PAUSE -> subscription.paused(Optional.empty(), now);
            case RESUME -> subscription.resumed(now, Times.UTC);
            case CANCEL -> subscription.canceled(false, Optional.empty(), now);
            case EXPIRE -> subscription.expired(now);
            case SET_AUTO_RENEW -> subscription.renewing(false, now);
            case UNCANCEL, CHANGE_PLAN, REACTIVATE, PERIOD_ENDED, GRACE_ENDED -> subscription;
        };
    }

    World subscribed(AccountId account, PlanVersionTerms terms, Instant anchor) {
        var tenant = tenantOf(account);
        var version = new PlanVersion(new PlanVersionId(nextId()), new PlanKey("pro"), 1, terms, MARCH);
        definitions.put(version);
        var started = Subscription.started(
                tenant,
                new SubscriptionId(nextId()),
                account,
                version.id(),
                Optional.empty(),
                SubscriptionStatus.ACTIVE,
                terms.trialDays(),
                1,
                books.tenants.get(tenant).timeZone(),
                Document.EMPTY,
                anchor);
        return put(new GateState.AccountState(
                state(account).credits(),
                Optional.of(started.with(Optional.of(started.credited(terms.includedCredits())))),
                state(account).counters()));
    }

    /** The tenant's account on the plan it is on, changed. */
    World subscription(UnaryOperator<Subscription> change) {
        var account = state(ACCOUNT);
        return put(new GateState.AccountState(
                account.credits(), account.subscription().map(change), account.counters()));
    }

    World granted(String amount) {
        return granted(GrantTerms.of(Credits.of(amount), GrantSource.PURCHASE));
    }

    World granted(GrantTerms terms) {
        return granted(ACCOUNT, terms, MARCH);
    }

    World granted(AccountId account, GrantTerms terms, Instant createdAt) {
        var grant = CreditGrant.of(tenantOf(account), new GrantId(nextId()), account, terms, createdAt);
        var reason = CreditReason.about(terms, Actor.system(), Optional.empty(), Optional.empty());
        var movement = state(account).credits().grant(grant, CreditEntry.Type.GRANTED, reason, createdAt);
        books.grants.put(grant.id(), grant);
        movement.touched().forEach(touched -> books.grants.put(touched.id(), touched));
        entries.addAll(movement.entries());
        return put(new GateState.AccountState(
                movement.account(),
                state(account).subscription(),
                state(account).counters()));
    }

    /** So much used of a feature in the present billing cycle. */
    World used(String feature, String quantity) {
        return used(feature, quantity, Period.between(MARCH, APRIL));
    }

    World used(String feature, String quantity, Period period) {
        var key = new FeatureKey(feature);
        var counters = new HashMap<>(state(ACCOUNT).counters());
        counters.put(key, SomeQuota.counter(TENANT, ACCOUNT, key, period, Quantity.of(quantity), Quantity.ZERO));
        return put(new GateState.AccountState(
                state(ACCOUNT).credits(), state(ACCOUNT).subscription(), counters));
    }

    /** Consumes under a key of its own and keeps what it came to. */
    Decision consume(Charge charge) {
        return decision(decide(consuming("key-" + ++lastKey, charge)).outcomes().get(0));
    }

    Decision check(Charge charge) {
        return decision(decide(checking(charge)).outcomes().get(0));
    }

    GateCall consuming(String key, Charge charge) {
        return consuming(TENANT, key, charge);
    }

    GateCall consuming(TenantId tenant, String key, Charge charge) {
        return calling(tenant, key, new GateRequest.Consume(charge));
    }

    GateCall checking(Charge charge) {
        return new GateCall(new DecisionId(nextId()), TENANT, Optional.empty(), new GateRequest.Check(charge));
    }

    GateCall calling(String key, GateRequest request) {
        return calling(TENANT, key, request);
    }

    GateCall calling(TenantId tenant, String key, GateRequest request) {
        return new GateCall(new DecisionId(nextId()), tenant, Optional.of(new IdempotencyKey(key)), request);
    }

    /** The request under a key of its own. */
    GateCall calling(GateRequest request) {
        return calling("key-" + ++lastKey, request);
    }

    /** Asks under a key of its own, keeps what it came to, and expects an answer. */
    Decision ask(GateRequest request) {
        return decision(decide(calling(request)).outcomes().get(0));
    }

    /** The same where the call is expected to be refused: the code of the refusal, else the verdict. */
    String verdictOf(GateRequest request) {
        return verdict(decide(calling(request)).outcomes().get(0));
    }

    /** Reserves for an hour. */
    Decision reserve(Charge charge) {
        return reserve(charge, Duration.ofHours(1));
    }

    Decision reserve(Charge charge, Duration lease) {
        return ask(new GateRequest.Reserve(charge, lease.toSeconds()));
    }

    /** Settles by so much of each operation. */
    Decision settle(Decision reserved, Charge used) {
        return ask(settling(reserved, used));
    }

    Decision settleWithNothing(Decision reserved) {
        return ask(settling(reserved, List.of()));
    }

    Decision release(Decision reserved) {
        return ask(new GateRequest.Release(reserved.reservation().orElseThrow()));
    }

    Decision refund(Decision charged) {
        return ask(refunding(charged));
    }

    static GateRequest settling(Decision reserved, Charge used) {
        return settling(reserved, used.lines());
    }

    private static GateRequest settling(Decision reserved, List<Charge.Line> lines) {
        return new GateRequest.Settle(
                reserved.reservation().orElseThrow(), lines, Optional.empty(), TokenCounts.NONE, Document.EMPTY);
    }

    static GateRequest refunding(Decision charged) {
        return new GateRequest.Refund(charged.id(), Actor.system(), "wrong");
    }

    static GateRequest releasing(String feature, String type, String id, Optional<Quantity> quantity) {
        return new GateRequest.Deallocate(
                Optional.empty(), Actor.system(), new FeatureKey(feature), new RelatedEntity(type, id), quantity);
    }

    /** Decides a batch and keeps what it came to. */
    GateChanges decide(GateCall... calls) {
        var changes = Gate.decide(state(), definitions, List.of(calls), now);
        books.keep(changes);
        return changes;
    }

    GateState state() {
        return books.stateAt(now);
    }

    Reservation reservation(Decision reserved) {
        return books.reservations.get(
                new GateState.ReservationRef(TENANT, reserved.reservation().orElseThrow()));
    }

    GateState.AccountState state(AccountId account) {
        return books.accounts.values().stream()
                .filter(state -> state.credits().id().equals(account))
                .findFirst()
                .orElseThrow();
    }

    /** What can be drawn now. */
    Credits spendable() {
        return state(ACCOUNT).credits().broughtTo(now).account().spendable(now);
    }

    CreditAccount credits() {
        return state(ACCOUNT).credits();
    }

    Credits balance() {
        return state(ACCOUNT).credits().balance();
    }

    QuotaCounter counter(String feature) {
        return state(ACCOUNT).counters().get(new FeatureKey(feature));
    }

    /** What the calls came to, in short: {@code ALLOWED}, the reason of a denial, or the code of a refusal. */
    static List<String> verdicts(GateChanges changes) {
        return changes.outcomes().stream().map(World::verdict).toList();
    }

    static String verdict(Outcome outcome) {
        return outcome instanceof Outcome.Refused refused ? refused.refusal().code() : verdict(decision(outcome));
    }

    static String verdict(Decision decision) {
        return decision.denial().map(denial -> denial.reason().name()).orElse("ALLOWED");
    }

    static Decision decision(Outcome outcome) {
        return ((Outcome.Answer) outcome).decision();
    }

    private World replace(UnaryOperator<Tenant> change) {
        books.tenants.compute(TENANT, (id, tenant) -> change.apply(tenant));
        return this;
    }

    private World put(GateState.AccountState account) {
        books.accounts.put(account.ref(), account);
        return this;
    }

    private TenantId tenantOf(AccountId account) {
        return state(account).credits().tenantId();
    }

    private UUID nextId() {
        return new UUID(2, ++lastId);
    }
}
