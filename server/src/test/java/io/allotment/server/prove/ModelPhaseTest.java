package io.allotment.server.prove;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.Persistence;
import io.allotment.persistence.memory.InMemoryPersistence;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ModelPhaseTest {

    private static final long SEED = 7;

    private static Findings compare(Persistence persistence, ModelPhase.Times times, int threads, int acts) {
        var findings = new Findings();
        try (var crew = new Crew(threads)) {
            new ModelPhase("test", findings, new SplittableRandom(SEED), List.of(persistence), crew, acts)
                    .run(times, new Span(Duration.ZERO));
        }
        return findings;
    }

    private static ModelPhase.Times anyTimes() {
        return ModelPhase.anyTimes(new SplittableRandom(SEED));
    }

    @Test
    void the_gate_and_its_model_agree_on_every_way_through_it() {
        var findings = compare(new InMemoryPersistence(), anyTimes(), 4, 300);

        assertThat(findings.told()).isEmpty();
        assertThat(findings.answers().keySet())
                .contains(
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
    }

    @Test
    void they_agree_around_the_ends_of_periods() {
        var times = new CalendarTimes(new SplittableRandom(SEED), 8);

        assertThat(compare(new InMemoryPersistence(), times, 2, 60).told()).isEmpty();
        assertThat(times.ends()).hasSize(8).isSorted();
    }

    @ParameterizedTest
    @EnumSource(LyingStore.Lie.class)
    void whatever_a_store_does_wrong_is_found(LyingStore.Lie lie) {
        var findings = compare(LyingStore.over(new InMemoryPersistence(), lie, 20), anyTimes(), 2, 100);

        assertThat(findings.count(Findings.Kind.DIVERGENCE)).isPositive();
        assertThat(findings.told())
                .hasSizeLessThanOrEqualTo(Findings.MAX_TOLD)
                .allMatch(told -> told.contains("expected"));
    }
}
