package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.application.gate.GateService.Consumption;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.gate.ReservationEnded;
import io.allotment.domain.gate.Verb;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.Refusal;
import io.allotment.testkit.Fixtures;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Many threads want the same: the rules hold as if they had come one after the other. */
public abstract class GateRacesContract extends GateContract {

    private static final int THREADS = 8;
    private static final int ROUND_THREADS = 16;

    @Test
    void of_many_threads_that_consume_the_last_credit_one_is_allowed() {
        on(given.tenantWith(1));
        var operation = given.operation("1");

        var results = Together.run(
                THREADS,
                thread -> allotment.gate().consume(tenant.id(), Fixtures.key(), Charge.of(operation, Quantity.of(1))));

        var answers = Together.values(results);
        assertThat(answers).filteredOn(Outcome.Answer::allowed).hasSize(1);
        assertThat(answers)
                .filteredOn(answer -> !answer.allowed())
                .hasSize(THREADS - 1)
                .allSatisfy(answer -> assertThat(answer.decision().denial())
                        .map(Denial::reason)
                        .contains(Denial.Reason.INSUFFICIENT_CREDITS));
        assertThat(credits().balance()).isEqualTo(Credits.ZERO);
        assertThat(events()).hasSize(1);
    }

    @Test
    void many_threads_never_pass_a_quota() {
        var results = Together.run(
                THREADS,
                thread -> allotment.gate().consume(tenant.id(), Fixtures.key(), Charge.of(free, Quantity.of(15))));

        assertThat(Together.values(results)).filteredOn(Outcome.Answer::allowed).hasSize(3);
        assertThat(counters()).extracting(QuotaCounter::used).containsExactly(Quantity.of(45));
    }

    @Test
    void batches_over_the_same_tenants_in_any_order_all_come_through() {
        var second = given.tenantWith(1_000);
        var third = given.tenantWith(1_000);
        given.grant(tenant, 1_000);
        var operation = given.operation("1");
        var charge = Charge.of(operation, Quantity.of(1));
        var orders = List.of(
                List.of(tenant, second, third),
                List.of(third, second, tenant),
                List.of(second, tenant, third),
                List.of(third, tenant, second));

        var results = Together.run(THREADS, thread -> {
            for (int i = 0; i < 5; i++) {
                var batch = orders.get((thread + i) % orders.size()).stream()
                        .map(one -> new Consumption(one.id(), Fixtures.key(), charge))
                        .toList();
                assertThat(allotment.gate().consumeAll(batch))
                        .allMatch(outcome -> told(outcome).equals("allowed"));
            }
            return thread;
        });

        assertThat(Together.values(results)).hasSize(THREADS);
        assertThat(balance(tenant)).isEqualTo(Credits.of(1_100 - 5 * THREADS));
        assertThat(balance(second)).isEqualTo(Credits.of(1_000 - 5 * THREADS));
        assertThat(balance(third)).isEqualTo(Credits.of(1_000 - 5 * THREADS));
    }

    @Test
    void over_a_hundred_rounds_the_last_credit_has_one_winner_each() {
        on(given.tenantOn(PlanVersionTerms.empty()));
        given.grant(tenant, 100);
        var last = given.operation("100");

        for (int round = 0; round < 100; round++) {
            var results = Together.run(
                    ROUND_THREADS, thread -> allotment.gate().consume(tenant.id(), Fixtures.key(), of(last, "1")));

            assertThat(Together.values(results))
                    .filteredOn(Outcome.Answer::allowed)
                    .hasSize(1);
            given.grant(tenant, 100);
        }
        assertThat(balance().balance()).isEqualTo(Credits.of(100));
        assertSound();
    }

    @Test
    void of_many_threads_that_reserve_the_last_credits_as_many_win_as_there_are_credits() {
        var results = Together.run(
                12, thread -> allotment.gate().reserve(tenant.id(), Fixtures.key(), of(credit, "30"), LEASE));

        assertThat(Together.values(results)).filteredOn(Outcome.Answer::allowed).hasSize(3);
        assertThat(balance().held()).isEqualTo(Credits.of(90));
        assertSound();
    }

    @Test
    void of_threads_that_check_then_consume_none_is_let_through_by_its_check() {
        var results = Together.run(THREADS, thread -> {
            allotment.gate().check(tenant.id(), of(credit, "60"));
            return allotment.gate().consume(tenant.id(), Fixtures.key(), of(credit, "60"));
        });

        assertThat(Together.values(results)).filteredOn(Outcome.Answer::allowed).hasSize(1);
    }

