package io.allotment.domain.gate;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Port: work under way. The gate's store makes reservations and ends them. */
public interface Reservations {

    /** How many of an account are found lapsed at once; more are found the next time. */
    int MAX_OVERDUE = 1_000;

    /** The account's that still hold though their lease has ended by then, longest overdue first. */
    List<Reservation> listOverdue(TenantId tenant, AccountId account, Instant now);

    /** Writes how reservations that are there stand now; under their account's lock. */
    void update(List<Reservation> changed);

    /** As it is stored: one whose lease has ended may still say {@code HELD}. */
    Optional<Reservation> find(TenantId tenant, ReservationId id);

    /**
     * The account's, newest first.
     *
     * @param holdingAt only those that hold at the time
     */
    Page<Reservation> list(TenantId tenant, AccountId account, Optional<Instant> holdingAt, PageRequest page);
}
