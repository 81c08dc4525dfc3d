package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.gate.NothingAllocated;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.gate.Verb;
import io.allotment.domain.quota.Allocation;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.Unknown;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is held while it exists: taken by a consumption, listed by what holds it, given back when it goes. */
public abstract class AllocationsContract extends GateContract {

    private FeatureKey seats;
    private OperationKey seat;

    @BeforeEach
    void a_tenant_with_five_seats() {
        seats = given.seats();
        seat = given.operation("0", seats);
        on(given.tenantOn(PlanVersionTerms.empty().with(seats.value(), forever(5))));
    }

    @Test
    void a_seat_is_taken_and_given_back() {
        var taken = consumed(of(seat, "2").relatedTo("user", "ada"));
        assertThat(allocations(seats))
                .containsExactly(new Allocation(
                        tenant.id(), account, seats, new RelatedEntity("user", "ada"), Quantity.of(2), START));
        assertThat(event(taken)).isPresent();
        clock.advance(Duration.ofDays(400));

        var given = deallocated("ada", Optional.empty());

        assertThat(given.verb()).isEqualTo(Verb.RELEASE);
        assertThat(given.allowed()).isTrue();
        assertThat(allocations(seats)).isEmpty();
        assertThat(used()).isEqualTo(Quantity.ZERO);
        assertThat(history(seats))
                .extracting(change -> change.operation() + " " + change.amount() + " -> " + change.usedAfter() + " "
                        + change.relatedTo().map(RelatedEntity::id).orElse(""))
                .containsExactly("DECREMENT 2 -> 0 ada", "INCREMENT 2 -> 2 ada");
        assertThat(event(given)).isEmpty();
        assertThat(found(given)).contains(given);
        assertSound();
    }

    @Test
    void more_is_added_to_what_something_holds_and_given_back_in_parts() {
        consumed(of(seat, "2").relatedTo("user", "ada"));
        clock.advance(Duration.ofHours(1));
        consumed(of(seat, "1.5").relatedTo("user", "ada"));

        deallocated("ada", Optional.of(Quantity.of("0.5")));

        assertThat(allocations(seats)).singleElement().satisfies(allocation -> {
            assertThat(allocation.quantity()).isEqualTo(Quantity.of(3));
            assertThat(allocation.since()).isEqualTo(START);
        });
        assertThat(used()).isEqualTo(Quantity.of(3));
        assertSound();
    }

    @Test
    void no_more_than_there_are_can_be_taken() {
        consumed(of(seat, "4").relatedTo("user", "ada"));

        assertThat(consume(of(seat, "2").relatedTo("user", "bob")).denial())
                .map(Denial::reason)
                .contains(Denial.Reason.QUOTA_EXCEEDED);
        deallocated("ada", Optional.of(Quantity.of(1)));
        assertThat(consume(of(seat, "2").relatedTo("user", "bob")).allowed()).isTrue();
    }

    @Test
    void what_takes_a_seat_must_be_named() {
        assertRefused(InvalidValue.class, "relatedTo", of(seat, "1"));
    }

    @Test
    void what_is_not_held_cannot_be_given_back() {
        consumed(of(seat, "2").relatedTo("user", "ada"));

        assertThatThrownBy(() -> deallocated("bob", Optional.empty())).isInstanceOf(NothingAllocated.class);
        assertThatThrownBy(() -> deallocated("ada", Optional.of(Quantity.of(3))))
                .isInstanceOf(NothingAllocated.class);
        deallocated("ada", Optional.empty());
        assertThatThrownBy(() -> deallocated("ada", Optional.empty())).isInstanceOf(NothingAllocated.class);

        assertThat(used()).isEqualTo(Quantity.ZERO);
        assertSound();
    }

