package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.DECISIONS;

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
import java.util.UUID;
import java.util.function.Consumer;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;

/** Writes what a batch of calls to the gate came to: one round trip, a statement for each table. */
final class GateWrites {

    private static final Comparator<GateState.Recorded> BY_KEY = (one, other) -> {
        int tenants = Columns.compare(
                one.decision().tenantId().value(), other.decision().tenantId().value());
        return tenants != 0 ? tenants : key(one).compareTo(key(other));
    };

    private static final String INSERT_DECISIONS = """
            insert into allotment.decisions (
                tenant_id, id, idempotency_key, fingerprint, verb, account_id, allowed, answer, refunded_id, created_at)
            select tenant_id, id, idempotency_key, decode(fingerprint, 'hex'), verb, account_id, allowed = 'y',
                   answer::jsonb, refunded_id, created_at::timestamptz
            from unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) as n(
                tenant_id, id, idempotency_key, fingerprint, verb, account_id, allowed, answer, refunded_id, created_at)
            on conflict (tenant_id, idempotency_key) do nothing
            returning id
            """;

    private final DSLContext db;

    GateWrites(DSLContext db) {
        this.db = db;
    }

    /** Refuses with {@link KeysTaken}, and leaves the transaction to be rolled back. */
    void save(GateChanges changes) {
        var written = new int[1];
        statements(changes, row -> written[0]++).run(db);
        if (written[0] < changes.decisions().size()) {
            throw new KeysTaken();
        }
    }

    /** @param decided is given a row for each decision whose key was free */
    static RoundTrip statements(GateChanges changes, Consumer<Record> decided) {
        var trip = new RoundTrip().add(decisions(changes), decided);
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
                    .add(decisions(changes), row -> written[0]++)
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

    /** Gives a row for each decision whose key was free. */
    private static Statement decisions(GateChanges changes) {
        // In one order, so that no two batches wait for each other's keys in a circle.
        var sorted = new ArrayList<>(changes.decisions());
        sorted.sort(BY_KEY);
        var rows = new Rows<>(sorted);
        return rows.query(
                INSERT_DECISIONS,
                new Field<?>[] {DECISIONS.ID},
                rows.column(UUID.class, r -> r.decision().tenantId().value()),
                rows.column(UUID.class, r -> r.decision().id().value()),
                rows.column(String.class, GateWrites::key),
                rows.column(String.class, GateState.Recorded::fingerprint),
                rows.column(String.class, r -> r.decision().verb().name()),
                rows.column(UUID.class, r -> r.decision().accountId().value()),
                rows.column(String.class, r -> r.decision().allowed() ? "y" : "n"),
                rows.column(String.class, r -> r.decision().hasEvent() ? null : DecisionJson.write(r.decision())),
                rows.column(
                        UUID.class,
                        r -> r.decision().refunded().map(DecisionId::value).orElse(null)),
                rows.column(String.class, r -> r.decision().at().toString()));
    }

    private static String key(GateState.Recorded recorded) {
        return recorded.decision().key().orElseThrow().value();
    }
}
