package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CallersTest {

    @Test
    void everything_is_done_once() {
        var done = new ConcurrentLinkedQueue<Integer>();

        Callers.each(8, 1_000, done::add);

        assertThat(done)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 1_000).boxed().toList());
    }

    @Test
    void as_many_work_at_the_same_time_as_there_are_callers() {
        var together = new CyclicBarrier(4);

        Callers.each(4, 4, i -> {
            try {
                together.await(60, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });

        assertThat(together.isBroken()).isFalse();
    }

    @Test
    void the_first_failure_stops_the_others_and_is_thrown() {
        var done = new ConcurrentLinkedQueue<Integer>();

        assertThatThrownBy(() -> Callers.each(2, 1_000_000, i -> {
                    if (i == 10) {
                        throw new IllegalStateException("the eleventh");
                    }
                    done.add(i);
                }))
                .hasMessage("the eleventh");
        assertThat(done).hasSizeLessThan(1_000_000);
    }

    @Test
    void nothing_to_do_is_done_at_once() {
        Callers.each(8, 0, i -> {
            throw new AssertionError();
        });
    }
}
