package io.allotment.domain.gate;

import static io.allotment.domain.gate.SomeWork.METERED;
import static io.allotment.domain.gate.SomeWork.units;
import static io.allotment.domain.gate.SomeWork.world;
import static io.allotment.domain.gate.World.ADA;
import static io.allotment.domain.gate.World.NOW;
import static io.allotment.domain.gate.World.settling;
import static io.allotment.domain.gate.World.verdict;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TokenCounts;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Work that is reserved, and settled or released once. */
class GateReservationsTest {

    @Test
    void reserving_holds_the_worst_case_and_records_neither_entry_nor_event() {
        var world = world();

        var decision = world.reserve(units(4));

        assertThat(decision.credits()).isEqualTo(Credits.of(4));
        assertThat(decision.balanceAfter()).isEqualTo(Credits.of(10));
        assertThat(decision.draws())
                .extracting(CreditEntry.Draw::amount, CreditEntry.Draw::remainingAfter)
                .containsExactly(tuple(Credits.of(-4), Credits.of(6)));
        assertThat(decision.reservation()).contains(ReservationId.madeBy(decision.id()));
        assertThat(decision.leaseUntil()).contains(NOW.plus(Duration.ofHours(1)));
        assertThat(world.credits().held()).isEqualTo(Credits.of(4));
        assertThat(world.balance()).isEqualTo(Credits.of(10));
        assertThat(world.entries).hasSize(1);
        assertThat(world.events).isEmpty();
    }

    @ParameterizedTest(name = "{0} of 4 used: {1} left, {2} uncovered")
    @CsvSource({"1, 9, 0", "4, 6, 0", "7, 3, 0", "10, 0, 0", "12, 0, 2"})
    void settling_records_what_was_really_used_and_gives_the_rest_back(long used, String left, String uncovered) {
        var world = world();
        var reserved = world.reserve(units(4));

        var decision = world.settle(reserved, units(used));

        assertThat(decision.credits()).isEqualTo(Credits.of(used));
        assertThat(decision.uncoveredCredits()).isEqualTo(Credits.of(uncovered));
        assertThat(decision.balanceAfter()).isEqualTo(Credits.of(left));
        assertThat(world.spendable()).isEqualTo(Credits.of(left));
        assertThat(world.credits().held()).isEqualTo(Credits.ZERO);
        assertThat(world.reservation(reserved).status()).isEqualTo(Reservation.Status.SETTLED);
        assertThat(world.events).singleElement().satisfies(event -> {
            assertThat(event.id()).isEqualTo(decision.id());
            assertThat(event.lines().get(0).quantity()).isEqualTo(Quantity.of(used));
            assertThat(event.credits()).isEqualTo(Credits.of(used));
            assertThat(event.uncoveredCredits()).isEqualTo(Credits.of(uncovered));
            assertThat(event.balanceAfter()).isEqualTo(Credits.of(left));
            assertThat(event.reservation()).isEqualTo(reserved.reservation());
            assertThat(event.ledgerSequence()).contains(2L);
        });
    }

    @Test
    void settling_by_nothing_gives_all_back_and_still_leaves_an_event() {
        var world = world();
        var reserved = world.reserve(units(4));

        var decision = world.settleWithNothing(reserved);

        assertThat(decision.credits()).isEqualTo(Credits.ZERO);
        assertThat(world.spendable()).isEqualTo(Credits.of(10));
        assertThat(world.entries).hasSize(1);
        assertThat(world.events).singleElement().satisfies(event -> {
            assertThat(event.ledgerSequence()).isEmpty();
            assertThat(event.lines().get(0).quantity()).isEqualTo(Quantity.ZERO);
        });
    }

    @Test
    void an_overdraft_covers_a_settle_as_far_as_it_goes() {
        var world = world().overdraftLimit("3");
        var reserved = world.reserve(units(10));

        var decision = world.settle(reserved, units(15));

        assertThat(decision.uncoveredCredits()).isEqualTo(Credits.of(2));
        assertThat(world.balance()).isEqualTo(Credits.of(-3));
        assertThat(world.credits().overdraft()).isEqualTo(Credits.of(3));
    }

    @Test
    void what_is_uncovered_is_no_debt_of_the_account() {
        var world = world();
        world.settle(world.reserve(units(10)), units(15));

        world.granted("4");

        assertThat(world.spendable()).isEqualTo(Credits.of(4));
    }

    @Test
    void an_operation_that_is_not_named_was_not_used() {
        var world = world().selling(Operation.of("work.page", "work", Credits.of(2)));
        var reserved = world.reserve(units(1).and("work.page", 2));

        var decision = world.settle(reserved, Charge.of("work.page", 1));

        assertThat(decision.lines())
                .extracting(line -> line.operation().value(), line -> line.quantity(), line -> line.credits())
                .containsExactly(
                        tuple("work.unit", Quantity.ZERO, Credits.ZERO),
                        tuple("work.page", Quantity.of(1), Credits.of(2)));
    }

