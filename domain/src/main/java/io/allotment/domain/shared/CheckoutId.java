package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Names an account's way to pay for a subscription, inside its tenant. */
public record CheckoutId(UUID value) implements Id {

    public CheckoutId {
        requireNonNull(value, "value");
    }

    /** Reads the usual text form; refuses anything else as {@code checkoutId}. */
    public static CheckoutId of(String text) {
        return new CheckoutId(Id.parse("checkoutId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
