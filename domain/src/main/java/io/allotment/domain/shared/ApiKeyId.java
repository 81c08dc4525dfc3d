package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Names an API key. */
public record ApiKeyId(UUID value) implements Id {

    public ApiKeyId {
        requireNonNull(value, "value");
    }

    /** Reads the usual text form; refuses anything else as {@code apiKeyId}. */
    public static ApiKeyId of(String text) {
        return new ApiKeyId(Id.parse("apiKeyId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
