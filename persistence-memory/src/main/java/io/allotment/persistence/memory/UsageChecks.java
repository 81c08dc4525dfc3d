package io.allotment.persistence.memory;

import io.allotment.domain.ai.Cost;
import io.allotment.domain.ai.ModelPrice;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.gate.Reservation;
import io.allotment.domain.gate.Violation;
import io.allotment.domain.retention.Retention;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.ModelPriceId;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.usage.UsageEvent;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Decisions, usage events, ledger entries and reservations tell the same story, each part of it once. */
final class UsageChecks {

    private final Tables tables;
    private final List<Violation> violations;

    private record DecisionRef(TenantId tenantId, DecisionId id) {}

    private record ReservationRef(TenantId tenantId, ReservationId id) {}

    UsageChecks(Tables tables, List<Violation> violations) {
        this.tables = tables;
        this.violations = violations;
    }

    void run() {
        Map<DecisionRef, Integer> refunds = new HashMap<>();
        tables.decisions.all().map(GateState.Recorded::decision).forEach(decision -> {
            checkDecision(decision);
            decision.refunded()
                    .ifPresent(charge -> refunds.merge(new DecisionRef(decision.tenantId(), charge), 1, Integer::sum));
        });
        refunds.forEach(this::checkRefunds);
        Map<ReservationRef, Integer> settled = new HashMap<>();
        tables.events.all().forEach(event -> {
            checkEvent(event);
            event.cost().flatMap(Cost::price).ifPresent(price -> checkCost(event, price));
            event.reservation()
                    .ifPresent(id -> settled.merge(new ReservationRef(event.tenantId(), id), 1, Integer::sum));
        });
        tables.entries
                .all()
                .filter(entry -> entry.type() == CreditEntry.Type.CONSUMED)
                .forEach(this::checkConsumption);
        tables.reservations.all().forEach(reservation -> {
            var events = settled.remove(new ReservationRef(reservation.tenantId(), reservation.id()));
            checkReservation(reservation, events == null ? 0 : events);
        });
        settled.forEach((ref, events) -> violations.add(new Violation(
                "one-event-per-settled-reservation",
                ref.tenantId(),
                "reservation " + ref.id(),
                "it is not there, but " + events + " usage events name it")));
    }

    private void checkDecision(Decision decision) {
        boolean told = tables.events.holds(Key.of(decision.tenantId(), decision.id()));
        if (decision.hasEvent() != told) {
            violations.add(new Violation(
                    "one-event-per-allowed-decision",
                    decision.tenantId(),
                    "decision " + decision.id(),
                    (decision.allowed() ? "an allowed " : "a denied ")
                            + decision.verb()
                            + (told ? " with a usage event" : " without its usage event")));
        }
    }

    private void checkRefunds(DecisionRef charge, int refunds) {
        boolean charged = tables.events.holds(Key.of(charge.tenantId(), charge.id()));
        if (refunds > 1 || !charged) {
            violations.add(new Violation(
                    "one-refund-per-charge",
                    charge.tenantId(),
                    "decision " + charge.id(),
                    "undone by " + refunds + " decisions"
                            + (charged ? "" : ", though it has no usage event that charged anything")));
        }
    }

    private void checkEvent(UsageEvent event) {
        if (!isKnownByItsKey(event) && !isBefore(event.id(), event.tenantId(), Retention::keysFrom)) {
            violations.add(new Violation(
                    "one-event-per-allowed-decision",
                    event.tenantId(),
                    "usage event " + event.id(),
                    "a usage event without its decision"));
        }
        var lines = event.lines().stream().map(UsageEvent.Line::credits).reduce(Credits.ZERO, Credits::plus);
        var drawn = event.credits().minus(event.uncoveredCredits());
        var entry = event.ledgerSequence()
                .flatMap(sequence -> tables.entries.find(Key.of(event.tenantId(), event.accountId(), sequence)));
        boolean agrees = event.ledgerSequence().isEmpty()
                ? drawn.isZero()
                : entry.filter(e -> e.amount().negated().equals(drawn)
                                && e.balanceAfter().equals(event.balanceAfter())
                                && e.reason().decision().equals(Optional.of(event.id())))
                        .isPresent();
        if (!agrees || !lines.equals(event.credits())) {
            violations.add(new Violation(
                    "event-matches-ledger",
                    event.tenantId(),
                    "usage event " + event.id(),
                    event.credits() + " credits, " + event.uncoveredCredits() + " of them uncovered, and "
                            + event.balanceAfter() + " after them, its lines add up to " + lines
                            + ", the ledger says "
                            + entry.map(e -> e.amount().negated() + " and " + e.balanceAfter())
                                    .orElse("nothing")));
        }
    }

    private void checkCost(UsageEvent event, ModelPriceId id) {
        var price = tables.modelPrices
                .find(Key.of(id))
                .or(() -> tables.tenantModelPrices
                        .find(Key.of(event.tenantId(), id))
                        .map(Tables.TenantPrice::price));
        var expected = price.flatMap(row -> costs(row, event));
        if (!expected.equals(event.cost())) {
            violations.add(new Violation(
                    "cost-agrees-with-its-price",
                    event.tenantId(),
                    "usage event " + event.id(),
                    "cost " + told(event.cost()) + ", and the price " + id + " makes of its tokens " + told(expected)));
        }
    }

    private static Optional<Cost> costs(ModelPrice price, UsageEvent event) {
        try {
            return Optional.of(Cost.of(price, event.tokens()));
        } catch (InvalidValue doesNotFit) {
            return Optional.empty();
        }
    }

    private static String told(Optional<Cost> cost) {
        return cost.map(one -> one.amount().toPlainString() + " " + one.currency())
                .orElse("nothing");
    }

    private void checkConsumption(CreditEntry entry) {
        entry.reason().decision().ifPresent(decision -> {
            boolean told = tables.events
                    .find(Key.of(entry.tenantId(), decision))
                    .filter(event -> event.accountId().equals(entry.accountId())
                            && event.ledgerSequence().equals(Optional.of(entry.sequence())))
                    .isPresent();
            if (!told && !isBefore(decision, entry.tenantId(), Retention::usageFrom)) {
                violations.add(new Violation(
                        "event-matches-ledger",
                        entry.tenantId(),
                        "usage event " + decision,
                        "entry " + entry.sequence() + " of the account " + entry.accountId()
                                + " has no usage event that names it"));
            }
        });
    }

    private boolean isKnownByItsKey(UsageEvent event) {
        return tables.decisions
                .find(Key.of(event.tenantId(), event.id()))
                .map(GateState.Recorded::decision)
                .flatMap(Decision::key)
                .filter(key -> tables.decisionsByKey.holds(Key.of(event.tenantId(), key)))
                .isPresent();
    }

    /** Whether it was made before the tenant's checkpoint, where verification starts. */
    private boolean isBefore(DecisionId id, TenantId tenant, Function<Retention, Optional<Instant>> checkpoint) {
        return tables.retentions
                .find(Key.of(tenant))
                .flatMap(checkpoint)
                .filter(from ->
                        id.toString().compareTo(Retention.firstIdAt(from).toString()) < 0)
                .isPresent();
    }

    private void checkReservation(Reservation reservation, int events) {
        int expected = reservation.status() == Reservation.Status.SETTLED ? 1 : 0;
        if (events != expected) {
            violations.add(new Violation(
                    "one-event-per-settled-reservation",
                    reservation.tenantId(),
                    "reservation " + reservation.id(),
                    "it is " + reservation.status() + ", and " + events + " usage events name it"));
        }
    }
}
