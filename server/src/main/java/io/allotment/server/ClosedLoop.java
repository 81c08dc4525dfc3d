package io.allotment.server;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.HdrHistogram.Histogram;

/**
 * Callers that send their next operation as soon as the last one was answered. After a warm-up, which lasts until Java has
 * compiled what it runs, what is answered within the measured time counts, from whenever it was sent: an operation that is
 * still under way at the end counts for nothing.
 */
final class ClosedLoop {

    /** Within one percent, in some kilobytes for each caller. */
    private static final int SIGNIFICANT_DIGITS = 2;

    private static final int STOP_PATIENCE_SECONDS = 10;

    private final int callers;
    private final Pace pace;
    private final Runnable eachSecond;

    /** When the measured time begins, in nanoseconds from the start: not before the warm-up is over. */
    private volatile long from = Long.MAX_VALUE;

    private volatile boolean stopped;

    /**
     * How long it goes.
     *
     * @param warmUpSeconds at least, in which connections are opened and statements prepared
     * @param maxWarmUpSeconds then it is measured even while Java compiles
     * @param seconds that are measured
     */
    record Pace(int warmUpSeconds, int maxWarmUpSeconds, int seconds, BenchClock clock) {

        /** Of a second: what compiling takes then is a twentieth of two cores, less than one run differs from the next. */
        private static final int COMPILING_PART = 10;

        /** In a row: Java tells of a compilation when it ends, and one may well take longer than a second. */
        private static final int QUIET_SECONDS = 2;

        Duration measured() {
            return clock.second().multipliedBy(seconds);
        }

        /** @param compiledMillis for how long Java compiled in a second */
        boolean isQuiet(long compiledMillis) {
            return compiledMillis * COMPILING_PART < clock.second().toMillis();
        }

        /**
         * Whether it may be measured now.
         *
         * @param warmSeconds have passed
         * @param quietSeconds were the last of them
         */
        boolean isWarm(int warmSeconds, int quietSeconds) {
            return warmSeconds >= maxWarmUpSeconds || warmSeconds >= warmUpSeconds && quietSeconds >= QUIET_SECONDS;
        }
    }

    /** @param eachSecond called once for each second that is measured */
    ClosedLoop(int callers, Pace pace, Runnable eachSecond) {
        this.callers = callers;
        this.pace = pace;
        this.eachSecond = eachSecond;
    }

    /**
     * Runs the operation; gives the nanoseconds that each one took. The first failure stops all callers, and is thrown when
     * they have stopped.
     *
     * @param operation gets the caller's source of chance, which is the same in each run
     */
    Histogram run(Consumer<RandomGenerator> operation) {
        var threads = Executors.newFixedThreadPool(callers);
        try {
            var ends = new ExecutorCompletionService<Histogram>(threads);
            long start = System.nanoTime();
            for (int i = 0; i < callers; i++) {
                ends.submit(caller(start, new SplittableRandom(i), operation));
            }
            return merged(ends, start);
        } catch (InterruptedException e) {
            stopped = true;
            threads.shutdown();
            awaitEnd(threads);
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted");
        } finally {
            threads.shutdown();
        }
    }

    private Callable<Histogram> caller(long start, RandomGenerator random, Consumer<RandomGenerator> operation) {
        long measured = pace.measured().toNanos();
        return () -> {
            var nanos = new Histogram(SIGNIFICANT_DIGITS);
            long sent = System.nanoTime() - start;
            while (sent - from < measured && !stopped) {
                operation.accept(random);
                long answered = System.nanoTime() - start;
                long since = answered - from;
                if (since >= 0 && since < measured) {
                    nanos.recordValue(answered - sent);
                }
                sent = answered;
            }
            return nanos;
        };
    }

    private Histogram merged(ExecutorCompletionService<Histogram> ends, long start) throws InterruptedException {
        var clock = pace.clock();
        var all = new Histogram(SIGNIFICANT_DIGITS);
        RuntimeException failure = null;
        int warmSeconds = 0;
        int quietSeconds = 0;
        long compiled = clock.compiledMillis().getAsLong();
        int secondsLeft = pace.seconds();
        for (int ended = 0; ended < callers; ) {
            var end = ends.poll(clock.second().toNanos(), TimeUnit.NANOSECONDS);
            if (end != null) {
                ended++;
                try {
                    all.add(end.get());
                } catch (ExecutionException e) {
                    stopped = true;
                    failure = failure != null ? failure : Callers.unwrapped(e);
                }
            } else if (from == Long.MAX_VALUE) {
                warmSeconds++;
                long now = clock.compiledMillis().getAsLong();
                quietSeconds = pace.isQuiet(now - compiled) ? quietSeconds + 1 : 0;
                compiled = now;
                if (pace.isWarm(warmSeconds, quietSeconds)) {
                    from = System.nanoTime() - start;
                }
            } else if (secondsLeft > 0) {
                secondsLeft--;
                eachSecond.run();
            }
        }
        if (failure != null) {
            throw failure;
        }
        for (; secondsLeft > 0; secondsLeft--) {
            eachSecond.run();
        }
        return all;
    }

    private static void awaitEnd(ExecutorService threads) {
        try {
            threads.awaitTermination(STOP_PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException again) {
            // Then we go without waiting.
        }
    }
}
