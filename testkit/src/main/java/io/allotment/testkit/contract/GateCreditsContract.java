package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.credit.CreditBalance;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Quantity;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which credits a charge draws, what becomes of them with time, and what lies below zero. */
public abstract class GateCreditsContract extends GateContract {

    @Test
    void grants_burn_down_by_priority_then_by_end_then_by_age() {
        var oldest = credits().grants().get(0);
        var never = given.grant(tenant, 10);
        var late = given.grant(tenant, purchase(10).expiring(START.plusSeconds(900)));
        var soon = given.grant(tenant, purchase(10).expiring(START.plusSeconds(600)));
        var last = given.grant(tenant, purchase(10).withPriority(101).expiring(START.plusSeconds(300)));
        var first = given.grant(tenant, purchase(10).withPriority(99));
        var big = given.operation("1");

        var decision = consume(Charge.of(big, Quantity.of(145)));

        assertThat(decision.draws())
                .extracting(CreditEntry.Draw::grant)
                .containsExactly(first.id(), soon.id(), late.id(), oldest.id(), never.id(), last.id());
        assertThat(decision.draws().get(5)).isEqualTo(new CreditEntry.Draw(last.id(), Credits.of(-5), Credits.of(5)));
        assertThat(credits().grants()).extracting(CreditGrant::id).containsExactly(last.id());
    }

    @Test
    void a_grant_whose_time_has_not_begun_is_not_drawn_on() {
        var pending = given.grant(
                tenant,
                new GrantTerms(
                        Credits.of(10),
                        GrantSource.PURCHASE,
                        Optional.empty(),
                        0,
                        Optional.of(START.plusSeconds(60)),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        DOCUMENT,
                        Optional.empty()));
        var big = given.operation("1");

        assertThat(consume(Charge.of(big, Quantity.of(101))).allowed()).isFalse();
        clock.advance(Duration.ofSeconds(60));
        assertThat(consume(Charge.of(big, Quantity.of(1))).draws())
                .containsExactly(new CreditEntry.Draw(pending.id(), Credits.of(-1), Credits.of(9)));
    }

    @Test
    void what_is_due_expires_at_the_next_touch_and_the_ledger_says_so() {
        var end = START.plusSeconds(60);
        var grant = given.grant(tenant, purchase(7).withPriority(0).expiring(end));
        clock.set(end);

        var decision = consume(Charge.of(minute, Quantity.of(2)));

        assertThat(decision.draws()).extracting(CreditEntry.Draw::grant).doesNotContain(grant.id());
        assertThat(entries().subList(0, 2))
                .extracting(entry -> entry.type() + " " + entry.amount() + " -> " + entry.balanceAfter())
                .containsExactly("CONSUMED -2 -> 98", "EXPIRED -7 -> 100");
        assertThat(inTenant(() -> persistence.credits().findGrant(tenant.id(), grant.id())))
                .map(CreditGrant::remaining)
                .contains(Credits.ZERO);
    }

    @Test
    void what_is_due_expires_even_when_the_charge_is_denied() {
        given.grant(tenant, purchase(7).expiring(START.plusSeconds(60)));
        clock.advance(Duration.ofDays(1));

        var decision = consume(Charge.of(given.operation("1"), Quantity.of(101)));

        assertThat(decision.denial().orElseThrow().available())
                .contains(Credits.of(100).value());
        assertThat(decision.balanceAfter()).isEqualTo(Credits.of(100));
        assertThat(entries().get(0).type()).isEqualTo(CreditEntry.Type.EXPIRED);
        assertThat(credits().balance()).isEqualTo(Credits.of(100));
    }

    // ---- below zero

    @Test
    void an_overdraft_is_drawn_within_its_limit_when_the_grants_are_spent() {
        given.overdraftLimit(tenant, 20);

        var over = consume(of(credit, "120.5"));
        var decision = consumed(of(credit, "115"));
        var checked = allotment.gate().check(tenant.id(), of(credit, "5.5"));

        assertThat(over.denial().orElseThrow().available())
                .contains(Credits.of(120).value());
        assertThat(decision.balanceAfter()).isEqualTo(Credits.of(-15));
        assertThat(checked.denial().orElseThrow().available())
                .contains(Credits.of(5).value());
        assertThat(entries().get(0)).satisfies(entry -> {
            assertThat(entry.amount()).isEqualTo(Credits.of(-115));
            assertThat(entry.overdraftChange()).isEqualTo(Credits.of(15));
        });
        assertThat(balance())
                .isEqualTo(new CreditBalance(
                        Credits.of(-15), Credits.ZERO, Credits.ZERO, Credits.ZERO, Credits.of(15), Credits.of(20)));
        assertSound();
    }

    @Test
    void the_next_grants_repay_an_overdraft_first() {
        given.overdraftLimit(tenant, 20);
        consumed(of(credit, "115"));

        given.grant(tenant, 10);
        var second = given.grant(tenant, 10);

        assertThat(ledger().subList(0, 4))
                .containsExactly("REPAID 0 -> 5", "GRANTED 10 -> 5", "REPAID 0 -> -5", "GRANTED 10 -> -5");
        assertThat(entries().get(0)).satisfies(entry -> {
            assertThat(entry.overdraftChange()).isEqualTo(Credits.of(-5));
            assertThat(entry.draws()).containsExactly(new CreditEntry.Draw(second.id(), Credits.of(-5), Credits.of(5)));
        });
        assertThat(balance().overdraft()).isEqualTo(Credits.ZERO);
        assertThat(balance().available()).isEqualTo(Credits.of(5));
        assertSound();
    }

