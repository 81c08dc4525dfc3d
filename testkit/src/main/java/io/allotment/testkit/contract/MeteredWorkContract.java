package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.application.gate.MeteredWork;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.gate.Reservation;
import io.allotment.domain.gate.Verb;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.testkit.Fixtures;
import org.junit.jupiter.api.Test;

/** Work whose use is known only as it goes on settles exactly what was used, once, however it ends. */
public abstract class MeteredWorkContract extends GateContract {

    @Test
    void what_was_used_is_settled_when_the_work_is_closed() {
        Decision reserved;
        try (var work = meter(of(minute, "10").and(credit, Quantity.of(10)))) {
            assertThat(work.isAllowed()).isTrue();
            reserved = work.decision();
            assertThat(balance().held()).isEqualTo(Credits.of(20));
            work.used(minute.value(), 3);
            work.used(minute, Quantity.of("0.5"));
            work.used(credit, Quantity.ZERO);
            work.tokens(TokenCounts.of(10, 1));
            work.tokens(TokenCounts.of(100, 20));
            assertThat(work.end()).isEmpty();
        }

        assertThat(balance().balance()).isEqualTo(Credits.of("96.5"));
        assertThat(balance().held()).isEqualTo(Credits.ZERO);
        assertThat(events()).singleElement().satisfies(event -> {
            assertThat(event.reservation()).isEqualTo(reserved.reservation());
            assertThat(event.tokens()).isEqualTo(TokenCounts.of(100, 20));
            assertThat(event.lines())
                    .extracting(UsageEvent.Line::quantity)
                    .containsExactly(Quantity.of("3.5"), Quantity.ZERO);
        });
        assertSound();
    }

    @Test
    void work_that_fails_settles_what_it_had_used() {
        assertThatThrownBy(() -> {
                    try (var work = meter(of(minute, "10"))) {
                        work.used(minute, Quantity.of(4));
                        throw new Undone();
                    }
                })
                .isInstanceOf(Undone.class);

        assertThat(balance().available()).isEqualTo(Credits.of(96));
        assertThat(events()).hasSize(1);
        assertSound();
    }

