package io.allotment.domain.gate;

import io.allotment.domain.catalog.Entitlement;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.quota.Allocation;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.quota.QuotaUse;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.QuotaChangeId;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.MeteredUse;
import io.allotment.domain.usage.UsageEvent;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What is given back: an allocated feature, or a wrong charge. */
final class Undoing {

    private final Deciding all;
    private final GateCall call;
    private final Tenant tenant;
    private final Instant now;
    private int metered;

    Undoing(Deciding all, GateCall call, Tenant tenant) {
        this.all = all;
        this.call = call;
        this.tenant = tenant;
        this.now = all.now();
    }

    Decision deallocate(GateRequest.Deallocate deallocate, DecidingAccount account) {
        var feature = deallocate.feature();
        if (all.definitions().feature(feature).isEmpty()) {
            throw new Unknown("feature", "feature", feature);
        }
        var ref = new Allocation.Ref(call.tenantId(), account.id(), feature, deallocate.relatedTo());
        var held = all.find(ref);
        var holds = held.map(Allocation::quantity).orElse(Quantity.ZERO);
        var quantity = deallocate.quantity().orElse(holds);
        if (held.isEmpty() || quantity.compareTo(holds) > 0) {
            throw new NothingAllocated(feature, deallocate.relatedTo(), holds);
        }
        all.put(held.get().minus(quantity));
        account.counter(feature).ifPresent(counter -> {
            var limit = limit(account, feature);
            var less = counter.minus(quantity, limit);
            account.put(less);
            account.keep(change(
                    counter, less, limit, "given back", Optional.of(deallocate.relatedTo()), deallocate.actor()));
        });
        return decision(account, deallocate.actor(), List.of(), Credits.ZERO, List.of());
    }

    private Optional<Quantity> limit(DecidingAccount account, FeatureKey feature) {
        return account.subscription()
                .flatMap(subscription -> all.definitions().planVersion(subscription.planVersionId()))
                .flatMap(plan -> plan.terms().entitlement(feature))
                .filter(Entitlement.Metered.class::isInstance)
                .flatMap(metered -> ((Entitlement.Metered) metered).quota().limit());
    }

    Decision refund(GateRequest.Refund refund, GateState.Charged charged, DecidingAccount account) {
        var event = charged.event().orElseThrow(() -> new NotRefundable(refund.decision()));
        var reason = new CreditReason(
                refund.actor(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(call.id()),
                event.relatedTo(),
                Optional.of(refund.reason()),
                event.metadata(),
                Optional.empty());
        var entry = charged.entry().flatMap(drawn -> account.refund(drawn, charged.spent(), reason));
        giveBackQuotas(event, charged.decision(), account, refund);
        all.limits().giveBack(tenant, event.actor(), event.credits(), event.at());
        account.bringToTime();
        var lines = event.lines().stream()
                .map(line -> new UsageEvent.Line(
                        line.operation(), line.quantity(), line.credits(), Optional.<QuotaUse>empty()))
                .toList();
        return decision(
                        account,
                        refund.actor(),
                        lines,
                        entry.map(CreditEntry::amount).orElse(Credits.ZERO),
                        entry.map(CreditEntry::draws).orElse(List.of()))
                .undoing(refund.decision());
    }

    /** What a charge counted of one feature. */
    private record Counted(QuotaUse last, Quantity quantity, Quantity above) {
        Counted plus(Counted other) {
            return new Counted(other.last, quantity.plus(other.quantity), above.plus(other.above));
        }
    }

    /** What it had counted in a period that goes on; the periods before are closed. */
    private void giveBackQuotas(UsageEvent event, Decision charge, DecidingAccount account, GateRequest.Refund refund) {
        Map<FeatureKey, Counted> counted = new LinkedHashMap<>();
        for (var line : event.lines()) {
            line.quota()
                    .ifPresent(use -> counted.merge(
                            use.feature(), new Counted(use, line.quantity(), use.above()), Counted::plus));
        }
        counted.forEach((feature, charged) -> {
            // What was given back before is not given back again.
            var quantity =
                    all.isAllocated(feature) ? free(event, account, feature, charged.quantity()) : charged.quantity();
            if (quantity.isZero()) {
                return;
            }
            account.counter(feature)
                    .filter(counter -> counter.period().equals(charged.last().period())
                            && !counter.period().hasEndedAt(now))
                    .ifPresentOrElse(
                            counter -> {
                                var limit = charged.last().limit();
                                // Where the overage is not billed, the counter has none.
                                var less = counter.givenBack(quantity, charged.above(), limit);
                                account.put(less);
                                account.keep(change(
                                        counter,
                                        less,
                                        limit,
                                        "refund of " + event.id(),
                                        event.relatedTo(),
                                        refund.actor()));
                                meter(
                                        account,
                                        feature,
                                        less.overage()
                                                .value()
                                                .subtract(counter.overage().value()),
                                        counter.period().start());
                            },
                            () -> {
                                if (isBilledNow(account, charge, feature)) {
                                    meter(
                                            account,
                                            feature,
                                            charged.above().value().negate(),
                                            now);
                                }
                            });
        });
    }

    /** Whether it was billable, and the bill it goes on is not made yet: that bill may be for longer than the quota's period was. */
    private boolean isBilledNow(DecidingAccount account, Decision charge, FeatureKey feature) {
        boolean billable = charge.plan()
                .flatMap(plan -> all.definitions().planVersion(plan.planVersionId()))
                .flatMap(plan -> plan.terms().entitlement(feature))
                .filter(entitlement -> entitlement instanceof Entitlement.Metered metered
                        && metered.quota().overage() == Quota.Overage.BILL)
                .isPresent();
        return billable
                && account.subscription()
                        .filter(subscription -> !charge.at()
                                .isBefore(subscription.currentPeriod().start()))
                        .isPresent();
    }

    private void meter(DecidingAccount account, FeatureKey feature, BigDecimal change, Instant periodStart) {
        account.subscription()
                .flatMap(subscription ->
                        MeteredUse.of(subscription, call.id(), metered++, feature, change, periodStart, now))
                .ifPresent(all::add);
    }

    /** Frees what the charge's entity still holds of it. */
    private Quantity free(UsageEvent event, DecidingAccount account, FeatureKey feature, Quantity taken) {
        var held = event.relatedTo()
                .flatMap(entity -> all.find(new Allocation.Ref(call.tenantId(), account.id(), feature, entity)));
        var freed = held.map(allocation -> allocation.quantity().min(taken)).orElse(Quantity.ZERO);
        held.ifPresent(allocation -> all.put(allocation.minus(freed)));
        return freed;
    }

    private QuotaChange change(
            QuotaCounter before,
            QuotaCounter after,
            Optional<Quantity> limit,
            String reason,
            Optional<RelatedEntity> relatedTo,
            Actor actor) {
        var id = new QuotaChangeId(call.id().value());
        return QuotaChange.givenBack(before, after, limit, id, reason, relatedTo, actor, now);
    }

    private Decision decision(
            DecidingAccount account,
            Actor actor,
            List<UsageEvent.Line> lines,
            Credits credits,
            List<CreditEntry.Draw> draws) {
        return Decision.of(
                call,
                account.id(),
                actor,
                lines,
                account.standing(),
                credits,
                account.credits().balance(),
                draws,
                now);
    }
}
