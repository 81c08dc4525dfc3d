package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.CreditBalance;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.CreditHold;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.gate.Reservation;
import io.allotment.domain.gate.ReservationEnded;
import io.allotment.domain.gate.Verb;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Work under way: what is set aside for it, and what becomes of it when the work ends, or its lease does. */
public abstract class GateReservationsContract extends GateContract {

    // ---- reserve

    @Test
    void a_reservation_sets_credits_and_quota_aside_and_moves_nothing() {
        var decision = reserve(of(minute, "10")
                .relatedTo("meeting", "1")
                .using("gpt", TokenCounts.NONE)
                .with(DOCUMENT));

        assertThat(decision.allowed()).isTrue();
        assertThat(decision.verb()).isEqualTo(Verb.RESERVE);
        assertThat(decision.credits()).isEqualTo(Credits.of(10));
        assertThat(decision.balanceAfter()).isEqualTo(Credits.of(100));
        assertThat(decision.leaseUntil()).contains(START.plus(LEASE));
        assertThat(decision.reservation()).contains(ReservationId.madeBy(decision.id()));
        assertThat(decision.draws())
                .extracting(draw -> draw.amount() + " -> " + draw.remainingAfter())
                .containsExactly("-10 -> 90");
        assertThat(decision.lines().get(0).quota().orElseThrow().used()).isEqualTo(Quantity.of(10));
        assertThat(balance())
                .isEqualTo(new CreditBalance(
                        Credits.of(100), Credits.of(10), Credits.of(90), Credits.ZERO, Credits.ZERO, Credits.ZERO));
        assertThat(quota().used()).isEqualTo(Quantity.ZERO);
        assertThat(quota().held()).isEqualTo(Quantity.of(10));
        assertThat(quota().remaining()).contains(Quantity.of(40));
        assertThat(ledger()).containsExactly("GRANTED 100 -> 100");
        assertThat(events()).isEmpty();
        assertThat(history()).isEmpty();
        assertThat(stored(decision.reservation().orElseThrow())).satisfies(reservation -> {
            assertThat(reservation.status()).isEqualTo(Reservation.Status.HELD);
            assertThat(reservation.relatedTo()).contains(new RelatedEntity("meeting", "1"));
            assertThat(reservation.model()).contains("gpt");
            assertThat(reservation.metadata()).isEqualTo(DOCUMENT);
            assertThat(reservation.plan()).isEqualTo(decision.plan());
        });
        assertSound();
    }

    @Test
    void what_is_held_can_neither_be_used_nor_held_again() {
        reserve(of(minute, "45"));
        var before = everything();

        var overQuota = consume(of(minute, "6"));
        var overQuotaHeld = reserve(of(minute, "6"));
        var overCredits = consume(of(credit, "55.5"));
        var overCreditsHeld = reserve(of(credit, "55.5"));
        var checked = allotment.gate().check(tenant.id(), of(credit, "55.5"));

        assertThat(overQuota.denial().orElseThrow().used())
                .contains(Quantity.of(45).value());
        assertThat(overQuotaHeld.denial()).isEqualTo(overQuota.denial());
        assertThat(overCredits.denial().orElseThrow().available())
                .contains(Credits.of(55).value());
        assertThat(overCreditsHeld.denial()).isEqualTo(overCredits.denial());
        assertThat(checked.denial()).isEqualTo(overCredits.denial());
        assertThat(everything()).isEqualTo(before);
        assertThat(consume(of(minute, "5").and(credit, Quantity.of(50))).allowed())
                .isTrue();
    }

    @Test
    void a_reservation_that_is_denied_is_none() {
        var before = everything();

        var decision = reserve(of(minute, "51"));

        assertThat(decision.denial()).map(Denial::reason).contains(Denial.Reason.QUOTA_EXCEEDED);
        assertThat(decision.reservation()).isEmpty();
        assertThat(everything()).isEqualTo(before);
        assertThatThrownBy(() -> allotment.gate().getReservation(tenant.id(), ReservationId.madeBy(decision.id())))
                .isInstanceOf(NotFound.class);
    }