    @Test
    void an_operation_that_was_not_reserved_is_refused_and_the_hold_goes_on() {
        var world = world().selling(Operation.of("work.page", "work", Credits.of(2)));
        var reserved = world.reserve(units(4));

        var changes = world.decide(
                world.calling("k", settling(reserved, units(1).and("work.page", 1))),
                world.calling("k", settling(reserved, units(1))));

        assertThat(World.verdicts(changes)).containsExactly("invalid-value", "ALLOWED");
        assertThat(((Outcome.Refused) changes.outcomes().get(0)).refusal().field())
                .contains("lines[1].operation");
        assertThat(world.spendable()).isEqualTo(Credits.of(9));
    }

    @ParameterizedTest(name = "spent {0}, used {1}")
    @CsvSource({
        // More than can be kept: the spend limit, or the quota.
        "99999999999999999999999999999, 6",
        "0, 99999999999999999999999999999"
    })
    void a_refused_settle_leaves_no_trace_for_the_calls_after_it_in_its_batch(String spent, String used) {
        var spender = SpendLimit.Spender.of(ADA);
        var world = World.on(PlanVersionTerms.empty()
                        .with("calls", SomeQuota.of(Quota.Overage.BILL, "5"))
                        .with("units", SomeQuota.of(Quota.Overage.BILL, "5")))
                .granted("100")
                .member(ADA)
                .limited(spender, "50")
                .selling(
                        METERED,
                        Operation.of("work.call", "work", Credits.of(1)).drawing("calls"));
        var reserved =
                world.reserve(Charge.of("work.call", 4).and("work.unit", 4).by(Actor.user(ADA)));
        world.used("calls", "4").used("units", used);
        world.books.limits.replaceAll((ref, limit) -> limit.plus(Credits.of(spent), NOW));
        var refused =
                world.calling("s", settling(reserved, Charge.of("work.call", 3).and("work.unit", 3)));
        var next = world.consuming("c", Charge.of("work.call", 1));

        var alone = Gate.decide(world.state(), world.definitions, List.of(next), NOW);
        var after = Gate.decide(world.state(), world.definitions, List.of(refused, next), NOW);

        assertThat(World.verdicts(after)).containsExactly("invalid-value", "ALLOWED");
        assertThat(after)
                .isEqualTo(new GateChanges(
                        after.outcomes(),
                        alone.decisions(),
                        alone.events(),
                        alone.accounts(),
                        alone.reservations(),
                        alone.allocations(),
                        alone.spendLimits(),
                        alone.notices(),
                        alone.metered()));
    }

    @Test
    void a_price_that_changes_meanwhile_does_not_matter() {
        var world = world();
        var reserved = world.reserve(units(4));

        world.selling(Operation.of("work.unit", "work", Credits.of(100)).active(false));

        assertThat(world.settle(reserved, units(5)).credits()).isEqualTo(Credits.of(5));
    }

    @Test
    void a_tenant_that_was_suspended_meanwhile_still_settles_what_was_used() {
        var world = world();
        var reserved = world.reserve(units(4));

        assertThat(verdict(world.suspended().settle(reserved, units(3)))).isEqualTo("ALLOWED");
        assertThat(world.balance()).isEqualTo(Credits.of(7));
    }

    @Test
    void what_was_reserved_counts_as_used_by_whoever_reserved_and_for_what() {
        var world = world().member(ADA);
        var reserved = world.reserve(units(4).by(Actor.user(ADA))
                .relatedTo("meeting", "42")
                .using("opus", TokenCounts.NONE)
                .with(Document.of("note", "x")));

        world.settle(reserved, units(3));

        assertThat(world.events).singleElement().satisfies(event -> {
            assertThat(event.actor()).isEqualTo(Actor.user(ADA));
            assertThat(event.relatedTo().orElseThrow().id()).isEqualTo("42");
            assertThat(event.model()).contains("opus");
            assertThat(event.metadata()).isEqualTo(Document.of("note", "x"));
        });
    }

    @Test
    void a_settle_may_know_model_tokens_and_metadata_better() {
        var world = world();
        var reserved =
                world.reserve(units(4).using("opus", TokenCounts.of(9, 9)).with(Document.of("note", "x")));

        world.ask(new GateRequest.Settle(
                reserved.reservation().orElseThrow(),
                units(3).lines(),
                Optional.of("haiku"),
                TokenCounts.of(1, 2),
                Document.of("note", "y")));

        assertThat(world.events).singleElement().satisfies(event -> {
            assertThat(event.model()).contains("haiku");
            assertThat(event.tokens()).isEqualTo(TokenCounts.of(1, 2));
            assertThat(event.metadata()).isEqualTo(Document.of("note", "y"));
        });
    }

