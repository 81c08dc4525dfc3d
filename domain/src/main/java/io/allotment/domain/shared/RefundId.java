package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Names money that went back, inside its tenant. */
public record RefundId(UUID value) implements Id {

    public RefundId {
        requireNonNull(value, "value");
    }

    /** Reads the usual text form; refuses anything else as {@code refundId}. */
    public static RefundId of(String text) {
        return new RefundId(Id.parse("refundId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
