package io.allotment.application.shared;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UuidV7Test {

    private static final Instant NOW = Instant.parse("2026-03-10T12:00:00.123Z");

    @Test
    void an_id_is_a_uuid_of_version_7_and_variant_2() {
        var ids = new UuidV7(fixed(NOW), new Random(1));

        for (int i = 0; i < 10_000; i++) {
            var id = ids.next();
            assertThat(id.version()).isEqualTo(7);
            assertThat(id.variant()).isEqualTo(2);
            assertThat(id.toString()).matches("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MAX_VALUE, Long.MIN_VALUE, 0x5555_5555_5555_5555L})
    void version_and_variant_hold_whatever_the_random_bits(long bits) {
        RandomGenerator constant = () -> bits;

        var id = new UuidV7(fixed(NOW), constant).next();

        assertThat(id.version()).isEqualTo(7);
        assertThat(id.variant()).isEqualTo(2);
    }

    @Test
    void an_id_begins_with_its_milliseconds() {
        var id = new UuidV7(fixed(NOW), new Random(1)).next();

        assertThat(milliseconds(id)).isEqualTo(NOW.toEpochMilli());
    }

    @Test
    void the_example_of_the_standard_is_told_the_same() {
        var example = UUID.fromString("017F22E2-79B0-7CC3-98C4-DC0C0C07398F");

        assertThat(milliseconds(example))
                .isEqualTo(Instant.parse("2022-02-22T19:22:22Z").toEpochMilli());
    }

    @Test
    void the_random_bits_differ_from_id_to_id() {
        var ids = new UuidV7(fixed(NOW), new Random(1));

        assertThat(Stream.generate(ids::next).limit(1_000).map(UUID::getLeastSignificantBits))
                .doesNotHaveDuplicates();
    }

    @Test
    void ids_ascend_while_the_clock_stands_still_also_beyond_what_a_millisecond_holds() {
        var ids = new UuidV7(fixed(NOW), new Random(1));

        var made = Stream.generate(ids::next).limit(10_000).toList();

        assertThatTheyAscend(made);
        assertThat(milliseconds(made.get(4_095))).isEqualTo(NOW.toEpochMilli());
        assertThat(milliseconds(made.get(4_096))).isEqualTo(NOW.toEpochMilli() + 1);
    }

    @Test
    void ids_ascend_when_the_clock_goes_back_and_follow_it_when_it_has_caught_up() {
        var clock = new HandClock(NOW);
        var ids = new UuidV7(clock, new Random(1));
        var made = new ArrayList<UUID>();

        for (var seconds : new int[] {0, 1, -3_600, -3_599, 0, 2}) {
            clock.now = NOW.plusSeconds(seconds);
            made.add(ids.next());
        }

        assertThatTheyAscend(made);
        assertThat(milliseconds(made.get(4))).isEqualTo(NOW.plusSeconds(1).toEpochMilli());
        assertThat(milliseconds(made.get(5))).isEqualTo(NOW.plusSeconds(2).toEpochMilli());
    }

    @Test
    void an_id_of_a_later_millisecond_sorts_after_all_of_the_earlier_one() {
        var clock = new HandClock(NOW);
        var ids = new UuidV7(clock, new Random(1));

        var early = Stream.generate(ids::next).limit(4_096).toList();
        clock.now = NOW.plusMillis(1);
        var late = ids.next();

        assertThat(late.toString()).isGreaterThan(early.get(4_095).toString());
    }

    @Test
    void threads_never_get_the_same_id_and_each_sees_its_own_ascend() throws Exception {
        var ids = new UuidV7(fixed(NOW), new Random(1));
        var threads = Executors.newFixedThreadPool(8);
        try {
            Callable<List<UUID>> work =
                    () -> Stream.generate(ids::next).limit(20_000).toList();

            var made = new ArrayList<UUID>();
            for (Future<List<UUID>> part : threads.invokeAll(List.of(work, work, work, work, work, work, work, work))) {
                assertThatTheyAscend(part.get());
                made.addAll(part.get());
            }

            assertThat(made.stream().map(UUID::getMostSignificantBits).distinct())
                    .hasSize(160_000);
        } finally {
            threads.shutdownNow();
        }
    }

    private static void assertThatTheyAscend(List<UUID> ids) {
        assertThat(ids.stream().map(UUID::toString)).isSorted().doesNotHaveDuplicates();
    }

    private static long milliseconds(UUID id) {
        return id.getMostSignificantBits() >>> 16;
    }

    private static Clock fixed(Instant time) {
        return Clock.fixed(time, ZoneOffset.UTC);
    }

    /** Stands where it is put. */
    private static final class HandClock extends Clock {
        private Instant now;

        HandClock(Instant now) {
            this.now = now;
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
