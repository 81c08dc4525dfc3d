package io.allotment.persistence.jooq;

import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.GateChanges;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.subscription.Subscription;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;

/** Writes what a batch of calls to the gate came to: one or two round trips, a statement for each table. */
final class GateWrites {

    private static final Comparator<Keyed> BY_KEY = Comparator.comparing(
                    (Keyed keyed) -> keyed.decision().tenantId().value(), Columns::compare)
            .thenComparing(Keyed::digest, Columns::compare);

    /** The order of the accounts' locks. */
    private static final Comparator<GateState.AccountRef> BY_ACCOUNT = Comparator.comparing(
                    (GateState.AccountRef ref) -> ref.tenantId().value(), Columns::compare)
            .thenComparing(ref -> ref.accountId().value(), Columns::compare);

    private static final String SKIP_TAKEN = "\non conflict (tenant_id, key_digest) do nothing";

    /** Accounts, tenants and catalogue, as they are after the accounts are locked. */
    private static final String VERSIONS = """
            select allotment.expect(
                (select count(*) from unnest(?, ?) as n(tenant_id, account_id)
                 cross join lateral (
                    select from allotment.credit_accounts a
                    where a.tenant_id = n.tenant_id and a.account_id = n.account_id and a.version = ?
                    offset 0
                 ) a)
                + (select count(*) from unnest(?, ?) as n(tenant_id, version)
                 cross join lateral (
                    select from allotment.tenants t
                    where t.tenant_id = n.tenant_id and t.gate_version = n.version
                    offset 0
                 ) t)
                + (select count(*) from allotment.catalog_version where singleton and version = ?), ?)
            """;

    /** The same for one account of one tenant, as on a hot one: nothing to join. */
    private static final String VERSIONS_OF_ONE = """
            select allotment.expect(
                (select count(*) from allotment.credit_accounts a where a.tenant_id = ? and a.account_id = ? and a.version = ?)
                + (select count(*) from allotment.tenants t where t.tenant_id = ? and t.gate_version = ?)
                + (select count(*) from allotment.catalog_version where singleton and version = ?), 3)
            """;

    private static final String ABSENT = """
            select allotment.expect(
                (select count(*) from unnest(?, ?) as n(tenant_id, account_id)
                 cross join lateral (
                    select from allotment.credit_accounts a
                    where a.tenant_id = n.tenant_id and a.account_id = n.account_id
                    offset 0
                 ) a), 0)
            """;

    private static final Statement LOCK_TIMEOUT = Statement.command("set local lock_timeout = 250");

    private final DSLContext db;
    private final JooqUnits units;

    GateWrites(DSLContext db, JooqUnits units) {
        this.db = db;
        this.units = units;
    }

    /**
     * Refuses with {@link KeysTaken} where another transaction used one of the keys since they were looked up, and leaves
     * the transaction to be rolled back. To say so by an error costs least where nothing of the kind happens.
     */
    void save(GateChanges changes, long version) {
        try {
            statements(changes, version).run(db);
        } catch (DataAccessException failure) {
            throw SqlErrors.isUniqueViolation(failure) ? new KeysTaken(failure) : failure;
        }
    }

    static RoundTrip statements(GateChanges changes, long version) {
        return new RoundTrip().add(decisions(changes, "")).add(afterDecisions(changes, version));
    }

