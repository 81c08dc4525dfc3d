package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Names one immutable version of a plan. */
public record PlanVersionId(UUID value) implements Id {

    public PlanVersionId {
        requireNonNull(value, "value");
    }

    /** Reads the usual text form; refuses anything else as {@code planVersionId}. */
    public static PlanVersionId of(String text) {
        return new PlanVersionId(Id.parse("planVersionId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