    @Test
    void an_allocated_feature_is_not_reserved() {
        var seat = given.operation("0", given.seats());

        assertThatThrownBy(() -> reserve(of(seat, "1").relatedTo("user", "1"))).isInstanceOf(InvalidValue.class);
    }

    @Test
    void credits_are_held_in_burn_down_order_over_several_grants() {
        var last = credits().grants().get(0);
        var second = given.grant(tenant, purchase(5).expiring(START.plusSeconds(900)));
        var first = given.grant(tenant, purchase(5).withPriority(1));

        var id = reserved(of(credit, "12"));

        assertThat(stored(id).hold().pins())
                .containsExactly(
                        new CreditHold.Pin(first.id(), Credits.of(5)),
                        new CreditHold.Pin(second.id(), Credits.of(5)),
                        new CreditHold.Pin(last.id(), Credits.of(2)));
        assertThat(credits().grants())
                .extracting(CreditGrant::held)
                .containsExactly(Credits.of(5), Credits.of(5), Credits.of(2));
    }

    @Test
    void settling_draws_what_it_held_even_where_better_credits_have_come() {
        var held = credits().grants().get(0);
        var id = reserved(of(credit, "10"));
        given.grant(tenant, purchase(50).withPriority(0));

        var decision = settle(id, credit, "10");

        assertThat(decision.draws()).containsExactly(new CreditEntry.Draw(held.id(), Credits.of(-10), Credits.of(90)));
    }

    // ---- settle

    @ParameterizedTest
    @ValueSource(strings = {"0.000000001", "4", "10", "12.5", "70"})
    void settling_records_exactly_what_was_used(String used) {
        var reserved = reserve(of(minute, "10").relatedTo("meeting", "1").by(Actor.user(given.member(tenant))));
        var id = reserved.reservation().orElseThrow();
        clock.advance(Duration.ofMinutes(1));

        var decision = settle(id, minute, used);

        assertThat(decision.allowed()).isTrue();
        assertThat(decision.verb()).isEqualTo(Verb.SETTLE);
        assertThat(decision.credits()).isEqualTo(Credits.of(used));
        assertThat(decision.uncoveredCredits()).isEqualTo(Credits.ZERO);
        assertThat(decision.balanceAfter()).isEqualTo(Credits.of(100).minus(Credits.of(used)));
        assertThat(decision.reservation()).contains(id);
        assertThat(decision.actor()).isEqualTo(reserved.actor());
        assertThat(balance().balance()).isEqualTo(decision.balanceAfter());
        assertThat(balance().held()).isEqualTo(Credits.ZERO);
        assertThat(counters()).singleElement().satisfies(counter -> {
            assertThat(counter.used()).isEqualTo(Quantity.of(used));
            assertThat(counter.held()).isEqualTo(Quantity.ZERO);
        });
        assertThat(ledger().get(0)).isEqualTo("CONSUMED -" + used + " -> " + decision.balanceAfter());
        assertThat(event(decision)).get().satisfies(event -> {
            assertThat(event.reservation()).contains(id);
            assertThat(event.lines()).isEqualTo(decision.lines());
            assertThat(event.actor()).isEqualTo(reserved.actor());
            assertThat(event.relatedTo()).contains(new RelatedEntity("meeting", "1"));
            assertThat(event.ledgerSequence()).contains(entries().get(0).sequence());
        });
        assertThat(stored(id).status()).isEqualTo(Reservation.Status.SETTLED);
        assertThat(stored(id).endedAt()).contains(clock.instant());
        assertThat(history())
                .extracting(change -> change.operation() + " " + change.amount())
                .containsExactly("INCREMENT " + used);
        assertSound();
    }

    @Test
    void settling_nothing_gives_all_back_and_is_recorded() {
        var id = reserved(of(minute, "10"));

        var decision = settle(id);

        assertThat(decision.credits()).isEqualTo(Credits.ZERO);
        assertThat(event(decision)).get().satisfies(event -> {
            assertThat(event.ledgerSequence()).isEmpty();
            assertThat(event.lines())
                    .singleElement()
                    .extracting(UsageEvent.Line::quantity)
                    .isEqualTo(Quantity.ZERO);
        });
        assertThat(balance().available()).isEqualTo(Credits.of(100));
        assertThat(quota().held()).isEqualTo(Quantity.ZERO);
        assertThat(ledger()).hasSize(1);
        assertSound();
    }

