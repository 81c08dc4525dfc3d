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
 * Callers that send their next operation as soon as the last one was answered. After a warm-up, what is answered within
 * the measured time counts, from whenever it was sent: an operation that is still under way at the end counts for nothing.
 */
final class ClosedLoop {

    /** Within one percent, in some kilobytes for each caller. */
    private static final int SIGNIFICANT_DIGITS = 2;

    private static final int STOP_PATIENCE_SECONDS = 10;

    private final int callers;
    private final Pace pace;
    private final Runnable eachSecond;
    private volatile boolean stopped;

    /**
     * How long it goes.
     *
     * @param warmUpSeconds in which connections are opened, statements prepared and code is compiled
     * @param seconds that are measured
     * @param second how long one is: tests have no time for whole ones
     */
    record Pace(int warmUpSeconds, int seconds, Duration second) {

        Duration warmUp() {
            return second.multipliedBy(warmUpSeconds);
        }

        Duration measured() {
            return second.multipliedBy(seconds);
        }

        /** In all. */
        int steps() {
            return warmUpSeconds + seconds;
        }
    }

    /** @param eachSecond called once for each second of warm-up and measurement */
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
            return merged(ends);
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
        long from = pace.warmUp().toNanos();
        long to = from + pace.measured().toNanos();
        return () -> {
            var nanos = new Histogram(SIGNIFICANT_DIGITS);
            long sent = System.nanoTime() - start;
            while (sent < to && !stopped) {
                operation.accept(random);
                long answered = System.nanoTime() - start;
                if (answered >= from && answered < to) {
                    nanos.recordValue(answered - sent);
                }
                sent = answered;
            }
            return nanos;
        };
    }

    private Histogram merged(ExecutorCompletionService<Histogram> ends) throws InterruptedException {
        var all = new Histogram(SIGNIFICANT_DIGITS);
        RuntimeException failure = null;
        int secondsLeft = pace.steps();
        for (int ended = 0; ended < callers; ) {
            var end = ends.poll(pace.second().toNanos(), TimeUnit.NANOSECONDS);
            if (end != null) {
                ended++;
                try {
                    all.add(end.get());
                } catch (ExecutionException e) {
                    stopped = true;
                    failure = failure != null ? failure : unwrapped(e);
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

    private static RuntimeException unwrapped(ExecutionException e) {
        return e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
    }
}
