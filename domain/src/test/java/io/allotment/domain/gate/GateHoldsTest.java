package io.allotment.domain.gate;

import static io.allotment.domain.gate.SomeWork.METERED;
import static io.allotment.domain.gate.SomeWork.UNIT;
import static io.allotment.domain.gate.SomeWork.metered;
import static io.allotment.domain.gate.SomeWork.units;
import static io.allotment.domain.gate.SomeWork.world;
import static io.allotment.domain.gate.World.ADA;
import static io.allotment.domain.gate.World.APRIL;
import static io.allotment.domain.gate.World.verdict;
import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Quantity;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is held: seen by other calls, and counted in the quota when it is settled. */
class GateHoldsTest {

    static Stream<World> whereWorkIsDenied() {
        return Stream.of(
                world().suspended(),
                world().selling(UNIT.active(false)),
                World.bare().selling(UNIT),
                World.on(PlanVersionTerms.empty()).granted("10").selling(METERED),
                metered(SomeQuota.blockingAt(2)).granted("10"),
                World.on(PlanVersionTerms.empty()).granted("2").selling(UNIT));
    }

    @ParameterizedTest
    @MethodSource("whereWorkIsDenied")
    void a_reserve_is_denied_where_a_consume_is_and_for_the_same_reason(World world) {
        var reserved = world.reserve(units(3));

        assertThat(reserved.denial())
                .isPresent()
                .isEqualTo(world.consume(units(3)).denial());
    }

    @Test
    void what_is_held_cannot_be_used_or_held_by_others() {
        var world = world();

        var changes = world.decide(
                world.calling("a", new GateRequest.Reserve(units(6), 60)),
                world.consuming("b", units(5)),
                world.calling("c", new GateRequest.Reserve(units(5), 60)),
                world.checking(units(5)),
                world.consuming("d", units(4)));

        assertThat(World.verdicts(changes))
                .containsExactly(
                        "ALLOWED", "INSUFFICIENT_CREDITS", "INSUFFICIENT_CREDITS", "INSUFFICIENT_CREDITS", "ALLOWED");
        assertThat(World.decision(changes.outcomes().get(1))
                        .denial()
                        .orElseThrow()
                        .available())
                .contains(new BigDecimal("4"));
    }

    @Test
    void a_quota_that_blocks_sees_what_is_held() {
        var world = metered(SomeQuota.blockingAt(10)).granted("100");
        world.reserve(units(6));

        var denied = world.consume(units(5));

        assertThat(verdict(denied)).isEqualTo("QUOTA_EXCEEDED");
        assertThat(denied.denial().orElseThrow().used()).contains(new BigDecimal("6"));
        assertThat(verdict(world.consume(units(4)))).isEqualTo("ALLOWED");
        assertThat(verdict(world.reserve(units(1)))).isEqualTo("QUOTA_EXCEEDED");
        assertThat(world.counter("units"))
                .extracting(QuotaCounter::used, QuotaCounter::held)
                .containsExactly(Quantity.of(4), Quantity.of(6));
    }

    @Test
    void a_reserve_tells_what_would_be_used_with_all_that_is_held() {
        var world =
                metered(SomeQuota.of(Quota.Overage.ALLOW, "10")).granted("100").used("units", "3");
        world.reserve(units(6));

        var second = world.reserve(units(2));

        assertThat(second.lines().get(0).quota()).hasValueSatisfying(use -> {
            assertThat(use.used()).isEqualTo(Quantity.of(11));
            assertThat(use.above()).isEqualTo(Quantity.of(1));
        });
    }

    @Test
    void settling_counts_the_whole_quantity_in_the_quota_also_above_the_limit() {
        var world = metered(SomeQuota.blockingAt(10)).granted("100");
        var reserved = world.reserve(units(6));

        world.settle(reserved, units(12));

        assertThat(world.counter("units"))
                .extracting(QuotaCounter::used, QuotaCounter::held)
                .containsExactly(Quantity.of(12), Quantity.ZERO);
    }

    @Test
    void releasing_gives_the_quota_back() {
        var world = metered(SomeQuota.blockingAt(10)).granted("100");

        world.release(world.reserve(units(10)));

        assertThat(world.counter("units").held()).isEqualTo(Quantity.ZERO);
        assertThat(verdict(world.consume(units(10)))).isEqualTo("ALLOWED");
    }

    @Test
    void a_spend_limit_sees_what_is_held() {
        var world = world().member(ADA).limited(SpendLimit.Spender.of(ADA), "5");
        var reserved = world.reserve(units(3).by(Actor.user(ADA)));

        assertThat(verdict(world.consume(units(3).by(Actor.user(ADA))))).isEqualTo("SPEND_LIMIT_EXCEEDED");
        world.release(reserved);
        assertThat(verdict(world.consume(units(3).by(Actor.user(ADA))))).isEqualTo("ALLOWED");
    }

    @ParameterizedTest(name = "6 of 10 used, {0} reserved, {1} settled: {2} credits held, {3} due")
    @CsvSource({"2, 2, 0, 0", "6, 6, 2, 2", "6, 3, 2, 0", "4, 9, 0, 5"})
    void credits_that_are_drawn_above_the_limit_are_due_for_what_was_really_above_it(
            long reserve, long settle, String held, String due) {
        var world = metered(SomeQuota.of(Quota.Overage.DRAW_CREDITS, "10"))
                .granted("100")
                .used("units", "6");

        var reserved = world.reserve(units(reserve));
        var settled = world.settle(reserved, units(settle));

        assertThat(reserved.credits()).isEqualTo(Credits.of(held));
        assertThat(settled.credits()).isEqualTo(Credits.of(due));
        assertThat(world.balance()).isEqualTo(Credits.of(100).minus(Credits.of(due)));
    }

