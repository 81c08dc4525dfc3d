package io.allotment.server.prove;

import java.util.ArrayList;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Threads that do the same work at the same time. */
final class Crew implements AutoCloseable {

    private final int size;
    private final ExecutorService threads;

    /** What a member of the crew does. */
    interface Work {
        /** @param member from 0 */
        void run(int member) throws Exception;
    }

    Crew(int size) {
        this.size = size;
        this.threads = Executors.newFixedThreadPool(size, work -> {
            var thread = new Thread(work, "prove");
            thread.setDaemon(true);
            return thread;
        });
    }

    int size() {
        return size;
    }

    /** Begins the work; it ends with the barrier. */
    Barrier begin(Work work) {
        var ends = new ArrayList<Future<?>>(size);
        for (int i = 0; i < size; i++) {
            int member = i;
            ends.add(threads.submit(() -> {
                work.run(member);
                return null;
            }));
        }
        return () -> {
            RuntimeException failure = null;
            for (var end : ends) {
                try {
                    end.get();
                } catch (ExecutionException e) {
                    failure = failure != null ? failure : unwrapped(e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new CancellationException("interrupted");
                }
            }
            if (failure != null) {
                throw failure;
            }
        };
    }

    /** Where all have come to the end of their work. */
    interface Barrier {
        /** Waits for all; the first failure is thrown then. */
        void await();
    }

    /** All do it; the first failure is thrown when all have stopped. */
    void all(Work work) {
        begin(work).await();
    }

    private static RuntimeException unwrapped(ExecutionException e) {
        return e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
