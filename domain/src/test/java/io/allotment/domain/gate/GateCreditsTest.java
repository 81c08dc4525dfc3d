package io.allotment.domain.gate;

import static io.allotment.domain.gate.World.ACCOUNT;
import static io.allotment.domain.gate.World.APRIL;
import static io.allotment.domain.gate.World.MARCH;
import static io.allotment.domain.gate.World.NOW;
import static io.allotment.domain.gate.World.verdict;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a charge costs, and which grants it is drawn from. */
class GateCreditsTest {

    private static final Duration MICROSECOND = Duration.ofNanos(1_000);

    @ParameterizedTest(name = "{0} × {1} = {2}")
    @CsvSource(textBlock = """
            2,              3,              6
            0.1,            0.2,            0.02
            0.000000001,    0.5,            0.000000001
            0.000000001,    0.499999999,    0
            0.000000003,    0.5,            0.000000002
            0.000000005,    0.3,            0.000000002
            0.000000005,    0.299999999,    0.000000001
            1.111111111,    1.111111111,    1.234567901
            999999999.999999999, 999999999999.999999999, 999999999999999998999
            """)
    void a_line_costs_its_rate_times_its_quantity_rounded_half_up_at_nine_decimals(
            String rate, String quantity, String expected) {
        var world = World.on(PlanVersionTerms.empty()).selling(costing(rate));
        for (int i = 0; i < 1_001; i++) {
            world.granted("999999999999999999");
        }

        var decision = world.consume(Charge.of(new OperationKey("work.unit"), Quantity.of(quantity)));

        assertThat(decision.credits()).isEqualTo(Credits.of(expected));
    }

    @Test
    void rounding_happens_once_a_line_and_not_once_a_charge() {
        var world = World.on(PlanVersionTerms.empty()).granted("1").selling(costing("0.000000001"));
        var half = Quantity.of("0.5");
        var unit = new OperationKey("work.unit");

        var decision = world.consume(Charge.of(unit, half).and(unit, half).and(unit, Quantity.of("0.4")));

        assertThat(decision.credits()).isEqualTo(Credits.of("0.000000002"));
        assertThat(world.balance()).isEqualTo(Credits.of("0.999999998"));
    }

    @Test
    void a_rate_of_zero_draws_nothing_and_writes_no_entry() {
        var world = World.on(PlanVersionTerms.empty()).selling(costing("0"));

        var changes = world.decide(world.consuming("k", Charge.of("work.unit", 1_000)));

        assertThat(World.verdicts(changes)).containsExactly("ALLOWED");
        assertThat(changes.accounts()).isEmpty();
        assertThat(changes.events()).singleElement().satisfies(event -> {
            assertThat(event.credits()).isEqualTo(Credits.ZERO);
            assertThat(event.ledgerSequence()).isEmpty();
        });
    }

    @Test
    void credits_burn_by_priority_then_soonest_expiry_with_never_last_then_age() {
        var world = World.on(PlanVersionTerms.empty()).selling(costing("1"));
        var gift = GrantTerms.of(Credits.of(1), GrantSource.GIFT);
        var june = Instant.parse("2026-06-01T00:00:00Z");
        var old = MARCH.minus(Duration.ofDays(1));
        world.granted(ACCOUNT, gift.withPriority(50).from("6th: never, younger"), MARCH)
                .granted(ACCOUNT, gift.withPriority(50).from("5th: never, older"), old)
                .granted(ACCOUNT, gift.withPriority(50).expiring(june).from("4th: younger"), MARCH)
                .granted(ACCOUNT, gift.withPriority(50).expiring(june).from("3rd: older"), old)
                .granted(ACCOUNT, gift.withPriority(50).expiring(APRIL).from("2nd: sooner"), MARCH)
                .granted(ACCOUNT, gift.withPriority(49).from("1st: lowest number"), MARCH)
                .granted(ACCOUNT, gift.withPriority(51).expiring(APRIL).from("7th: highest number"), old);
        var origins = world.state(ACCOUNT).credits().grants();

        var drawn = world.consume(Charge.of("work.unit", 7)).draws().stream()
                .map(CreditEntry.Draw::grant)
                .map(id -> origins.stream()
                        .filter(grant -> grant.id().equals(id))
                        .findFirst()
                        .orElseThrow()
                        .terms()
                        .sourceId()
                        .orElseThrow()
                        .substring(0, 3));

        assertThat(drawn).containsExactly("1st", "2nd", "3rd", "4th", "5th", "6th", "7th");
    }

