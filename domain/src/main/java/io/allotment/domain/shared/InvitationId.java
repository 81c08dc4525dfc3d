package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Names an invitation. */
public record InvitationId(UUID value) implements Id {

    public InvitationId {
        requireNonNull(value, "value");
    }

    /** Reads the usual text form; refuses anything else as {@code invitationId}. */
    public static InvitationId of(String text) {
        return new InvitationId(Id.parse("invitationId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
