package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClosedLoopTest {

    private static final BenchClock QUIET = new BenchClock(Duration.ofMillis(20), () -> 0);

    /** Long enough for callers to be heard in it, however busy the machine is. */
    private static final int SECONDS = 30;

    /** One whose warm-up ends when all have called. */
    private static ClosedLoop.Pace once(BooleanSupplier allHaveCalled) {
        return new ClosedLoop.Pace(1, 600, SECONDS, new BenchClock(Duration.ofMillis(20), () -> {
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (!allHaveCalled.getAsBoolean()) {
                assertThat(System.nanoTime() - until)
                        .as("all call within a minute")
                        .isNegative();
                Thread.onSpinWait();
            }
            return 0;
        }));
    }

    /** Longer than any test: only what stops it early ends it. */
    private static final ClosedLoop.Pace LONG =
            new ClosedLoop.Pace(1, 1, 600, new BenchClock(Duration.ofSeconds(1), () -> 0));

    @Test
    void every_caller_calls_and_what_is_answered_in_the_warm_up_does_not_count() {
        var calls = new AtomicInteger();
        var threads = ConcurrentHashMap.<Thread>newKeySet();
        var seconds = new AtomicInteger();

        var nanos = new ClosedLoop(3, once(() -> threads.size() == 3), seconds::incrementAndGet).run(random -> {
            calls.incrementAndGet();
            threads.add(Thread.currentThread());
        });

        assertThat(nanos.getTotalCount()).isPositive().isLessThan(calls.get());
        assertThat(seconds).hasValue(SECONDS);
    }

    @Test
    void it_warms_up_until_java_compiles_for_less_than_a_tenth_of_two_seconds_in_a_row() {
        var compiledMillis = List.of(0L, 20L, 21L, 23L, 24L, 24L).iterator();
        var pace = new ClosedLoop.Pace(1, 600, SECONDS, new BenchClock(Duration.ofMillis(20), compiledMillis::next));

        var nanos = new ClosedLoop(2, pace, () -> {}).run(random -> {});

        assertThat(compiledMillis).isExhausted();
        assertThat(nanos.getTotalCount()).isPositive();
    }

    @ParameterizedTest
    @CsvSource({
        "3, 3, false", // not yet, however quiet it is
        "4, 1, false",
        "4, 2, true",
        "29, 0, false",
        "30, 0, true", // for good
    })
    void a_warm_up_has_a_shortest_and_a_longest_time(int seconds, int quietSeconds, boolean warm) {
        assertThat(new ClosedLoop.Pace(4, 30, 5, QUIET).isWarm(seconds, quietSeconds))
                .isEqualTo(warm);
    }

    @Test
    void java_tells_for_how_long_it_has_compiled() {
        assertThat(BenchClock.ofThisProcess().compiledMillis().getAsLong()).isPositive();
    }

    @Test
    void each_caller_has_a_chance_of_its_own_and_the_same_in_each_run() {
        assertThat(firstChances()).hasSize(3).isEqualTo(firstChances());
    }

    private static Set<Long> firstChances() {
        var first = new ConcurrentHashMap<Thread, Long>();
        new ClosedLoop(3, once(() -> first.size() == 3), () -> {})
                .run(random -> first.putIfAbsent(Thread.currentThread(), random.nextLong()));
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
