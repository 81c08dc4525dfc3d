package io.allotment.domain.gate;

/** What the gate is asked for. */
public enum Verb {
    /** May they? Nothing is kept. */
    CHECK,
    /** May they, and if so, it is done. */
    CONSUME
}
