package io.allotment.server.prove;

import io.allotment.application.access.AccessCache;
import io.allotment.application.ai.PriceCache;
import io.allotment.application.catalog.DefinitionCache;
import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.catalog.Definitions;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Gate;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateChanges;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.gate.GateStore;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.TenantId;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** A store that does something wrong at every so many batches of one tenant: what a proof must notice. */
final class LyingStore implements GateStore {

    /** What it does wrong. */
    enum Lie {
        /** It answers with a credit too much. */
        WRONG_ANSWER,
        /** It answers, and forgets what it has done. */
        LOST,
        /** It does it, and does it again. */
        DOUBLED
    }

    private final Persistence persistence;
    private final Lie lie;
    private final int every;
    private final AtomicInteger batches = new AtomicInteger();

    private LyingStore(Persistence persistence, Lie lie, int every) {
        this.persistence = persistence;
        this.lie = lie;
        this.every = every;
    }

    /** The same persistence, but for its gate, which lies at the last of so many batches. */
    static Persistence over(Persistence persistence, Lie lie, int every) {
        var liar = new LyingStore(persistence, lie, every);
        return (Persistence) Proxy.newProxyInstance(
                LyingStore.class.getClassLoader(), new Class<?>[] {Persistence.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("gate")) {
                        return liar;
                    }
                    try {
                        return method.invoke(persistence, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Override
    public List<Outcome> decide(List<GateCall> calls, Instant now, Function<GateState, GateChanges> decide) {
        boolean ofOneTenant = calls.stream().map(GateCall::tenantId).distinct().count() == 1;
        if (batches.incrementAndGet() % every != 0 || !ofOneTenant) {
            return persistence.gate().decide(calls, now, decide);
        }
        return switch (lie) {
            case WRONG_ANSWER ->
                persistence.gate().decide(calls, now, decide).stream()
                        .map(LyingStore::dearer)
                        .toList();
            case LOST -> forgotten(calls, now, decide);
            case DOUBLED -> {
                var again = new ArrayList<>(calls);
                calls.forEach(call -> again.add(new GateCall(
                        new DecisionId(UUID.randomUUID()),
                        call.tenantId(),
                        Optional.of(new IdempotencyKey(UUID.randomUUID().toString())),
                        call.request())));
                yield persistence
                        .gate()
                        .decide(again, now, state -> Gate.decide(state, definitions(state, again), again, now))
                        .subList(0, calls.size());
            }
        };
    }

    private Definitions definitions(GateState state, List<GateCall> calls) {
        var access = new AccessCache(persistence, new Moments(Clock.systemUTC()));
        return new DefinitionCache(persistence, access, new PriceCache(persistence))
                .at(state, calls.get(0).tenantId());
    }

    private List<Outcome> forgotten(List<GateCall> calls, Instant now, Function<GateState, GateChanges> decide) {
        var outcomes = new ArrayList<Outcome>();
        try {
            persistence.unitOfWork().forTenant(calls.get(0).tenantId(), () -> {
                outcomes.addAll(persistence.gate().decide(calls, now, decide));
                throw new ArithmeticException("rolled back");
            });
        } catch (ArithmeticException rolledBack) {
            // This is the lie.
        }
        return outcomes;
    }

    private static Outcome dearer(Outcome outcome) {
        if (!(outcome instanceof Outcome.Answer answer)) {
            return outcome;
        }
        var told = answer.decision();
        return new Outcome.Answer(
                new Decision(
                        told.tenantId(),
                        told.id(),
                        told.verb(),
                        told.key(),
                        told.accountId(),
                        told.actor(),
                        told.lines(),
                        told.plan(),
                        told.credits().plus(Credits.of(1)),
                        told.uncoveredCredits(),
                        told.balanceAfter(),
                        told.draws(),
                        told.reservation(),
                        told.leaseUntil(),
                        told.refunded(),
                        told.denial(),
                        told.at()),
                answer.replayed());
    }

    @Override
    public GateState read(List<GateCall> calls, Instant now) {
        return persistence.gate().read(calls, now);
    }

    @Override
    public Optional<Decision> find(TenantId tenant, DecisionId id) {
        return persistence.gate().find(tenant, id);
    }
}
