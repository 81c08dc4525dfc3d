package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Names a person who signs in; the same one in every tenant they belong to. */
public record UserId(UUID value) implements Id {

    public UserId {
        requireNonNull(value, "value");
    }

    /** Reads the usual text form; refuses anything else as {@code userId}. */
    public static UserId of(String text) {
        return new UserId(Id.parse("userId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
