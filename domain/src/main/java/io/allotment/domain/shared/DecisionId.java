package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Names a decision of the gate, and the usage event it recorded, inside its tenant. */
public record DecisionId(UUID value) implements Id {

    public DecisionId {
        requireNonNull(value, "value");
    }

    /** Reads the usual text form; refuses anything else as {@code decisionId}. */
    public static DecisionId of(String text) {
        return new DecisionId(Id.parse("decisionId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
