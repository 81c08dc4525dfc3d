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
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
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
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.subscription.SubscriptionStatus.Event;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.domain.usage.TokenCounts;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/** Random states and calls for the gate: small numbers, so that limits, ends and keys are often met exactly. */
final class RandomGate {

    private static final Instant BEGIN = Instant.parse("2026-01-31T12:00:00Z");
    private static final List<String> ZONES =
            List.of("UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland", "Africa/Cairo");
    private static final List<String> FEATURES = List.of("minutes", "tokens", "seats", "hd", "missing");
    private static final List<String> AMOUNTS = List.of("1", "2", "3", "0.5", "2.5", "0.000000001", "0.333333333", "7");
    private static final List<String> RATES = List.of("0", "1", "2", "0.5", "0.000000001", "1.111111111");

    private final Random random;
    private final List<GateCall> asked = new ArrayList<>();
    private Instant now = BEGIN;
    private long lastId;

    RandomGate(long seed) {
        random = new Random(seed);
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

    GateState state() {
        Map<TenantId, Tenant> tenants = new HashMap<>();
        Set<GateState.Member> members = new HashSet<>();
        Map<OperationKey, Operation> operations = new HashMap<>();
        Map<PlanVersionId, PlanVersion> planVersions = new HashMap<>();
        Map<GateState.AccountRef, GateState.AccountState> accounts = new HashMap<>();
        for (int i = 0; i < 8; i++) {
            var operation = operation(i);
            operations.put(operation.key(), operation);
        }
        for (int i = 0; i < 3; i++) {
            var version = new PlanVersion(new PlanVersionId(id()), new PlanKey("p"), 1, terms(), BEGIN);
            planVersions.put(version.id(), version);
        }
        for (int i = 1; i <= 2; i++) {
            var tenant = tenant(i);
            tenants.put(tenant.id(), tenant);
            var versions = new ArrayList<>(planVersions.values());
            versions.sort(Comparator.comparing(version -> version.id().toString()));
            if (!oneIn(20)) {
                var account = account(tenant, BillingAccount.idOf(tenant.id()), versions);
                accounts.put(account.ref(), account);
            }
            for (int j = 1; j <= 2; j++) {
                if (!oneIn(4)) {
                    members.add(new GateState.Member(tenant.id(), user(j)));
                }
                if (oneIn(2)) {
                    var account = account(tenant, BillingAccount.idOf(user(j)), versions);
                    accounts.put(account.ref(), account);
                }
            }
        }
        return new GateState(tenants, members, operations, planVersions, accounts, Map.of());
    }

    /** A batch of calls: new ones, and now and then an earlier one again. */
    List<GateCall> calls() {
        var calls = new ArrayList<GateCall>();
        int n = 1 + random.nextInt(8);
        for (int i = 0; i < n; i++) {
            var call = !asked.isEmpty() && oneIn(5) ? again(pick(asked)) : call();
            asked.add(call);
            calls.add(call);
        }
        return calls;
    }

    private GateCall again(GateCall call) {
        return new GateCall(new DecisionId(id()), call.verb(), call.tenantId(), call.key(), call.charge());
    }

    private GateCall call() {
        boolean check = oneIn(8);
        Optional<IdempotencyKey> key =
                check ? Optional.empty() : Optional.of(new IdempotencyKey("k" + random.nextInt(60)));
        return new GateCall(
                new DecisionId(id()),
                check ? Verb.CHECK : Verb.CONSUME,
                new TenantId(new UUID(1, oneIn(40) ? 3 : 1 + random.nextInt(2))),
                key,
                charge());
    }

    private Charge charge() {
        var charge = Charge.of(new OperationKey("op" + operationNumber()), Quantity.of(pick(AMOUNTS)));
        while (oneIn(3) && charge.lines().size() < Charge.MAX_LINES) {
            charge = charge.and(new OperationKey("op" + operationNumber()), Quantity.of(pick(AMOUNTS)));
        }
        if (oneIn(3)) {
            charge = charge.by(Actor.user(user(1 + random.nextInt(2))));
        }
        if (oneIn(20)) {
            charge = charge.on(BillingAccount.idOf(user(1 + random.nextInt(3))));
        }
        return oneIn(6) ? charge.using("opus", TokenCounts.of(random.nextInt(3), 1)) : charge;
    }

    /** Mostly an operation that is there. */
    private int operationNumber() {
        return oneIn(50) ? 99 : random.nextInt(8);
    }

    private Operation operation(int number) {
        var operation = Operation.of("op" + number, "work", Credits.of(pick(RATES)));
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
        return oneIn(15) ? tenant.suspended(BEGIN) : tenant;
    }

    private GateState.AccountState account(Tenant tenant, AccountId id, List<PlanVersion> versions) {
        var credits = CreditAccount.empty(tenant.id(), id);
        for (int i = random.nextInt(7); i > 0; i--) {
            credits = granted(credits);
        }
        Optional<Subscription> subscription = oneIn(12)
                ? Optional.empty()
                : Optional.of(subscription(tenant, id, pick(versions).id()));
        var counters = new HashMap<FeatureKey, QuotaCounter>();
        if (subscription.isPresent() && oneIn(2)) {
            var feature = new FeatureKey(pick(FEATURES.subList(0, 3)));
            counters.put(
                    feature,
                    new QuotaCounter(
                            tenant.id(),
                            id,
                            feature,
                            subscription.get().currentPeriod(),
                            Quantity.of(pick(List.of("5", "10", "12"))),
                            Quantity.of(pick(List.of("0", "2")))));
        }
        return new GateState.AccountState(credits, subscription, counters);
    }

    private CreditAccount granted(CreditAccount credits) {
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
                Document.EMPTY);
        var createdAt = BEGIN.minus(Duration.ofDays(random.nextInt(3)));
        var grant = CreditGrant.of(credits.tenantId(), new GrantId(id()), credits.id(), terms, createdAt);
        var reason = CreditReason.about(terms, Actor.system(), Optional.empty(), Optional.empty());
        return credits.grant(grant, CreditEntry.Type.GRANTED, reason, createdAt).account();
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
        if (oneIn(8)) {
            return subscription.canceled(true, Optional.empty(), BEGIN, tenant.timeZone());
        }
        var event = pick(List.of(Event.values()));
        return oneIn(5) && subscription.status().after(event).isPresent()
                ? subscription.after(event, BEGIN, tenant.timeZone())
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
