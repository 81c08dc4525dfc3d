package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Names a credit grant inside its tenant. */
public record GrantId(UUID value) implements Id {

    public GrantId {
        requireNonNull(value, "value");
    }

    /** Reads the usual text form; refuses anything else as {@code grantId}. */
    public static GrantId of(String text) {
        return new GrantId(Id.parse("grantId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
