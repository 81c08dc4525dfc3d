package io.allotment.domain.gate;

import io.allotment.domain.catalog.Entitlement;
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
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.subscription.SubscriptionStatus.Event;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.domain.tenancy.Thresholds;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/**
 * Random states and calls for the gate: small numbers, so that limits, ends and keys are often met exactly. Of charges
 * alone, by users and the system; or of all verbs, with overdrafts, rollovers, spend limits, thresholds and keys.
 */
final class RandomGate {

    private static final Instant BEGIN = Instant.parse("2026-01-31T12:00:00Z");
    private static final List<String> ZONES =
            List.of("UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland", "Africa/Cairo");
    private static final ApiKeyId API_KEY = new ApiKeyId(new UUID(4, 1));
    private static final int OPERATIONS = 8;
    private static final List<String> FEATURES = List.of("minutes", "tokens", "seats", "hd", "missing");
    private static final List<String> AMOUNTS = List.of("1", "2", "3", "0.5", "2.5", "0.000000001", "0.333333333", "7");
    private static final List<String> RATES = List.of("0", "1", "2", "0.5", "0.000000001", "1.111111111");

    private final Random random;
    private final boolean allVerbs;
    private final SomeDefinitions definitions = new SomeDefinitions();
    private final List<GateCall> asked = new ArrayList<>();
    private Instant now = BEGIN;
    private long lastId;

    private RandomGate(long seed, boolean allVerbs) {
        this.random = new Random(seed);
        this.allVerbs = allVerbs;
    }

    static RandomGate ofCharges(long seed) {
        return new RandomGate(seed, false);
    }

    static RandomGate ofAllVerbs(long seed) {
        return new RandomGate(seed, true);
    }

    SomeDefinitions definitions() {
        return definitions;
    }

    Instant now() {
        return now;
    }

    /** Some time later: often none, now and then months. */
    void passTime() {
        now = now.plus(
                switch (random.nextInt(7)) {
                    case 0, 1 -> Duration.ZERO;
                    case 2 -> Duration.ofMinutes(random.nextInt(90));
                    case 3 -> Duration.ofHours(random.nextInt(36));
                    case 4 -> Duration.ofDays(random.nextInt(12));
                    case 5 -> Duration.ofDays(random.nextInt(70));
                    default -> Duration.ofNanos(1_000L * random.nextInt(1_000_000));
                });
    }

    /** A beginning. */
    Books books() {
        var books = new Books();
        definitions.putAllocated("boxes");
        for (int i = 0; i < OPERATIONS; i++) {
            definitions.put(operation(i));
        }
        var versions = new ArrayList<PlanVersionId>();
        for (int i = 0; i < 3; i++) {
            var version = new PlanVersion(new PlanVersionId(id()), new PlanKey("p"), 1, terms(), BEGIN);
            definitions.put(version);
            versions.add(version.id());
        }
        for (int i = 1; i <= 2; i++) {
            var tenant = tenant(i);
            books.tenants.put(tenant.id(), tenant);
            if (!oneIn(20)) {
                account(books, tenant, BillingAccount.idOf(tenant.id()), versions);
            }
            for (int j = 1; j <= 2; j++) {
                if (!oneIn(4)) {
                    books.members.add(new GateState.Member(tenant.id(), user(j)));
                }
                if (oneIn(2)) {
                    account(books, tenant, BillingAccount.idOf(user(j)), versions);
                }
            }
            if (allVerbs) {
                limits(books, tenant);
            }
        }
        return books;
    }

    private void limits(Books books, Tenant tenant) {
        var spenders =
                List.of(SpendLimit.Spender.of(user(1)), SpendLimit.Spender.of(user(2)), SpendLimit.Spender.of(API_KEY));
        for (var spender : spenders) {
            for (var window : SpendLimit.Window.values()) {
                if (oneIn(3)) {
                    var limit = new SpendLimit(
                            tenant.id(),
                            spender,
                            window,
                            Credits.of(pick(List.of("0", "3", "8", "20"))),
                            window.at(BEGIN, tenant.timeZone()),
                            Credits.ZERO);
                    books.limits.put(limit.ref(), limit);
                }
            }
        }
    }

    /** A batch of calls: new ones, about what is there, and now and then an earlier one again. */
    List<GateCall> calls(Books books) {
        var calls = new ArrayList<GateCall>();
        int n = 1 + random.nextInt(8);
        for (int i = 0; i < n; i++) {
            var call = !asked.isEmpty() && oneIn(5) ? again(pick(asked)) : call(books);
            asked.add(call);
            calls.add(call);
        }
        return calls;
    }