    @Test
    void nothing_is_given_back_of_a_feature_or_on_an_account_that_does_not_exist() {
        var gate = allotment.gate();
        var unknown = deallocate(new FeatureKey(Fixtures.word()), "user", "ada");
        var nowhere = new GateRequest.Deallocate(
                Optional.of(new AccountId(ids.next())),
                Actor.system(),
                seats,
                new RelatedEntity("user", "ada"),
                Optional.empty());

        assertThatThrownBy(() -> gate.release(tenant.id(), Fixtures.key(), unknown))
                .isInstanceOf(Unknown.class);
        assertThatThrownBy(() -> gate.release(tenant.id(), Fixtures.key(), nowhere))
                .isInstanceOf(Unknown.class);
    }

    @Test
    void a_refund_gives_back_what_was_taken() {
        consumed(of(seat, "1").relatedTo("user", "ada"));
        var wrong = consumed(of(seat, "2").relatedTo("user", "ada"));

        refund(wrong);

        assertThat(allocations(seats)).extracting(Allocation::quantity).containsExactly(Quantity.of(1));
        assertThat(used()).isEqualTo(Quantity.of(1));
        assertSound();
    }

    @Test
    void what_is_given_back_already_is_not_given_back_again_by_a_refund() {
        var wrong = consumed(of(seat, "2").relatedTo("user", "ada"));
        consumed(of(seat, "3").relatedTo("user", "bob"));
        deallocated("ada", Optional.empty());

        refund(wrong);

        assertThat(allocations(seats)).extracting(Allocation::quantity).containsExactly(Quantity.of(3));
        assertThat(used()).isEqualTo(Quantity.of(3));
        assertSound();
    }

    @Test
    void allocations_are_listed_by_the_characters_of_types_and_ids() {
        on(given.tenantOn(PlanVersionTerms.empty().with(seats.value(), forever(100))));
        var entities = new ArrayList<RelatedEntity>();
        for (var type : List.of("bot", "user", "user-2")) {
            for (var id : List.of("1", "10", "2", "A", "Z", "a", "ä")) {
                entities.add(new RelatedEntity(type, id));
            }
        }
        var shuffled = new ArrayList<>(entities);
        Collections.reverse(shuffled);
        shuffled.forEach(entity -> consumed(of(seat, "1").relatedTo(entity.type(), entity.id())));
        var all = allocations(seats);

        assertThat(all).extracting(Allocation::relatedTo).isEqualTo(entities);
        assertListing(all, page -> inTenant(() -> persistence.allocations().list(tenant.id(), account, seats, page)));
    }

    @Test
    void each_account_and_feature_has_allocations_of_its_own() {
        var others = given.seats();
        var other = given.operation("0", others);
        var terms = PlanVersionTerms.empty().with(seats.value(), forever(5)).with(others.value(), forever(5));
        on(given.tenantOn(terms));
        var own = given.memberAccount(tenant, given.member(tenant), terms);
        consumed(of(seat, "1").relatedTo("user", "ada"));
        consumed(of(other, "2").relatedTo("user", "ada"));
        consumed(of(seat, "3").relatedTo("user", "ada").on(own));

        assertThat(allocations(seats)).extracting(Allocation::quantity).containsExactly(Quantity.of(1));
        assertThat(allocations(others)).extracting(Allocation::quantity).containsExactly(Quantity.of(2));
        account = own;
        assertThat(allocations(seats)).extracting(Allocation::quantity).containsExactly(Quantity.of(3));
        assertThatThrownBy(() -> {
                    account = new AccountId(ids.next());
                    allocations(seats);
                })
                .isInstanceOf(NotFound.class);
    }

