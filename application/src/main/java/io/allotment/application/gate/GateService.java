package io.allotment.application.gate;

import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Gate;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.Invariants;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.gate.Verb;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The gate: may they, and what did it cost. A denial is an answer; what is thrown is a call that is wrong in itself
 * ({@link Refusal}): an unknown tenant, operation, account or member, or a key used before for something else.
 * Thread-safe.
 */
public final class GateService {

    private final Persistence persistence;
    private final Ids ids;
    private final Moments moments;

    public GateService(Persistence persistence, Ids ids, Moments moments) {
        this.persistence = persistence;
        this.ids = ids;
        this.moments = moments;
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
        var call = new GateCall(new DecisionId(ids.next()), Verb.CHECK, tenant, Optional.empty(), charge);
        var changes = Gate.decide(persistence.gate().read(List.of(call)), List.of(call), moments.now());
        return answer(changes.outcomes().get(0)).decision();
    }

    /**
     * Decides, and where it is allowed it is done: credits drawn, quotas counted, usage recorded, all in one transaction
     * that is durable when this returns. The same charge under the same key gives the first answer again and changes
     * nothing.
     */
    public Outcome.Answer consume(TenantId tenant, IdempotencyKey key, Charge charge) {
        return answer(consumeAll(List.of(new Consumption(tenant, key, charge))).get(0));
    }

    /** The same, in plain words. */
    public Outcome.Answer consume(TenantId tenant, String key, Charge charge) {
        return consume(tenant, new IdempotencyKey(key), charge);
    }

    /**
     * Consumes several charges, of several tenants too, in one transaction: each is decided for itself, in their order,
     * seeing those before it. What is wrong with one is its outcome and disturbs no other.
     *
     * @param charges at most 1,000
     */
    public List<Outcome> consumeAll(List<Consumption> charges) {
        if (charges.size() > 1_000) {
            throw new IllegalArgumentException("at most 1000 charges at once, not " + charges.size());
        }
        var calls = new ArrayList<GateCall>(charges.size());
        for (var one : charges) {
            calls.add(new GateCall(
                    new DecisionId(ids.next()), Verb.CONSUME, one.tenant(), Optional.of(one.key()), one.charge()));
        }
        return persistence.gate().decide(calls, state -> Gate.decide(state, calls, moments.now()));
    }

    /** A kept decision with its whole reason; refuses an unknown one ({@link NotFound}). */
    public Explanation explain(TenantId tenant, DecisionId id) {
        return persistence
                .unitOfWork()
                .forTenant(tenant, () -> persistence.gate().find(tenant, id))
                .map(decision -> new Explanation(decision, Gate.explain(decision)))
                .orElseThrow(() -> new NotFound("decision", id));
    }

    /** Recomputes what must always be true, for all tenants, from the stored rows. */
    public Invariants.Report verify() {
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.invariants().check());
    }

    private static Outcome.Answer answer(Outcome outcome) {
        if (outcome instanceof Outcome.Refused refused) {
            throw refused.refusal();
        }
        return (Outcome.Answer) outcome;
    }
}
