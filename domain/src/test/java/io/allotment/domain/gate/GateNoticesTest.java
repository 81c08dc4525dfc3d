package io.allotment.domain.gate;

import static io.allotment.domain.gate.SomeWork.UNIT;
import static io.allotment.domain.gate.SomeWork.units;
import static io.allotment.domain.gate.World.APRIL;
import static io.allotment.domain.gate.World.MARCH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Period;
import io.allotment.domain.tenancy.Thresholds;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What others must hear of; units of a quota, a credit each. */
class GateNoticesTest {

    @Test
    void a_threshold_that_is_reached_is_told_with_its_figures() {
        var world = metered(SomeQuota.blockingAt(10));

        var decision = world.consume(units("5"));

        assertThat(world.notices)
                .containsExactly(new Notice(
                        World.TENANT,
                        decision.id(),
                        0,
                        Notice.Kind.QUOTA_THRESHOLD,
                        World.ACCOUNT,
                        Optional.of(new FeatureKey("units")),
                        Optional.of(50),
                        new BigDecimal("5"),
                        Optional.of(new BigDecimal("10")),
                        Optional.of(Period.between(MARCH, APRIL)),
                        World.NOW));
    }

    @Test
    void a_threshold_is_told_once_in_its_period() {
        var world = metered(SomeQuota.blockingAt(10));

        for (int i = 0; i < 10; i++) {
            world.consume(units("1"));
        }

        assertThat(percents(world)).containsExactly(50, 80, 100);
    }

    @Test
    void a_decision_that_passes_two_thresholds_tells_each_by_itself() {
        var world = metered(SomeQuota.blockingAt(10));

        world.consume(units("9"));

        assertThat(world.notices)
                .extracting(Notice::number, notice -> notice.percent().orElseThrow())
                .containsExactly(tuple(0, 50), tuple(1, 80));
    }

    @Test
    void a_threshold_is_told_again_in_the_next_period() {
        var world = metered(SomeQuota.blockingAt(10));
        world.consume(units("5"));

        world.at(APRIL).consume(units("5"));

        assertThat(percents(world)).containsExactly(50, 50);
    }

    @Test
    void a_threshold_is_not_told_again_after_some_was_given_back() {
        var world = metered(SomeQuota.blockingAt(10));
        world.refund(world.consume(units("5")));

        world.consume(units("5"));

        assertThat(percents(world)).containsExactly(50);
    }

    @ParameterizedTest(name = "{0} of 3: {1}")
    @CsvSource({"1.499999999, none", "1.5, 50", "2.399999999, 50", "2.4, 80", "2.999999999, 80", "3, 100"})
    void a_threshold_is_reached_exactly(String used, String told) {
        var world = metered(SomeQuota.blockingAt(3));

        world.consume(units(used));

        assertThat(percents(world).stream()
                        .max(Integer::compare)
                        .map(String::valueOf)
                        .orElse("none"))
                .isEqualTo(told);
    }

    @Test
    void a_tenant_s_own_thresholds_count_also_above_the_limit() {
        var world = metered(SomeQuota.of(Quota.Overage.ALLOW, "10"))
                .thresholds(new Thresholds(List.of(10, 150), Optional.empty()));

        world.consume(units("14"));
        world.consume(units("1"));

        assertThat(percents(world)).containsExactly(10, 150);
    }

    @Test
    void without_limit_or_with_one_of_zero_there_is_no_threshold() {
        for (var limit : List.of("unlimited", "0")) {
            var world = metered(SomeQuota.of(Quota.Overage.ALLOW, limit));

            world.consume(units("7"));

            assertThat(world.notices).isEmpty();
        }
    }

    @Test
    void what_is_denied_checked_or_held_tells_nothing() {
        var world = metered(SomeQuota.blockingAt(10));

        world.consume(units("11"));
        world.check(units("10"));
        world.reserve(units("10"));

        assertThat(world.notices).isEmpty();
    }

    @Test
    void a_settle_tells_the_thresholds_it_reaches() {
        var world = metered(SomeQuota.blockingAt(10));

        var settled = world.settle(world.reserve(units("2")), units("8"));

        assertThat(percents(world)).containsExactly(50, 80);
        assertThat(world.notices).extracting(Notice::decision).containsOnly(settled.id());
    }

