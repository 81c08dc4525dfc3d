package io.allotment.server;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import org.HdrHistogram.Histogram;

/**
 * What one contender came to with so many callers: a line of the result.
 *
 * @param p50Millis half of the operations took no longer
 * @param p99Millis nor 99 of 100 of them than this
 */
record BenchCell(
        String workload, String contender, int callers, long opsPerSecond, BigDecimal p50Millis, BigDecimal p99Millis) {

    /** @param nanos of each operation that was answered in this time */
    static BenchCell of(Workload workload, String contender, int callers, Histogram nanos, Duration time) {
        return new BenchCell(
                workload.toString(),
                contender,
                callers,
                Stopwatch.perSecond(nanos.getTotalCount(), time),
                millis(nanos.getValueAtPercentile(50)),
                millis(nanos.getValueAtPercentile(99)));
    }

    private static BigDecimal millis(long nanos) {
        return BigDecimal.valueOf(nanos, 6).setScale(3, RoundingMode.HALF_UP);
    }
}
