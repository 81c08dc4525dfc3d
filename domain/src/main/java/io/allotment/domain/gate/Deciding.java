package io.allotment.domain.gate;

import io.allotment.domain.catalog.Entitlement;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.quota.QuotaUse;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.UsageEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One run of {@link Gate#decide}: keeps the accounts as the calls leave them, and collects what is to be saved. */
final class Deciding {

    private final GateState state;
    private final Instant now;
    private final Map<GateState.AccountRef, DecidingAccount> accounts = new LinkedHashMap<>();
    private final Map<GateState.KeyRef, GateState.Recorded> recorded;
    private final List<GateState.Recorded> decisions = new ArrayList<>();
    private final List<UsageEvent> events = new ArrayList<>();

    Deciding(GateState state, Instant now) {
        this.state = state;
        this.now = now;
        this.recorded = new HashMap<>(state.recorded());
    }

    GateChanges decide(List<GateCall> calls) {
        var outcomes = new ArrayList<Outcome>(calls.size());
        for (var call : calls) {
            try {
                outcomes.add(answer(call));
            } catch (Refusal refusal) {
                outcomes.add(new Outcome.Refused(refusal));
            }
        }
        var changed = accounts.values().stream()
                .flatMap(account -> account.changes().stream())
                .toList();
        return new GateChanges(outcomes, decisions, events, changed);
    }

    private Outcome.Answer answer(GateCall call) {
        var tenant = Optional.ofNullable(state.tenants().get(call.tenantId()))
                .orElseThrow(() -> new NotFound("tenant", call.tenantId()));
        if (call.charge().actor() instanceof Actor.User user
                && !state.members().contains(new GateState.Member(call.tenantId(), user.id()))) {
            throw new Unknown("member", "actor", user.id());
        }
        if (call.key().isPresent()) {
            var earlier = recorded.get(
                    new GateState.KeyRef(call.tenantId(), call.key().get()));
            if (earlier != null) {
                if (!earlier.fingerprint().equals(call.fingerprint())) {
                    throw new IdempotencyKeyReused(call.key().get());
                }
                return new Outcome.Answer(earlier.decision(), true);
            }
        }
        var operations = operations(call);
        var account = payer(call, tenant);
        var decision = decide(call, tenant, operations, account);
        call.key().ifPresent(key -> {
            var record = new GateState.Recorded(call.fingerprint(), decision);
            recorded.put(new GateState.KeyRef(call.tenantId(), key), record);
            decisions.add(record);
        });
        return new Outcome.Answer(decision, false);
    }

    /** Walks the steps; what they would change is put to the account only when all have passed. */
    private Decision decide(GateCall call, Tenant tenant, List<Operation> operations, DecidingAccount account) {
        var walk = new Walk(call, account);
        var denial = walk.tenant(tenant)
                .or(() -> walk.operations(operations))
                .or(() -> walk.permissions(operations))
                .or(walk::subscription)
                .or(() -> walk.entitlements(operations))
                .or(walk::credits);
        if (denial.isPresent()) {
            return walk.decision(account.credits().balance(), walk.considered(), denial);
        }
        return walk.record();
    }

    private List<Operation> operations(GateCall call) {
        var lines = call.charge().lines();
        var operations = new ArrayList<Operation>(lines.size());
        for (int i = 0; i < lines.size(); i++) {
            var key = lines.get(i).operation();
            var operation = state.operations().get(key);
            if (operation == null) {
                throw new Unknown("operation", "lines[" + i + "].operation", key);
            }
            operations.add(operation);
        }
        return operations;
    }

    private DecidingAccount payer(GateCall call, Tenant tenant) {
        for (var id : call.payers()) {
            var ref = new GateState.AccountRef(call.tenantId(), id);
            var known = state.accounts().get(ref);
            if (known != null && call.verb() == Verb.CHECK) {
                // Walks on an account apart, so that nothing it does is seen or saved.
                return accounts.containsKey(ref)
                        ? accounts.get(ref).copy()
                        : new DecidingAccount(known, tenant.timeZone(), now);
            }
            if (known != null) {
                return accounts.computeIfAbsent(ref, r -> new DecidingAccount(known, tenant.timeZone(), now));
            }
        }
        throw new Unknown(
                "account",
                "account",
                call.charge().account().map(Object::toString).orElse("of the tenant " + call.tenantId()));
    }

    /** One call's way through the steps: each gives a denial, or nothing where it lets the call pass. */
    private final class Walk {
        private final GateCall call;
        private final DecidingAccount account;
        private final List<Credits> due = new ArrayList<>();
        private final List<Optional<QuotaUse>> quotas = new ArrayList<>();
        /** What the lines so far use of a feature, and what of it is billable. */
        private final Map<FeatureKey, Use> uses = new LinkedHashMap<>();

        private record Use(QuotaCounter counter, Quantity quantity, Quantity billable) {}

        Walk(GateCall call, DecidingAccount account) {
            this.call = call;
            this.account = account;
        }

        Optional<Denial> tenant(Tenant tenant) {
            return tenant.status() == Tenant.Status.ACTIVE
                    ? Optional.empty()
                    : denied(Denial.Reason.TENANT_SUSPENDED, Denial.Scope.Kind.TENANT, tenant.id());
        }

        Optional<Denial> operations(List<Operation> operations) {
            for (int i = 0; i < operations.size(); i++) {
                if (!operations.get(i).active()) {
                    return denied(
                            Denial.Reason.OPERATION_INACTIVE,
                            Denial.Scope.Kind.OPERATION,
                            operations.get(i).key(),
                            i);
                }
            }
            return Optional.empty();
        }

        Optional<Denial> permissions(List<Operation> operations) {
            if (call.charge().actor() instanceof Actor.System) {
                return Optional.empty();
            }
            for (int i = 0; i < operations.size(); i++) {
                var permission = operations.get(i).permission();
                if (permission.isPresent()) {
                    return denied(Denial.Reason.PERMISSION_MISSING, Denial.Scope.Kind.PERMISSION, permission.get(), i);
                }
            }
            return Optional.empty();
        }

        Optional<Denial> subscription() {
            if (account.subscription().isEmpty()) {
                return denied(Denial.Reason.NO_SUBSCRIPTION, Denial.Scope.Kind.ACCOUNT, account.id());
            }
            return account.subscription().get().maySpend(plan().graceDays(), now)
                    ? Optional.empty()
                    : denied(Denial.Reason.SUBSCRIPTION_INACTIVE, Denial.Scope.Kind.ACCOUNT, account.id());
        }

        Optional<Denial> entitlements(List<Operation> operations) {
            var lines = call.charge().lines();
            for (int i = 0; i < lines.size(); i++) {
                var operation = operations.get(i);
                var quantity = lines.get(i).quantity();
                if (operation.feature().isEmpty()) {
                    add(Credits.at(operation.creditRate(), quantity), Optional.empty());
                    continue;
                }
                var feature = operation.feature().get();
                var entitlement = plan().entitlement(feature);
                if (entitlement.isEmpty()
                        || entitlement.get() instanceof Entitlement.Switch onOff && !onOff.enabled()) {
                    return denied(Denial.Reason.NOT_ENTITLED, Denial.Scope.Kind.FEATURE, feature, i);
                }
                if (!(entitlement.get() instanceof Entitlement.Metered metered)) {
                    add(Credits.at(operation.creditRate(), quantity), Optional.empty());
                    continue;
                }
                var denial = quota(i, operation, quantity, metered);
                if (denial.isPresent()) {
                    return denial;
                }
            }
            return Optional.empty();
        }

        private Optional<Denial> quota(int line, Operation operation, Quantity quantity, Entitlement.Metered metered) {
            var quota = metered.quota();
            var feature = metered.feature();
            var counter = account.rolledOver(metered, call.id());
            var before = uses.getOrDefault(feature, new Use(counter, Quantity.ZERO, Quantity.ZERO));
            var use = QuotaUse.of(quota, counter.plus(before.quantity(), before.billable()), quantity);
            if (use.isBlockedBy(quota)) {
                var ceiling = quota.ceiling().orElseThrow();
                var used = counter.used().plus(before.quantity());
                return Optional.of(new Denial(
                        Denial.Reason.QUOTA_EXCEEDED,
                        new Denial.Scope(Denial.Scope.Kind.FEATURE, feature.value()),
                        Optional.of(line),
                        Optional.of(quantity.value()),
                        Optional.of(ceiling.minusOrZero(used).value()),
                        quota.limit().map(Quantity::value),
                        Optional.of(used.value()),
                        counter.period().end()));
            }
            var billable = quota.overage() == Quota.Overage.BILL ? use.above() : Quantity.ZERO;
            uses.put(
                    feature,
                    new Use(
                            counter,
                            before.quantity().plus(quantity),
                            before.billable().plus(billable)));
            var charged = quota.overage() == Quota.Overage.DRAW_CREDITS ? use.above() : quantity;
            add(Credits.at(operation.creditRate(), charged), Optional.of(use));
            return Optional.empty();
        }

        Optional<Denial> credits() {
            var total = Gate.total(due);
            var available = account.credits().available(now);
            if (total.compareTo(available) <= 0) {
                return Optional.empty();
            }
            return Optional.of(new Denial(
                    Denial.Reason.INSUFFICIENT_CREDITS,
                    new Denial.Scope(Denial.Scope.Kind.ACCOUNT, account.id().toString()),
                    Optional.empty(),
                    Optional.of(total.value()),
                    Optional.of(available.value()),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty()));
        }

        /** All steps have passed: it happens. */
        Decision record() {
            uses.values().forEach(use -> account.use(use.counter(), use.quantity(), use.billable()));
            var total = Gate.total(due);
            Optional<CreditEntry> entry = total.isZero()
                    ? Optional.empty()
                    : Optional.of(account.draw(
                            total,
                            CreditReason.decided(
                                    call.id(),
                                    call.charge().actor(),
                                    call.charge().relatedTo())));
            var balance = account.credits().balance();
            var decision = decision(balance, entry.map(CreditEntry::draws).orElse(List.of()), Optional.empty());
            if (call.key().isPresent()) {
                events.add(new UsageEvent(
                        call.tenantId(),
                        call.id(),
                        account.id(),
                        call.charge().actor(),
                        decision.lines(),
                        total,
                        balance,
                        entry.map(CreditEntry::sequence),
                        call.charge().relatedTo(),
                        call.charge().model(),
                        call.charge().tokens(),
                        call.charge().metadata(),
                        UsageEvent.Source.GATE,
                        now));
            }
            return decision;
        }

        Decision decision(Credits balanceAfter, List<CreditEntry.Draw> draws, Optional<Denial> denial) {
            return new Decision(
                    call.tenantId(),
                    call.id(),
                    call.verb(),
                    call.key(),
                    account.id(),
                    call.charge().actor(),
                    lines(),
                    account.subscription().map(s -> new Decision.PlanStanding(s.planVersionId(), s.status())),
                    Gate.total(due),
                    balanceAfter,
                    draws,
                    denial,
                    now);
        }

        /** The grants the credits step looked at, with nothing drawn; at most the first hundred. */
        List<CreditEntry.Draw> considered() {
            boolean reached = due.size() == call.charge().lines().size();
            return !reached
                    ? List.of()
                    : account.credits().grants().stream()
                            .filter(grant -> grant.isEffectiveAt(now))
                            .limit(100)
                            .map(grant -> new CreditEntry.Draw(grant.id(), Credits.ZERO, grant.remaining()))
                            .toList();
        }

        private List<UsageEvent.Line> lines() {
            var asked = call.charge().lines();
            var lines = new ArrayList<UsageEvent.Line>(asked.size());
            for (int i = 0; i < asked.size(); i++) {
                boolean reached = i < due.size();
                lines.add(new UsageEvent.Line(
                        asked.get(i).operation(),
                        asked.get(i).quantity(),
                        reached ? due.get(i) : Credits.ZERO,
                        reached ? quotas.get(i) : Optional.empty()));
            }
            return lines;
        }

        private void add(Credits credits, Optional<QuotaUse> quota) {
            due.add(credits);
            quotas.add(quota);
        }

        private PlanVersionTerms plan() {
            return state.planVersions()
                    .get(account.subscription().map(Subscription::planVersionId).orElseThrow())
                    .terms();
        }

        private Optional<Denial> denied(Denial.Reason reason, Denial.Scope.Kind kind, Object name) {
            return Optional.of(Denial.of(reason, kind, name, Optional.empty()));
        }

        private Optional<Denial> denied(Denial.Reason reason, Denial.Scope.Kind kind, Object name, int line) {
            return Optional.of(Denial.of(reason, kind, name, Optional.of(line)));
        }
    }
}
