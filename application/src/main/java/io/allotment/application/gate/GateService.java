package io.allotment.application.gate;

import io.allotment.application.access.Acting;
import io.allotment.application.catalog.DefinitionCache;
import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.Right;
import io.allotment.domain.catalog.Definitions;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Gate;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.gate.Invariants;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.gate.Reservation;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.subscription.BillingAccount;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The gate: may they, and what did it cost. A denial is an answer; what is thrown is a call that is wrong in itself
 * ({@link Refusal}): an unknown tenant, operation, account, member or reservation, a reservation that has ended, or a key
 * used before for something else. Thread-safe.
 *
 * <p>All but {@link #check} take an idempotency key: the same request under the same key gives the first answer again and
 * changes nothing. What was done is durable when a method returns. Calls that come at the same time share transactions;
 * inside a unit of work that is open on this thread, a call joins that one instead, and is undone with it.
 */
public final class GateService {

    private static final int MAX_AT_ONCE = 1_000;

    private final Persistence persistence;
    private final DefinitionCache definitions;
    private final Ids ids;
    private final Moments moments;
    private final Combiner combiner;
    private final Acting acting;

    public GateService(Persistence persistence, DefinitionCache definitions, Ids ids, Moments moments, Acting acting) {
        this.persistence = persistence;
        this.definitions = definitions;
        this.ids = ids;
        this.moments = moments;
        this.combiner = new Combiner(this::inOneTransaction, Combiner.LANES);
        this.acting = acting;
    }

    private GateService(GateService same, Acting acting) {
        this.persistence = same.persistence;
        this.definitions = same.definitions;
        this.ids = same.ids;
        this.moments = same.moments;
        this.combiner = same.combiner;
        this.acting = acting;
    }

    /** The same gate, whose calls are joined with this one's, for another caller. */
    public GateService as(Acting other) {
        return new GateService(this, other);
    }

    /** What a charge comes to, and everything behind it. */
    public record Explanation(Decision decision, List<Gate.TraceStep> trace) {
        public Explanation {
            trace = List.copyOf(trace);
        }
    }

    /** One charge of many. */
    public record Consumption(TenantId tenant, IdempotencyKey key, Charge charge) {}

    /** Decides as {@link #consume} would now, without effect. Nothing is kept, its id neither. */
    public Decision check(TenantId tenant, Charge charge) {
        var call = new GateCall(
                new DecisionId(ids.next()), tenant, Optional.empty(), new GateRequest.Check(callers(tenant, charge)));
        var now = moments.now();
        var state = persistence.gate().read(List.of(call), now);
        var changes = Gate.decide(state, definitions(isJoining(), state, tenant), List.of(call), now);
        return answer(changes.outcomes().get(0)).decision();
    }

    /** Decides, and where it is allowed it is done: credits drawn, quotas counted, usage recorded. */
    public Outcome.Answer consume(TenantId tenant, IdempotencyKey key, Charge charge) {
        return decide(tenant, key, new GateRequest.Consume(callers(tenant, charge)));
    }

    /** The same, in plain words. */
    public Outcome.Answer consume(TenantId tenant, String key, Charge charge) {
        return consume(tenant, new IdempotencyKey(key), charge);
    }

    /**
     * Consumes several charges, of several tenants too, in one transaction: each is decided for itself, in their order,
     * seeing those before it. What is wrong with one is its outcome and disturbs no other. Inside a unit of work all must be
     * of its tenant.
     *
     * @param charges at most 1,000
     */
    public List<Outcome> consumeAll(List<Consumption> charges) {
        if (charges.size() > MAX_AT_ONCE) {
            throw new IllegalArgumentException("at most " + MAX_AT_ONCE + " charges at once, not " + charges.size());
        }
        var calls = charges.stream()
                .map(one -> call(one.tenant(), one.key(), new GateRequest.Consume(callers(one.tenant(), one.charge()))))
                .toList();
        return isJoining() ? inOneTransaction(calls) : combiner.submitTogether(calls);
    }

    /**
     * Decides on the worst case of work that is about to begin, and where it is allowed, sets credits and quota aside.
     * The reservation ends by {@link #settle}, {@link #release}, or by itself when its lease ends.
     *
     * @param lease 1 second to 7 days
     */
    public Outcome.Answer reserve(TenantId tenant, IdempotencyKey key, Charge worstCase, Duration lease) {
        return decide(tenant, key, new GateRequest.Reserve(callers(tenant, worstCase), lease.toSeconds()));
    }

    /**
     * Lets the lease go on, from now; never shorter than it was. Refuses a reservation that has ended.
     *
     * @param lease 1 second to 7 days
     */
    public Outcome.Answer renew(TenantId tenant, IdempotencyKey key, ReservationId reservation, Duration lease) {
        requireCallers(tenant, reservation);
        return decide(tenant, key, new GateRequest.Renew(reservation, lease.toSeconds()));
    }

    /**
     * Replaces the hold by what was really used, less or more: recorded in full whatever is left; credits are drawn from
     * the hold, then from what is available, then from the overdraft within its limit, and what is left after that is the
     * answer's {@code uncoveredCredits}. A reservation whose lease has ended is settled by the same rules without its hold.
     * Refuses one that was settled or released.
     */
    public Outcome.Answer settle(TenantId tenant, IdempotencyKey key, GateRequest.Settle used) {
        requireCallers(tenant, used.reservation());
        return decide(tenant, key, used);
    }

    /**
     * The same, in plain words.
     *
     * @param used what of the reserved operations was used; one that is not named was not
     */
    public Outcome.Answer settle(
            TenantId tenant, IdempotencyKey key, ReservationId reservation, List<Charge.Line> used) {
        return settle(
                tenant,
                key,
                new GateRequest.Settle(reservation, used, Optional.empty(), TokenCounts.NONE, Document.EMPTY));
    }

    /** What was used without asking, of many. */
    public record Recording(IdempotencyKey key, GateRequest.Record used) {}

    /**
     * Records what was used without asking the gate: all of it, whoever may and whatever is left. Credits are drawn from what
     * is available, then from the overdraft within its limit; what is left after that is the event's {@code
     * uncoveredCredits}. Quotas count it in the period that goes on now, and may pass their limit. What a plan does not give,
     * or no subscription, costs its credits and counts in no quota. What is wrong with one (an unknown operation, account or
     * member, a time too long ago, a key used before for something else) is its outcome and disturbs no other.
     *
     * @param used at most 1,000
     */
    public List<Outcome> recordAll(TenantId tenant, List<Recording> used) {
        if (used.size() > MAX_AT_ONCE) {
            throw new InvalidValue("events", "must be at most " + MAX_AT_ONCE);
        }
        acting.require(tenant, Right.GATE_DELEGATE);
        var calls = used.stream()
                .map(one -> call(
                        tenant,
                        one.key(),
                        new GateRequest.Record(
                                callers(tenant, one.used().charge()), one.used().at())))
                .toList();
        return isJoining() ? inOneTransaction(calls) : combiner.submitTogether(calls);
    }

    /** Gives back what a reservation holds. Refuses one that has ended. */
    public Outcome.Answer release(TenantId tenant, IdempotencyKey key, ReservationId reservation) {
        requireCallers(tenant, reservation);
        return decide(tenant, key, new GateRequest.Release(reservation));
    }

    /** Gives back what something holds of an allocated feature. Refuses more than it holds. */
    public Outcome.Answer release(TenantId tenant, IdempotencyKey key, GateRequest.Deallocate allocated) {
        return decide(tenant, key, callers(tenant, allocated));
    }

    /**
     * Undoes a charge by entries of its own: credits return to the grants they came from where these still live, quotas
     * and spend limits whose period goes on, and what was allocated. A charge is undone once: another time, under whatever
     * key, gives the first answer.
     *
     * @param decision an allowed consume or a settle; others are refused
     * @param reason for the ledger, 1 to 500 characters
     */
    public Outcome.Answer refund(TenantId tenant, IdempotencyKey key, DecisionId decision, Actor actor, String reason) {
        acting.requireOperator(tenant);
        return decide(tenant, key, new GateRequest.Refund(decision, actor, reason));
    }

    /**
     * Opens work whose use is known only as it goes on, such as a stream of tokens; see {@link MeteredWork}.
     *
     * <p>Refuses a key under which such work was done and closed before.
     *
     * @param key of the reservation; the work's other keys are made of it, so at most 150 characters
     * @param lease renewed by itself while the work is fed
     */
    public MeteredWork meter(TenantId tenant, IdempotencyKey key, Charge worstCase, Duration lease) {
        return MeteredWork.open(this, moments, tenant, key, worstCase, lease);
    }

    /** As it stands now; refuses an unknown one ({@link NotFound}). */
    public Reservation getReservation(TenantId tenant, ReservationId id) {
        acting.require(tenant, Right.USAGE_READ);
        return reservation(tenant, id);
    }

    private Reservation reservation(TenantId tenant, ReservationId id) {
        return persistence
                .unitOfWork()
                .forTenant(tenant, () -> persistence.reservations().find(tenant, id))
                .map(reservation -> reservation.at(moments.now()))
                .orElseThrow(() -> new NotFound("reservation", id));
    }

    /**
     * The account's reservations, newest first.
     *
     * @param open only those that still hold
     */
    public Page<Reservation> listReservations(TenantId tenant, AccountId account, boolean open, PageRequest page) {
        acting.require(tenant, Right.USAGE_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            if (persistence.accounts().find(tenant, account).isEmpty()) {
                throw new NotFound("account", account);
            }
            var now = moments.now();
            return persistence
                    .reservations()
                    .list(tenant, account, open ? Optional.of(now) : Optional.empty(), page)
                    .map(reservation -> reservation.at(now));
        });
    }

    /** A kept decision with its whole reason; refuses an unknown one ({@link NotFound}). */
    public Explanation explain(TenantId tenant, DecisionId id) {
        acting.require(tenant, Right.USAGE_READ);
        return persistence
                .unitOfWork()
                .forTenant(tenant, () -> persistence.gate().find(tenant, id))
                .map(decision -> new Explanation(decision, Gate.explain(decision)))
                .orElseThrow(() -> new NotFound("decision", id));
    }

    /** Recomputes what must always be true, for all tenants, from the stored rows. */
    public Invariants.Report verify() {
        acting.requireOperator();
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.invariants().check());
    }

    /** The charge as the caller may make it: in their own name, for their own account or the tenant's, or for others with the right. */
    private Charge callers(TenantId tenant, Charge charge) {
        if (acting.caller().isOperator()) {
            return charge;
        }
        var actor = callers(tenant, charge.actor(), charge.account());
        return charge.by(actor);
    }

    private GateRequest.Deallocate callers(TenantId tenant, GateRequest.Deallocate allocated) {
        return acting.caller().isOperator()
                ? allocated
                : allocated.by(callers(tenant, allocated.actor(), allocated.account()));
    }

    private Actor callers(TenantId tenant, Actor named, Optional<AccountId> account) {
        acting.require(tenant, Right.GATE_USE);
        var own = acting.actor();
        // Who names nobody means themselves.
        var actor = named instanceof Actor.System ? own : named;
        boolean isOwnAccount = account.isEmpty()
                || account.get().equals(BillingAccount.idOf(tenant))
                || own.member().map(BillingAccount::idOf).equals(account);
        if (!actor.equals(own) || !isOwnAccount) {
            acting.require(tenant, Right.GATE_DELEGATE);
        }
        if (actor.key().isPresent() && !actor.key().equals(own.key())) {
            throw Forbidden.because("not-that-key", "Nobody acts with a key that is not theirs.");
        }
        return actor;
    }

    private void requireCallers(TenantId tenant, ReservationId id) {
        if (acting.caller().isOperator()) {
            return;
        }
        acting.require(tenant, Right.GATE_USE);
        if (!reservation(tenant, id).actor().equals(acting.actor())
                && !acting.holds(tenant, Right.GATE_DELEGATE.key())) {
            throw new NotFound("reservation", id);
        }
    }

    private Outcome.Answer decide(TenantId tenant, IdempotencyKey key, GateRequest request) {
        var call = call(tenant, key, request);
        return answer(isJoining() ? inOneTransaction(List.of(call)).get(0) : combiner.submit(call));
    }

    private GateCall call(TenantId tenant, IdempotencyKey key, GateRequest request) {
        if (request instanceof GateRequest.OfCharge charging && !isJoining()) {
            definitions.prepare(tenant, charging.charge());
        }
        return new GateCall(new DecisionId(ids.next()), tenant, Optional.of(key), request);
    }

    /** Inside a unit of work nothing is combined and nothing tried again: it is its owner's to commit and to repeat. */
    private boolean isJoining() {
        return persistence.unitOfWork().isOpen();
    }

    private List<Outcome> inOneTransaction(List<GateCall> calls) {
        if (calls.isEmpty()) {
            return List.of();
        }
        var tenant = calls.get(0).tenantId();
        boolean joining = isJoining();
        return persistence
                .gate()
                .decide(
                        calls,
                        moments.now(),
                        state -> Gate.decide(state, definitions(joining, state, tenant), calls, moments.now()));
    }

    private Definitions definitions(boolean joining, GateState state, TenantId tenant) {
        return joining ? definitions.joining(state, tenant) : definitions.at(state, tenant);
    }

    private static Outcome.Answer answer(Outcome outcome) {
        if (outcome instanceof Outcome.Refused refused) {
            throw refused.refusal();
        }
        return (Outcome.Answer) outcome;
    }
}