    /**
     * Begins the unit with what was decided on what is remembered, and commits it, all in one round trip. Where a batch that
     * leaves the accounts so is still under way, the new rows are written meanwhile, and the rest after it, in another trip.
     * Refuses with {@link RememberedOld} where what is remembered is not how the database has it (a check that fails says so
     * too: what was read in pieces), and with {@link KeysTaken} where one of the keys was used before, which nobody has looked
     * up.
     *
     * @param awaitBefore waits for those batches
     */
    void saveRemembered(
            GateMemory.Remembered remembered,
            GateChanges changes,
            long version,
            Consumer<GateMemory.Remembered> awaitBefore) {
        var rows = newRows(changes);
        var guarded = guarded(remembered, changes, version);
        try {
            if (remembered.isFollowing()) {
                units.run(db, rows);
                awaitBefore.accept(remembered);
                units.runAndCommit(db, guarded);
            } else {
                units.runAndCommit(db, rows.add(guarded));
            }
        } catch (DataAccessException failure) {
            if (SqlErrors.isOld(failure) || SqlErrors.isCheckViolation(failure) || SqlErrors.isConcurrent(failure)) {
                throw new RememberedOld();
            }
            throw SqlErrors.isUniqueViolation(failure) ? new KeysTaken(failure) : failure;
        }
    }

    /** @param version which the accounts have from now on, those too that did not change */
    static RoundTrip statements(GateMemory.Remembered remembered, GateChanges changes, long version) {
        return newRows(changes).add(guarded(remembered, changes, version));
    }

    /**
     * What is only added, before the accounts are locked: so batches of one account write it side by side. Who decides on what
     * is loaded locks first, and may wait for a key that was added here while this waits for its lock: a quarter of a second,
     * then this one gives way.
     */
    private static RoundTrip newRows(GateChanges changes) {
        return new RoundTrip()
                .add(LOCK_TIMEOUT)
                .add(decisions(changes, ""))
                .add(JooqUsage.insert(changes.events(), byId(changes.decisions())))
                .add(JooqUsageSummaries.arrivals(changes.events()));
    }

    /** What needs the accounts' locks, and that they are found as they are remembered. */
    private static RoundTrip guarded(GateMemory.Remembered remembered, GateChanges changes, long version) {
        var accounts = new TreeMap<GateState.AccountRef, CreditAccount>(BY_ACCOUNT);
        remembered.state().accounts().forEach((ref, state) -> accounts.put(ref, state.credits()));
        changes.accounts()
                .forEach(change -> accounts.put(change.ref(), change.credits().account()));
        var trip = new RoundTrip()
                .add(JooqCredits.updateRemembered(List.copyOf(accounts.values()), remembered.versions(), version))
                .add(versions(List.copyOf(accounts.keySet()), version, remembered.state()))
                .add(absent(remembered.absent()))
                .add(JooqCredits.insertGrants(granted(changes)))
                .add(JooqCredits.updateGrants(movements(changes)));
        // Entries are numbered by the account: added before its lock, they would have its holder wait for their
        // transaction.
        trip.add(JooqCredits.insertEntries(movements(changes)));
        addOthers(trip, changes);
        return trip;
    }

    private static Statement versions(List<GateState.AccountRef> accounts, long version, GateState state) {
        var versions = List.copyOf(state.rightsVersions().entrySet());
        if (accounts.size() == 1 && versions.size() == 1) {
            var ref = accounts.get(0);
            var tenant = versions.get(0);
            return Statement.command(
                    VERSIONS_OF_ONE,
                    ref.tenantId().value(),
                    ref.accountId().value(),
                    version,
                    tenant.getKey().value(),
                    tenant.getValue(),
                    state.catalogVersion());
        }
        var refs = new Rows<>(accounts);
        var tenants = new Rows<>(versions);
        return Statement.command(
                VERSIONS,
                refs.column(UUID.class, ref -> ref.tenantId().value()),
                refs.column(UUID.class, ref -> ref.accountId().value()),
                version,
                tenants.column(UUID.class, one -> one.getKey().value()),
                tenants.column(Long.class, Map.Entry::getValue),
                state.catalogVersion(),
                accounts.size() + versions.size() + 1L);
    }

    private static Statement absent(Set<GateState.AccountRef> accounts) {
        var rows = new Rows<>(List.copyOf(accounts));
        return rows.command(
                ABSENT,
                rows.column(UUID.class, ref -> ref.tenantId().value()),
                rows.column(UUID.class, ref -> ref.accountId().value()));
    }

