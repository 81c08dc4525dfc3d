package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Names a session. */
public record SessionId(UUID value) implements Id {

    public SessionId {
        requireNonNull(value, "value");
    }

    /** Reads the usual text form; refuses anything else as {@code sessionId}. */
    public static SessionId of(String text) {
        return new SessionId(Id.parse("sessionId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
