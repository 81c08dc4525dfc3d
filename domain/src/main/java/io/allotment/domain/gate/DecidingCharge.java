package io.allotment.domain.gate;

import io.allotment.domain.catalog.Entitlement;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditHold;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.quota.Allocation;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.quota.QuotaUse;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.UsageEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One charge's way through the steps, to be checked, consumed or reserved: each step gives a denial, or nothing where it
 * lets the charge pass. What they would change is put to the account only when all have passed. What is recorded was used
 * already, and is refused by none.
 */
final class DecidingCharge {

    private final Deciding all;
    private final GateCall call;
    private final Charge charge;
    private final Tenant tenant;
    private final DecidingAccount account;
    private final Instant now;
    private final boolean reserves;
    private final boolean records;
    private Pricing pricing;
    private final List<Operation> operations;
    private final List<Credits> due = new ArrayList<>();
    private final List<Optional<QuotaUse>> quotas = new ArrayList<>();
    /** What the lines so far use of a feature, and what of it is billable. */
    private final Map<FeatureKey, Use> uses = new LinkedHashMap<>();

    private record Use(QuotaCounter counter, Quota quota, Quantity quantity, Quantity billable) {
        Use plus(Quantity more, Quantity moreBillable) {
            return new Use(counter, quota, quantity.plus(more), billable.plus(moreBillable));
        }
    }

    /** @param operations of the charge's lines, as {@link #operations} gives them */
    DecidingCharge(
            Deciding all,
            GateCall call,
            Charge charge,
            List<Operation> operations,
            Tenant tenant,
            DecidingAccount account) {
        this.all = all;
        this.call = call;
        this.charge = charge;
        this.operations = operations;
        this.tenant = tenant;
        this.account = account;
        this.now = all.now();
        this.reserves = call.request() instanceof GateRequest.Reserve;
        this.records = call.request() instanceof GateRequest.Record;
    }

    Decision decide() {
        if (records) {
            return record((GateRequest.Record) call.request());
        }
        var denial = activeTenant()
                .or(this::activeOperations)
                .or(this::permissions)
                .or(this::activeSubscription)
                .or(this::price)
                .or(this::entitlements)
                .or(() -> all.limits().refusal(tenant, charge.actor(), total()))
                .or(this::enoughCredits);
        if (denial.isPresent()) {
            return decision(considered()).denied(denial.get());
        }
        return reserves ? reserve() : consume().costing(pricing.cost());
    }

    /** The lines' operations; refuses what does not exist, and what cannot be asked of an allocated feature. */
    static List<Operation> operations(Deciding all, GateRequest.OfCharge request) {
        var charge = request.charge();
        var known = new ArrayList<Operation>(charge.lines().size());
        for (int i = 0; i < charge.lines().size(); i++) {
            var key = charge.lines().get(i).operation();
            var field = "lines[" + i + "].operation";
            var operation = all.definitions().operation(key).orElseThrow(() -> new Unknown("operation", field, key));
            requireTold(operation, field, charge.model(), charge.tokens());
            if (operation.feature().filter(all::isAllocated).isPresent()) {
                if (request.verb() == Verb.RESERVE || request.verb() == Verb.RECORD) {
                    throw new InvalidValue(
                            field,
                            "draws an allocated feature, which is consumed and not "
                                    + (request.verb() == Verb.RESERVE ? "reserved" : "recorded"));
                }
                if (charge.relatedTo().isEmpty()) {
                    throw new InvalidValue(
                            "relatedTo",
                            "must name what is to hold the allocated feature "
                                    + operation.feature().get());
                }
            }
            known.add(operation);
        }
        return known;
    }

    /** Refuses work that does not tell what its credits are reckoned from. */
    static void requireTold(Operation operation, String field, Optional<String> model, TokenCounts tokens) {
        requireTold(operation.creditBasis(), field, model, tokens);
    }

    static void requireTold(Operation.CreditBasis basis, String field, Optional<String> model, TokenCounts tokens) {
        if (basis != Operation.CreditBasis.QUANTITY && tokens.isEmpty()) {
            throw new InvalidValue("tokens", "must be told: " + field + " is charged by them");
        }
        if (basis == Operation.CreditBasis.COST && model.isEmpty()) {
            throw new InvalidValue("model", "must be told: " + field + " is charged by its cost");
        }
    }