    @Test
    void settle_and_release_at_once_end_a_reservation_once() {
        for (int round = 0; round < 10; round++) {
            var id = reserved(of(credit, "5"));
            var before = balance().balance();

            var results = Together.run(
                    6,
                    thread -> thread % 2 == 0
                            ? allotment
                                    .gate()
                                    .settle(
                                            tenant.id(),
                                            Fixtures.key(),
                                            id,
                                            List.of(new Charge.Line(credit, Quantity.of(2))))
                            : allotment.gate().release(tenant.id(), Fixtures.key(), id));

            var answers =
                    results.stream().flatMap(result -> result.value().stream()).toList();
            assertThat(answers).hasSize(1);
            assertThat(results)
                    .flatExtracting(result -> result.failure().stream().toList())
                    .hasSize(5)
                    .hasOnlyElementsOfType(ReservationEnded.class);
            var drawn = answers.get(0).decision().verb() == Verb.SETTLE ? Credits.of(2) : Credits.ZERO;
            assertThat(balance().balance()).isEqualTo(before.minus(drawn));
            assertThat(balance().held()).isEqualTo(Credits.ZERO);
        }
        assertSound();
    }

    @Test
    void a_reservation_that_many_find_lapsed_lapses_once() {
        reserved(of(minute, "40"));
        clock.advance(LEASE);

        var results = Together.run(
                THREADS,
                thread -> thread % 2 == 0
                        ? allotment
                                .gate()
                                .consume(tenant.id(), Fixtures.key(), of(minute, "10"))
                                .allowed()
                        : allotment
                                .credits()
                                .grant(tenant.id(), account, Fixtures.key(), Actor.system(), purchase(1))
                                .remaining()
                                .isPositive());

        assertThat(Together.values(results)).containsOnly(true);
        assertThat(balance().held()).isEqualTo(Credits.ZERO);
        assertSound();
    }

    @Test
    void refunds_of_one_charge_at_once_undo_it_once() {
        var charged = consumed(of(minute, "10"));

        var answers = Together.values(Together.run(THREADS, thread -> refund(charged, Fixtures.key())));

        assertThat(answers)
                .extracting(Outcome.Answer::decision)
                .containsOnly(answers.get(0).decision());
        assertThat(answers).filteredOn(answer -> !answer.replayed()).hasSize(1);
        assertThat(balance().balance()).isEqualTo(Credits.of(100));
        assertThat(quota().used()).isEqualTo(Quantity.ZERO);
        assertSound();
    }

    @Test
    void charges_and_their_refunds_at_once_leave_nothing() {
        var results = Together.run(THREADS, thread -> {
            for (int i = 0; i < 5; i++) {
                refund(consumed(of(minute, "3")));
            }
            return thread;
        });

        assertThat(Together.values(results)).hasSize(THREADS);
        assertThat(balance().available()).isEqualTo(Credits.of(100));
        assertThat(quota().used()).isEqualTo(Quantity.ZERO);
        assertSound();
    }

    @Test
    void everything_at_once_on_one_account_keeps_every_promise() {
        given.overdraftLimit(tenant, 10);
        var member = given.member(tenant);
        given.spendLimit(tenant, member, 40);
        var actor = Actor.user(member);

        var results = Together.run(THREADS, thread -> {
            for (int i = 0; i < 6; i++) {
                switch ((thread + i) % 6) {
                    case 0 -> consume(of(minute, "3").by(actor));
                    case 1 -> reserve(of(minute, "2").by(actor)).reservation().ifPresent(id -> settle(id, minute, "4"));
                    case 2 -> reserve(of(credit, "9")).reservation().ifPresent(this::release);
                    case 3 -> {
                        var charged = consume(of(credit, "7"));
                        if (charged.allowed()) {
                            refund(charged);
                        }
                    }
                    case 4 -> given.grant(tenant, purchase(5).withPriority(i).expiring(START.plusSeconds(60)));
                    default -> allotment.gate().check(tenant.id(), of(minute, "1"));
                }
            }
            return thread;
        });

        assertThat(Together.values(results)).hasSize(THREADS);
        assertThat(balance().held()).isEqualTo(Credits.ZERO);
        assertSound();
    }