    private GateCall again(GateCall call) {
        return new GateCall(new DecisionId(id()), call.tenantId(), call.key(), call.request());
    }

    private GateCall call(Books books) {
        var tenant = new TenantId(new UUID(1, oneIn(40) ? 3 : 1 + random.nextInt(2)));
        var request = allVerbs ? request(books, tenant) : oneIn(8) ? check() : consume();
        // Keys seldom meet where a call must get through to be worth something.
        Optional<IdempotencyKey> key = request.verb() == Verb.CHECK
                ? Optional.empty()
                : Optional.of(new IdempotencyKey("k" + random.nextInt(allVerbs ? 600 : 60)));
        return new GateCall(new DecisionId(id()), tenant, key, request);
    }

    private GateRequest check() {
        return new GateRequest.Check(charge());
    }

    private GateRequest consume() {
        return new GateRequest.Consume(charge());
    }

    private GateRequest request(Books books, TenantId tenant) {
        return switch (random.nextInt(16)) {
            case 0 -> check();
            case 1, 2, 3, 4 -> consume();
            case 5, 6, 7 -> new GateRequest.Reserve(distinct(charge()), pick(List.of(60L, 3_600L, 86_400L, 604_800L)));
            case 8 -> new GateRequest.Renew(reservation(books, tenant), pick(List.of(1L, 3_600L, 604_800L)));
            case 9, 10, 11 -> settle(books, tenant);
            case 12 -> new GateRequest.Release(reservation(books, tenant));
            case 13 ->
                new GateRequest.Deallocate(
                        oneIn(2) ? Optional.empty() : Optional.of(BillingAccount.idOf(tenant)),
                        actor(),
                        new FeatureKey(oneIn(10) ? "minutes" : "boxes"),
                        box(),
                        oneIn(2) ? Optional.empty() : Optional.of(Quantity.of(pick(AMOUNTS))));
            default -> new GateRequest.Refund(decision(books, tenant), actor(), "wrong");
        };
    }

    private GateRequest settle(Books books, TenantId tenant) {
        var id = reservation(books, tenant);
        var reserved = Optional.ofNullable(books.reservations.get(new GateState.ReservationRef(tenant, id)));
        var lines = new ArrayList<Charge.Line>();
        reserved.ifPresent(known -> known.lines().forEach(line -> {
            if (!oneIn(4)) {
                lines.add(new Charge.Line(line.operation(), oneIn(3) ? line.quantity() : Quantity.of(pick(AMOUNTS))));
            }
        }));
        if (oneIn(15)) {
            lines.add(new Charge.Line(new OperationKey("op99"), Quantity.of(1)));
        }
        return new GateRequest.Settle(id, lines, Optional.empty(), TokenCounts.NONE, Document.EMPTY);
    }

    /** Mostly one that is there, in any state. */
    private ReservationId reservation(Books books, TenantId tenant) {
        var known = books.reservations.keySet().stream()
                .filter(ref -> ref.tenantId().equals(tenant))
                .map(GateState.ReservationRef::id)
                .toList();
        return known.isEmpty() || oneIn(30) ? new ReservationId(id()) : pick(known);
    }

    private DecisionId decision(Books books, TenantId tenant) {
        var known = books.recorded.values().stream()
                .map(GateState.Recorded::decision)
                .filter(decision -> decision.tenantId().equals(tenant))
                .map(Decision::id)
                .toList();
        return known.isEmpty() || oneIn(30) ? new DecisionId(id()) : pick(known);
    }

    private RelatedEntity box() {
        return new RelatedEntity("box", String.valueOf(random.nextInt(3)));
    }

    /** Each operation in its first line. */
    private static Charge distinct(Charge charge) {
        var lines = new LinkedHashMap<OperationKey, Charge.Line>();
        charge.lines().forEach(line -> lines.putIfAbsent(line.operation(), line));
        return new Charge(
                List.copyOf(lines.values()),
                charge.account(),
                charge.actor(),
                charge.relatedTo(),
                charge.model(),
                charge.tokens(),
                charge.metadata());
    }

    private Actor actor() {
        return switch (random.nextInt(8)) {
            case 0, 1 -> Actor.user(user(1 + random.nextInt(2)));
            case 2 -> Actor.apiKey(API_KEY);
            case 3 -> Actor.apiKey(API_KEY, user(1));
            default -> Actor.system();
        };
    }

