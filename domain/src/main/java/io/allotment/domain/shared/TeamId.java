package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Names a team. */
public record TeamId(UUID value) implements Id {

    public TeamId {
        requireNonNull(value, "value");
    }

    /** Reads the usual text form; refuses anything else as {@code teamId}. */
    public static TeamId of(String text) {
        return new TeamId(Id.parse("teamId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
