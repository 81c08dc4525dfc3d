package io.allotment.persistence.jooq;

/** Another transaction used one of a batch's idempotency keys since they were looked up. */
final class KeysTaken extends RuntimeException {

    KeysTaken() {
        super("keys taken", null, false, false);
    }
}
