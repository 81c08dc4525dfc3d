package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.application.gate.GateService.Consumption;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.gate.Gate;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.gate.Reservation;
import io.allotment.domain.gate.Step;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.tenancy.UnpricedModels;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One effect for each key, however often and by however many it is asked for, and an answer that never changes. */
public abstract class GateIdempotencyContract extends GateContract {

    private static final int THREADS = 8;

    @Test
    void the_same_charge_under_the_same_key_gives_the_same_decision_and_changes_nothing() {
        var key = Fixtures.key();
        var charge = Charge.of(minute, Quantity.of("1.5"))
                .and(free, Quantity.of(2))
                .and(given.operation("0.000000001"), Quantity.of("0.5"))
                .by(Actor.user(given.member(tenant)))
                .relatedTo("meeting", "m 1, Ünïcode")
                .using("gpt", TokenCounts.of(1_000, 200))
                .with(DOCUMENT);
        given.grant(tenant, purchase(1).withPriority(0));
        var first = allotment.gate().consume(tenant.id(), key, charge);
        var before = everything();
        clock.advance(Duration.ofDays(2));

        var second = allotment.gate().consume(tenant.id(), key, charge);

        assertThat(first.replayed()).isFalse();
        assertThat(second.replayed()).isTrue();
        assertThat(second.decision()).isEqualTo(first.decision());
        assertThat(found(first.decision())).contains(first.decision());
        assertThat(first.decision().draws()).hasSize(2);
        assertThat(everything()).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource(Denial.Reason.class)
    void a_denial_is_kept_and_given_again(Denial.Reason reason) {
        var charge = deniedFor(reason);
        var key = Fixtures.key();

        var first = allotment.gate().consume(tenant.id(), key, charge);
        var before = everything();
        clock.advance(Duration.ofHours(1));
        var second = allotment.gate().consume(tenant.id(), key, charge);

        assertThat(first.decision().denial()).map(Denial::reason).contains(reason);
        assertThat(first.replayed()).isFalse();
        assertThat(second.replayed()).isTrue();
        assertThat(second.decision()).isEqualTo(first.decision());
        assertThat(found(first.decision())).contains(first.decision());
        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void a_denial_stands_under_its_key_after_a_top_up_and_a_new_key_is_allowed() {
        var key = Fixtures.key();
        var charge = Charge.of(given.operation("1"), Quantity.of(101));
        var denied = allotment.gate().consume(tenant.id(), key, charge);
        given.grant(tenant, 1);

        var replayed = allotment.gate().consume(tenant.id(), key, charge);
        var allowed = allotment.gate().consume(tenant.id(), Fixtures.key(), charge);

        assertThat(replayed.decision()).isEqualTo(denied.decision());
        assertThat(allowed.allowed()).isTrue();
        assertThat(credits().balance()).isEqualTo(Credits.ZERO);
    }

    @Test
    void a_decision_stays_what_it_was_when_the_catalogue_changes() {
        var key = Fixtures.key();
        var charge = Charge.of(minute, Quantity.of(1));
        var first = allotment.gate().consume(tenant.id(), key, charge);
        allotment.catalog().updateOperation(minute, operation -> operation.active(false));

        var second = allotment.gate().consume(tenant.id(), key, charge);

        assertThat(second.decision()).isEqualTo(first.decision());
        assertThat(consume(charge).denial()).map(Denial::reason).contains(Denial.Reason.OPERATION_INACTIVE);
    }

    @Test
    void another_charge_under_the_same_key_is_refused_and_changes_nothing() {
        var key = Fixtures.key();
        var charge = Charge.of(minute, Quantity.of(1));
        allotment.gate().consume(tenant.id(), key, charge);
        var before = everything();

        var others = List.of(
                Charge.of(minute, Quantity.of(2)),
                Charge.of(free, Quantity.of(1)),
                charge.and(free, Quantity.of(1)),
                charge.on(account),
                charge.using("gpt", TokenCounts.NONE),
                charge.using("gpt", TokenCounts.of(1, 1)));

        for (var other : others) {
            assertThatThrownBy(() -> allotment.gate().consume(tenant.id(), key, other))
                    .isInstanceOf(IdempotencyKeyReused.class);
        }
        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void seats_for_another_user_under_the_same_key_are_refused_and_neither_takes_the_others() {
        var key = Fixtures.key();
        var asking = asking(Asked.ALLOCATE);
        var first = asking.request().apply(key);

        assertThatThrownBy(() -> asking.other().apply(key)).isInstanceOf(IdempotencyKeyReused.class);
        assertThat(asking.request().apply(key).decision()).isEqualTo(first.decision());

        var seats = first.decision().lines().get(0).quota().orElseThrow().feature();
        assertThat(allocations(seats))
                .extracting(allocation -> allocation.relatedTo().id() + " " + allocation.quantity())
                .containsExactly("ada 2");
    }

    @Test
    void the_same_charge_under_the_same_key_is_the_same_whatever_it_is_for() {
        var key = Fixtures.key();
        var first = allotment.gate().consume(tenant.id(), key, of(minute, "1").relatedTo("meeting", "1"));

        var second = allotment.gate().consume(tenant.id(), key, of(minute, "1").relatedTo("meeting", "2"));

        assertThat(second.decision()).isEqualTo(first.decision());
        assertThat(events()).hasSize(1);
    }

    @Test
    void keys_of_different_tenants_are_different_keys() {
        var key = Fixtures.key();
        var other = given.tenantWith(5);
        var operation = given.operation("1");

        allotment.gate().consume(tenant.id(), key, Charge.of(operation, Quantity.of(1)));
        var theirs = allotment.gate().consume(other.id(), key, Charge.of(operation, Quantity.of(2)));

        assertThat(theirs.replayed()).isFalse();
        assertThat(theirs.allowed()).isTrue();
    }

    @Test
    void a_kept_decision_is_explained_as_it_was_made() {
        var charge = deniedFor(Denial.Reason.INSUFFICIENT_CREDITS);
        var decision = consume(charge);

        var explanation = allotment.gate().explain(tenant.id(), decision.id());

        assertThat(explanation.decision()).isEqualTo(decision);
        assertThat(explanation.trace()).isEqualTo(Gate.explain(decision)).last().satisfies(step -> {
            assertThat(step.step()).isEqualTo(Step.CREDITS);
            assertThat(step.passed()).isFalse();
        });
    }

    @Test
    void many_threads_with_one_key_have_one_effect_and_get_the_same_answer() {
        var key = Fixtures.key();
        var charge = Charge.of(minute, Quantity.of(2)).relatedTo("meeting", "1");

        var results = Together.run(THREADS, thread -> allotment.gate().consume(tenant.id(), key, charge));

        var answers = Together.values(results);
        assertThat(answers).hasSize(THREADS);
        assertThat(answers)
                .extracting(Outcome.Answer::decision)
                .containsOnly(answers.get(0).decision());
        assertThat(answers).filteredOn(answer -> !answer.replayed()).hasSize(1);
        assertThat(credits().balance()).isEqualTo(Credits.of(98));
        assertThat(events()).hasSize(1);
    }

    @Test
    void many_threads_with_one_key_get_the_same_denial() {
        var key = Fixtures.key();
        var charge = Charge.of(minute, Quantity.of(51));

        var results = Together.run(THREADS, thread -> allotment.gate().consume(tenant.id(), key, charge));

        var answers = Together.values(results);
        assertThat(answers).hasSize(THREADS);
        assertThat(answers)
                .extracting(Outcome.Answer::decision)
                .containsOnly(answers.get(0).decision());
        assertThat(answers).filteredOn(answer -> !answer.replayed()).hasSize(1);
    }

    @Test
    void of_many_threads_with_different_charges_under_one_key_one_is_done_and_each_other_refused() {
        var key = Fixtures.key();

        var results = Together.run(
                THREADS,
                thread -> allotment.gate().consume(tenant.id(), key, Charge.of(minute, Quantity.of(thread + 1L))));

        assertThat(results).filteredOn(result -> result.value().isPresent()).hasSize(1);
        assertThat(results)
                .flatExtracting(result -> result.failure().stream().toList())
                .hasSize(THREADS - 1)
                .hasOnlyElementsOfType(IdempotencyKeyReused.class);
        assertThat(events()).hasSize(1);
        assertThat(credits().balance())
                .isEqualTo(Credits.of(100).minus(events().get(0).credits()));
    }

    @Test
    void batches_that_share_keys_have_each_effect_once() {
        var second = given.tenantWith(100);
        var operation = given.operation("1");
        var charge = Charge.of(operation, Quantity.of(1));
        var keys = List.of(Fixtures.key(), Fixtures.key(), Fixtures.key(), Fixtures.key());

        var results = Together.run(THREADS, thread -> {
            var batch = new ArrayList<Consumption>();
            for (int i = 0; i < keys.size(); i++) {
                var key = keys.get((thread + i) % keys.size());
                batch.add(new Consumption(tenant.id(), key, charge));
                batch.add(new Consumption(second.id(), key, charge));
            }
            return allotment.gate().consumeAll(batch);
        });

        var told = Together.values(results).stream()
                .flatMap(List::stream)
                .map(GateContract::told)
                .toList();
        assertThat(told).containsOnly("allowed", "replayed").hasSize(THREADS * 2 * keys.size());
        assertThat(told).filteredOn("allowed"::equals).hasSize(2 * keys.size());
        assertThat(balance(tenant)).isEqualTo(Credits.of(96));
        assertThat(balance(second)).isEqualTo(Credits.of(96));
        assertThat(events()).hasSize(4);
    }

    @Test
    void of_many_threads_that_charge_different_accounts_under_one_key_one_is_done_and_each_other_refused() {
        var accounts = accountsWithCredits(THREADS);
        var operation = given.operation("1");
        var key = Fixtures.key();

        var results = Together.run(
                THREADS,
                thread -> allotment
                        .gate()
                        .consume(
                                tenant.id(),
                                key,
                                Charge.of(operation, Quantity.of(1)).on(accounts.get(thread))));

        assertThat(results).filteredOn(result -> result.value().isPresent()).hasSize(1);
        assertThat(results)
                .flatExtracting(result -> result.failure().stream().toList())
                .hasSize(THREADS - 1)
                .hasOnlyElementsOfType(IdempotencyKeyReused.class);
        assertThat(events()).hasSize(1);
        assertThat(accounts.stream().map(this::balance).filter(Credits.of(9)::equals))
                .hasSize(1);
    }

    @Test
    void batches_on_different_accounts_that_share_keys_in_any_order_all_come_through() {
        var accounts = accountsWithCredits(THREADS);
        var operation = given.operation("1");
        var keys = Stream.generate(Fixtures::key).limit(6).toList();

        var results = Together.run(THREADS, thread -> {
            var charge = Charge.of(operation, Quantity.of(1)).on(accounts.get(thread));
            var order = new ArrayList<>(keys);
            Collections.rotate(order, thread);
            if (thread % 2 == 0) {
                Collections.reverse(order);
            }
            return allotment
                    .gate()
                    .consumeAll(order.stream()
                            .map(key -> new Consumption(tenant.id(), key, charge))
                            .toList());
        });

        var told = Together.values(results).stream()
                .flatMap(List::stream)
                .map(GateContract::told)
                .toList();
        assertThat(told).hasSize(THREADS * keys.size()).containsOnly("allowed", "idempotency-key-reused");
        assertThat(told).filteredOn("allowed"::equals).hasSize(keys.size());
        assertThat(events()).hasSize(keys.size());
    }

    /** A charge that is denied for this reason, after a tenant was made for which it is. */
    private Charge deniedFor(Denial.Reason reason) {
        var charge = Charge.of(minute, Quantity.of(3)).and(free, Quantity.of("0.5"));
        return switch (reason) {
            case TENANT_SUSPENDED -> {
                allotment.tenants().suspend(tenant.id());
                yield charge;
            }
            case OPERATION_INACTIVE ->
                charge.and(
                        given.operation(Operation.of(Fixtures.word(), "test", Credits.of(1))
                                .active(false)),
                        Quantity.of(1));
            case PERMISSION_MISSING ->
                charge.and(
                                given.operation(Operation.of(Fixtures.word(), "test", Credits.of(1))
                                        .needing(given.permission("meetings:write")
                                                .value())),
                                Quantity.of(1))
                        .by(Actor.user(given.member(tenant)));
            case NO_SUBSCRIPTION -> {
                tenant = given.tenant();
                account = Fixtures.accountOf(tenant);
                yield charge;
            }
            case SUBSCRIPTION_INACTIVE -> {
                allotment.subscriptions().cancel(tenant.id(), account, false, Optional.empty());
                yield charge;
            }
            case MODEL_UNPRICED -> {
                allotment
                        .tenants()
                        .setUnpricedModels(
                                tenant.id(),
                                Optional.empty(),
                                new UnpricedModels(UnpricedModels.Policy.REFUSE, Optional.empty()));
                yield charge.using("no-such-model", TokenCounts.of(1, 1));
            }
            case NOT_ENTITLED -> charge.and(given.operation("1", given.feature()), Quantity.of(1));
            case QUOTA_EXCEEDED ->
                charge.and(given.operation("1"), Quantity.of(1)).and(minute, Quantity.of("46.51"));
            case SPEND_LIMIT_EXCEEDED -> {
                var member = given.member(tenant);
                given.spendLimit(tenant, member, 3);
                yield charge.and(given.operation("0.5"), Quantity.of(1)).by(Actor.user(member));
            }
            case INSUFFICIENT_CREDITS -> {
                given.grant(tenant, purchase(3).withPriority(0));
                yield charge.and(given.operation("0.5"), Quantity.of(201)).relatedTo("meeting", "1");
            }
        };
    }

    // ---- every verb

    /** What the gate can be asked for, and what it can say. */
    enum Asked {
        CONSUME,
        CONSUME_DENIED,
        ALLOCATE,
        RESERVE,
        RESERVE_DENIED,
        RENEW,
        SETTLE,
        SETTLE_UNCOVERED,
        SETTLE_LATE,
        RELEASE,
        DEALLOCATE,
        REFUND
    }

    /** A request that can be sent again under any key, and another one of its verb. */
    private record Asking(
            Function<IdempotencyKey, Outcome.Answer> request, Function<IdempotencyKey, Outcome.Answer> other) {}

    @ParameterizedTest
    @EnumSource(Asked.class)
    void every_answer_is_kept_and_given_again_word_for_word(Asked asked) {
        var key = Fixtures.key();
        var asking = asking(asked);
        var first = asking.request().apply(key);
        var before = everything();

        var second = asking.request().apply(key);
        clock.advance(Duration.ofDays(2));
        var third = asking.request().apply(key);

        assertThat(first.replayed()).isFalse();
        assertThat(first.allowed()).isEqualTo(!asked.name().endsWith("DENIED"));
        assertThat(List.of(second, third)).allMatch(Outcome.Answer::replayed);
        assertThat(second.decision()).isEqualTo(first.decision());
        assertThat(third.decision()).isEqualTo(first.decision());
        var explained = allotment.gate().explain(tenant.id(), first.decision().id());
        assertThat(explained.decision()).isEqualTo(first.decision());
        assertThat(explained.trace()).isEqualTo(Gate.explain(first.decision()));
        assertThat(everything()).isEqualTo(before);
        assertSound();
    }

    @ParameterizedTest
    @EnumSource(Asked.class)
    void another_request_under_a_used_key_is_refused_and_changes_nothing(Asked asked) {
        var key = Fixtures.key();
        var asking = asking(asked);
        asking.request().apply(key);
        var before = everything();

        assertThatThrownBy(() -> asking.other().apply(key)).isInstanceOf(IdempotencyKeyReused.class);
        // Keys are shared by all verbs.
        assertThatThrownBy(() -> allotment.gate().consume(tenant.id(), key, of(given.operation("0"), "1")))
                .isInstanceOf(IdempotencyKeyReused.class);
        assertThatThrownBy(() -> allotment.gate().release(tenant.id(), key, new ReservationId(ids.next())))
                .isInstanceOf(IdempotencyKeyReused.class);

        assertThat(everything()).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource(Asked.class)
    void many_threads_that_ask_the_same_have_one_effect_and_get_the_same_answer(Asked asked) {
        var key = Fixtures.key();
        var asking = asking(asked);

        var answers =
                Together.values(Together.run(THREADS, thread -> asking.request().apply(key)));

        assertThat(answers).hasSize(THREADS);
        assertThat(answers)
                .extracting(Outcome.Answer::decision)
                .containsOnly(answers.get(0).decision());
        assertThat(answers).filteredOn(answer -> !answer.replayed()).hasSize(1);
        assertSound();
    }

    @ParameterizedTest
    @EnumSource(Asked.class)
    void what_is_refused_uses_no_key(Asked asked) {
        var key = Fixtures.key();
        var asking = asking(asked);
        assertThatThrownBy(() -> allotment.gate().consume(tenant.id(), key, Charge.of(Fixtures.word(), 1)))
                .isInstanceOf(Unknown.class);

        assertThat(asking.request().apply(key).replayed()).isFalse();
    }

    @Test
    void a_reservation_that_is_reserved_again_under_its_key_is_the_same_even_after_its_end() {
        var key = Fixtures.key();
        var charge = of(minute, "5");
        var first = allotment.gate().reserve(tenant.id(), key, charge, LEASE);
        settle(first.decision().reservation().orElseThrow(), minute, "5");

        var again = allotment.gate().reserve(tenant.id(), key, charge, LEASE);

        assertThat(again.decision()).isEqualTo(first.decision());
        assertThat(balance().held()).isEqualTo(Credits.ZERO);
        assertThat(balance().balance()).isEqualTo(Credits.of(95));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5, 10})
    void a_key_several_times_in_one_batch_has_one_effect(int times) {
        var key = Fixtures.key();
        var same = of(minute, "2");
        var other = of(minute, "3");
        var batch = new ArrayList<Consumption>();
        for (int i = 0; i < times; i++) {
            batch.add(new Consumption(tenant.id(), key, same));
            batch.add(new Consumption(tenant.id(), key, other));
        }

        var told = allotment.gate().consumeAll(batch).stream()
                .map(GateContract::told)
                .toList();

        assertThat(told.subList(0, 2)).containsExactly("allowed", "idempotency-key-reused");
        for (int i = 2; i < told.size(); i += 2) {
            assertThat(told.subList(i, i + 2)).containsExactly("replayed", "idempotency-key-reused");
        }
        assertThat(events()).hasSize(1);
        assertThat(balance().balance()).isEqualTo(Credits.of(98));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4, 7, 10})
    void a_key_several_times_at_once_with_different_charges_has_one_effect_and_each_conflict_is_named(int threads) {
        for (int round = 0; round < 5; round++) {
            var key = Fixtures.key();
            int before = events().size();

            var results = Together.run(
                    threads,
                    thread -> allotment.gate().consume(tenant.id(), key, of(credit, thread % 2 == 0 ? "1" : "2")));

            var answers =
                    results.stream().flatMap(result -> result.value().stream()).toList();
            assertThat(answers)
                    .extracting(Outcome.Answer::decision)
                    .containsOnly(answers.get(0).decision());
            assertThat(answers).filteredOn(answer -> !answer.replayed()).hasSize(1);
            assertThat(results)
                    .flatExtracting(result -> result.failure().stream().toList())
                    .hasSize(threads - answers.size())
                    .allMatch(IdempotencyKeyReused.class::isInstance);
            assertThat(events()).hasSize(before + 1);
        }
        assertSound();
    }

    @Test
    void in_one_batch_keys_are_shared_by_all_verbs() {
        var key = Fixtures.key();
        var id = reserved(of(minute, "5"));

        var outcomes = decided(
                call(tenant.id(), key, new GateRequest.Renew(id, 600)),
                call(tenant.id(), key, new GateRequest.Release(id)),
                call(tenant.id(), key, new GateRequest.Renew(id, 600)),
                consuming(tenant.id(), key, of(minute, "1")));

        assertThat(outcomes)
                .extracting(GateContract::told)
                .containsExactly("allowed", "idempotency-key-reused", "replayed", "idempotency-key-reused");
        assertThat(stored(id).status()).isEqualTo(Reservation.Status.HELD);
    }

    @Test
    void of_many_threads_with_different_verbs_under_one_key_one_is_done_and_each_other_refused() {
        var key = Fixtures.key();
        var id = reserved(of(minute, "5"));
        var charged = consumed(of(credit, "1"));
        var gate = allotment.gate();

        var results = Together.run(4, thread -> switch (thread) {
            case 0 -> gate.consume(tenant.id(), key, of(minute, "1"));
            case 1 -> gate.reserve(tenant.id(), key, of(minute, "1"), LEASE);
            case 2 -> gate.release(tenant.id(), key, id);
            default -> gate.refund(tenant.id(), key, charged.id(), Actor.system(), "by mistake");
        });

        assertThat(results).filteredOn(result -> result.value().isPresent()).hasSize(1);
        assertThat(results)
                .flatExtracting(result -> result.failure().stream().toList())
                .hasSize(3)
                .hasOnlyElementsOfType(IdempotencyKeyReused.class);
        assertSound();
    }

    private Asking asking(Asked asked) {
        var gate = allotment.gate();
        return switch (asked) {
            case CONSUME -> {
                var charge = of(minute, "3")
                        .and(credit, Quantity.of(2))
                        .relatedTo("meeting", "1")
                        .with(DOCUMENT);
                yield new Asking(
                        key -> gate.consume(tenant.id(), key, charge),
                        key -> gate.consume(tenant.id(), key, charge.and(free, Quantity.of(1))));
            }
            case CONSUME_DENIED ->
                new Asking(
                        key -> gate.consume(tenant.id(), key, of(minute, "51")),
                        key -> gate.consume(tenant.id(), key, of(minute, "52")));
            case RESERVE -> {
                var charge = of(minute, "3")
                        .relatedTo("meeting", "1")
                        .using("gpt", TokenCounts.NONE)
                        .with(DOCUMENT);
                yield new Asking(
                        key -> gate.reserve(tenant.id(), key, charge, LEASE),
                        key -> gate.reserve(tenant.id(), key, charge.and(free, Quantity.of(1)), LEASE));
            }
            case ALLOCATE -> {
                var seats = given.seats();
                on(given.tenantOn(PlanVersionTerms.empty().with(seats.value(), forever(5))));
                var two = of(given.operation("0", seats), "2");
                yield new Asking(
                        key -> gate.consume(tenant.id(), key, two.relatedTo("user", "ada")),
                        key -> gate.consume(tenant.id(), key, two.relatedTo("user", "bob")));
            }
            case RESERVE_DENIED ->
                new Asking(
                        key -> gate.reserve(tenant.id(), key, of(credit, "101"), LEASE),
                        key -> gate.reserve(tenant.id(), key, of(credit, "102"), LEASE));
            case RENEW -> {
                var id = reserved(of(minute, "5"));
                var another = reserved(of(minute, "5"));
                yield new Asking(
                        key -> gate.renew(tenant.id(), key, id, LEASE.multipliedBy(2)),
                        key -> gate.renew(tenant.id(), key, another, LEASE.multipliedBy(2)));
            }
            case SETTLE -> settling(reserved(of(minute, "5").and(credit, Quantity.of(5))), "7");
            case SETTLE_UNCOVERED -> settling(reserved(of(minute, "5")), "120");
            case SETTLE_LATE -> {
                var id = reserved(of(minute, "5"));
                clock.advance(LEASE);
                yield settling(id, "4");
            }
            case RELEASE -> {
                var id = reserved(of(minute, "5").and(credit, Quantity.of(5)));
                var another = reserved(of(minute, "5"));
                yield new Asking(
                        key -> gate.release(tenant.id(), key, id), key -> gate.release(tenant.id(), key, another));
            }
            case DEALLOCATE -> {
                var seats = given.seats();
                on(given.tenantOn(PlanVersionTerms.empty().with(seats.value(), forever(5))));
                consumed(of(given.operation("0", seats), "2").relatedTo("user", "ada"));
                yield new Asking(
                        key -> gate.release(tenant.id(), key, deallocate(seats, "user", "ada")),
                        key -> gate.release(tenant.id(), key, deallocate(seats, "user", "bob")));
            }
            case REFUND -> {
                given.grant(tenant, purchase(2).withPriority(0));
                var charged = consumed(of(minute, "5").relatedTo("meeting", "1"));
                var another = consumed(of(minute, "1"));
                yield new Asking(key -> refund(charged, key), key -> refund(another, key));
            }
        };
    }

    private Asking settling(ReservationId id, String used) {
        var gate = allotment.gate();
        return new Asking(
                key -> gate.settle(tenant.id(), key, id, List.of(new Charge.Line(minute, Quantity.of(used)))),
                key -> gate.settle(tenant.id(), key, id, List.of(new Charge.Line(minute, Quantity.of("1.5")))));
    }
}