    @Test
    void batches_of_all_verbs_over_the_same_accounts_and_limits_in_any_order_all_come_through() {
        given.grant(tenant, 10_000);
        var second = given.tenantWith(10_000);
        var members = Stream.generate(() -> given.member(tenant)).limit(2).toList();
        var own = members.stream()
                .map(member -> given.memberAccount(tenant, member, PlanVersionTerms.empty()))
                .toList();
        own.forEach(each -> given.grant(tenant, each, purchase(10_000)));
        members.forEach(member -> given.spendLimit(tenant, member, 10_000));

        var results = Together.run(THREADS, thread -> {
            for (int i = 0; i < 4; i++) {
                var reserved = reserve(of(credit, "2").by(Actor.user(members.get(i % 2))));
                var charged = consumed(of(credit, "3").by(Actor.user(members.get((i + 1) % 2))));
                var calls = new ArrayList<>(List.of(
                        consuming(tenant.id(), Fixtures.key(), of(credit, "1").by(Actor.user(members.get(0)))),
                        consuming(
                                tenant.id(),
                                Fixtures.key(),
                                of(credit, "1").by(Actor.user(members.get(0))).on(own.get(1))),
                        consuming(
                                tenant.id(),
                                Fixtures.key(),
                                of(credit, "1").by(Actor.user(members.get(1))).on(account)),
                        consuming(second.id(), Fixtures.key(), of(credit, "1")),
                        call(
                                tenant.id(),
                                Fixtures.key(),
                                new GateRequest.Release(reserved.reservation().orElseThrow())),
                        call(
                                tenant.id(),
                                Fixtures.key(),
                                new GateRequest.Refund(charged.id(), Actor.system(), "by mistake"))));
                Collections.rotate(calls, thread);
                assertThat(decided(calls.toArray(GateCall[]::new)))
                        .extracting(GateContract::told)
                        .containsOnly("allowed");
            }
            return thread;
        });

        assertThat(Together.values(results)).hasSize(THREADS);
        assertThat(spendLimits())
                .extracting(SpendLimit::spent)
                .containsExactlyInAnyOrder(Credits.of(64), Credits.of(32));
        assertThat(balance(second)).isEqualTo(Credits.of(10_000 - 32));
        assertSound();
    }

    @Test
    void what_is_wrong_with_one_charge_hurts_nobody_it_shares_a_batch_with() {
        var stranger = Actor.user(given.user().id());
        var charge = of(credit, "1");
        var wrong = List.of(
                charge.and(Fixtures.word(), 1),
                charge.on(new AccountId(ids.next())),
                charge.by(stranger),
                of(given.operation("0", given.seats()), "1"));

        var results = Together.run(16, thread -> {
            for (int i = 0; i < wrong.size(); i++) {
                if (thread == 5) {
                    var poison = wrong.get(i);
                    assertThatThrownBy(() -> allotment.gate().consume(tenant.id(), Fixtures.key(), poison))
                            .isInstanceOf(Refusal.class);
                } else {
                    assertThat(consume(charge).allowed()).isTrue();
                }
            }
            return thread;
        });

        assertThat(Together.values(results)).hasSize(16);
        assertThat(balance().balance()).isEqualTo(Credits.of(100 - 15 * 4));
        assertSound();
    }

    @Test
    void amounts_as_large_as_they_come_hurt_nobody_in_their_batch() {
        var dear = given.operation("999999999.999999999");
        var largest = "999999999999.999999999";

        var outcomes = allotment
                .gate()
                .consumeAll(List.of(
                        new Consumption(tenant.id(), Fixtures.key(), of(credit, "1")),
                        new Consumption(tenant.id(), Fixtures.key(), of(dear, largest)),
                        new Consumption(tenant.id(), Fixtures.key(), of(free, largest)),
                        new Consumption(
                                tenant.id(),
                                Fixtures.key(),
                                of(given.operation("0"), largest).with(DOCUMENT)),
                        new Consumption(tenant.id(), Fixtures.key(), of(credit, "0.000000001"))));

        assertThat(outcomes)
                .extracting(GateContract::told)
                .containsExactly("allowed", "INSUFFICIENT_CREDITS", "QUOTA_EXCEEDED", "allowed", "allowed");
        for (var outcome : outcomes) {
            var decision = ((Outcome.Answer) outcome).decision();
            assertThat(found(decision)).contains(decision);
        }
        assertSound();
    }
}
