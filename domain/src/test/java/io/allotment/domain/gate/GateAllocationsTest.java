package io.allotment.domain.gate;

import static io.allotment.domain.gate.World.ADA;
import static io.allotment.domain.gate.World.releasing;
import static io.allotment.domain.gate.World.verdict;
import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Quantity;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Seats: held by users while they exist, ten at the most. */
class GateAllocationsTest {

    @Test
    void consuming_takes_for_the_related_entity_and_counts_in_the_quota() {
        var world = world();

        world.consume(seats(2, "1"));
        world.consume(seats(1, "1"));
        world.consume(seats(4, "2"));

        assertThat(world.allocated("seats", "user", "1")).isEqualTo(Quantity.of(3));
        assertThat(world.allocated("seats", "user", "2")).isEqualTo(Quantity.of(4));
        assertThat(world.counter("seats").used()).isEqualTo(Quantity.of(7));
    }

    @Test
    void what_is_allocated_stays_so_whatever_the_time() {
        var world = world();
        world.consume(seats(10, "1"));

        assertThat(verdict(world.at("2036-03-10T12:00:00Z").consume(seats(1, "1"))))
                .isEqualTo("QUOTA_EXCEEDED");
    }

    @Test
    void the_limit_blocks_and_what_is_given_back_is_free_for_others() {
        var world = world();
        world.consume(seats(10, "1"));

        var denied = world.consume(seats(1, "2"));
        world.ask(releasing("seats", "user", "1", Optional.of(Quantity.of(1))));

        assertThat(verdict(denied)).isEqualTo("QUOTA_EXCEEDED");
        assertThat(world.allocated("seats", "user", "2")).isEqualTo(Quantity.ZERO);
        assertThat(verdict(world.consume(seats(1, "2")))).isEqualTo("ALLOWED");
    }

    @ParameterizedTest
    @CsvSource({"1, 2, 1", "2.5, 0.5, 2.5", ", 0, 3", "3, 0, 3"})
    void some_or_all_of_it_is_given_back(String quantity, String left, String amount) {
        var world = world();
        world.consume(seats(3, "1"));

        var decision = world.ask(
                releasing("seats", "user", "1", Optional.ofNullable(quantity).map(Quantity::of)));

        assertThat(decision.allowed()).isTrue();
        assertThat(decision.credits()).isEqualTo(Credits.ZERO);
        assertThat(world.allocated("seats", "user", "1")).isEqualTo(Quantity.of(left));
        assertThat(world.counter("seats").used()).isEqualTo(Quantity.of(left));
        assertThat(world.quotaChanges).singleElement().satisfies(change -> {
            assertThat(change.operation()).isEqualTo(QuotaChange.Operation.DECREMENT);
            assertThat(change.amount()).isEqualTo(Quantity.of(amount));
            assertThat(change.usedAfter()).isEqualTo(Quantity.of(left));
            assertThat(change.limit()).contains(Quantity.of(10));
            assertThat(change.relatedTo().orElseThrow().id()).isEqualTo("1");
            assertThat(change.id().value()).isEqualTo(decision.id().value());
        });
    }

    @Test
    void more_than_is_held_is_not_given_back() {
        var world = world();
        world.consume(seats(3, "1"));

        var changes = world.decide(world.calling("k", releasing("seats", "user", "1", Optional.of(Quantity.of(4)))));

        assertThat(World.verdicts(changes)).containsExactly("nothing-allocated");
        assertThat(world.counter("seats").used()).isEqualTo(Quantity.of(3));
        assertThat(world.quotaChanges).isEmpty();
    }

    @Test
    void what_is_not_held_is_not_given_back() {
        var world = world();
        world.consume(seats(3, "1"));

        assertThat(world.verdictOf(releasing("seats", "user", "2", Optional.empty())))
                .isEqualTo("nothing-allocated");
        assertThat(world.verdictOf(releasing("seats", "team", "1", Optional.empty())))
                .isEqualTo("nothing-allocated");
        assertThat(world.verdictOf(releasing("boxes", "user", "1", Optional.empty())))
                .isEqualTo("unknown-feature");
    }

    @Test
    void what_was_given_back_is_not_given_back_again_but_under_its_key_it_is_answered_again() {
        var world = world();
        world.consume(seats(3, "1"));
        var all = releasing("seats", "user", "1", Optional.empty());

        var changes = world.decide(world.calling("a", all), world.calling("a", all), world.calling("b", all));

        assertThat(World.verdicts(changes)).containsExactly("ALLOWED", "ALLOWED", "nothing-allocated");
        assertThat(world.counter("seats").used()).isEqualTo(Quantity.ZERO);
        assertThat(changes.allocations())
                .singleElement()
                .satisfies(allocation -> assertThat(allocation.quantity()).isEqualTo(Quantity.ZERO));
    }

    @Test
    void taking_and_giving_back_within_a_batch_comes_to_what_is_left() {
        var world = world();

        var changes = world.decide(
                world.consuming("a", seats(3, "1")),
                world.calling("b", releasing("seats", "user", "1", Optional.of(Quantity.of(2)))),
                world.consuming("c", seats(9, "2")));

        assertThat(World.verdicts(changes)).containsExactly("ALLOWED", "ALLOWED", "ALLOWED");
        assertThat(world.allocated("seats", "user", "1")).isEqualTo(Quantity.of(1));
        assertThat(world.counter("seats").used()).isEqualTo(Quantity.of(10));
    }

