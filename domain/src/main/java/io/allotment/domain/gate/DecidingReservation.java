package io.allotment.domain.gate;

import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditHold;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.quota.QuotaUse;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.UsageEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What becomes of a reservation: nothing refuses it but its end. */
final class DecidingReservation {

    private final Deciding all;
    private final GateCall call;
    private final Tenant tenant;
    private final DecidingAccount account;
    private final Reservation reservation;
    private final Instant now;

    DecidingReservation(Deciding all, GateCall call, Tenant tenant, DecidingAccount account, Reservation reservation) {
        this.all = all;
        this.call = call;
        this.tenant = tenant;
        this.account = account;
        this.reservation = reservation;
        this.now = all.now();
    }

    Decision decide() {
        if (call.request() instanceof GateRequest.Settle settle) {
            return settle(settle);
        }
        if (reservation.status() != Reservation.Status.HELD) {
            throw new ReservationEnded(reservation.id(), reservation.status());
        }
        return call.request() instanceof GateRequest.Renew renew ? renew(renew) : release();
    }

    private Decision renew(GateRequest.Renew renew) {
        var until = now.plusSeconds(renew.leaseSeconds());
        // Never shorter than it is: a late renewal of a short lease must not cut a long one.
        var renewed = reservation.renewed(until.isAfter(reservation.leaseUntil()) ? until : reservation.leaseUntil());
        all.put(renewed);
        return told(List.of()).about(renewed.id(), Optional.of(renewed.leaseUntil()));
    }

    private Decision release() {
        account.giveBack(reservation);
        all.limits().hold(tenant, reservation.actor(), reservation.credits().negated());
        account.bringToTime();
        all.put(reservation.ended(Reservation.Status.RELEASED, now));
        return told(released()).about(reservation.id(), Optional.empty());
    }

    private Decision settle(GateRequest.Settle settle) {
        var status = reservation.status();
        if (status == Reservation.Status.SETTLED || status == Reservation.Status.RELEASED) {
            throw new ReservationEnded(reservation.id(), status);
        }
        // First what can refuse, amounts too large to be kept: a refused call leaves nothing to those after it.
        var model = settle.model().or(reservation::model);
        var provider = settle.model().isPresent()
                ? settle.provider()
                : settle.provider().or(reservation::provider);
        var quantities = quantities(settle);
        requireTold(quantities, model, settle.tokens());
        var pricing = Pricing.of(all.definitions(), tenant, provider, model, settle.tokens(), now);
        var used = used(quantities, pricing);
        var lines = used.stream().map(Used::line).toList();
        var total = Gate.total(lines.stream().map(UsageEvent.Line::credits).toList());
        all.limits().spend(tenant, reservation.actor(), total);
        boolean holds = status == Reservation.Status.HELD;
        if (holds) {
            account.giveBackQuotas(reservation);
            all.limits().hold(tenant, reservation.actor(), reservation.credits().negated());
        }
        var noticing = new Noticing(tenant, call.id(), account, all);
        used.forEach(each -> count(each, noticing));
        var settled = account.settle(
                holds ? reservation.hold() : CreditHold.NONE,
                total,
                CreditReason.decided(call.id(), reservation.actor(), reservation.relatedTo()));
        var balance = account.credits().balance();
        account.bringToTime();
        if (settled.entry().isPresent()) {
            noticing.drawn();
        }
        all.put(reservation.ended(Reservation.Status.SETTLED, now));
        var event = new UsageEvent(
                call.tenantId(),
                call.id(),
                account.id(),
                reservation.actor(),
                lines,
                total,
                settled.uncovered(),
                balance,
                settled.entry().map(CreditEntry::sequence),
                Optional.of(reservation.id()),
                reservation.relatedTo(),
                model,
                settle.tokens(),
                settle.metadata().equals(Document.EMPTY) ? reservation.metadata() : settle.metadata(),
                UsageEvent.Source.GATE,
                now,
                provider,
                pricing.cost());
        all.add(event);
        var draws = settled.entry().map(CreditEntry::draws).orElse(List.of());
        return Decision.ofEvent(event, call.key(), reservation.plan(), draws);
    }