    @Test
    void a_grant_whose_time_begins_later_repays_when_it_begins() {
        given.overdraftLimit(tenant, 20);
        consumed(of(credit, "110"));
        given.grant(
                tenant,
                new GrantTerms(
                        Credits.of(30),
                        GrantSource.PURCHASE,
                        Optional.empty(),
                        0,
                        Optional.of(START.plusSeconds(60)),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        DOCUMENT,
                        Optional.empty()));
        assertThat(balance().overdraft()).isEqualTo(Credits.of(10));
        assertThat(balance().pending()).isEqualTo(Credits.of(30));
        clock.advance(Duration.ofSeconds(60));

        assertThat(balance().overdraft()).isEqualTo(Credits.ZERO);
        assertThat(balance().available()).isEqualTo(Credits.of(20));
        consumed(of(credit, "1"));
        assertThat(ledger().subList(0, 2)).containsExactly("CONSUMED -1 -> 19", "REPAID 0 -> 20");
        assertSound();
    }

    @Test
    void a_limit_that_is_lowered_leaves_what_is_overdrawn() {
        given.overdraftLimit(tenant, 20);
        consumed(of(credit, "115"));

        given.overdraftLimit(tenant, 0);

        assertThat(balance().overdraft()).isEqualTo(Credits.of(15));
        assertThat(consume(of(credit, "0.5")).allowed()).isFalse();
        assertThat(consume(of(free, "1")).allowed()).isTrue();
        given.grant(tenant, 20);
        assertThat(balance().balance()).isEqualTo(Credits.of(5));
        assertSound();
    }

    @Test
    void of_many_threads_the_overdraft_lets_through_as_many_as_it_has_room_for() {
        on(given.tenantWith(1));
        given.overdraftLimit(tenant, 5);

        var results =
                Together.run(12, thread -> allotment.gate().consume(tenant.id(), Fixtures.key(), of(credit, "2")));

        assertThat(Together.values(results)).filteredOn(Outcome.Answer::allowed).hasSize(3);
        assertThat(balance().balance()).isEqualTo(Credits.of(-5));
        assertSound();
    }

    // ---- rollover

    @Test
    void of_unused_included_credits_the_maximum_lives_on_for_one_more_period() {
        on(given.tenantOn(PlanVersionTerms.empty().including(Credits.of(100)).rollingOver(Credits.of(30))));
        consumed(of(credit, "20"));
        clock.set(Instant.parse("2026-04-10T09:30:00.123456Z"));

        assertThat(balance().available()).isEqualTo(Credits.of(130));
        consumed(of(credit, "1"));
        assertThat(ledger().subList(0, 3))
                .containsExactly("CONSUMED -1 -> 129", "GRANTED 100 -> 130", "EXPIRED -50 -> 30");
        clock.set(Instant.parse("2026-05-10T09:30:00.123456Z"));

        assertThat(balance().available()).isEqualTo(Credits.of(130));
        consumed(of(credit, "1"));
        assertThat(ledger().subList(0, 4))
                .containsExactly("CONSUMED -1 -> 129", "GRANTED 100 -> 130", "EXPIRED -70 -> 30", "EXPIRED -29 -> 100");
        assertSound();
    }

    @Test
    void what_is_below_the_maximum_rolls_over_whole() {
        on(given.tenantOn(PlanVersionTerms.empty().including(Credits.of(100)).rollingOver(Credits.of(30))));
        consumed(of(credit, "75"));
        clock.set(Instant.parse("2026-04-10T09:30:00.123456Z"));

        assertThat(balance().available()).isEqualTo(Credits.of(125));
        assertThat(consume(of(credit, "125")).allowed()).isTrue();
        assertSound();
    }

    // ---- renewal

    @Test
    void each_period_brings_its_included_credits_once_to_whoever_touches_the_account_first() {
        on(given.tenantOn(PlanVersionTerms.empty().including(Credits.of(100))));
        consumed(of(credit, "20"));
        clock.set(Instant.parse("2026-04-10T09:30:00.123456Z"));

        var results = Together.run(8, thread -> consume(of(credit, "3")));

        assertThat(results).allSatisfy(result -> assertThat(result.value()).isPresent());
        assertThat(balance().available()).isEqualTo(Credits.of(76));
        assertThat(ledger()).filteredOn(entry -> entry.startsWith("GRANTED")).hasSize(2);
        assertSound();
    }

    @Test
    void a_renewal_that_nobody_saw_is_the_same_as_one_that_a_job_made() {
        on(given.tenantOn(PlanVersionTerms.empty().including(Credits.of(100)).rollingOver(Credits.of(30))));
        var seen = given.tenantOn(
                PlanVersionTerms.empty().including(Credits.of(100)).rollingOver(Credits.of(30)));
        for (int month = 4; month <= 12; month++) {
            clock.set(Instant.parse("2026-%02d-10T09:30:00.123456Z".formatted(month)));
            allotment.upkeep().bringToTime(seen.id(), Fixtures.accountOf(seen));
        }

        assertThat(balance().available()).isEqualTo(Credits.of(130));
        assertThat(allotment
                        .credits()
                        .balance(seen.id(), Fixtures.accountOf(seen))
                        .available())
                .isEqualTo(Credits.of(130));
        consumed(of(credit, "130"));
        assertThat(consume(of(credit, "1")).allowed()).isFalse();
        assertSound();
    }
}
