package io.allotment.persistence.jooq;

/** What this process remembered is not what the database has. */
final class RememberedOld extends RuntimeException {

    RememberedOld() {
        super("remembered by an old version", null, false, false);
    }
}
