package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Names what was ordered of a gateway for a subscription, inside its tenant. */
public record BillingOrderId(UUID value) implements Id {

    public BillingOrderId {
        requireNonNull(value, "value");
    }

    /** Reads the usual text form; refuses anything else as {@code billingOrderId}. */
    public static BillingOrderId of(String text) {
        return new BillingOrderId(Id.parse("billingOrderId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
