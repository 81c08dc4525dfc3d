package io.allotment.persistence.jooq;

/** Another transaction used one of a batch's idempotency keys since they were looked up. */
final class KeysTaken extends RuntimeException {

    /** @param failure what the database said */
    KeysTaken(Throwable failure) {
        super("keys taken", failure, false, false);
    }
}
