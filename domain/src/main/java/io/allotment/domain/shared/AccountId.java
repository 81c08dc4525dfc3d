package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Names a billing account inside its tenant. It is its holder's id: the tenant's own for the tenant's account, the user's for a member's. */
public record AccountId(UUID value) implements Id {

    public AccountId {
        requireNonNull(value, "value");
    }

    /** Reads the usual text form; refuses anything else as {@code accountId}. */
    public static AccountId of(String text) {
        return new AccountId(Id.parse("accountId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
