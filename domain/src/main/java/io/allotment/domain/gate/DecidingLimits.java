package io.allotment.domain.gate;

import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.tenancy.Tenant;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Spend limits while a batch is decided. */
final class DecidingLimits {

    private final Instant now;
    private final Map<SpendLimit.Ref, GateState.Spending> limits = new LinkedHashMap<>();
    private final Set<SpendLimit.Ref> changed = new LinkedHashSet<>();

    DecidingLimits(List<GateState.Spending> loaded, Instant now) {
        this.now = now;
        loaded.forEach(spending -> limits.put(spending.limit().ref(), spending));
    }

    /** The first limit that so much more would pass. */
    Optional<Denial> refusal(Tenant tenant, Actor actor, Credits due) {
        if (!due.isPositive()) {
            return Optional.empty();
        }
        for (var spending : of(tenant, actor)) {
            var limit = spending.limit();
            var used = limit.spent().plus(spending.held());
            if (used.plus(due).compareTo(limit.limit()) > 0) {
                var left = limit.limit().minus(used);
                var kind = limit.spender().kind() == SpendLimit.Spender.Kind.MEMBER
                        ? Denial.Scope.Kind.MEMBER
                        : Denial.Scope.Kind.API_KEY;
                return Optional.of(new Denial(
                        Denial.Reason.SPEND_LIMIT_EXCEEDED,
                        new Denial.Scope(kind, limit.spender().id().toString()),
                        Optional.empty(),
                        Optional.of(due.value()),
                        Optional.of(left.isNegative() ? Credits.ZERO.value() : left.value()),
                        Optional.of(limit.limit().value()),
                        Optional.of(used.value()),
                        limit.period().end()));
            }
        }
        return Optional.empty();
    }

    void spend(Tenant tenant, Actor actor, Credits amount) {
        spend(tenant, actor, amount, now);
    }

    /** Counts it in the period that it was used in, where that goes on. */
    void spend(Tenant tenant, Actor actor, Credits amount, Instant usedAt) {
        change(tenant, actor, amount, limit -> limit.plus(amount, usedAt));
    }

    void giveBack(Tenant tenant, Actor actor, Credits amount, Instant chargedAt) {
        change(tenant, actor, amount, limit -> limit.givenBack(amount, chargedAt));
    }

    /** Sets aside, or gives back where it is negative: nothing to save, since reservations tell it. */
    void hold(Tenant tenant, Actor actor, Credits amount) {
        for (var spending : of(tenant, actor)) {
            var held = spending.held().plus(amount);
            limits.put(
                    spending.limit().ref(),
                    new GateState.Spending(spending.limit(), held.isNegative() ? Credits.ZERO : held));
        }
    }

    List<SpendLimit> changes() {
        return changed.stream().map(ref -> limits.get(ref).limit()).toList();
    }

    /** All of them, or none where one refuses. */
    private void change(Tenant tenant, Actor actor, Credits amount, UnaryOperator<SpendLimit> change) {
        if (amount.isZero()) {
            return;
        }
        var next = of(tenant, actor).stream()
                .map(spending -> new GateState.Spending(change.apply(spending.limit()), spending.held()))
                .toList();
        for (var spending : next) {
            limits.put(spending.limit().ref(), spending);
            changed.add(spending.limit().ref());
        }
    }

    /** The actor's limits, in the period that goes on. */
    private List<GateState.Spending> of(Tenant tenant, Actor actor) {
        if (limits.isEmpty()) {
            return List.of();
        }
        var found = new ArrayList<GateState.Spending>();
        for (var spender : SpendLimit.Spender.of(actor)) {
            for (var window : SpendLimit.Window.values()) {
                var spending = limits.get(new SpendLimit.Ref(tenant.id(), spender, window));
                if (spending != null) {
                    found.add(new GateState.Spending(spending.limit().at(now, tenant.timeZone()), spending.held()));
                }
            }
        }
        return found;
    }
}