    @Test
    void settling_names_each_of_several_operations_or_leaves_it_out() {
        var other = given.operation("0.5");
        var id = reserved(of(minute, "10").and(other, Quantity.of(8)).and(free, Quantity.of(3)));

        var decision = settle(id, new Charge.Line(free, Quantity.of(5)), new Charge.Line(minute, Quantity.of(2)));

        assertThat(decision.lines())
                .extracting(line -> line.operation() + " " + line.quantity() + " " + line.credits())
                .containsExactly(minute + " 2 2", other + " 0 0", free + " 5 0");
        assertThat(counters()).extracting(QuotaCounter::used).containsExactly(Quantity.of(7));
        assertThat(balance().balance()).isEqualTo(Credits.of(98));
        assertSound();
    }

    @Test
    void settling_tells_the_model_the_tokens_and_the_metadata_where_they_are_known_only_then() {
        var first = reserved(of(credit, "1").using("gpt", TokenCounts.NONE).with(DOCUMENT));
        var second = reserved(of(credit, "1").using("gpt", TokenCounts.NONE).with(DOCUMENT));
        var tokens = TokenCounts.of(1_000, 20);
        var later = Document.of("later", 1);
        var lines = List.of(new Charge.Line(credit, Quantity.of(1)));

        var told = settle(new GateRequest.Settle(first, lines, Optional.of("claude"), tokens, later));
        var untold = settle(new GateRequest.Settle(second, lines, Optional.empty(), TokenCounts.NONE, Document.EMPTY));

        assertThat(event(told)).get().satisfies(event -> {
            assertThat(event.model()).contains("claude");
            assertThat(event.tokens()).isEqualTo(tokens);
            assertThat(event.metadata()).isEqualTo(later);
        });
        assertThat(event(untold)).get().satisfies(event -> {
            assertThat(event.model()).contains("gpt");
            assertThat(event.tokens()).isEqualTo(TokenCounts.NONE);
            assertThat(event.metadata()).isEqualTo(DOCUMENT);
        });
    }

    @Test
    void what_nothing_is_left_for_is_uncovered_and_outside_of_the_balance() {
        var id = reserved(of(credit, "40"));
        consumed(of(credit, "57"));

        var decision = settle(id, credit, "45.5");

        assertThat(decision.credits()).isEqualTo(Credits.of("45.5"));
        assertThat(decision.uncoveredCredits()).isEqualTo(Credits.of("2.5"));
        assertThat(decision.balanceAfter()).isEqualTo(Credits.ZERO);
        assertThat(event(decision)).get().satisfies(event -> {
            assertThat(event.credits()).isEqualTo(Credits.of("45.5"));
            assertThat(event.uncoveredCredits()).isEqualTo(Credits.of("2.5"));
            assertThat(event.balanceAfter()).isEqualTo(Credits.ZERO);
        });
        assertThat(ledger().get(0)).isEqualTo("CONSUMED -43 -> 0");
        assertSound();
    }

    @Test
    void what_nothing_at_all_is_left_for_leaves_no_entry() {
        var id = reserved(of(credit, "5"));
        clock.advance(LEASE);
        consumed(of(credit, "100"));

        var decision = settle(id, credit, "5");

        assertThat(decision.uncoveredCredits()).isEqualTo(Credits.of(5));
        assertThat(event(decision))
                .get()
                .satisfies(event -> assertThat(event.ledgerSequence()).isEmpty());
        assertThat(ledger().get(0)).isEqualTo("CONSUMED -100 -> 0");
        assertSound();
    }

    @Test
    void more_than_was_held_comes_from_the_overdraft_before_it_is_uncovered() {
        given.overdraftLimit(tenant, 3);
        var id = reserved(of(credit, "40"));
        consumed(of(credit, "60"));

        var decision = settle(id, credit, "45");

        assertThat(decision.uncoveredCredits()).isEqualTo(Credits.of(2));
        assertThat(decision.balanceAfter()).isEqualTo(Credits.of(-3));
        assertThat(entries().get(0).overdraftChange()).isEqualTo(Credits.of(3));
        assertThat(balance().overdraft()).isEqualTo(Credits.of(3));
        assertSound();
    }