    private Charge charge() {
        var charge = Charge.of(new OperationKey("op" + operationNumber()), Quantity.of(pick(AMOUNTS)));
        while (oneIn(3) && charge.lines().size() < Charge.MAX_LINES) {
            charge = charge.and(new OperationKey("op" + operationNumber()), Quantity.of(pick(AMOUNTS)));
        }
        if (allVerbs) {
            charge = charge.by(actor());
            charge = oneIn(2) ? charge : charge.relatedTo("box", String.valueOf(random.nextInt(3)));
        } else if (oneIn(3)) {
            charge = charge.by(Actor.user(user(1 + random.nextInt(2))));
        }
        if (oneIn(20)) {
            charge = charge.on(BillingAccount.idOf(user(1 + random.nextInt(3))));
        }
        return oneIn(6) ? charge.using("opus", TokenCounts.of(random.nextInt(3), 1)) : charge;
    }

    /** Mostly an operation that is there. */
    private int operationNumber() {
        return oneIn(50) ? 99 : random.nextInt(OPERATIONS);
    }

    private Operation operation(int number) {
        var operation = Operation.of("op" + number, "work", Credits.of(pick(RATES)));
        if (allVerbs && number == 0) {
            return operation.drawing("boxes");
        }
        if (!oneIn(4)) {
            operation = operation.drawing(oneIn(12) ? "missing" : pick(FEATURES.subList(0, 4)));
        }
        if (oneIn(10)) {
            operation = operation.needing("work:do");
        }
        return operation.active(!oneIn(40));
    }

    private PlanVersionTerms terms() {
        var terms = PlanVersionTerms.empty().withGrace(random.nextInt(10));
        if (oneIn(3)) {
            terms = terms.including(Credits.of(pick(RATES)).plus(Credits.of(5)));
        }
        if (allVerbs) {
            terms = terms.with("boxes", SomeQuota.resetting(Quota.Reset.NEVER, 10));
        }
        for (var feature : FEATURES.subList(0, 3)) {
            if (!oneIn(8)) {
                terms = terms.with(feature, quota());
            }
        }
        return oneIn(3)
                ? terms.with(new Entitlement.Value(new FeatureKey("hd"), "1080p"))
                : terms.with(new Entitlement.Switch(new FeatureKey("hd"), !oneIn(4)));
    }

    private Quota quota() {
        var reset = pick(List.of(Quota.Reset.values()));
        var overage = pick(List.of(Quota.Overage.values()));
        return new Quota(
                oneIn(6) ? Optional.empty() : Optional.of(Quantity.of(pick(List.of("0", "5", "10", "7.5", "20.3")))),
                reset,
                reset == Quota.Reset.FIXED_WINDOW
                        ? Optional.of(pick(List.of(3_600L, 86_400L, 1_000_000L)))
                        : Optional.empty(),
                overage,
                overage == Quota.Overage.BLOCK ? pick(List.of(0, 0, 10, 33, 100)) : 0);
    }

    private Tenant tenant(int number) {
        var profile = new TenantProfile(
                "t" + number,
                new Slug("t" + number),
                Optional.empty(),
                Optional.empty(),
                ZoneId.of(pick(ZONES)),
                Document.EMPTY);
        var tenant = Tenant.created(new TenantId(new UUID(1, number)), profile, BEGIN);
        if (allVerbs) {
            var low = oneIn(2) ? Optional.<Credits>empty() : Optional.of(Credits.of(20));
            tenant = tenant.with(
                    new Thresholds(pick(List.of(List.of(), List.of(50, 80, 100), List.of(1, 150))), low), BEGIN);
        }
        return oneIn(15) ? tenant.suspended(BEGIN) : tenant;
    }

