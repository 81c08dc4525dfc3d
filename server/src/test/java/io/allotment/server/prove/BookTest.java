package io.allotment.server.prove;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.Allotment;
import io.allotment.domain.Persistence;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.persistence.memory.InMemoryPersistence;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BookTest {

    private final Persistence honest = new InMemoryPersistence();
    private final Findings findings = new Findings();

    /** So many calls of a gate that may lie, checked by one that does not. */
    private void chapter(Persistence persistence, int calls) {
        var allotment = Allotment.with(honest).build();
        var book = new Book("test", findings, allotment, 1);
        var gate = Allotment.with(persistence).build().gate();
        var tenant = book.tenants.get(0);
        for (int i = 0; i < calls; i++) {
            var key = new IdempotencyKey("key-" + i);
            book.send(gate, tenant, key, g -> g.consume(tenant, key, Charge.of(book.operation(), 1)));
        }
        assertThat(book.size()).isEqualTo(calls);
        book.check(allotment);
        assertThat(book.size()).isZero();
    }

    @Test
    void nothing_is_found_where_all_is_well() {
        chapter(honest, 450);

        assertThat(findings.told()).isEmpty();
    }

    @Test
    void what_was_acknowledged_and_forgotten_is_found() {
        chapter(LyingStore.over(honest, LyingStore.Lie.LOST, 20), 40);

        assertThat(findings.count(Findings.Kind.LOST)).isPositive();
    }

    @Test
    void what_was_done_twice_is_found() {
        chapter(LyingStore.over(honest, LyingStore.Lie.DOUBLED, 20), 40);

        assertThat(findings.count(Findings.Kind.DOUBLED)).isEqualTo(2);
        assertThat(findings.count(Findings.Kind.LOST)).isZero();
    }

    @Test
    void another_answer_than_the_first_is_found() {
        chapter(LyingStore.over(honest, LyingStore.Lie.WRONG_ANSWER, 20), 40);

        assertThat(findings.count(Findings.Kind.DIVERGENCE)).isEqualTo(2);
    }

    @Test
    void keys_that_race_come_to_one_effect_and_the_last_credit_to_one_winner() {
        var process = Allotment.with(honest).build();
        var other = Allotment.with(honest).build();
        try (var crew = new Crew(6)) {
            new IdempotencePhase(findings, new SplittableRandom(1), List.of(process, other), crew)
                    .run(new Span(Duration.ZERO));
            new LastCreditPhase("test", findings, List.of(process, other), crew, 10).run(new Span(Duration.ZERO));
        }

        assertThat(findings.told()).isEmpty();
    }

    @Test
    void races_that_a_lying_store_decides_are_found() {
        // What is never kept is won by each batch, however the three are put together.
        var process =
                Allotment.with(LyingStore.over(honest, LyingStore.Lie.LOST, 1)).build();
        try (var crew = new Crew(1)) {
            new LastCreditPhase("test", findings, List.of(process), crew, 40).run(new Span(Duration.ZERO));
        }
        assertThat(findings.count(Findings.Kind.LOST)).isZero();

        try (var crew = new Crew(3)) {
            new LastCreditPhase("test", findings, List.of(process), crew, 40).run(new Span(Duration.ZERO));
        }
        assertThat(findings.count(Findings.Kind.DOUBLED)).isPositive();
    }
}
