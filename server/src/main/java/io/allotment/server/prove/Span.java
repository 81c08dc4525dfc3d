package io.allotment.server.prove;

import java.time.Duration;

/** A share of the proof's time, from the moment it is made. */
final class Span {

    private final long end;

    Span(Duration length) {
        end = System.nanoTime() + length.toNanos();
    }

    boolean isOver() {
        return System.nanoTime() - end >= 0;
    }
}
