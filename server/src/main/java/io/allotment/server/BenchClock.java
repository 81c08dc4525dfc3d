package io.allotment.server;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * By what a measurement goes.
 *
 * @param second how long one is: tests have no time for whole ones
 * @param compiledMillis for how long Java has compiled so far; does not grow where Java does not tell
 */
record BenchClock(Duration second, LongSupplier compiledMillis) {

    static BenchClock ofThisProcess() {
        // There is none where everything is interpreted.
        var compiler = ManagementFactory.getCompilationMXBean();
        boolean tells = compiler != null && compiler.isCompilationTimeMonitoringSupported();
        return new BenchClock(Duration.ofSeconds(1), tells ? compiler::getTotalCompilationTime : () -> 0);
    }
}
