package io.allotment.domain.gate;

/** What the gate is asked for. */
public enum Verb {
    /** May they? Nothing is kept. */
    CHECK,
    /** May they, and if so, it is done. */
    CONSUME,
    /** May they, and if so, the worst case is set aside under a lease. */
    RESERVE,
    /** The lease of a reservation goes on. */
    RENEW,
    /** A reservation is replaced by what was really used. */
    SETTLE,
    /** A reservation, or what something holds of an allocated feature, is given back. */
    RELEASE,
    /** A wrong charge is undone. */
    REFUND,
    /** What was used without asking is recorded. */
    RECORD
}
