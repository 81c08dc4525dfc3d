package io.allotment.application.shared;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Ids;
import java.time.Clock;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * UUIDv7 (RFC 9562, method 1 of section 6.2): 48 bits of milliseconds, a 12-bit counter that makes the ids of one
 * millisecond ascend, 62 random bits. When a millisecond gives more than 4,096 ids, or the clock goes back, the ids run
 * ahead of the clock rather than out of order.
 */
public final class UuidV7 implements Ids {

    private final Clock clock;
    private final RandomGenerator random;
    /** Milliseconds and counter of the last id, as one ascending number. */
    private final AtomicLong last = new AtomicLong();

    /** @param random thread-safe; unpredictable where ids must not be guessed */
    public UuidV7(Clock clock, RandomGenerator random) {
        this.clock = requireNonNull(clock, "clock");
        this.random = requireNonNull(random, "random");
    }

    @Override
    public UUID next() {
        long now = clock.millis() << 12;
        long tick = last.updateAndGet(before -> Math.max(before + 1, now));
        long high = (tick >>> 12) << 16 | 0x7000 | (tick & 0xFFF);
        long low = 0x8000_0000_0000_0000L | random.nextLong() >>> 2;
        return new UUID(high, low);
    }
}