    @Test
    void the_room_of_an_overdraft_can_be_held_and_is_then_nobody_elses() {
        given.overdraftLimit(tenant, 10);
        var id = reserved(of(credit, "107"));

        var more = consume(of(credit, "4"));
        var decision = settle(id, credit, "107");

        assertThat(stored(id).hold().overdraft()).isEqualTo(Credits.of(7));
        assertThat(more.denial().orElseThrow().available())
                .contains(Credits.of(3).value());
        assertThat(decision.uncoveredCredits()).isEqualTo(Credits.ZERO);
        assertThat(balance().balance()).isEqualTo(Credits.of(-7));
        assertThat(balance().held()).isEqualTo(Credits.ZERO);
        assertSound();
    }

    @Test
    void only_operations_of_the_reservation_settle_it() {
        var id = reserved(of(minute, "10"));
        var before = everything();

        assertThatThrownBy(() -> settle(id, credit, "1")).isInstanceOf(InvalidValue.class);

        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void a_settle_counts_in_the_period_of_the_reserve() {
        clock.set(Instant.parse("2026-03-10T23:55:00Z"));
        consumed(of(minute, "1"));
        var id = reserved(of(minute, "10"));
        clock.set(Instant.parse("2026-03-11T00:01:00Z"));
        consumed(of(minute, "2"));

        var decision = settle(id, minute, "8");

        var use = decision.lines().get(0).quota().orElseThrow();
        assertThat(use.period().start()).isEqualTo(Instant.parse("2026-03-10T00:00:00Z"));
        assertThat(use.used()).isEqualTo(Quantity.of(9));
        assertThat(quota().used()).isEqualTo(Quantity.of(2));
        assertThat(quota().held()).isEqualTo(Quantity.ZERO);
        assertSound();
    }

    @Test
    void above_the_limit_a_settle_costs_credits_only_where_the_reserve_said_so() {
        on(given.tenantOn(PlanVersionTerms.empty().with(feature.value(), monthly(10, Quota.Overage.DRAW_CREDITS))));
        given.grant(tenant, 100);
        var id = reserved(of(minute, "12"));

        var decision = settle(id, minute, "15");

        assertThat(stored(id).credits()).isEqualTo(Credits.of(2));
        assertThat(decision.credits()).isEqualTo(Credits.of(5));
        assertThat(balance().balance()).isEqualTo(Credits.of(95));
        assertSound();
    }

    // ---- release

    @Test
    void releasing_gives_back_what_was_held() {
        var before = List.of(credits(), entries(), events(), history());
        var reserved = reserve(of(minute, "10"));
        var id = reserved.reservation().orElseThrow();

        var decision = release(id);

        assertThat(decision.verb()).isEqualTo(Verb.RELEASE);
        assertThat(decision.reservation()).contains(id);
        assertThat(decision.credits()).isEqualTo(Credits.of(10));
        assertThat(decision.draws())
                .extracting(draw -> draw.amount() + " -> " + draw.remainingAfter())
                .containsExactly("10 -> 100");
        assertThat(List.of(credits(), entries(), events(), history())).isEqualTo(before);
        assertThat(quota().held()).isEqualTo(Quantity.ZERO);
        assertThat(stored(id).status()).isEqualTo(Reservation.Status.RELEASED);
        assertSound();
    }

    @ParameterizedTest
    @EnumSource(
            value = Reservation.Status.class,
            names = {"SETTLED", "RELEASED"})
    void a_reservation_ends_once(Reservation.Status how) {
        var id = reserved(of(minute, "10"));
        if (how == Reservation.Status.SETTLED) {
            settle(id, minute, "5");
        } else {
            release(id);
        }
        var before = everything();

        assertThatThrownBy(() -> settle(id, minute, "5"))
                .isInstanceOfSatisfying(
                        ReservationEnded.class,
                        refusal -> assertThat(refusal.status()).isEqualTo(how));
        assertThatThrownBy(() -> release(id)).isInstanceOf(ReservationEnded.class);
        assertThatThrownBy(() -> renew(id, LEASE)).isInstanceOf(ReservationEnded.class);
        clock.advance(LEASE);
        assertThatThrownBy(() -> settle(id, minute, "5")).isInstanceOf(ReservationEnded.class);

        assertThat(everything()).isEqualTo(before);
    }

    // ---- renew

    @Test
    void a_lease_goes_on_from_now_and_is_never_shortened() {
        var id = reserved(of(minute, "10"));
        clock.advance(Duration.ofMinutes(8));

        var longer = renew(id, LEASE);
        var shorter = renew(id, Duration.ofSeconds(1));

        assertThat(longer.leaseUntil()).contains(START.plus(Duration.ofMinutes(18)));
        assertThat(shorter.leaseUntil()).isEqualTo(longer.leaseUntil());
        clock.set(START.plus(Duration.ofMinutes(18)).minusNanos(1_000));
        assertThat(balance().held()).isEqualTo(Credits.of(10));
        assertThat(stored(id).leaseUntil()).isEqualTo(START.plus(Duration.ofMinutes(18)));
        clock.advance(Duration.ofNanos(1_000));
        assertThat(balance().held()).isEqualTo(Credits.ZERO);
        assertSound();
    }

    @Test
    void a_lease_that_has_ended_does_not_go_on() {
        var id = reserved(of(minute, "10"));
        clock.advance(LEASE);

        assertThatThrownBy(() -> renew(id, LEASE))
                .isInstanceOfSatisfying(
                        ReservationEnded.class,
                        refusal -> assertThat(refusal.status()).isEqualTo(Reservation.Status.LAPSED));
        assertThatThrownBy(() -> release(id)).isInstanceOf(ReservationEnded.class);

        assertThat(balance().available()).isEqualTo(Credits.of(100));
        assertSound();
    }

    // ---- lapse

    @Test
    void a_lapse_is_seen_by_everybody_at_once_and_written_at_the_next_touch() {
        var id = reserved(of(minute, "50").and(credit, Quantity.of(50)));
        clock.advance(LEASE);
        var before = everything();

        assertThat(balance().held()).isEqualTo(Credits.ZERO);
        assertThat(balance().available()).isEqualTo(Credits.of(100));
        assertThat(quota().held()).isEqualTo(Quantity.ZERO);
        assertThat(quota().remaining()).contains(Quantity.of(50));
        assertThat(allotment
                        .gate()
                        .check(tenant.id(), of(minute, "50").and(credit, Quantity.of(50)))
                        .allowed())
                .isTrue();
        assertThat(allotment.gate().getReservation(tenant.id(), id).status()).isEqualTo(Reservation.Status.LAPSED);
        assertThat(everything()).isEqualTo(before);

        assertThat(consume(of(minute, "50").and(credit, Quantity.of(50))).allowed())
                .isTrue();
        assertThat(stored(id).status()).isEqualTo(Reservation.Status.LAPSED);
        assertThat(stored(id).endedAt()).contains(clock.instant());
        assertThat(credits().held()).isEqualTo(Credits.ZERO);
        assertThat(counters()).extracting(QuotaCounter::held).containsExactly(Quantity.ZERO);
        assertSound();
    }

    @Test
    void a_lapse_is_written_by_services_beside_the_gate_too() {
        var id = reserved(of(minute, "10"));
        clock.advance(LEASE);

        given.grant(tenant, 1);

        assertThat(stored(id).status()).isEqualTo(Reservation.Status.LAPSED);
        assertThat(credits().held()).isEqualTo(Credits.ZERO);
        assertThat(counters()).extracting(QuotaCounter::held).containsExactly(Quantity.ZERO);
        assertSound();
    }

    @Test
    void a_lapse_is_written_even_when_the_charge_is_denied() {
        var id = reserved(of(credit, "10"));
        clock.advance(LEASE);

        consume(of(credit, "101"));

        assertThat(stored(id).status()).isEqualTo(Reservation.Status.LAPSED);
        assertThat(credits().held()).isEqualTo(Credits.ZERO);
        assertSound();
    }

    @Test
    void credits_that_are_held_do_not_expire_before_the_hold_ends() {
        var grant = given.grant(tenant, purchase(10).withPriority(0).expiring(START.plusSeconds(60)));
        var id = reserved(of(credit, "4"));
        clock.advance(Duration.ofMinutes(5));

        var meanwhile = consumed(of(credit, "1"));

        assertThat(meanwhile.draws()).extracting(CreditEntry.Draw::grant).doesNotContain(grant.id());
        assertThat(ledger().subList(0, 2)).containsExactly("CONSUMED -1 -> 103", "EXPIRED -6 -> 104");
        assertThat(found(grant)).map(CreditGrant::remaining).contains(Credits.of(4));
        clock.advance(Duration.ofMinutes(5));
        assertThat(balance().balance()).isEqualTo(Credits.of(99));
        consumed(of(credit, "1"));
        assertThat(ledger().subList(0, 2)).containsExactly("CONSUMED -1 -> 98", "EXPIRED -4 -> 99");
        assertThat(stored(id).status()).isEqualTo(Reservation.Status.LAPSED);
        assertThat(found(grant)).map(CreditGrant::remaining).contains(Credits.ZERO);
        assertSound();
    }

    @Test
    void credits_that_expired_while_they_were_held_can_be_settled_and_the_rest_is_written_off() {
        given.grant(tenant, purchase(10).withPriority(0).expiring(START.plusSeconds(60)));
        var id = reserved(of(credit, "10"));
        clock.advance(Duration.ofMinutes(5));

        var decision = settle(id, credit, "7");

        assertThat(decision.balanceAfter()).isEqualTo(Credits.of(103));
        assertThat(ledger().subList(0, 2)).containsExactly("EXPIRED -3 -> 100", "CONSUMED -7 -> 103");
        assertSound();
    }

    @Test
    void credits_that_expired_while_they_were_held_are_written_off_when_they_are_released() {
        given.grant(tenant, purchase(10).withPriority(0).expiring(START.plusSeconds(60)));
        var id = reserved(of(credit, "10"));
        clock.advance(Duration.ofMinutes(5));

        var decision = release(id);

        assertThat(decision.balanceAfter()).isEqualTo(Credits.of(100));
        assertThat(ledger().get(0)).isEqualTo("EXPIRED -10 -> 100");
        assertSound();
    }

    @Test
    void a_grant_that_is_voided_while_it_is_held_keeps_what_is_held() {
        var grant = given.grant(tenant, purchase(10).withPriority(0));
        var id = reserved(of(credit, "4"));

        allotment
                .credits()
                .voidGrant(tenant.id(), account, grant.id(), Fixtures.key(), Actor.system(), Optional.empty());

        assertThat(found(grant)).get().satisfies(voided -> {
            assertThat(voided.remaining()).isEqualTo(Credits.of(4));
            assertThat(voided.held()).isEqualTo(Credits.of(4));
        });
        settle(id, credit, "3");
        assertThat(balance().balance()).isEqualTo(Credits.of(100));
        assertThat(ledger().get(0)).isEqualTo("VOIDED -1 -> 100");
        assertSound();
    }

    @Test
    void a_late_settle_is_a_charge_without_a_hold() {
        var id = reserved(of(minute, "10"));
        clock.advance(LEASE);
        consumed(of(minute, "48").and(credit, Quantity.of(49)));

        var decision = settle(id, minute, "7");

        assertThat(decision.credits()).isEqualTo(Credits.of(7));
        assertThat(decision.uncoveredCredits()).isEqualTo(Credits.of(4));
        assertThat(decision.lines().get(0).quota().orElseThrow().used()).isEqualTo(Quantity.of(55));
        assertThat(stored(id).status()).isEqualTo(Reservation.Status.SETTLED);
        assertThat(balance().held()).isEqualTo(Credits.ZERO);
        assertThatThrownBy(() -> settle(id, minute, "7")).isInstanceOf(ReservationEnded.class);
        assertSound();
    }

    // ---- whose it is

    @Test
    void another_tenant_has_no_such_reservation() {
        var other = given.tenantWith(100).id();
        var id = reserved(of(minute, "10"));
        var before = everything();
        var gate = allotment.gate();

        assertThatThrownBy(() -> gate.settle(other, Fixtures.key(), id, List.of()))
                .isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> gate.release(other, Fixtures.key(), id)).isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> gate.renew(other, Fixtures.key(), id, LEASE)).isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> gate.getReservation(other, id)).isInstanceOf(NotFound.class);

        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void a_member_reserves_on_the_account_that_pays_and_settles_there() {
        var member = given.member(tenant);
        var own = given.memberAccount(tenant, member, PlanVersionTerms.empty());
        given.grant(tenant, own, purchase(10));

        var id = reserved(of(credit, "6").by(Actor.user(member)));
        var decision = settle(id, credit, "8");

        assertThat(decision.accountId()).isEqualTo(own);
        assertThat(balance(own)).isEqualTo(Credits.of(2));
        assertThat(balance(account)).isEqualTo(Credits.of(100));
        assertThat(allotment
                        .gate()
                        .listReservations(tenant.id(), own, false, FIRST)
                        .items())
                .extracting(Reservation::id)
                .containsExactly(id);
    }

    @Test
    void a_suspended_tenant_reserves_nothing_and_settles_what_it_reserved() {
        var id = reserved(of(minute, "10"));
        allotment.tenants().suspend(tenant.id());

        assertThat(reserve(of(minute, "1")).denial()).map(Denial::reason).contains(Denial.Reason.TENANT_SUSPENDED);
        assertThat(settle(id, minute, "10").allowed()).isTrue();
        assertThat(balance().balance()).isEqualTo(Credits.of(90));
    }

    @Test
    void a_reservation_is_settled_at_the_rate_it_was_made_at() {
        var id = reserved(of(credit, "10"));
        allotment
                .catalog()
                .updateOperation(
                        credit,
                        operation -> Operation.of(operation.key().value(), operation.category(), Credits.of(7))
                                .active(false));

        assertThat(settle(id, credit, "10").credits()).isEqualTo(Credits.of(10));
    }

    @Test
    void many_leases_that_have_ended_are_all_found_at_the_next_touch() {
        var charges = new ArrayList<GateCall>();
        for (int i = 0; i < 50; i++) {
            charges.add(call(tenant.id(), Fixtures.key(), new GateRequest.Reserve(of(credit, "1"), 60)));
        }
        assertThat(decided(charges.toArray(GateCall[]::new)))
                .allMatch(outcome -> told(outcome).equals("allowed"));
        assertThat(balance().held()).isEqualTo(Credits.of(50));
        clock.advance(Duration.ofMinutes(1));

        assertThat(consume(of(credit, "100")).allowed()).isTrue();

        assertThat(inTenant(() -> persistence.reservations().listOverdue(tenant.id(), account, clock.instant())))
                .isEmpty();
        assertSound();
    }

    @Test
    void in_one_batch_a_reservation_is_made_settled_and_refused_a_second_end() {
        var reserve = call(tenant.id(), Fixtures.key(), new GateRequest.Reserve(of(minute, "10"), 60));
        var made = decided(reserve);
        var id = ((Outcome.Answer) made.get(0)).decision().reservation().orElseThrow();
        var lines = List.of(new Charge.Line(minute, Quantity.of(3)));
        var settle = new GateRequest.Settle(id, lines, Optional.empty(), TokenCounts.NONE, Document.EMPTY);

        var outcomes = decided(
                call(tenant.id(), Fixtures.key(), new GateRequest.Renew(id, 600)),
                call(tenant.id(), Fixtures.key(), settle),
                call(tenant.id(), Fixtures.key(), new GateRequest.Release(id)),
                call(tenant.id(), Fixtures.key(), settle),
                consuming(tenant.id(), Fixtures.key(), of(minute, "47")));

        assertThat(outcomes)
                .extracting(GateContract::told)
                .containsExactly("allowed", "allowed", "reservation-ended", "reservation-ended", "allowed");
        assertThat(stored(id).leaseUntil()).isEqualTo(START.plusSeconds(600));
        assertThat(balance().balance()).isEqualTo(Credits.of(50));
        assertSound();
    }

    private Decision settle(GateRequest.Settle used) {
        return allotment.gate().settle(tenant.id(), Fixtures.key(), used).decision();
    }
}
