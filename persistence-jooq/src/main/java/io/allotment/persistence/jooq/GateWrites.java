package io.allotment.persistence.jooq;

import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.GateChanges;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.subscription.Subscription;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;

/** Writes what a batch of calls to the gate came to: one round trip, a statement for each table. */
final class GateWrites {

    private static final Comparator<GateState.Recorded> BY_KEY = (one, other) -> {
        int tenants = Columns.compare(
                one.decision().tenantId().value(), other.decision().tenantId().value());
        return tenants != 0 ? tenants : key(one).compareTo(key(other));
    };

    private static final String SKIP_TAKEN = "\non conflict (tenant_id, idempotency_key) do nothing";

    private final DSLContext db;

    GateWrites(DSLContext db) {
        this.db = db;
    }

    /**
     * Refuses with {@link KeysTaken} where another transaction used one of the keys since they were looked up, and leaves
     * the transaction to be rolled back. To say so by an error costs least where nothing of the kind happens.
     */
    void save(GateChanges changes) {
        try {
            statements(changes).run(db);
        } catch (DataAccessException failure) {
            throw SqlErrors.isUniqueViolation(failure) ? new KeysTaken(failure) : failure;
        }
    }

    static RoundTrip statements(GateChanges changes) {
        var trip = new RoundTrip().add(decisions(changes, ""));
        addOthers(trip, changes);
        return trip;
    }

    /** False, and nothing written, where another transaction used one of the keys since they were looked up. */
    boolean trySave(GateChanges changes) {
        boolean decided = !changes.decisions().isEmpty();
        if (decided) {
            var written = new int[1];
            new RoundTrip()
                    .add(Statement.command("savepoint gate"))
                    .addCounted(decisions(changes, SKIP_TAKEN), count -> written[0] = count)
                    .run(db);
            if (written[0] < changes.decisions().size()) {
                new RoundTrip()
                        .add(Statement.command("rollback to savepoint gate"))
                        .add(Statement.command("release savepoint gate"))
                        .run(db);
                return false;
            }
        }
        var trip = new RoundTrip();
        addOthers(trip, changes);
        if (decided) {
            // Else a caller that decides a thousand times in one transaction piles up as many subtransactions.
            trip.add(Statement.command("release savepoint gate"));
        }
        trip.run(db);
        return true;
    }

    private static void addOthers(RoundTrip trip, GateChanges changes) {
        var movements = new ArrayList<CreditAccount.Movement>();
        var counters = new ArrayList<QuotaCounter>();
        var quotaChanges = new ArrayList<QuotaChange>();
        var subscriptions = new ArrayList<Subscription>();
        for (var account : changes.accounts()) {
            movements.add(account.credits());
            counters.addAll(account.counters());
            quotaChanges.addAll(account.quotaChanges());
            account.subscription().ifPresent(subscriptions::add);
        }
        trip.add(JooqUsage.insert(changes.events(), byId(changes.decisions())));
        JooqCredits.addChanges(trip, movements);
        JooqQuotas.addChanges(trip, counters, quotaChanges);
        trip.add(JooqReservations.upsert(changes.reservations()));
        JooqAllocations.addChanges(trip, changes.allocations());
        trip.add(JooqSpendLimits.update(changes.spendLimits()));
        trip.add(JooqOutbox.insert(changes.notices()));
        trip.add(JooqSubscriptions.update(subscriptions));
    }

    private static Map<DecisionId, Decision> byId(List<GateState.Recorded> recorded) {
        var decisions = new HashMap<DecisionId, Decision>();
        for (var one : recorded) {
            decisions.put(one.decision().id(), one.decision());
        }
        return decisions;
    }

    /** @param onConflict what becomes of those whose key is taken; empty to fail */
    private static Statement decisions(GateChanges changes, String onConflict) {
        // In one order, so that no two batches wait for each other's keys in a circle.
        var sorted = new ArrayList<>(changes.decisions());
        sorted.sort(BY_KEY);
        return new Insert<>("decisions", sorted)
                .column(
                        "tenant_id",
                        Insert.Type.UUID,
                        r -> r.decision().tenantId().value())
                .column("id", Insert.Type.UUID, r -> r.decision().id().value())
                .column("idempotency_key", Insert.Type.TEXT, GateWrites::key)
                .column("fingerprint", Insert.Type.HEX, GateState.Recorded::fingerprint)
                .column("verb", Insert.Type.TEXT, r -> r.decision().verb().name())
                .column(
                        "account_id",
                        Insert.Type.UUID,
                        r -> r.decision().accountId().value())
                .column("allowed", Insert.Type.BOOLEAN, r -> r.decision().allowed())
                .column(
                        "answer",
                        Insert.Type.JSON,
                        r -> r.decision().hasEvent() ? null : DecisionJson.write(r.decision()))
                .column(
                        "refunded_id",
                        Insert.Type.UUID,
                        r -> r.decision().refunded().map(DecisionId::value).orElse(null))
                .column("created_at", Insert.Type.TIMESTAMP, r -> r.decision().at())
                .statement(onConflict);
    }

    private static String key(GateState.Recorded recorded) {
        return recorded.decision().key().orElseThrow().value();
    }
}
