package io.allotment.domain.gate;

import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditHold;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.quota.QuotaUse;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
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
        return told(List.of()).about(renewed.id(), renewed.leaseUntil());
    }

    private Decision release() {
        account.giveBack(reservation);
        all.limits().hold(tenant, reservation.actor(), reservation.credits().negated());
        account.bringToTime();
        all.put(reservation.ended(Reservation.Status.RELEASED, now));
        return told(released());
    }

    private Decision settle(GateRequest.Settle settle) {
        var status = reservation.status();
        if (status == Reservation.Status.SETTLED || status == Reservation.Status.RELEASED) {
            throw new ReservationEnded(reservation.id(), status);
        }
        var quantities = quantities(settle);
        boolean holds = status == Reservation.Status.HELD;
        if (holds) {
            account.giveBackQuotas(reservation);
            all.limits().hold(tenant, reservation.actor(), reservation.credits().negated());
        }
        var noticing = new Noticing(tenant, call.id(), account, now, all::add);
        var lines = new ArrayList<UsageEvent.Line>();
        for (var line : reservation.lines()) {
            lines.add(used(line, quantities.getOrDefault(line.operation(), Quantity.ZERO), noticing));
        }
        var total = Gate.total(lines.stream().map(UsageEvent.Line::credits).toList());
        var settled = account.settle(
                holds ? reservation.hold() : CreditHold.NONE,
                total,
                CreditReason.decided(call.id(), reservation.actor(), reservation.relatedTo()));
        var balance = account.credits().balance();
        var draws = settled.entry().map(CreditEntry::draws).orElse(List.of());
        account.bringToTime();
        if (settled.entry().isPresent()) {
            noticing.drawn();
        }
        all.limits().spend(tenant, reservation.actor(), total);
        all.put(reservation.ended(Reservation.Status.SETTLED, now));
        all.add(new UsageEvent(
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
                settle.model().or(reservation::model),
                settle.tokens(),
                settle.metadata().equals(Document.EMPTY) ? reservation.metadata() : settle.metadata(),
                UsageEvent.Source.GATE,
                now));
        return decision(lines, total, settled.uncovered(), balance, draws);
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

    /** Counts in the period of the reserve: after what is used there by now, or, when it is over, where the hold began. */
    private UsageEvent.Line used(Reservation.Line line, Quantity quantity, Noticing noticing) {
        if (line.quota().isEmpty()) {
            return new UsageEvent.Line(
                    line.operation(), quantity, Credits.at(line.creditRate(), quantity), Optional.empty());
        }
        var quota = line.quota().get();
        var counter = account.counterOf(quota);
        var use = quota.use(counter.map(QuotaCounter::used).orElse(quota.usedBefore()), quantity);
        var billable = DecidingCharge.billable(quota.overage(), use);
        if (!quantity.isZero()) {
            if (counter.isPresent()) {
                noticing.used(account.use(counter.get(), quantity, billable), quota.limit(), billable);
            } else if (!billable.isZero()) {
                noticing.overage(quota.feature(), billable, quota.limit(), quota.period());
            }
        }
        var charged = DecidingCharge.charged(quota.overage(), quantity, use);
        return new UsageEvent.Line(
                line.operation(), quantity, Credits.at(line.creditRate(), charged), Optional.of(use));
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
        return decision(
                reservation.lines().stream()
                        .map(line -> new UsageEvent.Line(
                                line.operation(), line.quantity(), line.credits(), Optional.<QuotaUse>empty()))
                        .toList(),
                reservation.credits(),
                Credits.ZERO,
                account.credits().balance(),
                draws);
    }

    private Decision decision(
            List<UsageEvent.Line> lines,
            Credits credits,
            Credits uncovered,
            Credits balanceAfter,
            List<CreditEntry.Draw> draws) {
        return new Decision(
                call.tenantId(),
                call.id(),
                call.verb(),
                call.key(),
                account.id(),
                reservation.actor(),
                lines,
                reservation.plan(),
                credits,
                uncovered,
                balanceAfter,
                draws,
                Optional.of(reservation.id()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                now);
    }
}
