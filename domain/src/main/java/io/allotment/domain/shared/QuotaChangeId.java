package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Names a manual change or a reset of a quota inside its tenant. */
public record QuotaChangeId(UUID value) implements Id {

    public QuotaChangeId {
        requireNonNull(value, "value");
    }

    /** Reads the usual text form; refuses anything else as {@code quotaChangeId}. */
    public static QuotaChangeId of(String text) {
        return new QuotaChangeId(Id.parse("quotaChangeId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
