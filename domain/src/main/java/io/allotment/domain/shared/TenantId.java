package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Names a tenant: the unit of isolation. */
public record TenantId(UUID value) implements Id {

    public TenantId {
        requireNonNull(value, "value");
    }

    /** Reads the usual text form; refuses anything else as {@code tenantId}. */
    public static TenantId of(String text) {
        return new TenantId(Id.parse("tenantId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