    private void account(Books books, Tenant tenant, AccountId id, List<PlanVersionId> versions) {
        var credits = CreditAccount.empty(tenant.id(), id);
        if (allVerbs && oneIn(3)) {
            credits = credits.withOverdraftLimit(Credits.of(pick(List.of("2", "10", "40"))));
        }
        for (int i = random.nextInt(7); i > 0; i--) {
            credits = granted(books, credits);
        }
        Optional<Subscription> subscription =
                oneIn(12) ? Optional.empty() : Optional.of(subscription(tenant, id, pick(versions)));
        var counters = new HashMap<FeatureKey, QuotaCounter>();
        if (subscription.isPresent() && oneIn(2)) {
            var feature = new FeatureKey(pick(FEATURES.subList(0, 3)));
            counters.put(
                    feature,
                    SomeQuota.counter(
                            tenant.id(),
                            id,
                            feature,
                            subscription.get().currentPeriod(),
                            Quantity.of(pick(List.of("5", "10", "12"))),
                            Quantity.of(pick(List.of("0", "2")))));
        }
        var account = new GateState.AccountState(credits, subscription, counters);
        books.accounts.put(account.ref(), account);
    }

    /** Now and then credits come, as they do beside the gate. */
    void topUp(Books books) {
        if (oneIn(3) && !books.accounts.isEmpty()) {
            var refs = new ArrayList<>(books.accounts.keySet());
            refs.sort(Comparator.comparing(ref -> ref.tenantId() + " " + ref.accountId()));
            var account = books.accounts.get(pick(refs));
            var terms = GrantTerms.of(Credits.of(pick(List.of("2", "30"))), GrantSource.PURCHASE);
            var credits = account.credits();
            var grant = CreditGrant.of(credits.tenantId(), new GrantId(id()), credits.id(), terms, now);
            var reason = CreditReason.about(terms, Actor.system(), Optional.empty(), Optional.empty());
            var movement = credits.grant(grant, CreditEntry.Type.GRANTED, reason, now);
            movement.touched().forEach(touched -> books.grants.put(touched.id(), touched));
            books.entries.addAll(movement.entries());
            books.accounts.put(
                    account.ref(),
                    new GateState.AccountState(movement.account(), account.subscription(), account.counters()));
        }
    }

    private CreditAccount granted(Books books, CreditAccount credits) {
        var start = BEGIN.plus(Duration.ofDays(random.nextInt(60) - 30));
        Optional<Instant> from = oneIn(3) ? Optional.of(start) : Optional.empty();
        Optional<Instant> end =
                oneIn(2) ? Optional.of(start.plus(Duration.ofDays(1 + random.nextInt(60)))) : Optional.empty();
        var terms = new GrantTerms(
                Credits.of(pick(List.of("1", "5", "20", "0.333333333", "100", "1000"))),
                pick(List.of(GrantSource.values())),
                Optional.empty(),
                random.nextInt(3),
                from,
                end,
                Optional.empty(),
                Optional.empty(),
                Document.EMPTY,
                end.filter(e -> allVerbs && oneIn(2))
                        .map(e -> new GrantTerms.Rollover(Credits.of(3), e.plus(Duration.ofDays(20)))));
        var createdAt = BEGIN.minus(Duration.ofDays(random.nextInt(3)));
        var grant = CreditGrant.of(credits.tenantId(), new GrantId(id()), credits.id(), terms, createdAt);
        var reason = CreditReason.about(terms, Actor.system(), Optional.empty(), Optional.empty());
        var movement = credits.grant(grant, CreditEntry.Type.GRANTED, reason, createdAt);
        books.grants.put(grant.id(), grant);
        books.entries.addAll(movement.entries());
        return movement.account();
    }

    private Subscription subscription(Tenant tenant, AccountId account, PlanVersionId version) {
        var subscription = Subscription.started(
                tenant.id(),
                new SubscriptionId(id()),
                account,
                version,
                Optional.empty(),
                oneIn(4) ? SubscriptionStatus.FREE : SubscriptionStatus.ACTIVE,
                oneIn(4) ? 1 + random.nextInt(40) : 0,
                oneIn(6) ? 12 : 1 + random.nextInt(3),
                tenant.timeZone(),
                Document.EMPTY,
                BEGIN);
        var terms = definitions.planVersion(version).orElseThrow().terms();
        if (!oneIn(3)) {
            subscription = subscription.with(Optional.of(subscription.credited(terms.includedCredits())));
        }
        if (oneIn(8)) {
            return subscription.canceled(true, Optional.empty(), BEGIN);
        }
        var event = pick(List.of(Event.values()));
        return oneIn(5) && subscription.status().after(event).isPresent()
                ? World.after(subscription, event, terms.graceDays(), BEGIN)
                : subscription;
    }

    private static UserId user(int number) {
        return new UserId(new UUID(2, number));
    }

    private UUID id() {
        return new UUID(3, ++lastId);
    }

    private boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    private <T> T pick(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }
}