    /** The tenant's policy says what becomes of a model without a price; where credits depend on the cost, it is denied. */
    private Optional<Denial> price() {
        pricing = Pricing.of(
                all.definitions(),
                tenant,
                charge.provider(),
                charge.model(),
                charge.tokens(),
                charge.pricedAt().orElse(now));
        var refused = pricing.refused(tenant);
        if (refused.isPresent()) {
            return denied(Denial.Reason.MODEL_UNPRICED, Denial.Scope.Kind.MODEL, refused.get());
        }
        for (int i = 0; i < operations.size(); i++) {
            if (!pricing.tells(operations.get(i).creditBasis())) {
                return denied(
                        Denial.Reason.MODEL_UNPRICED,
                        Denial.Scope.Kind.MODEL,
                        charge.model().orElseThrow(),
                        i);
            }
        }
        return Optional.empty();
    }

    /** At the prices of the time when it was used; a tenant's policy refuses nothing that was. */
    private void priceAsUsed(Instant usedAt) {
        pricing = Pricing.of(
                all.definitions(),
                tenant,
                charge.provider(),
                charge.model(),
                charge.tokens(),
                charge.pricedAt().orElse(usedAt));
        for (var operation : operations) {
            if (!pricing.tells(operation.creditBasis())) {
                throw new InvalidValue(
                        "model", "has no price, and " + operation.key() + " is charged by what it costs");
            }
        }
    }

    private Credits credits(Operation operation, Quantity charged, Quantity quantity) {
        return pricing.credits(operation.creditBasis(), operation.creditRate(), charged, quantity);
    }

    private Optional<Denial> activeTenant() {
        return tenant.status() == Tenant.Status.ACTIVE
                ? Optional.empty()
                : denied(Denial.Reason.TENANT_SUSPENDED, Denial.Scope.Kind.TENANT, tenant.id());
    }

