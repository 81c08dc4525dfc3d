package io.allotment.domain.gate;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.ai.Cost;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.usage.UsageEvent;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The gate's answer. A denied one changed no quota and no credits; its lines and draws tell how far it got: what the
 * lines would have cost and used, and the grants that were considered, with nothing drawn.
 *
 * @param key the idempotency key; empty for a check
 * @param plan the subscription's plan version and state, where there is a subscription
 * @param credits for all lines together: drawn, held or given back; due where it was denied
 * @param uncoveredCredits what of them nothing was left for, when a reservation was settled
 * @param balanceAfter of the account's credits
 * @param draws the grants considered, in burn-down order, with what was drawn, pinned or given back
 * @param reservation the one that was made, renewed, settled or released
 * @param leaseUntil of a reservation that was made or renewed
 * @param refunded the decision that was undone
 * @param denial why not; empty where it is allowed
 * @param cost of the AI work of a check or a consume that is allowed, or of a settle, where it has a price
 */
public record Decision(
        TenantId tenantId,
        DecisionId id,
        Verb verb,
        Optional<IdempotencyKey> key,
        AccountId accountId,
        Actor actor,
        List<UsageEvent.Line> lines,
        Optional<PlanStanding> plan,
        Credits credits,
        Credits uncoveredCredits,
        Credits balanceAfter,
        List<CreditEntry.Draw> draws,
        Optional<ReservationId> reservation,
        Optional<Instant> leaseUntil,
        Optional<DecisionId> refunded,
        Optional<Denial> denial,
        Instant at,
        Optional<Cost> cost) {

    /** Under which terms it was decided. */
    public record PlanStanding(PlanVersionId planVersionId, SubscriptionStatus status) {
        public PlanStanding {
            requireNonNull(planVersionId, "planVersionId");
            requireNonNull(status, "status");
        }
    }

    public Decision {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(id, "id");
        requireNonNull(verb, "verb");
        requireNonNull(key, "key");
        requireNonNull(accountId, "accountId");
        requireNonNull(actor, "actor");
        lines = List.copyOf(lines);
        requireNonNull(plan, "plan");
        requireNonNull(credits, "credits");
        requireNonNull(uncoveredCredits, "uncoveredCredits");
        requireNonNull(balanceAfter, "balanceAfter");
        draws = List.copyOf(draws);
        requireNonNull(reservation, "reservation");
        requireNonNull(leaseUntil, "leaseUntil");
        requireNonNull(refunded, "refunded");
        requireNonNull(denial, "denial");
        requireNonNull(at, "at");
        requireNonNull(cost, "cost");
    }

    /** One without costs. */
    public Decision(
            TenantId tenantId,
            DecisionId id,
            Verb verb,
            Optional<IdempotencyKey> key,
            AccountId accountId,
            Actor actor,
            List<UsageEvent.Line> lines,
            Optional<PlanStanding> plan,
            Credits credits,
            Credits uncoveredCredits,
            Credits balanceAfter,
            List<CreditEntry.Draw> draws,
            Optional<ReservationId> reservation,
            Optional<Instant> leaseUntil,
            Optional<DecisionId> refunded,
            Optional<Denial> denial,
            Instant at) {
        this(
                tenantId,
                id,
                verb,
                key,
                accountId,
                actor,
                lines,
                plan,
                credits,
                uncoveredCredits,
                balanceAfter,
                draws,
                reservation,
                leaseUntil,
                refunded,
                denial,
                at,
                Optional.empty());
    }

    /** Whether a usage event tells what it did: an allowed consume, every settle and every recording. */
    public boolean hasEvent() {
        return allowed() && (verb == Verb.CONSUME || verb == Verb.SETTLE || verb == Verb.RECORD);
    }

    public boolean allowed() {
        return denial.isEmpty();
    }

    /** An answer to the call that is allowed, and about nothing that was there before. */
    static Decision of(
            GateCall call,
            AccountId account,
            Actor actor,
            List<UsageEvent.Line> lines,
            Optional<PlanStanding> plan,
            Credits credits,
            Credits balanceAfter,
            List<CreditEntry.Draw> draws,
            Instant at) {
        return new Decision(
                call.tenantId(),
                call.id(),
                call.verb(),
                call.key(),
                account,
                actor,
                lines,
                plan,
                credits,
                Credits.ZERO,
                balanceAfter,
                draws,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                at);
    }

    /**
     * The allowed consume, the settle or the recording that a usage event tells.
     *
     * @param draws of the event's ledger entry, where it has one
     */
    public static Decision ofEvent(
            UsageEvent event, Optional<IdempotencyKey> key, Optional<PlanStanding> plan, List<CreditEntry.Draw> draws) {
        return new Decision(
                event.tenantId(),
                event.id(),
                verb(event),
                key,
                event.accountId(),
                event.actor(),
                event.lines(),
                plan,
                event.credits(),
                event.uncoveredCredits(),
                event.balanceAfter(),
                draws,
                event.reservation(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                event.at(),
                event.cost());
    }

    Decision costing(Optional<Cost> ofWork) {
        return with(reservation, leaseUntil, refunded, denial, ofWork);
    }

    private static Verb verb(UsageEvent event) {
        if (event.source() == UsageEvent.Source.RECORDED) {
            return Verb.RECORD;
        }
        return event.reservation().isPresent() ? Verb.SETTLE : Verb.CONSUME;
    }

    /** @param until its lease's end, where it goes on */
    Decision about(ReservationId itself, Optional<Instant> until) {
        return with(Optional.of(itself), until, refunded, denial, cost);
    }

    Decision undoing(DecisionId charge) {
        return with(reservation, leaseUntil, Optional.of(charge), denial, cost);
    }

    Decision denied(Denial why) {
        return with(reservation, leaseUntil, refunded, Optional.of(why), Optional.empty());
    }

    private Decision with(
            Optional<ReservationId> itself,
            Optional<Instant> until,
            Optional<DecisionId> charge,
            Optional<Denial> why,
            Optional<Cost> ofWork) {
        return new Decision(
                tenantId,
                id,
                verb,
                key,
                accountId,
                actor,
                lines,
                plan,
                credits,
                uncoveredCredits,
                balanceAfter,
                draws,
                itself,
                until,
                charge,
                why,
                at,
                ofWork);
    }
}
