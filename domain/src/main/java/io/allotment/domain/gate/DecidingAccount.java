package io.allotment.domain.gate;

import io.allotment.domain.catalog.Entitlement;
import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.QuotaChangeId;
import io.allotment.domain.subscription.Subscription;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An account while a batch is decided: brought up to the time first, then changed by call after call. */
final class DecidingAccount {

    private final Optional<Subscription> loaded;
    private final ZoneId zone;
    private final Instant now;
    private final Optional<Subscription> subscription;
    private final Map<FeatureKey, QuotaCounter> counters;
    private final Map<FeatureKey, QuotaCounter> changedCounters = new LinkedHashMap<>();
    private final List<QuotaChange> quotaChanges = new ArrayList<>();
    private final List<CreditEntry> entries = new ArrayList<>();
    private final Map<GrantId, CreditGrant> touchedGrants = new LinkedHashMap<>();
    private CreditAccount credits;

    /** What time alone changes, happens here, and is saved whether or not a call is then denied. */
    DecidingAccount(GateState.AccountState state, ZoneId zone, Instant now) {
        this.loaded = state.subscription();
        this.zone = zone;
        this.now = now;
        this.subscription = loaded.map(s -> s.at(now, zone));
        this.counters = new HashMap<>(state.counters());
        this.credits = state.credits();
        keep(credits.expireDue(now));
    }

    /** The same account apart: neither sees what the other does from now on. */
    DecidingAccount copy() {
        return new DecidingAccount(new GateState.AccountState(credits, subscription, counters), zone, now);
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

    /**
     * The feature's counter in its present period. Where the period before is over, its reset is kept under the id of the
     * decision that met it.
     */
    QuotaCounter rolledOver(Entitlement.Metered metered, DecisionId decision) {
        var quota = metered.quota();
        var feature = metered.feature();
        var target = QuotaCounter.periodOf(quota, subscription.orElseThrow(), zone, now);
        var counter = counters.get(feature);
        if (counter == null) {
            return QuotaCounter.empty(credits.tenantId(), credits.id(), feature, target);
        }
        var rolled = counter.rolledOver(target, now);
        if (rolled.isEmpty()) {
            return counter;
        }
        put(rolled.get());
        quotaChanges.add(
                QuotaChange.rolledOver(counter, rolled.get(), quota.limit(), new QuotaChangeId(decision.value()), now));
        return rolled.get();
    }

    /** Counts what a call used of a feature. */
    void use(QuotaCounter counter, Quantity quantity, Quantity billable) {
        put(counter.plus(quantity, billable));
    }

    /** Draws credits that are known to be there. */
    CreditEntry draw(Credits amount, CreditReason reason) {
        var movement = credits.draw(amount, CreditEntry.Type.CONSUMED, reason, now);
        keep(movement);
        return movement.entries().get(0);
    }

    /** What is to be saved; empty where nothing changed. */
    Optional<GateChanges.AccountChange> changes() {
        boolean moved = !subscription.equals(loaded);
        if (!moved && entries.isEmpty() && changedCounters.isEmpty() && quotaChanges.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new GateChanges.AccountChange(
                new CreditAccount.Movement(credits, entries, List.copyOf(touchedGrants.values())),
                moved ? subscription : Optional.empty(),
                List.copyOf(changedCounters.values()),
                quotaChanges));
    }

    private void put(QuotaCounter counter) {
        counters.put(counter.feature(), counter);
        changedCounters.put(counter.feature(), counter);
    }

    private void keep(CreditAccount.Movement movement) {
        credits = movement.account();
        entries.addAll(movement.entries());
        movement.touched().forEach(grant -> touchedGrants.put(grant.id(), grant));
    }
}