    private Optional<Denial> activeOperations() {
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

    private Optional<Denial> permissions() {
        if (charge.actor() instanceof Actor.System) {
            return Optional.empty();
        }
        for (int i = 0; i < operations.size(); i++) {
            var permission = operations.get(i).permission();
            if (permission.isPresent()
                    && !all.definitions().holds(call.tenantId(), charge.actor(), permission.get(), all.now())) {
                return denied(
                        Denial.Reason.PERMISSION_MISSING,
                        Denial.Scope.Kind.PERMISSION,
                        permission.get().value(),
                        i);
            }
        }
        return Optional.empty();
    }

    private Optional<Denial> activeSubscription() {
        if (account.subscription().isEmpty()) {
            return denied(Denial.Reason.NO_SUBSCRIPTION, Denial.Scope.Kind.ACCOUNT, account.id());
        }
        return account.subscription().get().status().maySpend()
                ? Optional.empty()
                : denied(Denial.Reason.SUBSCRIPTION_INACTIVE, Denial.Scope.Kind.ACCOUNT, account.id());
    }

    private Optional<Denial> entitlements() {
        for (int i = 0; i < operations.size(); i++) {
            var operation = operations.get(i);
            var quantity = charge.lines().get(i).quantity();
            if (operation.feature().isEmpty() || records && !hasPlan()) {
                add(credits(operation, quantity, quantity), Optional.empty());
                continue;
            }
            var feature = operation.feature().get();
            var entitlement = plan().entitlement(feature);
            if (!records
                    && (entitlement.isEmpty()
                            || entitlement.get() instanceof Entitlement.Switch onOff && !onOff.enabled())) {
                return denied(Denial.Reason.NOT_ENTITLED, Denial.Scope.Kind.FEATURE, feature, i);
            }
            if (!(entitlement.orElse(null) instanceof Entitlement.Metered metered)) {
                add(credits(operation, quantity, quantity), Optional.empty());
                continue;
            }
            var denial = quota(i, operation, quantity, metered);
            if (denial.isPresent()) {
                return denial;
            }
        }
        return Optional.empty();
    }

    /**
     * What is used up counts after what is used, so that a period's overage is exact whatever was held meanwhile; what is
     * reserved counts after what is held, too, so that the worst case is. A limit that blocks always sees both.
     */
    private Optional<Denial> quota(int line, Operation operation, Quantity quantity, Entitlement.Metered metered) {
        var quota = metered.quota();
        var feature = metered.feature();
        var counter = account.rolledOver(metered, call.id());
        var before = uses.getOrDefault(feature, new Use(counter, quota, Quantity.ZERO, Quantity.ZERO));
        var taken = counter.used().plus(counter.held()).plus(before.quantity());
        if (!records && quota.blocks(taken.plus(quantity))) {
            return Optional.of(new Denial(
                    Denial.Reason.QUOTA_EXCEEDED,
                    new Denial.Scope(Denial.Scope.Kind.FEATURE, feature.value()),
                    Optional.of(line),
                    Optional.of(quantity.value()),
                    Optional.of(quota.ceiling().orElseThrow().minusOrZero(taken).value()),
                    quota.limit().map(Quantity::value),
                    Optional.of(taken.value()),
                    counter.period().end()));
        }
        var start = reserves ? taken : counter.used().plus(before.quantity());
        var use = QuotaUse.after(start, quota.limit(), quantity, feature, counter.period());
        uses.put(feature, before.plus(quantity, billable(quota.overage(), use)));
        add(credits(operation, charged(quota.overage(), quantity, use), quantity), Optional.of(use));
        return Optional.empty();
    }

    /** What of a use is billable above the limit. */
    static Quantity billable(Quota.Overage overage, QuotaUse use) {
        return overage == Quota.Overage.BILL ? use.above() : Quantity.ZERO;
    }

    /** What of a quantity costs credits. */
    static Quantity charged(Quota.Overage overage, Quantity quantity, QuotaUse use) {
        return overage == Quota.Overage.DRAW_CREDITS ? use.above() : quantity;
    }

    private Optional<Denial> enoughCredits() {
        var spendable = account.credits().spendable(now);
        if (total().compareTo(spendable) <= 0) {
            return Optional.empty();
        }
        return Optional.of(new Denial(
                Denial.Reason.INSUFFICIENT_CREDITS,
                new Denial.Scope(Denial.Scope.Kind.ACCOUNT, account.id().toString()),
                Optional.empty(),
                Optional.of(total().value()),
                Optional.of(spendable.value()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
    }

    private Decision consume() {
        var noticing = new Noticing(tenant, call.id(), account, all);
        var total = total();
        var allocations = allocations();
        Optional<CreditEntry> entry = total.isZero()
                ? Optional.empty()
                : Optional.of(account.draw(total, CreditReason.decided(call.id(), charge.actor(), charge.relatedTo())));
        var decision = decision(entry.map(CreditEntry::draws).orElse(List.of()));
        if (call.key().isEmpty()) {
            return decision;
        }
        uses.values().forEach(use -> {
            var used = account.use(use.counter(), use.quantity(), use.billable());
            noticing.used(used, use.quota().limit(), use.billable());
        });
        allocations.forEach(all::put);
        if (entry.isPresent()) {
            noticing.drawn();
        }
        all.limits().spend(tenant, charge.actor(), total);
        all.add(new UsageEvent(
                call.tenantId(),
                call.id(),
                account.id(),
                charge.actor(),
                decision.lines(),
                total,
                Credits.ZERO,
                decision.balanceAfter(),
                entry.map(CreditEntry::sequence),
                Optional.empty(),
                charge.relatedTo(),
                charge.model(),
                charge.tokens(),
                charge.metadata(),
                UsageEvent.Source.GATE,
                now,
                charge.provider(),
                pricing.cost()));
        return decision;
    }

    /**
     * As a reservation is settled that holds nothing: all of it, whatever is left. Credits and quotas are drawn now, for
     * periods that are over stay as they are; a spend limit counts it in the period that it was used in, where that goes on.
     */
    private Decision record(GateRequest.Record request) {
        var usedAt = request.usedAt(now);
        priceAsUsed(usedAt);
        entitlements();
        var total = total();
        all.limits().spend(tenant, charge.actor(), total, usedAt);
        var noticing = new Noticing(tenant, call.id(), account, all);
        uses.values().forEach(use -> {
            var used = account.use(use.counter(), use.quantity(), use.billable());
            noticing.used(used, use.quota().limit(), use.billable());
        });
        var settled = account.settle(
                CreditHold.NONE, total, CreditReason.decided(call.id(), charge.actor(), charge.relatedTo()));
        var balance = account.credits().balance();
        account.bringToTime();
        if (settled.entry().isPresent()) {
            noticing.drawn();
        }
        var event = new UsageEvent(
                call.tenantId(),
                call.id(),
                account.id(),
                charge.actor(),
                lines(),
                total,
                settled.uncovered(),
                balance,
                settled.entry().map(CreditEntry::sequence),
                Optional.empty(),
                charge.relatedTo(),
                charge.model(),
                charge.tokens(),
                charge.metadata(),
                UsageEvent.Source.RECORDED,
                usedAt,
                charge.provider(),
                pricing.cost());
        all.add(event);
        return Decision.ofEvent(
                event,
                call.key(),
                account.standing(),
                settled.entry().map(CreditEntry::draws).orElse(List.of()));
    }

    /** Whether there is a plan that is drawn from. */
    private boolean hasPlan() {
        return account.subscription()
                .filter(subscription -> subscription.status().maySpend())
                .isPresent();
    }

    /** What the charge's entity holds after it; nothing is put yet, so that what is too much leaves no trace. */
    private List<Allocation> allocations() {
        return uses.entrySet().stream()
                .filter(use -> all.isAllocated(use.getKey()))
                .map(use -> allocated(use.getKey()).plus(use.getValue().quantity()))
                .toList();
    }

    private Allocation allocated(FeatureKey feature) {
        var relatedTo = charge.relatedTo().orElseThrow();
        var ref = new Allocation.Ref(call.tenantId(), account.id(), feature, relatedTo);
        return all.find(ref)
                .orElseGet(() -> new Allocation(call.tenantId(), account.id(), feature, relatedTo, Quantity.ZERO, now));
    }

    private Decision reserve() {
        var total = total();
        var hold = account.hold(total);
        uses.values().forEach(use -> account.put(use.counter().holding(use.quantity())));
        all.limits().hold(tenant, charge.actor(), total);
        var lease = ((GateRequest.Reserve) call.request()).leaseSeconds();
        var reservation = new Reservation(
                call.tenantId(),
                ReservationId.madeBy(call.id()),
                account.id(),
                charge.actor(),
                reserved(),
                account.standing(),
                hold,
                charge.relatedTo(),
                charge.model(),
                charge.metadata(),
                Reservation.Status.HELD,
                now.plusSeconds(lease),
                now,
                Optional.empty(),
                charge.provider());
        all.put(reservation);
        return decision(pinned(hold)).about(reservation.id(), Optional.of(reservation.leaseUntil()));
    }

    private List<Reservation.Line> reserved() {
        var lines = new ArrayList<Reservation.Line>(operations.size());
        for (int i = 0; i < operations.size(); i++) {
            var quantity = charge.lines().get(i).quantity();
            lines.add(new Reservation.Line(
                    operations.get(i).key(),
                    quantity,
                    operations.get(i).creditRate(),
                    due.get(i),
                    quotas.get(i)
                            .map(use -> new Reservation.QuotaHold(
                                    use.feature(),
                                    use.period(),
                                    use.used().minusOrZero(quantity),
                                    use.limit(),
                                    uses.get(use.feature()).quota().overage())),
                    operations.get(i).creditBasis()));
        }
        return lines;
    }

    private List<CreditEntry.Draw> pinned(CreditHold hold) {
        return hold.pins().stream()
                .map(pin -> new CreditEntry.Draw(
                        pin.grant(),
                        pin.amount().negated(),
                        account.credits().grants().stream()
                                .filter(grant -> grant.id().equals(pin.grant()))
                                .findFirst()
                                .orElseThrow()
                                .free()))
                .toList();
    }

    private Decision decision(List<CreditEntry.Draw> draws) {
        return Decision.of(
                call,
                account.id(),
                charge.actor(),
                lines(),
                account.standing(),
                total(),
                account.credits().balance(),
                draws,
                now);
    }

    /** The grants the credits step looked at, with nothing drawn; at most the first hundred. */
    private List<CreditEntry.Draw> considered() {
        boolean reached = due.size() == charge.lines().size();
        return !reached
                ? List.of()
                : account.credits().grants().stream()
                        .filter(grant -> grant.isEffectiveAt(now))
                        .limit(100)
                        .map(grant -> new CreditEntry.Draw(grant.id(), Credits.ZERO, grant.free()))
                        .toList();
    }

    private List<UsageEvent.Line> lines() {
        var asked = charge.lines();
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

    private Credits total() {
        return Gate.total(due);
    }

    private PlanVersionTerms plan() {
        return account.subscription()
                .map(Subscription::planVersionId)
                .flatMap(all.definitions()::planVersion)
                .orElseThrow()
                .terms();
    }

    private Optional<Denial> denied(Denial.Reason reason, Denial.Scope.Kind kind, Object name) {
        return Optional.of(Denial.of(reason, kind, name, Optional.empty()));
    }

    private Optional<Denial> denied(Denial.Reason reason, Denial.Scope.Kind kind, Object name, int line) {
        return Optional.of(Denial.of(reason, kind, name, Optional.of(line)));
    }
}
