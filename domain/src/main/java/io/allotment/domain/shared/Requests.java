package io.allotment.domain.shared;

import java.time.Instant;
import java.util.Optional;

/**
 * Port: answers to changing requests, kept by their idempotency key, in the transaction of the change itself. Used
 * inside a unit of work; keys are scoped to its tenant, the platform's being apart.
 */
public interface Requests {

    /**
     * A request that was answered.
     *
     * @param fingerprint what it asked, so that another request under the same key is noticed
     * @param answer the answer, word for word
     */
    record Answered(String fingerprint, String answer) {}

    /**
     * Claims the key for this unit of work, or gives what was answered under it. A second claimer waits for the first
     * one's unit to end. Refuses a tenant that is not there, or not any more ({@link NotFound}).
     */
    Optional<Answered> claim(Optional<TenantId> tenant, IdempotencyKey key, String fingerprint, Instant now);

    /** What was answered under the key; empty while nothing was. Waits for nobody. */
    Optional<Answered> find(Optional<TenantId> tenant, IdempotencyKey key);

    /** Keeps the answer of the claimed key. */
    void answer(Optional<TenantId> tenant, IdempotencyKey key, String answer);
}
