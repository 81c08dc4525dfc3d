package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ClosedLoopTest {

    private static final ClosedLoop.Pace SHORT = new ClosedLoop.Pace(1, 3, Duration.ofMillis(20));

    /** Longer than any test: only what stops it early ends it. */
    private static final ClosedLoop.Pace LONG = new ClosedLoop.Pace(1, 600, Duration.ofSeconds(1));

    @Test
    void every_caller_calls_and_what_is_answered_in_the_warm_up_does_not_count() {
        var calls = new AtomicInteger();
        var threads = ConcurrentHashMap.<Thread>newKeySet();
        var seconds = new AtomicInteger();

        var nanos = new ClosedLoop(3, SHORT, seconds::incrementAndGet).run(random -> {
            calls.incrementAndGet();
            threads.add(Thread.currentThread());
        });

        assertThat(threads).hasSize(3);
        assertThat(nanos.getTotalCount()).isPositive().isLessThan(calls.get());
        assertThat(seconds).hasValue(4);
    }

    @Test
    void each_caller_has_a_chance_of_its_own_and_the_same_in_each_run() {
        assertThat(firstChances()).hasSize(3).isEqualTo(firstChances());
    }

    private static Set<Long> firstChances() {
        var first = new ConcurrentHashMap<Thread, Long>();
        new ClosedLoop(3, SHORT, () -> {}).run(random -> first.putIfAbsent(Thread.currentThread(), random.nextLong()));
        return first.values().stream().collect(Collectors.toSet());
    }

    @Test
    void a_failure_stops_all_callers_and_is_thrown() {
        var calls = new AtomicInteger();

        assertThatThrownBy(() -> new ClosedLoop(4, LONG, () -> {}).run(random -> {
                    if (calls.incrementAndGet() == 100) {
                        throw new IllegalStateException("the hundredth");
                    }
                }))
                .hasMessage("the hundredth");
    }

    @Test
    void an_interrupt_stops_all_callers() {
        var thread = Thread.currentThread();
        var calls = new AtomicInteger();

        assertThatThrownBy(() -> new ClosedLoop(4, LONG, () -> {}).run(random -> {
                    if (calls.incrementAndGet() == 100) {
                        thread.interrupt();
                    }
                }))
                .hasMessage("interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }
}