    @Test
    void settling_twice_is_a_conflict_and_under_the_same_key_the_first_answer() {
        var world = world();
        var reserved = world.reserve(units(4));
        var first = world.decide(world.calling("s", settling(reserved, units(3))));

        var again = world.decide(world.calling("s", settling(reserved, units(3))));
        var other = world.decide(world.calling("t", settling(reserved, units(3))));

        assertThat(again.outcomes())
                .containsExactly(
                        new Outcome.Answer(World.decision(first.outcomes().get(0)), true));
        assertThat(World.verdicts(other)).containsExactly("reservation-ended");
        assertThat(World.verdicts(world.decide(world.calling("s", settling(reserved, units(2))))))
                .containsExactly("idempotency-key-reused");
        assertThat(world.balance()).isEqualTo(Credits.of(7));
        assertThat(world.events).hasSize(1);
    }

    @Test
    void what_was_released_neither_settles_nor_renews_nor_releases_again() {
        var world = world();
        var reserved = world.reserve(units(4));
        var id = reserved.reservation().orElseThrow();

        var released = world.release(reserved);

        assertThat(released.credits()).isEqualTo(Credits.of(4));
        assertThat(released.draws())
                .extracting(CreditEntry.Draw::amount, CreditEntry.Draw::remainingAfter)
                .containsExactly(tuple(Credits.of(4), Credits.of(10)));
        assertThat(world.verdictOf(settling(reserved, units(1)))).isEqualTo("reservation-ended");
        assertThat(world.verdictOf(new GateRequest.Renew(id, 60))).isEqualTo("reservation-ended");
        assertThat(world.verdictOf(new GateRequest.Release(id))).isEqualTo("reservation-ended");
        assertThat(world.spendable()).isEqualTo(Credits.of(10));
        assertThat(world.events).isEmpty();
    }

    @Test
    void what_was_settled_neither_renews_nor_releases() {
        var world = world();
        var reserved = world.reserve(units(4));
        var id = reserved.reservation().orElseThrow();

        world.settle(reserved, units(4));

        assertThat(world.verdictOf(new GateRequest.Renew(id, 60))).isEqualTo("reservation-ended");
        assertThat(world.verdictOf(new GateRequest.Release(id))).isEqualTo("reservation-ended");
        assertThat(world.balance()).isEqualTo(Credits.of(6));
    }

    @Test
    void an_unknown_reservation_is_not_found_nor_is_one_of_another_tenant() {
        var world = world();
        var reserved = world.reserve(units(4));
        var other = new TenantId(new UUID(1, 9));
        world.tenant(other, "other");

        var unknown = new GateRequest.Release(new ReservationId(new UUID(9, 9)));

        assertThat(world.verdictOf(unknown)).isEqualTo("reservation-not-found");
        assertThat(World.verdicts(world.decide(world.calling(
                        other,
                        "k",
                        new GateRequest.Release(reserved.reservation().orElseThrow())))))
                .containsExactly("reservation-not-found");
    }

    @Test
    void a_denied_reserve_holds_nothing_and_cannot_be_settled() {
        var world = world();

        var denied = world.reserve(units(11));

        assertThat(verdict(denied)).isEqualTo("INSUFFICIENT_CREDITS");
        assertThat(denied.reservation()).isEmpty();
        assertThat(world.books.reservations).isEmpty();
        assertThat(world.spendable()).isEqualTo(Credits.of(10));
    }

    @Test
    void a_reserve_and_its_settle_may_come_in_one_batch() {
        var world = world();
        var reserve = world.calling("r", new GateRequest.Reserve(units(4), 60));
        var id = ReservationId.madeBy(reserve.id());
        var settle = new GateRequest.Settle(id, units(3).lines(), Optional.empty(), TokenCounts.NONE, Document.EMPTY);

        var changes = world.decide(reserve, world.calling("s", settle));

        assertThat(World.verdicts(changes)).containsExactly("ALLOWED", "ALLOWED");
        assertThat(changes.reservations())
                .singleElement()
                .satisfies(reservation -> assertThat(reservation.status()).isEqualTo(Reservation.Status.SETTLED));
        assertThat(world.balance()).isEqualTo(Credits.of(7));
        assertThat(world.credits().held()).isEqualTo(Credits.ZERO);
    }

    @Test
    void of_two_settles_in_one_batch_the_first_counts() {
        var world = world();
        var reserved = world.reserve(units(4));

        var changes = world.decide(
                world.calling("a", settling(reserved, units(3))),
                world.calling("b", settling(reserved, units(2))),
                world.calling("a", settling(reserved, units(3))));

        assertThat(World.verdicts(changes)).containsExactly("ALLOWED", "reservation-ended", "ALLOWED");
        assertThat(((Outcome.Answer) changes.outcomes().get(2)).replayed()).isTrue();
        assertThat(world.balance()).isEqualTo(Credits.of(7));
        assertThat(world.events).hasSize(1);
    }
}
