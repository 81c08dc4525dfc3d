package io.allotment.server;

import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/** Several threads work through a list, each taking what nobody has taken: so there is no queue that could grow. */
final class Callers {

    private Callers() {}

    /** Calls the work with 0 to count − 1. The first failure stops all, and is thrown when every caller has stopped. */
    static void each(int callers, int count, IntConsumer work) {
        var next = new AtomicInteger();
        var stopped = new AtomicBoolean();
        Callable<Void> caller = () -> {
            for (int i = next.getAndIncrement(); i < count && !stopped.get(); i = next.getAndIncrement()) {
                work.accept(i);
            }
            return null;
        };
        var threads = Executors.newFixedThreadPool(callers);
        try {
            var ends = new ExecutorCompletionService<Void>(threads);
            for (int i = 0; i < callers; i++) {
                ends.submit(caller);
            }
            RuntimeException failure = null;
            for (int i = 0; i < callers; i++) {
                try {
                    ends.take().get();
                } catch (ExecutionException e) {
                    stopped.set(true);
                    failure = failure != null ? failure : unwrapped(e);
                }
            }
            if (failure != null) {
                throw failure;
            }
        } catch (InterruptedException e) {
            stopped.set(true);
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted");
        } finally {
            threads.shutdown();
        }
    }

    /** What went wrong in a caller. */
    static RuntimeException unwrapped(ExecutionException e) {
        return e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
    }
}
