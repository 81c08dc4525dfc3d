package io.allotment.domain.subscription;

import java.time.Instant;

/**
 * What becomes of a state that is known when another one is told: the same whichever came first, and however often. A state that
 * is final stays; else the newest is the present one. Of two different ones of one second nobody can tell: the gateway is asked.
 */
public enum Joining {
    /** What is known stays: it is newer, or the same. */
    KEEP,
    /** What is told is newer. */
    TAKE,
    /** Neither can be told to be newer: to be asked for. */
    ASK;

    /**
     * @param isSame whether both say the same
     * @param asked whether the told one was asked for: it is the present one, unless it is older
     */
    public static Joining of(
            Instant known, boolean knownIsFinal, Instant told, boolean toldIsFinal, boolean isSame, boolean asked) {
        if (isSame) {
            return told.isAfter(known) ? TAKE : KEEP;
        }
        if (knownIsFinal != toldIsFinal) {
            return toldIsFinal ? TAKE : KEEP;
        }
        int newer = told.compareTo(known);
        if (newer != 0) {
            return newer > 0 ? TAKE : KEEP;
        }
        return asked ? TAKE : ASK;
    }
}