    @Test
    void a_draw_takes_grants_whole_and_the_last_one_in_part() {
        var world = World.on(PlanVersionTerms.empty())
                .granted(purchase("5").withPriority(1))
                .granted(purchase("5").withPriority(2))
                .granted(purchase("5").withPriority(3))
                .selling(costing("1"));

        var changes = world.decide(world.consuming("k", Charge.of(new OperationKey("work.unit"), Quantity.of("7.5"))));

        assertThat(World.decision(changes.outcomes().get(0)).draws())
                .extracting(CreditEntry.Draw::amount, CreditEntry.Draw::remainingAfter)
                .containsExactly(tuple(Credits.of(-5), Credits.ZERO), tuple(Credits.of("-2.5"), Credits.of("2.5")));
        assertThat(changes.accounts()).singleElement().satisfies(change -> {
            assertThat(change.credits().entries()).singleElement().satisfies(entry -> {
                assertThat(entry.sequence()).isEqualTo(4);
                assertThat(entry.type()).isEqualTo(CreditEntry.Type.CONSUMED);
                assertThat(entry.amount()).isEqualTo(Credits.of("-7.5"));
                assertThat(entry.balanceAfter()).isEqualTo(Credits.of("7.5"));
                assertThat(entry.reason().decision())
                        .contains(World.decision(changes.outcomes().get(0)).id());
            });
            assertThat(change.credits().touched()).hasSize(2);
            assertThat(change.credits().account().grants()).hasSize(2);
        });
        assertThat(changes.events())
                .singleElement()
                .satisfies(event -> assertThat(event.ledgerSequence()).contains(4L));
    }

    @ParameterizedTest
    @CsvSource({"10, ALLOWED, 0", "9.999999999, ALLOWED, 0.000000001", "10.000000001, INSUFFICIENT_CREDITS, 10"})
    void all_that_is_available_can_be_drawn_and_a_billionth_more_cannot(
            String quantity, String expected, String balanceAfter) {
        var world = World.on(PlanVersionTerms.empty()).granted("10").selling(costing("1"));

        var decision = world.consume(Charge.of(new OperationKey("work.unit"), Quantity.of(quantity)));

        assertThat(verdict(decision)).isEqualTo(expected);
        assertThat(decision.balanceAfter()).isEqualTo(Credits.of(balanceAfter));
        assertThat(world.balance()).isEqualTo(Credits.of(balanceAfter));
    }

    @Test
    void a_denial_for_credits_tells_the_figures_and_the_grants_it_considered() {
        var world = World.on(PlanVersionTerms.empty())
                .granted("3")
                .granted("4")
                .granted(startingAt("50", APRIL))
                .selling(costing("1"));

        var decision = world.consume(Charge.of("work.unit", 4).and("work.unit", 4));

        assertThat(decision.denial()).hasValueSatisfying(denial -> {
            assertThat(denial.reason()).isEqualTo(Denial.Reason.INSUFFICIENT_CREDITS);
            assertThat(denial.scope()).isEqualTo(new Denial.Scope(Denial.Scope.Kind.ACCOUNT, ACCOUNT.toString()));
            assertThat(denial.line()).isEmpty();
            assertThat(denial.needed()).contains(new BigDecimal("8"));
            assertThat(denial.available()).contains(new BigDecimal("7"));
        });
        assertThat(decision.credits()).isEqualTo(Credits.of(8));
        assertThat(decision.balanceAfter()).isEqualTo(Credits.of(57));
        assertThat(decision.draws())
                .extracting(CreditEntry.Draw::amount, CreditEntry.Draw::remainingAfter)
                .containsExactly(tuple(Credits.ZERO, Credits.of(3)), tuple(Credits.ZERO, Credits.of(4)));
    }

    @Test
    void at_most_a_hundred_considered_grants_are_told() {
        var world = World.on(PlanVersionTerms.empty()).selling(costing("1"));
        for (int i = 0; i < 101; i++) {
            world.granted("1");
        }

        assertThat(world.consume(Charge.of("work.unit", 102)).draws()).hasSize(100);
        assertThat(world.consume(Charge.of("work.unit", 101)).draws()).hasSize(101);
    }

    @ParameterizedTest
    @CsvSource({"2026-03-31T23:59:59.999999Z, INSUFFICIENT_CREDITS", "2026-04-01T00:00:00Z, ALLOWED"})
    void a_grant_can_be_drawn_on_from_the_very_instant_it_takes_effect(Instant time, String expected) {
        var world = World.on(PlanVersionTerms.empty())
                .granted(startingAt("10", APRIL))
                .selling(costing("1"))
                .at(time);

        assertThat(verdict(world.consume(Charge.of("work.unit", 10)))).isEqualTo(expected);
    }

