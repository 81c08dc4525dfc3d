package io.allotment.domain.gate;

import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Port: everything the gate reads and writes. It alone opens a unit of work for several tenants; inside a unit that is
 * open it joins, where the calls are of that one tenant.
 */
public interface GateStore {

    /**
     * In one transaction: finds the state of the calls' accounts, which are locked in one fixed order before anything is
     * written and have that state still, asks {@code decide}, and saves all it says. The outcomes are returned after the commit (or, inside a unit that is open, before its end).
     *
     * <p>The number of round trips is constant, whatever the number of calls. Where another transaction uses one of the
     * keys at the same time, all of it is done again, with the other's decision in sight.
     *
     * @param now reservations whose lease has ended by then hold nothing
     * @param decide pure; asked again where the state it was given turns out to be old
     */
    List<Outcome> decide(List<GateCall> calls, Instant now, Function<GateState, GateChanges> decide);

    /** The state of the calls' accounts as committed, without lock. */
    GateState read(List<GateCall> calls, Instant now);

    /** A kept decision; in a unit of work of the tenant. */
    Optional<Decision> find(TenantId tenant, DecisionId id);
}