    @Test
    void a_batch_takes_and_gives_back_in_its_order() {
        consumed(of(seat, "5").relatedTo("user", "ada"));

        var outcomes = decided(
                call(tenant.id(), Fixtures.key(), deallocate(seats, "user", "ada")),
                consuming(tenant.id(), Fixtures.key(), of(seat, "4").relatedTo("user", "bob")),
                call(tenant.id(), Fixtures.key(), deallocate(seats, "user", "ada")),
                consuming(tenant.id(), Fixtures.key(), of(seat, "1").relatedTo("user", "ada")),
                consuming(tenant.id(), Fixtures.key(), of(seat, "1").relatedTo("user", "bob")));

        assertThat(outcomes)
                .extracting(GateContract::told)
                .containsExactly("allowed", "allowed", "nothing-allocated", "allowed", "QUOTA_EXCEEDED");
        assertThat(allocations(seats)).extracting(Allocation::quantity).containsExactly(Quantity.of(1), Quantity.of(4));
        assertSound();
    }

    @Test
    void of_twenty_threads_that_take_the_last_five_seats_exactly_five_win() {
        var results = Together.run(
                20,
                thread -> allotment
                        .gate()
                        .consume(
                                tenant.id(),
                                Fixtures.key(),
                                of(seat, "1").relatedTo("user", Integer.toString(thread))));

        assertThat(Together.values(results)).filteredOn(Outcome.Answer::allowed).hasSize(5);
        assertThat(allocations(seats)).hasSize(5);
        assertThat(used()).isEqualTo(Quantity.of(5));
        assertSound();
    }

    @Test
    void of_many_threads_that_give_back_the_same_seat_one_does() {
        consumed(of(seat, "1").relatedTo("user", "ada"));

        var results = Together.run(
                8, thread -> allotment.gate().release(tenant.id(), Fixtures.key(), deallocate(seats, "user", "ada")));

        assertThat(results).filteredOn(result -> result.value().isPresent()).hasSize(1);
        assertThat(results)
                .flatExtracting(result -> result.failure().stream().toList())
                .hasSize(7)
                .hasOnlyElementsOfType(NothingAllocated.class);
        assertThat(used()).isEqualTo(Quantity.ZERO);
        assertSound();
    }

    @Test
    void a_failed_unit_leaves_allocations_as_they_were() {
        consumed(of(seat, "2").relatedTo("user", "ada"));
        consumed(of(seat, "1").relatedTo("user", "bob"));
        var before = allocations(seats);

        inTenantThenUndone(tenant.id(), () -> {
            consumed(of(seat, "1").relatedTo("user", "ada"));
            consumed(of(seat, "1").relatedTo("user", "cid"));
            deallocated("bob", Optional.empty());
        });

        assertThat(allocations(seats)).isEqualTo(before);
        assertThat(used()).isEqualTo(Quantity.of(3));
    }

    @Test
    void another_tenant_sees_no_allocations_and_gives_none_back() {
        var other = given.tenantOn(PlanVersionTerms.empty().with(seats.value(), forever(5)));
        consumed(of(seat, "2").relatedTo("user", "ada"));

        inTenant(other.id(), () -> {
            assertThat(persistence
                            .allocations()
                            .list(tenant.id(), account, seats, FIRST)
                            .items())
                    .isEmpty();
            assertThat(persistence
                            .allocations()
                            .list(other.id(), account, seats, FIRST)
                            .items())
                    .isEmpty();
        });
        assertThatThrownBy(() -> allotment.gate().release(other.id(), Fixtures.key(), deallocate(seats, "user", "ada")))
                .isInstanceOf(NothingAllocated.class);
        assertThat(allocations(seats)).extracting(Allocation::quantity).containsExactly(Quantity.of(2));
    }

    private Decision deallocated(String user, Optional<Quantity> quantity) {
        var request = new GateRequest.Deallocate(
                Optional.empty(), Actor.system(), seats, new RelatedEntity("user", user), quantity);
        return allotment.gate().release(tenant.id(), Fixtures.key(), request).decision();
    }

    private Quantity used() {
        return counters().stream()
                .filter(counter -> counter.feature().equals(seats))
                .map(QuotaCounter::used)
                .findFirst()
                .orElseThrow();
    }
}