    @Test
    void each_decision_that_uses_billable_overage_tells_how_much() {
        var world =
                metered(SomeQuota.of(Quota.Overage.BILL, "10")).thresholds(new Thresholds(List.of(), Optional.empty()));

        world.consume(units("12"));
        world.consume(units("0.5"));
        world.settle(world.reserve(units("1")), units("3"));

        assertThat(world.notices)
                .extracting(
                        Notice::kind, Notice::amount, notice -> notice.limit().orElseThrow())
                .containsExactly(
                        tuple(Notice.Kind.OVERAGE, new BigDecimal("2"), new BigDecimal("10")),
                        tuple(Notice.Kind.OVERAGE, new BigDecimal("0.5"), new BigDecimal("10")),
                        tuple(Notice.Kind.OVERAGE, new BigDecimal("3"), new BigDecimal("10")));
    }

    @Test
    void overage_of_a_period_that_is_over_is_told_too() {
        var world =
                metered(SomeQuota.of(Quota.Overage.BILL, "10")).thresholds(new Thresholds(List.of(), Optional.empty()));
        var reserved = world.at("2026-03-31T23:59:59Z").reserve(units("1"));
        world.at(APRIL).consume(units("1"));

        world.settle(reserved, units("12"));

        assertThat(world.notices).singleElement().satisfies(notice -> {
            assertThat(notice.amount()).isEqualByComparingTo("2");
            assertThat(notice.period()).contains(Period.between(MARCH, APRIL));
        });
    }

    @Test
    void overage_that_is_not_billed_is_not_told() {
        var world = metered(SomeQuota.of(Quota.Overage.ALLOW, "10"))
                .thresholds(new Thresholds(List.of(), Optional.empty()));

        world.consume(units("12"));

        assertThat(world.notices).isEmpty();
    }

    @Test
    void low_credits_are_told_once_and_again_after_a_top_up() {
        var world = lowBelow("5").granted("10");

        world.consume(units("5"));
        var first = world.consume(units("1"));
        world.consume(units("1"));
        world.granted("10");
        var second = world.consume(units("9"));
        world.consume(units("1"));

        assertThat(world.notices)
                .extracting(
                        Notice::kind,
                        Notice::decision,
                        Notice::amount,
                        notice -> notice.limit().orElseThrow())
                .containsExactly(
                        tuple(Notice.Kind.LOW_CREDITS, first.id(), new BigDecimal("4"), new BigDecimal("5")),
                        tuple(Notice.Kind.LOW_CREDITS, second.id(), new BigDecimal("4"), new BigDecimal("5")));
    }

    @Test
    void low_credits_are_told_again_after_a_refund_put_them_above_the_threshold() {
        var world = lowBelow("5").granted("10");
        world.refund(world.consume(units("8")));

        world.consume(units("8"));

        assertThat(world.notices).hasSize(2);
    }

    @Test
    void a_top_up_that_leaves_the_credits_low_changes_nothing() {
        var world = lowBelow("5").granted("10");
        world.consume(units("8"));
        world.granted("1");

        world.consume(units("1"));

        assertThat(world.notices).hasSize(1);
    }

    @Test
    void credits_that_were_always_low_are_told_with_the_first_draw() {
        var world = lowBelow("5").granted("4");

        world.consume(units("1"));

        assertThat(world.notices).extracting(Notice::amount).containsExactly(new BigDecimal("3"));
    }

    @Test
    void a_settle_tells_low_credits() {
        var world = lowBelow("5").granted("10");

        var settled = world.settle(world.reserve(units("8")), units("6"));

        assertThat(world.notices).extracting(Notice::decision).containsExactly(settled.id());
    }

    @Test
    void credits_stay_low_while_a_hold_takes_the_room_of_the_overdraft() {
        var world = lowBelow("5").granted("10").overdraftLimit("20");
        world.consume(units("12"));
        var reserved = world.reserve(units("15"));
        world.consume(units("1"));
        world.release(reserved);

        world.consume(units("1"));

        assertThat(world.notices).hasSize(1);
    }

    private static List<Integer> percents(World world) {
        return world.notices.stream()
                .map(notice -> notice.percent().orElseThrow())
                .toList();
    }

    private static World metered(Quota quota) {
        return SomeWork.metered(quota).granted("1000");
    }

    private static World lowBelow(String credits) {
        return World.on(PlanVersionTerms.empty())
                .thresholds(new Thresholds(List.of(), Optional.of(Credits.of(credits))))
                .selling(UNIT);
    }
}
