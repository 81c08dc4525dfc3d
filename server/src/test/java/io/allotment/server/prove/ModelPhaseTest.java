package io.allotment.server.prove;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.Persistence;
import io.allotment.persistence.memory.InMemoryPersistence;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ModelPhaseTest {

    private static final long SEED = 7;

    /** What comes of a world hangs on the order of its threads, too: what is seen in nearly each is waited for in so many. */
    private static final int MAX_WORLDS = 50;

    private final Findings findings = new Findings();
    private final SplittableRandom random = new SplittableRandom(SEED);

    private void compare(Persistence persistence, ModelPhase.Times times, int threads, int acts) {
        try (var crew = new Crew(threads)) {
            new ModelPhase("test", findings, random.split(), List.of(persistence), crew, acts)
                    .run(times, new Span(Duration.ZERO));
        }
    }

    private void compareUntil(BooleanSupplier seen, Supplier<Persistence> persistence, int threads, int acts) {
        for (int world = 0; world < MAX_WORLDS && !seen.getAsBoolean(); world++) {
            compare(persistence.get(), ModelPhase.anyTimes(random.split()), threads, acts);
        }
    }

    @Test
    void the_gate_and_its_model_agree_on_every_way_through_it() {
        var ways = List.of(
                "CONSUME allowed",
                "CONSUME allowed (replayed)",
                "CONSUME denied: INSUFFICIENT_CREDITS",
                "CONSUME denied: NOT_ENTITLED",
                "CONSUME denied: NO_SUBSCRIPTION",
                "CONSUME denied: OPERATION_INACTIVE",
                "CONSUME denied: PERMISSION_MISSING",
                "CONSUME denied: QUOTA_EXCEEDED",
                "CONSUME denied: SPEND_LIMIT_EXCEEDED",
                "RESERVE allowed",
                "RENEW allowed",
                "SETTLE allowed",
                "RELEASE allowed",
                "REFUND allowed",
                "credits: GRANT",
                "credits: ADJUST",
                "credits: VOID",
                "credits: LIMIT",
                "refused: IdempotencyKeyReused",
                "refused: NothingAllocated",
                "refused: NotFound",
                "refused: NotRefundable",
                "refused: ReservationEnded");

        compareUntil(() -> findings.answers().keySet().containsAll(ways), InMemoryPersistence::new, 4, 300);

        assertThat(findings.told()).isEmpty();
        assertThat(findings.answers().keySet()).containsAll(ways);
    }

    @Test
    void they_agree_around_the_ends_of_periods() {
        var times = new CalendarTimes(new SplittableRandom(SEED), 8);

        compare(new InMemoryPersistence(), times, 2, 60);

        assertThat(findings.told()).isEmpty();
        assertThat(times.ends()).hasSize(8).isSorted();
    }

    @ParameterizedTest
    @EnumSource(LyingStore.Lie.class)
    void whatever_a_store_does_wrong_is_found(LyingStore.Lie lie) {
        compareUntil(
                () -> findings.count(Findings.Kind.DIVERGENCE) > 0,
                () -> LyingStore.over(new InMemoryPersistence(), lie, 20),
                2,
                100);

        assertThat(findings.count(Findings.Kind.DIVERGENCE)).isPositive();
        assertThat(findings.told())
                .hasSizeLessThanOrEqualTo(Findings.MAX_TOLD)
                .allMatch(told -> told.contains("expected"));
    }
}