    @Test
    void billable_overage_is_counted_when_it_is_settled_and_not_when_it_is_held() {
        var world =
                metered(SomeQuota.of(Quota.Overage.BILL, "10")).granted("100").used("units", "6");

        var reserved = world.reserve(units(8));
        var held = world.counter("units").overage();
        world.settle(reserved, units(7));

        assertThat(held).isEqualTo(Quantity.ZERO);
        assertThat(world.counter("units").overage()).isEqualTo(Quantity.of(3));
    }

    @Test
    void what_others_used_meanwhile_decides_what_of_a_settle_lies_above_the_limit() {
        var world = metered(SomeQuota.of(Quota.Overage.BILL, "10")).granted("100");
        var reserved = world.reserve(units(8));

        world.consume(units(9));
        var settled = world.settle(reserved, units(8));

        assertThat(settled.lines().get(0).quota().orElseThrow().above()).isEqualTo(Quantity.of(7));
        assertThat(world.counter("units").used()).isEqualTo(Quantity.of(17));
        assertThat(world.counter("units").overage()).isEqualTo(Quantity.of(7));
    }

    @Test
    void two_lines_of_a_reservation_on_one_feature_share_its_quota() {
        var page = Operation.of("work.page", "work", Credits.of(2)).drawing("units");
        var world = metered(SomeQuota.of(Quota.Overage.DRAW_CREDITS, "10"))
                .granted("100")
                .selling(page);

        var reserved = world.reserve(units(8).and("work.page", 5));
        var settled = world.settle(reserved, units(9).and("work.page", 4));

        assertThat(reserved.credits()).isEqualTo(Credits.of(6));
        assertThat(settled.credits()).isEqualTo(Credits.of(6));
        assertThat(world.counter("units"))
                .extracting(QuotaCounter::used, QuotaCounter::held)
                .containsExactly(Quantity.of(13), Quantity.ZERO);
    }

    @Test
    void quota_counts_in_the_period_of_the_reserve() {
        var world = metered(SomeQuota.blockingAt(10)).granted("100");
        var reserved = world.at("2026-03-31T23:59:59Z").reserve(units(6));

        world.at(APRIL).consume(units(2));
        var settled = world.settle(reserved, units(5));

        assertThat(world.counter("units"))
                .extracting(QuotaCounter::used, QuotaCounter::held)
                .containsExactly(Quantity.of(2), Quantity.ZERO);
        assertThat(settled.lines().get(0).quota().orElseThrow().period()).isEqualTo(Period.between(World.MARCH, APRIL));
    }

    @Test
    void quota_counts_in_the_period_of_the_reserve_also_before_anyone_has_seen_the_next_one() {
        var world = metered(SomeQuota.blockingAt(10)).granted("100");
        var reserved = world.at("2026-03-31T23:59:59Z").reserve(units(6));

        world.at(APRIL).settle(reserved, units(5));
        world.consume(units(2));

        assertThat(world.quotaChanges)
                .singleElement()
                .satisfies(reset -> assertThat(reset.amount()).isEqualTo(Quantity.of(5)));
        assertThat(world.counter("units").used()).isEqualTo(Quantity.of(2));
    }

    @Test
    void a_settle_after_the_period_draws_credits_from_where_its_hold_began() {
        var world = metered(SomeQuota.of(Quota.Overage.DRAW_CREDITS, "10"))
                .granted("100")
                .used("units", "6");
        var reserved = world.at("2026-03-31T23:59:59Z").reserve(units(6));
        world.at(APRIL).consume(units(1));

        assertThat(world.settle(reserved, units(7)).credits()).isEqualTo(Credits.of(3));
    }

    @Test
    void what_is_held_in_one_period_is_not_held_in_the_next() {
        var world = metered(SomeQuota.blockingAt(10)).granted("100");
        var reserved = world.at("2026-03-31T23:59:59Z").reserve(units(6));

        assertThat(verdict(world.at(APRIL).consume(units(10)))).isEqualTo("ALLOWED");
        world.release(reserved);
        assertThat(world.counter("units"))
                .extracting(QuotaCounter::used, QuotaCounter::held)
                .containsExactly(Quantity.of(10), Quantity.ZERO);
    }

    @ParameterizedTest(name = "{0} in {1}, over at {2}")
    @CsvSource({
        "CALENDAR_DAY,   UTC,              2028-03-01T00:00:00Z",
        "CALENDAR_DAY,   America/New_York, 2026-03-09T04:00:00Z",
        "CALENDAR_DAY,   America/New_York, 2026-11-02T05:00:00Z",
        "CALENDAR_MONTH, UTC,              2028-03-01T00:00:00Z",
        "CALENDAR_MONTH, Pacific/Auckland, 2026-04-30T12:00:00Z"
    })
    void a_hold_stays_in_its_period_when_the_tenant_s_day_or_month_ends(Quota.Reset reset, String zone, Instant end) {
        var world = World.bare()
                .inZone(zone)
                .subscribed(
                        World.ACCOUNT,
                        PlanVersionTerms.empty().with("units", SomeQuota.resetting(reset, 10)),
                        World.MARCH)
                .granted("100")
                .selling(METERED);
        var reserved = world.at(end.minusNanos(1_000)).reserve(units(6));

        var consumed = world.at(end).consume(units(10));
        var settled = world.settle(reserved, units(5));

        assertThat(verdict(consumed)).isEqualTo("ALLOWED");
        assertThat(settled.lines().get(0).quota().orElseThrow().period().end()).contains(end);
        assertThat(world.counter("units").used()).isEqualTo(Quantity.of(10));
    }
}