    /** False, and nothing written, where another transaction used one of the keys since they were looked up. */
    boolean trySave(GateChanges changes, long version) {
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
        var trip = afterDecisions(changes, version);
        if (decided) {
            // Else a caller that decides a thousand times in one transaction piles up as many subtransactions.
            trip.add(Statement.command("release savepoint gate"));
        }
        trip.run(db);
        return true;
    }

    private static RoundTrip afterDecisions(GateChanges changes, long version) {
        var trip = new RoundTrip()
                .add(JooqUsage.insert(changes.events(), byId(changes.decisions())))
                .add(JooqUsageSummaries.arrivals(changes.events()));
        trip.add(JooqCredits.insertGrants(granted(changes)));
        JooqCredits.addChanges(trip, movements(changes), OptionalLong.of(version));
        addOthers(trip, changes);
        return trip;
    }

    private static List<CreditAccount.Movement> movements(GateChanges changes) {
        return changes.accounts().stream()
                .map(GateChanges.AccountChange::credits)
                .toList();
    }

    private static List<CreditGrant> granted(GateChanges changes) {
        return changes.accounts().stream()
                .flatMap(account -> account.granted().stream())
                .toList();
    }

    /** Neither decisions and events nor credits. */
    private static void addOthers(RoundTrip trip, GateChanges changes) {
        var counters = new ArrayList<QuotaCounter>();
        var quotaChanges = new ArrayList<QuotaChange>();
        var subscriptions = new ArrayList<Subscription>();
        for (var account : changes.accounts()) {
            counters.addAll(account.counters());
            quotaChanges.addAll(account.quotaChanges());
            account.subscription().ifPresent(subscriptions::add);
        }
        JooqQuotas.addChanges(trip, counters, quotaChanges);
        trip.add(JooqReservations.upsert(changes.reservations()));
        JooqAllocations.addChanges(trip, changes.allocations());
        trip.add(JooqSpendLimits.update(changes.spendLimits()));
        trip.add(JooqOutbox.insert(changes.notices()));
        trip.add(JooqMeteredUses.insert(changes.metered()));
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
        var sorted = new ArrayList<Keyed>(changes.decisions().size());
        changes.decisions().forEach(recorded -> sorted.add(Keyed.of(recorded)));
        sorted.sort(BY_KEY);
        return new Insert<>("decisions", sorted)
                .column(
                        "tenant_id",
                        Insert.Type.UUID,
                        one -> one.decision().tenantId().value())
                .column("key_digest", Insert.Type.UUID, Keyed::digest)
                .column("id", Insert.Type.UUID, one -> one.decision().id().value())
                .column(
                        "idempotency_key",
                        Insert.Type.TEXT,
                        one -> one.decision().hasEvent() ? null : one.key().value())
                .column("fingerprint", Insert.Type.HEX, one -> one.recorded().fingerprint())
                .column("verb", Insert.Type.TEXT, one -> one.decision().verb().name())
                .column(
                        "account_id",
                        Insert.Type.UUID,
                        one -> one.decision().accountId().value())
                .column("allowed", Insert.Type.BOOLEAN, one -> one.decision().allowed())
                .column(
                        "answer",
                        Insert.Type.JSON,
                        one -> one.decision().hasEvent() ? null : DecisionJson.write(one.decision()))
                .column(
                        "refunded_id",
                        Insert.Type.UUID,
                        one -> one.decision().refunded().map(DecisionId::value).orElse(null))
                .column(
                        "created_at",
                        Insert.Type.TIMESTAMP,
                        one -> one.decision().at())
                .statement(onConflict);
    }

    private record Keyed(GateState.Recorded recorded, IdempotencyKey key, UUID digest) {

        static Keyed of(GateState.Recorded recorded) {
            var key = recorded.decision().key().orElseThrow();
            return new Keyed(recorded, key, KeyDigest.of(key));
        }

        Decision decision() {
            return recorded.decision();
        }
    }
}
