package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.ALLOCATIONS;
import static io.allotment.persistence.jooq.generated.Tables.RESERVATIONS;
import static io.allotment.persistence.jooq.generated.Tables.SPEND_LIMITS;

import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.gate.Reservation;
import io.allotment.domain.gate.Reservations;
import io.allotment.domain.quota.Allocation;
import io.allotment.domain.shared.Credits;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.Record;

/** What is held in a batch's surroundings: reservations, what spenders have spent and hold, allocations. */
final class HoldingReads {

    private static final String OVERDUE = "select " + Columns.of("r", RESERVATIONS) + """
             from allotment.reservations r
            where r.tenant_id = k.tenant_id and r.account_id = k.account_id and r.status = 'HELD' and r.lease_until <= ?
            order by r.lease_until
            limit\s""" + Reservations.MAX_OVERDUE;

    private static final String NAMED = "select " + Columns.of("r", RESERVATIONS) + """
             from allotment.reservations r
            where r.tenant_id = k.tenant_id and r.id = k.id
            offset 0
            """;

    private static final String LIMITS = "select " + Columns.of("l", SPEND_LIMITS) + """
             from allotment.spend_limits l
            where l.tenant_id = k.tenant_id and l.spender_kind = k.kind and l.spender_id = k.id
            order by l.limit_window
            offset 0
            """;

    private static final String LOCKED_LIMITS = LIMITS + "for no key update of l";

    /** Of those alone that have a limit. */
    private static final String HELD = """
            select k.tenant_id, k.kind, k.id, r.credits
            from (
                select sum(r.credits) as credits from allotment.reservations r
                where k.kind = 'MEMBER' and r.tenant_id = k.tenant_id and r.actor_user_id = k.id and r.status = 'HELD'
                  and r.lease_until > ?
                union all
                select sum(r.credits) from allotment.reservations r
                where k.kind = 'API_KEY' and r.tenant_id = k.tenant_id and r.actor_key_id = k.id and r.status = 'HELD'
                  and r.lease_until > ?
            ) r
            where r.credits is not null
              and exists (
                  select from allotment.spend_limits l
                  where l.tenant_id = k.tenant_id and l.spender_kind = k.kind and l.spender_id = k.id)
            offset 0
            """;

    private static final Field<?>[] HELD_COLUMNS = {
        SPEND_LIMITS.TENANT_ID, SPEND_LIMITS.SPENDER_KIND, SPEND_LIMITS.SPENDER_ID, RESERVATIONS.CREDITS
    };

    /** The index goes by "C", what comes as a parameter does not. */
    private static final String ALLOCATED = "select " + Columns.of("a", ALLOCATIONS) + """
             from allotment.allocations a
            where a.tenant_id = k.tenant_id and a.related_type = k.type collate "C" and a.related_id = k.id collate "C"
            offset 0
            """;

    private record SpenderRef(UUID tenant, String kind, UUID id) {}

    private final Map<GateState.ReservationRef, Reservation> reservations = new HashMap<>();
    private final List<SpendLimit> limits = new ArrayList<>();
    private final Map<SpenderRef, Credits> held = new HashMap<>();
    private final Map<Allocation.Ref, Allocation> allocations = new HashMap<>();

    /** After the accounts' locks, in every batch. */
    void addLimits(RoundTrip trip, GateSources.Source spenders, boolean lock) {
        trip.add(
                spenders.probe(SPEND_LIMITS.fields(), lock ? LOCKED_LIMITS : LIMITS),
                row -> limits.add(JooqSpendLimits.limit(row)));
    }

    /** After the limits' locks. */
    void addHeld(RoundTrip trip, GateSources.Source spenders, Instant now) {
        trip.add(
                spenders.probe(HELD_COLUMNS, HELD, now, now),
                row -> held.put(spender(row), new Credits(row.get(RESERVATIONS.CREDITS))));
    }

    private static SpenderRef spender(Record row) {
        return new SpenderRef(
                row.get(SPEND_LIMITS.TENANT_ID), row.get(SPEND_LIMITS.SPENDER_KIND), row.get(SPEND_LIMITS.SPENDER_ID));
    }

    void addOverdue(RoundTrip trip, GateSources.Source accounts, Instant now) {
        trip.add(accounts.probe(RESERVATIONS.fields(), OVERDUE, now), this::put);
    }

    void addNamed(RoundTrip trip, Keys named) {
        trip.add(GateSources.of(named).probe(RESERVATIONS.fields(), NAMED), this::put);
    }

    private void put(Record row) {
        var reservation = JooqReservations.reservation(row);
        reservations.put(new GateState.ReservationRef(reservation.tenantId(), reservation.id()), reservation);
    }

    void addAllocations(RoundTrip trip, GateSources.Source entities) {
        trip.add(entities.probe(ALLOCATIONS.fields(), ALLOCATED), row -> {
            var allocation = JooqAllocations.allocation(row);
            allocations.put(allocation.ref(), allocation);
        });
    }

    Map<GateState.ReservationRef, Reservation> reservations() {
        return reservations;
    }

    List<GateState.Spending> spending() {
        var spending = new ArrayList<GateState.Spending>(limits.size());
        for (var limit : limits) {
            var spender = new SpenderRef(
                    limit.tenantId().value(),
                    limit.spender().kind().name(),
                    limit.spender().id());
            spending.add(new GateState.Spending(limit, held.getOrDefault(spender, Credits.ZERO)));
        }
        return spending;
    }

    Map<Allocation.Ref, Allocation> allocations() {
        return allocations;
    }
}
