package io.allotment.server.prove;

import java.util.Locale;

/** What is done to the gate while it works. */
enum Fault {
    /** The connection goes before the server hears of the COMMIT. */
    CUT_BEFORE_COMMIT,
    /** The connection goes when the COMMIT is on its way. */
    CUT_DURING_COMMIT,
    /** The connection goes when the server has committed, and nobody is told. */
    CUT_AFTER_COMMIT,
    DEADLOCK,
    SERIALIZATION_FAILURE,
    LOCK_TIMEOUT,
    SLOW_STATEMENT,
    READ_ONLY,
    DATABASE_KILLED,
    PROCESS_KILLED;

    /** As the report names it: {@code cut-before-commit}. */
    String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
