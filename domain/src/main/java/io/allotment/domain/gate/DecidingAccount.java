package io.allotment.domain.gate;

import io.allotment.domain.catalog.Entitlement;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.CreditHold;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.QuotaChangeId;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.tenancy.Tenant;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** An account while a batch is decided: brought up to the time first, then changed by call after call. */
final class DecidingAccount {

    private final GateState.AccountState loaded;
    private final Tenant tenant;
    private final Instant now;
    private final Optional<Subscription> subscription;
    private final Map<GrantId, CreditGrant> granted = new LinkedHashMap<>();
    private final Map<FeatureKey, QuotaCounter> counters;
    private final Map<FeatureKey, QuotaCounter> changedCounters = new LinkedHashMap<>();
    private final List<QuotaChange> quotaChanges = new ArrayList<>();
    private final List<CreditEntry> entries = new ArrayList<>();
    private final Map<GrantId, CreditGrant> touchedGrants = new LinkedHashMap<>();
    private CreditAccount credits;

    /**
     * What time alone changes, happens here, and is saved whether or not a call is then denied.
     *
     * @param overdue its reservations that hold though their lease has ended
     * @param plans what subscriptions are to
     */
    DecidingAccount(
            GateState.AccountState state,
            List<Reservation> overdue,
            Tenant tenant,
            Function<PlanVersionId, Optional<PlanVersion>> plans,
            Instant now) {
        this.loaded = state;
        this.tenant = tenant;
        this.now = now;
        this.counters = new HashMap<>(state.counters());
        this.credits = state.credits();
        overdue.forEach(this::giveBack);
        this.subscription = state.subscription().map(known -> broughtToTime(known, plans));
        bringToTime();
    }

    /** The same account apart: neither sees what the other does from now on. */
    DecidingAccount copy() {
        return new DecidingAccount(state(), List.of(), tenant, unknown -> Optional.empty(), now);
    }

    /** Moves it on, and grants what the periods that began meanwhile include, as far as it still lives. */
    private Subscription broughtToTime(Subscription known, Function<PlanVersionId, Optional<PlanVersion>> plans) {
        var states = known.until(now, tenant.timeZone());
        var present = states.get(states.size() - 1);
        if (states.size() == 1 && !present.isToBeCredited()) {
            return present;
        }
        // What ended first: an overdraft is not repaid by what is gone.
        keep(credits.broughtTo(now));
        var included = known.included();
        for (var state : states) {
            var begun = state.with(included);
            if (begun.isToBeCredited()) {
                var plan = plans.apply(state.planVersionId())
                        .orElseThrow(() -> new IllegalStateException("No plan version " + state.planVersionId()));
                grant(begun, plan);
                included = Optional.of(begun.credited(plan.terms().includedCredits()));
            }
        }
        return present.with(included);
    }

    private void grant(Subscription begun, PlanVersion plan) {
        var amount = plan.terms().includedCredits();
        if (amount.isZero()) {
            return;
        }
        var terms = GrantTerms.included(amount, plan.terms(), begun, tenant.timeZone());
        var id = GrantId.of(begun.id(), begun.currentPeriod().start());
        var grant = CreditGrant.of(tenant.id(), id, credits.id(), terms, now);
        if (!grant.isExpiredAt(now)) {
            granted.put(id, grant);
            var reason = CreditReason.about(
                    terms, Actor.system(), Optional.of("included in " + plan.plan()), Optional.empty());
            keep(credits.grant(grant, CreditEntry.Type.GRANTED, reason, now));
        }
    }

    GateState.AccountState state() {
        return new GateState.AccountState(credits, subscription, counters);
    }

    AccountId id() {
        return credits.id();
    }

    CreditAccount credits() {
        return credits;
    }

    Optional<Subscription> subscription() {
        return subscription;
    }

    Optional<Decision.PlanStanding> standing() {
        return subscription.map(s -> new Decision.PlanStanding(s.planVersionId(), s.status()));
    }

    Optional<QuotaCounter> counter(FeatureKey feature) {
        return Optional.ofNullable(counters.get(feature));
    }

    /**
     * The feature's counter in its present period. Where the period before is over, its reset is kept under the id of the
     * decision that met it.
     */
    QuotaCounter rolledOver(Entitlement.Metered metered, DecisionId decision) {
        var present = QuotaCounter.at(
                now, counter(metered.feature()), metered, subscription.orElseThrow(), tenant.timeZone());
        var counter = present.counter();
        present.ended().ifPresent(ended -> {
            put(counter);
            keep(QuotaChange.rolledOver(
                    ended, counter, metered.quota().limit(), new QuotaChangeId(decision.value()), now));
        });
        return counter;
    }