    @Test
    void closing_twice_settles_once() {
        var work = meter(of(minute, "10"));
        work.used(minute, Quantity.of(4));

        work.close();
        var end = work.end();
        work.close();

        assertThat(end).map(Decision::verb).contains(Verb.SETTLE);
        assertThat(work.end()).isEqualTo(end);
        assertThat(events()).hasSize(1);
        assertThatThrownBy(() -> work.used(minute, Quantity.of(1))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(work::keepAlive).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closing_at_once_in_many_threads_settles_once() {
        var work = meter(of(minute, "10"));

        var results = Together.run(8, thread -> {
            try {
                work.used(minute, Quantity.of(1));
            } catch (IllegalStateException closedAlready) {
                // another was quicker
            }
            work.close();
            return work.end().orElseThrow();
        });

        assertThat(Together.values(results)).hasSize(8);
        assertThat(Together.values(results))
                .containsOnly(Together.values(results).get(0));
        assertThat(events()).hasSize(1);
        assertThat(balance().held()).isEqualTo(Credits.ZERO);
        assertSound();
    }

    @Test
    void work_that_used_nothing_gives_its_hold_back() {
        var work = meter(of(minute, "10"));

        work.close();

        assertThat(work.end()).map(Decision::verb).contains(Verb.RELEASE);
        assertThat(balance().available()).isEqualTo(Credits.of(100));
        assertThat(quota().held()).isEqualTo(Quantity.ZERO);
        assertThat(events()).isEmpty();
        assertSound();
    }

    @Test
    void more_than_was_set_aside_is_recorded_too() {
        try (var work = meter(of(minute, "10"))) {
            work.used(minute, Quantity.of(105));
        }

        assertThat(events()).singleElement().satisfies(event -> {
            assertThat(event.credits()).isEqualTo(Credits.of(105));
            assertThat(event.uncoveredCredits()).isEqualTo(Credits.of(5));
        });
        assertThat(balance().balance()).isEqualTo(Credits.ZERO);
        assertSound();
    }

    @Test
    void work_that_is_denied_holds_nothing_and_ends_without_a_word() {
        try (var work = meter(of(minute, "51"))) {
            assertThat(work.isAllowed()).isFalse();
            assertThat(work.decision().denial()).map(Denial::reason).contains(Denial.Reason.QUOTA_EXCEEDED);
            assertThatThrownBy(() -> work.used(minute, Quantity.of(1))).isInstanceOf(IllegalStateException.class);
            work.close();
            assertThat(work.end()).isEmpty();
        }

        assertThat(balance().available()).isEqualTo(Credits.of(100));
        assertThat(events()).isEmpty();
    }

    @Test
    void the_lease_goes_on_while_the_work_is_fed_or_kept_alive() {
        var work = meter(of(minute, "10"));
        var id = work.decision().reservation().orElseThrow();
        clock.advance(LEASE.dividedBy(2).minusSeconds(1));
        work.used(minute, Quantity.of(1));
        assertThat(stored(id).leaseUntil()).isEqualTo(START.plus(LEASE));

        for (int i = 0; i < 10; i++) {
            clock.set(START.plus(LEASE.dividedBy(2).multipliedBy(i + 1)));
            if (i % 2 == 0) {
                work.used(minute, Quantity.of("0.5"));
            } else {
                work.keepAlive();
            }
            assertThat(stored(id).leaseUntil()).isEqualTo(clock.instant().plus(LEASE));
            assertThat(balance().held()).isEqualTo(Credits.of(10));
        }
        work.close();

        assertThat(work.end().orElseThrow().credits()).isEqualTo(Credits.of("3.5"));
        assertThat(stored(id).status()).isEqualTo(Reservation.Status.SETTLED);
        assertSound();
    }

    @Test
    void work_that_was_silent_for_too_long_settles_late() {
        var work = meter(of(minute, "10"));
        work.used(minute, Quantity.of(2));
        clock.advance(LEASE.multipliedBy(2));
        consumed(of(credit, "99"));

        work.used(minute, Quantity.of(1));
        work.close();

        assertThat(work.end().orElseThrow().uncoveredCredits()).isEqualTo(Credits.of(2));
        assertThat(balance().balance()).isEqualTo(Credits.ZERO);
        assertSound();
    }

    @Test
    void only_operations_of_the_worst_case_can_be_used() {
        try (var work = meter(of(minute, "10"))) {
            assertThatThrownBy(() -> work.used(credit, Quantity.of(1))).isInstanceOf(InvalidValue.class);
            assertThatThrownBy(() -> work.used(Fixtures.word(), 1)).isInstanceOf(InvalidValue.class);
        }

        assertThat(balance().available()).isEqualTo(Credits.of(100));
    }

    @Test
    void the_same_work_begun_twice_under_its_key_is_settled_once() {
        var key = Fixtures.key();
        var first = allotment.gate().meter(tenant.id(), key, of(minute, "10"), LEASE);
        var second = allotment.gate().meter(tenant.id(), key, of(minute, "10"), LEASE);
        first.used(minute, Quantity.of(3));
        second.used(minute, Quantity.of(3));

        first.close();
        second.close();

        assertThat(second.decision()).isEqualTo(first.decision());
        assertThat(second.end()).isEqualTo(first.end());
        assertThat(balance().balance()).isEqualTo(Credits.of(97));
        assertSound();
    }

    @Test
    void a_key_leaves_room_for_the_works_other_keys() {
        var long150 = new IdempotencyKey("k".repeat(150));
        var long151 = new IdempotencyKey("k".repeat(151));

        assertThatThrownBy(() -> allotment.gate().meter(tenant.id(), long151, of(minute, "1"), LEASE))
                .isInstanceOf(InvalidValue.class);
        try (var work = allotment.gate().meter(tenant.id(), long150, of(minute, "1"), LEASE)) {
            clock.advance(LEASE.dividedBy(2));
            work.used(minute, Quantity.of(1));
        }

        assertThat(events()).hasSize(1);
    }

    private MeteredWork meter(Charge worstCase) {
        return allotment.gate().meter(tenant.id(), Fixtures.key(), worstCase, LEASE);
    }
}
