package io.allotment.persistence.memory;

import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.gate.Reservation;
import io.allotment.domain.gate.Reservations;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

final class MemoryReservations implements Reservations {

    private static final Comparator<Reservation> LONGEST_OVERDUE = Comparator.comparing(Reservation::leaseUntil)
            .thenComparing(reservation -> reservation.id().toString());

    private final Tables tables;

    MemoryReservations(Tables tables) {
        this.tables = tables;
    }

    @Override
    public List<Reservation> listOverdue(TenantId tenant, AccountId account, Instant now) {
        return tables.openReservations
                .under(Key.of(tenant, account))
                .filter(reservation -> !reservation.holdsAt(now))
                .sorted(LONGEST_OVERDUE)
                .limit(MAX_OVERDUE)
                .toList();
    }

    @Override
    public void update(List<Reservation> changed) {
        changed.forEach(reservation -> {
            tables.reservations.requireToWrite(reservation);
            if (!tables.reservations.holds(Key.of(reservation.tenantId(), reservation.id()))) {
                throw new IllegalStateException("There is no reservation " + reservation.id() + " to update");
            }
            put(reservation);
        });
    }

    @Override
    public Optional<Reservation> find(TenantId tenant, ReservationId id) {
        return tables.reservations.find(Key.of(tenant, id));
    }

    @Override
    public Page<Reservation> list(TenantId tenant, AccountId account, Optional<Instant> holdingAt, PageRequest page) {
        return tables.reservations.pageBackwards(
                Key.of(tenant),
                Position.ID,
                page,
                reservation -> reservation.accountId().equals(account)
                        && holdingAt.map(reservation::holdsAt).orElse(true));
    }

    /** The credits of the spender's reservations that hold at a time, on any account. */
    Credits heldBy(SpendLimit.Spender spender, TenantId tenant, Instant now) {
        return tables.openReservationsBySpender
                .under(Key.of(tenant, spender.kind(), spender.id()))
                .filter(reservation -> reservation.holdsAt(now))
                .map(Reservation::credits)
                .reduce(Credits.ZERO, Credits::plus);
    }

    /** Writes a reservation, new or changed. */
    void put(Reservation reservation) {
        var tenant = reservation.tenantId();
        var id = reservation.id();
        tables.reservations.put(Key.of(tenant, id), reservation);
        putIfOpen(tables.openReservations, Key.of(tenant, reservation.accountId(), id), reservation);
        for (var spender : SpendLimit.Spender.of(reservation.actor())) {
            var key = Key.of(tenant, spender.kind(), spender.id(), id);
            putIfOpen(tables.openReservationsBySpender, key, reservation);
        }
    }

    private static void putIfOpen(Table<Reservation> open, Key key, Reservation reservation) {
        if (reservation.status() == Reservation.Status.HELD) {
            open.put(key, reservation);
        } else {
            open.remove(key);
        }
    }
}
