package io.allotment.server;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import org.HdrHistogram.Histogram;

/**
 * What one contender came to with so many callers: a line of the result.
 *
 * @param p50Millis half of the operations took no longer, of a batch each its part
 * @param p99Millis nor 99 of 100 of them than this
 */
record BenchCell(
        String workload, String contender, int callers, long opsPerSecond, BigDecimal p50Millis, BigDecimal p99Millis) {

    /** @param nanos of each batch of operations that was answered in this time */
    static BenchCell of(Workload workload, String contender, int callers, Histogram nanos, Duration time) {
        return new BenchCell(
                workload.toString(),
                contender,
                callers,
                Stopwatch.perSecond(nanos.getTotalCount() * workload.batch(), time),
                millis(nanos.getValueAtPercentile(50), workload.batch()),
                millis(nanos.getValueAtPercentile(99), workload.batch()));
    }

    /** In microseconds; where many were measured as one, in nanoseconds. */
    private static BigDecimal millis(long nanos, int batch) {
        return BigDecimal.valueOf(nanos, 6).divide(BigDecimal.valueOf(batch), batch == 1 ? 3 : 6, RoundingMode.HALF_UP);
    }
}