    @Test
    void a_grant_that_has_not_begun_is_passed_over_however_soon_it_would_burn() {
        var world = World.on(PlanVersionTerms.empty())
                .granted(startingAt("10", APRIL).withPriority(0))
                .granted("10")
                .selling(costing("1"));

        world.consume(Charge.of("work.unit", 4));

        assertThat(world.state(ACCOUNT).credits().available(NOW)).isEqualTo(Credits.of(6));
        assertThat(world.state(ACCOUNT).credits().available(APRIL)).isEqualTo(Credits.of(16));
    }

    @Test
    void a_grant_can_be_drawn_on_until_just_before_its_end() {
        var world = World.on(PlanVersionTerms.empty())
                .granted(purchase("10").expiring(APRIL))
                .selling(costing("1"))
                .at(APRIL.minus(MICROSECOND));

        assertThat(verdict(world.consume(Charge.of("work.unit", 10)))).isEqualTo("ALLOWED");
        assertThat(world.entries).extracting(CreditEntry::type).doesNotContain(CreditEntry.Type.EXPIRED);
    }

    @Test
    void at_its_very_end_what_is_left_of_a_grant_is_written_off_before_anything_is_drawn() {
        var world = World.on(PlanVersionTerms.empty())
                .granted(purchase("10").expiring(APRIL))
                .granted("5")
                .selling(costing("1"))
                .at(APRIL);

        var decision = world.consume(Charge.of("work.unit", 2));

        assertThat(decision.balanceAfter()).isEqualTo(Credits.of(3));
        assertThat(world.entries)
                .extracting(CreditEntry::sequence, CreditEntry::type, CreditEntry::amount, CreditEntry::balanceAfter)
                .endsWith(
                        tuple(3L, CreditEntry.Type.EXPIRED, Credits.of(-10), Credits.of(5)),
                        tuple(4L, CreditEntry.Type.CONSUMED, Credits.of(-2), Credits.of(3)));
    }

    @Test
    void a_denied_call_keeps_the_expiry_it_met_and_nothing_else() {
        var world = World.on("minutes", SomeQuota.blockingAt(10))
                .granted(purchase("10").expiring(APRIL))
                .granted("1")
                .selling(Operation.of("work.unit", "work", Credits.of(1)).drawing("minutes"))
                .at(APRIL);

        var changes = world.decide(world.consuming("k", Charge.of("work.unit", 5)));

        assertThat(World.verdicts(changes)).containsExactly("INSUFFICIENT_CREDITS");
        assertThat(World.decision(changes.outcomes().get(0)).balanceAfter()).isEqualTo(Credits.of(1));
        assertThat(changes.events()).isEmpty();
        assertThat(changes.accounts()).singleElement().satisfies(change -> {
            assertThat(change.credits().entries())
                    .extracting(CreditEntry::type)
                    .containsExactly(CreditEntry.Type.EXPIRED);
            assertThat(change.counters()).isEmpty();
            assertThat(change.subscription().orElseThrow().currentPeriod().start())
                    .isEqualTo(APRIL);
        });
    }

    @Test
    void the_calls_of_a_batch_share_the_credits_in_their_order_with_an_entry_each() {
        var world = World.on(PlanVersionTerms.empty()).granted("10").selling(costing("1"));

        var changes = world.decide(
                world.consuming("a", Charge.of("work.unit", 6)),
                world.consuming("b", Charge.of("work.unit", 6)),
                world.consuming("c", Charge.of("work.unit", 4)));

        assertThat(World.verdicts(changes)).containsExactly("ALLOWED", "INSUFFICIENT_CREDITS", "ALLOWED");
        assertThat(changes.accounts()).singleElement().satisfies(change -> {
            assertThat(change.credits().entries())
                    .extracting(CreditEntry::sequence, CreditEntry::balanceAfter)
                    .containsExactly(tuple(2L, Credits.of(4)), tuple(3L, Credits.ZERO));
            assertThat(change.credits().touched())
                    .singleElement()
                    .satisfies(grant -> assertThat(grant.remaining()).isEqualTo(Credits.ZERO));
        });
    }

    private static Operation costing(String rate) {
        return Operation.of("work.unit", "work", Credits.of(rate));
    }

    private static GrantTerms purchase(String amount) {
        return GrantTerms.of(Credits.of(amount), GrantSource.PURCHASE);
    }

    private static GrantTerms startingAt(String amount, Instant start) {
        var terms = purchase(amount);
        return new GrantTerms(
                terms.amount(),
                terms.source(),
                terms.sourceId(),
                terms.priority(),
                Optional.of(start),
                terms.expiresAt(),
                terms.paymentReference(),
                terms.description(),
                terms.metadata(),
                Optional.empty());
    }
}
