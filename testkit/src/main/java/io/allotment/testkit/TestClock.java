package io.allotment.testkit;

import static java.util.Objects.requireNonNull;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;

/** A clock that stands still until it is told otherwise. Thread-safe. */
public final class TestClock extends Clock {

    private final AtomicReference<Instant> present;
    private final ZoneId zone;

    private TestClock(AtomicReference<Instant> present, ZoneId zone) {
        this.present = present;
        this.zone = zone;
    }

    public static TestClock at(Instant start) {
        return new TestClock(new AtomicReference<>(requireNonNull(start, "start")), ZoneOffset.UTC);
    }

    /** @param start such as {@code 2026-03-10T09:30:00Z} */
    public static TestClock at(String start) {
        return at(Instant.parse(start));
    }

    /** Lets time pass, and gives the new present. */
    public Instant advance(Duration time) {
        return present.updateAndGet(now -> now.plus(time));
    }

    public void set(Instant now) {
        present.set(requireNonNull(now, "now"));
    }

    @Override
    public Instant instant() {
        return present.get();
    }

    @Override
    public ZoneId getZone() {
        return zone;
    }

    /** The same time in another zone: both clocks stay in step. */
    @Override
    public Clock withZone(ZoneId other) {
        return new TestClock(present, other);
    }
}
