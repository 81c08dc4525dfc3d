package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Names a subscription inside its tenant. */
public record SubscriptionId(UUID value) implements Id {

    public SubscriptionId {
        requireNonNull(value, "value");
    }

    /** Reads the usual text form; refuses anything else as {@code subscriptionId}. */
    public static SubscriptionId of(String text) {
        return new SubscriptionId(Id.parse("subscriptionId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
