package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Names a reservation inside its tenant: the id of the decision that made it. */
public record ReservationId(UUID value) implements Id {

    public ReservationId {
        requireNonNull(value, "value");
    }

    /** A reservation has the id of the decision that made it. */
    public static ReservationId madeBy(DecisionId decision) {
        return new ReservationId(decision.value());
    }

    /** Reads the usual text form; refuses anything else as {@code reservationId}. */
    public static ReservationId of(String text) {
        return new ReservationId(Id.parse("reservationId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
