package io.allotment.domain.gate;

import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.ReservationId;

/** A reservation that has ended neither renews nor ends again. */
public final class ReservationEnded extends Refusal {

    private final Reservation.Status status;

    public ReservationEnded(ReservationId id, Reservation.Status status) {
        super(
                Kind.CONFLICT,
                "reservation-ended",
                "reservation",
                "The reservation " + id + " is " + status + " already"
                        + (status == Reservation.Status.LAPSED
                                ? "; it can still be settled, as a late charge."
                                : " and cannot change any more."));
        this.status = status;
    }

    public Reservation.Status status() {
        return status;
    }
}
