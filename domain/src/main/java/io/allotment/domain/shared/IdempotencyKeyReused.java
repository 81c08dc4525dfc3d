package io.allotment.domain.shared;

/** The key was used before for something else. The first use stands; nothing was done for this one. */
public final class IdempotencyKeyReused extends Refusal {

    public IdempotencyKeyReused(IdempotencyKey key) {
        super(
                Kind.CONFLICT,
                "idempotency-key-reused",
                "Idempotency-Key",
                "The idempotency key " + key + " was used before for a different request; use a new key.");
    }
}