    /** Of those lines alone that were used. */
    private void requireTold(Map<OperationKey, Quantity> quantities, Optional<String> model, TokenCounts tokens) {
        for (var line : reservation.lines()) {
            if (!quantities.getOrDefault(line.operation(), Quantity.ZERO).isZero()) {
                DecidingCharge.requireTold(line.creditBasis(), line.operation().value(), model, tokens);
            }
        }
    }

    private Map<OperationKey, Quantity> quantities(GateRequest.Settle settle) {
        var quantities = new HashMap<OperationKey, Quantity>();
        for (int i = 0; i < settle.lines().size(); i++) {
            var line = settle.lines().get(i);
            if (reservation.lines().stream()
                    .noneMatch(reserved -> reserved.operation().equals(line.operation()))) {
                throw new InvalidValue(
                        "lines[" + i + "].operation",
                        "is not one of the reservation " + reservation.id() + ": consume " + line.operation()
                                + " by itself");
            }
            quantities.put(line.operation(), line.quantity());
        }
        return quantities;
    }

    /** A line of the reservation, and what was really used of it. */
    private record Used(Reservation.Line reserved, UsageEvent.Line line) {}

    /**
     * In the period of the reserve: after what is used there by now, or, when it is over, where the hold began. Nothing is
     * counted yet.
     */
    private List<Used> used(Map<OperationKey, Quantity> quantities, Pricing pricing) {
        var before = new HashMap<FeatureKey, Quantity>();
        var used = new ArrayList<Used>();
        for (var line : reservation.lines()) {
            var quantity = quantities.getOrDefault(line.operation(), Quantity.ZERO);
            var use = line.quota().map(quota -> {
                var more = before.getOrDefault(quota.feature(), Quantity.ZERO);
                before.put(quota.feature(), more.plus(quantity));
                var start =
                        account.counterOf(quota).map(counter -> counter.used().plus(more));
                return quota.use(start.orElse(quota.usedBefore()), quantity);
            });
            var charged = use.isEmpty()
                    ? quantity
                    : DecidingCharge.charged(line.quota().get().overage(), quantity, use.get());
            if (!quantity.isZero() && !pricing.tells(line.creditBasis())) {
                throw new InvalidValue(
                        "model", "has no price, and " + line.operation() + " is charged by what it costs");
            }
            var credits = pricing.credits(line.creditBasis(), line.creditRate(), charged, quantity);
            used.add(new Used(line, new UsageEvent.Line(line.operation(), quantity, credits, use)));
        }
        return used;
    }

    private void count(Used used, Noticing noticing) {
        var quantity = used.line().quantity();
        if (used.reserved().quota().isEmpty() || quantity.isZero()) {
            return;
        }
        var quota = used.reserved().quota().get();
        var billable =
                DecidingCharge.billable(quota.overage(), used.line().quota().orElseThrow());
        var counter = account.counterOf(quota);
        if (counter.isPresent()) {
            noticing.used(account.use(counter.get(), quantity, billable), quota.limit(), billable);
        } else if (!billable.isZero()) {
            noticing.overage(quota.feature(), billable, quota.limit(), quota.period());
        }
    }

    /** What went back to its grants, where they still hold something. */
    private List<CreditEntry.Draw> released() {
        return reservation.hold().pins().stream()
                .map(pin -> new CreditEntry.Draw(
                        pin.grant(),
                        pin.amount(),
                        account.credits().grants().stream()
                                .filter(grant -> grant.id().equals(pin.grant()))
                                .findFirst()
                                .map(grant -> grant.free())
                                .orElse(Credits.ZERO)))
                .toList();
    }

    private Decision told(List<CreditEntry.Draw> draws) {
        var lines = reservation.lines().stream()
                .map(line -> new UsageEvent.Line(
                        line.operation(), line.quantity(), line.credits(), Optional.<QuotaUse>empty()))
                .toList();
        return Decision.of(
                call,
                account.id(),
                reservation.actor(),
                lines,
                reservation.plan(),
                reservation.credits(),
                account.credits().balance(),
                draws,
                now);
    }
}
