package io.allotment.testkit.contract;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;

/** Several threads at once, each doing its part, none waited for longer than a minute. */
final class Together {

    private static final int SECONDS = 60;

    private Together() {}

    /** What came of a thread's part. */
    record Result<T>(Optional<T> value, Optional<Throwable> failure) {}

    /** All begin at the same moment. The results are in the order of the parts' numbers. */
    static <T> List<Result<T>> run(int threads, IntFunction<T> part) {
        var start = new CyclicBarrier(threads);
        var parts = new ArrayList<Callable<T>>();
        for (int i = 0; i < threads; i++) {
            int number = i;
            parts.add(() -> {
                start.await(SECONDS, TimeUnit.SECONDS);
                return part.apply(number);
            });
        }
        return run(parts);
    }

    static <T> List<Result<T>> run(List<Callable<T>> parts) {
        var pool = Executors.newFixedThreadPool(parts.size());
        try {
            var futures = parts.stream().map(pool::submit).toList();
            var results = new ArrayList<Result<T>>();
            for (var future : futures) {
                results.add(result(future));
            }
            return results;
        } finally {
            pool.shutdownNow();
        }
    }

    /** The results, where no part failed. */
    static <T> List<T> values(List<Result<T>> results) {
        results.forEach(result -> result.failure().ifPresent(failure -> {
            throw new AssertionError("a thread failed", failure);
        }));
        return results.stream().flatMap(result -> result.value().stream()).toList();
    }

    static void await(CountDownLatch latch) {
        try {
            if (!latch.await(SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("waited " + SECONDS + " seconds in vain");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError(interrupted);
        }
    }

    private static <T> Result<T> result(Future<T> future) {
        try {
            return new Result<>(Optional.ofNullable(future.get(SECONDS, TimeUnit.SECONDS)), Optional.empty());
        } catch (ExecutionException failed) {
            return new Result<>(Optional.empty(), Optional.of(failed.getCause()));
        } catch (TimeoutException stuck) {
            throw new AssertionError("a thread did not end within " + SECONDS + " seconds", stuck);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError(interrupted);
        }
    }
}