    @Test
    void seats_for_another_user_under_a_used_key_are_a_conflict_within_the_batch_and_after_it() {
        var world = world();

        var changes = world.decide(
                world.consuming("k", seats(3, "1")),
                world.consuming("k", seats(3, "2")),
                world.consuming("k", seats(3, "1")));
        var later = world.decide(world.consuming("k", seats(3, "2")), world.consuming("k", seats(3, "1")));

        assertThat(World.verdicts(changes)).containsExactly("ALLOWED", "idempotency-key-reused", "ALLOWED");
        assertThat(World.verdicts(later)).containsExactly("idempotency-key-reused", "ALLOWED");
        assertThat(world.counter("seats").used()).isEqualTo(Quantity.of(3));
        assertThat(world.allocated("seats", "user", "2")).isEqualTo(Quantity.ZERO);
    }

    @Test
    void seats_are_answered_again_when_their_operation_draws_them_no_more() {
        var world = world();
        world.decide(world.consuming("k", seats(3, "1")));

        world.selling(Operation.of("seat.add", "seats", Credits.ZERO));

        assertThat(World.verdicts(
                        world.decide(world.consuming("k", seats(3, "1")), world.consuming("k", seats(3, "2")))))
                .containsExactly("ALLOWED", "idempotency-key-reused");
    }

    @Test
    void a_charge_is_answered_again_when_its_operation_has_come_to_draw_seats() {
        var world = world().selling(Operation.of("seat.add", "seats", Credits.ZERO));
        world.decide(world.consuming("k", seats(3, "1")));

        world.selling(Operation.of("seat.add", "seats", Credits.ZERO).drawing("seats"));

        assertThat(World.verdicts(world.decide(world.consuming("k", seats(3, "1")))))
                .containsExactly("ALLOWED");
        assertThat(world.allocated("seats", "user", "1")).isEqualTo(Quantity.ZERO);
    }

    @Test
    void a_member_s_seats_are_given_back_on_the_account_that_holds_them() {
        var world = world().member(ADA);
        world.consume(seats(3, "1").by(Actor.user(ADA)));

        var decision = world.ask(releasing("seats", "user", "1", Optional.empty()));

        assertThat(decision.accountId()).isEqualTo(World.ACCOUNT);
    }

    @Test
    void billable_seats_that_are_given_back_are_billed_no_more() {
        var world = World.on("seats", billing())
                .allocating("seats")
                .selling(Operation.of("seat.add", "seats", Credits.ZERO).drawing("seats"));
        world.consume(seats(12, "1"));

        world.ask(releasing("seats", "user", "1", Optional.of(Quantity.of(1))));

        assertThat(world.counter("seats").used()).isEqualTo(Quantity.of(11));
        assertThat(world.counter("seats").overage()).isEqualTo(Quantity.of(1));
    }

    @Test
    void a_refund_of_the_consume_frees_what_it_took() {
        var world = world();
        world.consume(seats(2, "1"));
        var charged = world.consume(seats(3, "1"));

        world.refund(charged);

        assertThat(world.allocated("seats", "user", "1")).isEqualTo(Quantity.of(2));
        assertThat(world.counter("seats").used()).isEqualTo(Quantity.of(2));
    }

    @Test
    void a_refund_of_what_was_given_back_already_frees_nothing_more() {
        var world = world();
        world.consume(seats(4, "2"));
        var charged = world.consume(seats(3, "1"));
        world.ask(releasing("seats", "user", "1", Optional.empty()));

        world.refund(charged);

        assertThat(world.allocated("seats", "user", "2")).isEqualTo(Quantity.of(4));
        assertThat(world.counter("seats").used()).isEqualTo(Quantity.of(4));
    }

    @Test
    void an_allocated_feature_is_consumed_and_not_reserved() {
        var world = world();

        var changes = world.decide(world.calling("k", new GateRequest.Reserve(seats(1, "1"), 60)));

        assertThat(World.verdicts(changes)).containsExactly("invalid-value");
        assertThat(((Outcome.Refused) changes.outcomes().get(0)).refusal().field())
                .contains("lines[0].operation");
    }

    @Test
    void what_is_to_hold_it_must_be_named() {
        var world = world();

        var changes =
                world.decide(world.consuming("k", Charge.of("seat.add", 1)), world.checking(Charge.of("seat.add", 1)));

        assertThat(World.verdicts(changes)).containsExactly("invalid-value", "invalid-value");
        assertThat(((Outcome.Refused) changes.outcomes().get(0)).refusal().field())
                .contains("relatedTo");
    }

    @Test
    void a_check_takes_nothing() {
        var world = world();

        assertThat(verdict(world.check(seats(3, "1")))).isEqualTo("ALLOWED");
        assertThat(world.books.allocations).isEmpty();
    }

    private static Quota billing() {
        return new Quota(Optional.of(Quantity.of(10)), Quota.Reset.NEVER, Optional.empty(), Quota.Overage.BILL, 0);
    }

    private static Charge seats(long quantity, String user) {
        return Charge.of("seat.add", quantity).relatedTo("user", user);
    }

    private static World world() {
        return World.on("seats", SomeQuota.resetting(Quota.Reset.NEVER, 10))
                .allocating("seats")
                .selling(Operation.of("seat.add", "seats", Credits.ZERO).drawing("seats"));
    }
}