    void put(QuotaCounter counter) {
        counters.put(counter.feature(), counter);
        changedCounters.put(counter.feature(), counter);
    }

    void keep(QuotaChange change) {
        quotaChanges.add(change);
    }

    /** Draws credits that are known to be there. */
    CreditEntry draw(Credits amount, CreditReason reason) {
        var movement = credits.draw(amount, CreditEntry.Type.CONSUMED, reason, now);
        keep(movement);
        return movement.entries().get(0);
    }

    /** Holds credits that are known to be there. */
    CreditHold hold(Credits amount) {
        if (amount.isZero()) {
            return CreditHold.NONE;
        }
        var holding = credits.hold(amount, now);
        keep(holding.movement());
        return holding.hold();
    }

    /** What settling drew. */
    record Settled(Optional<CreditEntry> entry, Credits uncovered) {}

    /** Ends a hold by what was due. */
    Settled settle(CreditHold hold, Credits amount, CreditReason reason) {
        var settlement = credits.settle(hold, amount, reason, now);
        keep(settlement.movement());
        return new Settled(settlement.movement().entries().stream().findFirst(), settlement.uncovered());
    }

    Optional<CreditEntry> refund(CreditEntry charged, List<CreditGrant> spent, CreditReason reason) {
        var known = new LinkedHashMap<GrantId, CreditGrant>();
        spent.forEach(grant -> known.put(grant.id(), grant));
        // One of the entry's, or one that has repaid since, may have been emptied by a call before this one.
        Stream.concat(Stream.of(charged), entries.stream().filter(entry -> entry.type() == CreditEntry.Type.REPAID))
                .flatMap(entry -> entry.draws().stream())
                .map(draw -> touchedGrants.get(draw.grant()))
                .filter(Objects::nonNull)
                .forEach(grant -> known.put(grant.id(), grant));
        known.replaceAll(touchedGrants::getOrDefault);
        var movement = credits.refund(charged, known.values(), reason, now);
        keep(movement);
        return movement.entries().stream()
                .filter(entry -> entry.type() == CreditEntry.Type.REFUNDED)
                .findFirst();
    }

    /** Gives back all that a reservation holds. */
    void giveBack(Reservation reservation) {
        keep(credits.release(reservation.hold()));
        giveBackQuotas(reservation);
    }

    /** Gives back what a reservation holds of quotas; nothing of a period that is over. */
    void giveBackQuotas(Reservation reservation) {
        for (var line : reservation.lines()) {
            line.quota()
                    .flatMap(quota -> counterOf(quota))
                    .ifPresent(counter -> put(counter.releasing(line.quantity())));
        }
    }

    /** The counter of a hold's feature, while its period goes on. */
    Optional<QuotaCounter> counterOf(Reservation.QuotaHold quota) {
        return counter(quota.feature()).filter(counter -> counter.period().equals(quota.period()));
    }

    /** Counts so much as used. */
    QuotaCounter use(QuotaCounter counter, Quantity quantity, Quantity billable) {
        var used = counter.plus(quantity, billable);
        put(used);
        return used;
    }

    /** Writes off what ended while it was held, and lets the balance be told low again where it no longer is. */
    void bringToTime() {
        keep(credits.broughtTo(now));
        if (credits.lowNoticed() && !isLow()) {
            credits = credits.withLowNoticed(false);
        }
    }

    /** Whether a low balance is to be told now; it is then told. */
    boolean noticesLow() {
        if (credits.lowNoticed() || !isLow()) {
            return false;
        }
        credits = credits.withLowNoticed(true);
        return true;
    }

    /** What holds set aside of grants is still there; what they set aside of the overdraft's room is nobody's credits. */
    private boolean isLow() {
        return tenant.thresholds()
                .lowCredits()
                .map(threshold -> credits.available(now)
                                .plus(credits.held())
                                .minus(credits.overdraftHeld())
                                .compareTo(threshold)
                        < 0)
                .orElse(false);
    }

    /** What is to be saved; empty where nothing changed. */
    Optional<GateChanges.AccountChange> changes() {
        boolean moved = !subscription.equals(loaded.subscription());
        if (!moved
                && credits.equals(loaded.credits())
                && entries.isEmpty()
                && changedCounters.isEmpty()
                && quotaChanges.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new GateChanges.AccountChange(
                new CreditAccount.Movement(credits, entries, List.copyOf(touchedGrants.values())),
                granted.keySet().stream().map(touchedGrants::get).toList(),
                moved ? subscription : Optional.empty(),
                List.copyOf(changedCounters.values()),
                quotaChanges));
    }

    private void keep(CreditAccount.Movement movement) {
        credits = movement.account();
        entries.addAll(movement.entries());
        movement.touched().forEach(grant -> touchedGrants.put(grant.id(), grant));
    }
}
