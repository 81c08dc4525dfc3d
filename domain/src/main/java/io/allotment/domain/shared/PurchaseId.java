package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Names a purchase inside its tenant. */
public record PurchaseId(UUID value) implements Id {

    public PurchaseId {
        requireNonNull(value, "value");
    }

    /** Reads the usual text form; refuses anything else as {@code purchaseId}. */
    public static PurchaseId of(String text) {
        return new PurchaseId(Id.parse("purchaseId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
