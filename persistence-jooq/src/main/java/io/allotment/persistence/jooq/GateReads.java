package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.CATALOG_VERSION;
import static io.allotment.persistence.jooq.generated.Tables.MEMBERSHIPS;
import static io.allotment.persistence.jooq.generated.Tables.TENANTS;

import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Tenant;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;

/**
 * Reads the state that a batch of calls to the gate needs, in one round trip: the accounts' locks first, then the spend
 * limits', then what they guard. Only where decisions are to be told again, what their events say takes another one.
 */
final class GateReads {

    private static final Statement CATALOG = Statement.query(
            "select version from allotment.catalog_version where singleton", new Field<?>[] {CATALOG_VERSION.VERSION});

    private static final String TENANT =
            "select " + Columns.of("t", TENANTS) + " from allotment.tenants t where t.tenant_id = any(?)";

    private static final String MEMBER = """
            select m.tenant_id, m.user_id from allotment.memberships m
            where m.tenant_id = k.tenant_id and m.user_id = k.id
            offset 0
            """;

    private static final Field<?>[] MEMBER_COLUMNS = {MEMBERSHIPS.TENANT_ID, MEMBERSHIPS.USER_ID};

    private final DSLContext db;
    private final JooqUnits units;

    GateReads(DSLContext db, JooqUnits units) {
        this.db = db;
        this.units = units;
    }

    /** A state, and the versions that its accounts have in the database. */
    record Loaded(GateState state, Map<GateState.AccountRef, Long> accountVersions) {}

    Loaded load(List<GateCall> calls, Instant now, boolean lock) {
        var loading = new Loading(new GateKeys(calls));
        units.run(db, loading.first(now, lock));
        loading.second().run(db);
        return loading.loaded();
    }

    /** What the round trips of one batch bring. */
    static final class Loading {

        private final GateKeys keys;
        private final AccountReads accounts = new AccountReads();
        private final HoldingReads holdings = new HoldingReads();
        private final DecisionReads decisions = new DecisionReads();
        private final Map<TenantId, Tenant> tenants = new HashMap<>();
        private final Map<TenantId, Long> rightsVersions = new HashMap<>();
        private final Set<GateState.Member> members = new HashSet<>();
        private long catalogVersion;

        Loading(GateKeys keys) {
            this.keys = keys;
        }

        /** What a batch does not name is left out. */
        RoundTrip first(Instant now, boolean lock) {
            var sources = new GateSources(keys);
            var trip = new RoundTrip();
            accounts.addAccounts(trip, sources, lock);
            // Before what they count the changes of: that is at least as new as the versions say.
            trip.add(tenants(keys.tenants), row -> {
                var tenant = JooqTenants.tenant(row);
                tenants.put(tenant.id(), tenant);
                rightsVersions.put(tenant.id(), row.get(TENANTS.GATE_VERSION));
            });
            trip.add(CATALOG, row -> catalogVersion = row.get(CATALOG_VERSION.VERSION));
            if (keys.hasSpenders()) {
                var spenders = sources.spenders();
                holdings.addLimits(trip, spenders, lock);
                holdings.addHeld(trip, spenders, now);
            }
            var present = sources.accounts();
            accounts.addRest(trip, present);
            holdings.addOverdue(trip, present, now);
            decisions.addDecided(trip, List.copyOf(keys.idempotencyKeys));
            if (!keys.members.isEmpty()) {
                trip.add(GateSources.of(keys.members).probe(MEMBER_COLUMNS, MEMBER), row -> members.add(member(row)));
            }
            if (!keys.reservations.isEmpty()) {
                holdings.addNamed(trip, keys.reservations);
            }
            if (keys.hasEntities()) {
                holdings.addAllocations(trip, sources.entities());
            }
            if (!keys.refunds.isEmpty()) {
                decisions.addRefunds(trip, keys.refunds);
            }
            return trip;
        }

        /** Empty, as a rule. */
        RoundTrip second() {
            var trip = new RoundTrip();
            decisions.addEventsOfDecided(trip);
            return trip;
        }

        Loaded loaded() {
            var state = new GateState(
                    catalogVersion,
                    tenants,
                    rightsVersions,
                    members,
                    accounts.states(),
                    decisions.recorded(),
                    holdings.reservations(),
                    holdings.allocations(),
                    holdings.spending(),
                    decisions.charged(keys.refunds));
            return new Loaded(state, accounts.versions());
        }
    }

    private static Statement tenants(Set<UUID> ids) {
        return Statement.query(TENANT, TENANTS.fields(), (Object) ids.toArray(new UUID[0]));
    }

    private static GateState.Member member(Record row) {
        return new GateState.Member(
                new TenantId(row.get(MEMBERSHIPS.TENANT_ID)), new UserId(row.get(MEMBERSHIPS.USER_ID)));
    }

    /** A kept decision. */
    Optional<Decision> find(TenantId tenant, DecisionId id) {
        var ids = new Keys();
        ids.add(tenant, id);
        var decisions = new DecisionReads();
        var trip = new RoundTrip();
        decisions.addFound(trip, ids);
        trip.run(db);
        return decisions.found(new GateState.DecisionRef(tenant, id));
    }
}
