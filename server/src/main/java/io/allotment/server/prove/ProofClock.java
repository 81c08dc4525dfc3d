package io.allotment.server.prove;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that stands still until the driver moves it. */
final class ProofClock extends Clock {

    private volatile Instant present;

    ProofClock(Instant start) {
        present = start;
    }

    void set(Instant now) {
        present = now;
    }

    @Override
    public Instant instant() {
        return present;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    /** The same clock: nobody asks it for its zone. */
    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
