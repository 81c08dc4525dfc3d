package io.allotment.server;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;

/** Runs from the moment it is made. */
final class Stopwatch {

    private final long start = System.nanoTime();

    Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** To milliseconds. */
    static BigDecimal seconds(Duration time) {
        return BigDecimal.valueOf(time.toMillis(), 3);
    }

    static long perSecond(long count, Duration time) {
        return BigDecimal.valueOf(count)
                .multiply(BigDecimal.valueOf(1_000_000_000))
                .divide(BigDecimal.valueOf(Math.max(1, time.toNanos())), 0, RoundingMode.HALF_UP)
                .longValueExact();
    }
}
