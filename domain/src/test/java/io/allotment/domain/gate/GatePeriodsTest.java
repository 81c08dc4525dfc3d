package io.allotment.domain.gate;

import static io.allotment.domain.gate.World.ACCOUNT;
import static io.allotment.domain.gate.World.MARCH;
import static io.allotment.domain.gate.World.verdict;
import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Quantity;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a quota's used count starts again at zero. */
class GatePeriodsTest {

    private static final Operation SYNC =
            Operation.of("content.sync", "content", Credits.ZERO).drawing("syncs");

    @ParameterizedTest(name = "{0} in {1} at {2}")
    @CsvSource(textBlock = """
            # a day is as long as the zone makes it: 23 hours in spring, 25 in autumn, from one o'clock where midnight is left out
            CALENDAR_DAY,   UTC,              2026-03-11T00:00:00Z, 2026-03-12T00:00:00Z
            CALENDAR_DAY,   UTC,              2028-02-29T00:00:00Z, 2028-03-01T00:00:00Z
            CALENDAR_DAY,   Asia/Kathmandu,   2026-03-10T18:15:00Z, 2026-03-11T18:15:00Z
            CALENDAR_DAY,   America/New_York, 2026-03-08T05:00:00Z, 2026-03-09T04:00:00Z
            CALENDAR_DAY,   America/New_York, 2026-11-01T04:00:00Z, 2026-11-02T05:00:00Z
            CALENDAR_DAY,   Africa/Cairo,     2026-04-23T22:00:00Z, 2026-04-24T21:00:00Z
            # a month begins where the zone is
            CALENDAR_MONTH, UTC,              2028-02-01T00:00:00Z, 2028-03-01T00:00:00Z
            CALENDAR_MONTH, UTC,              2027-02-01T00:00:00Z, 2027-03-01T00:00:00Z
            CALENDAR_MONTH, UTC,              2027-01-01T00:00:00Z, 2027-02-01T00:00:00Z
            CALENDAR_MONTH, Pacific/Auckland, 2026-03-31T11:00:00Z, 2026-04-30T12:00:00Z
            CALENDAR_MONTH, Pacific/Kiritimati, 2026-04-30T10:00:00Z, 2026-05-31T10:00:00Z
            """)
    void a_calendar_quota_starts_again_with_the_tenant_s_day_or_month(
            Quota.Reset reset, String zone, Instant start, Instant end) {
        var world = World.bare()
                .inZone(zone)
                .subscribed(ACCOUNT, PlanVersionTerms.empty().with("syncs", SomeQuota.resetting(reset, 10)), MARCH)
                .selling(SYNC);

        assertThatUseStartsAgainAt(world, start, end);
    }

    @ParameterizedTest(name = "anchored {0}, from {1}")
    @CsvSource(textBlock = """
            # anchor,             start,                end
            2026-03-10T09:30:00Z, 2026-04-10T09:30:00Z, 2026-05-10T09:30:00Z
            2027-01-31T09:00:00Z, 2027-02-28T09:00:00Z, 2027-03-31T09:00:00Z
            2028-01-31T09:00:00Z, 2028-02-29T09:00:00Z, 2028-03-31T09:00:00Z
            2028-01-31T09:00:00Z, 2028-03-31T09:00:00Z, 2028-04-30T09:00:00Z
            """)
    void a_billing_cycle_s_quota_starts_again_with_the_subscription_s_period(
            Instant anchor, Instant start, Instant end) {
        var terms = PlanVersionTerms.empty().with("syncs", SomeQuota.blockingAt(10));
        var world = World.bare().subscribed(ACCOUNT, terms, anchor).selling(SYNC);

        assertThatUseStartsAgainAt(world, start, end);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            # seconds, start,                end
            3600,      2026-03-10T10:30:00Z, 2026-03-10T11:30:00Z
            604800,    2026-03-15T09:30:00Z, 2026-03-22T09:30:00Z
            86400,     2027-03-01T09:30:00Z, 2027-03-02T09:30:00Z
            """)
    void a_window_s_quota_starts_again_every_so_many_seconds_from_the_anchor(long seconds, Instant start, Instant end) {
        var terms = PlanVersionTerms.empty().with("syncs", SomeQuota.everySeconds(seconds, 10));
        var world = World.bare()
                .subscribed(ACCOUNT, terms, Instant.parse("2026-03-01T09:30:00Z"))
                .selling(SYNC);

        assertThatUseStartsAgainAt(world, start, end);
    }

    @Test
    void windows_are_counted_backwards_while_the_trial_before_the_anchor_runs() {
        var terms = PlanVersionTerms.empty()
                .with("syncs", SomeQuota.everySeconds(3_600, 10))
                .withTrial(30);
        var world = World.bare()
                .subscribed(ACCOUNT, terms, Instant.parse("2026-03-01T09:30:00Z"))
                .selling(SYNC);

        assertThatUseStartsAgainAt(world, Instant.parse("2026-03-10T10:30:00Z"), Instant.parse("2026-03-10T11:30:00Z"));
    }

    private static void assertThatUseStartsAgainAt(World world, Instant start, Instant end) {
        world.at(start.minus(Duration.ofNanos(1_000)))
                .decide(
                        world.consuming("before-1", Charge.of("content.sync", 3)),
                        world.consuming("before-2", Charge.of("content.sync", 4)));
        var before = world.counter("syncs");
        var first = world.at(start).consume(Charge.of("content.sync", 5));
        var last = world.at(end.minus(Duration.ofNanos(1_000))).consume(Charge.of("content.sync", 5));

        assertThat(before.used()).isEqualTo(Quantity.of(7));
        assertThat(before.period().end()).contains(start);
        assertThat(first.allowed()).isTrue();
        assertThat(last.allowed()).isTrue();
        assertThat(world.counter("syncs").used()).isEqualTo(Quantity.of(10));
        assertThat(world.counter("syncs").period()).isEqualTo(Period.between(start, end));
        assertThat(world.quotaChanges).singleElement().satisfies(reset -> {
            assertThat(reset.operation()).isEqualTo(QuotaChange.Operation.RESET);
            assertThat(reset.amount()).isEqualTo(Quantity.of(7));
            assertThat(reset.usedAfter()).isEqualTo(Quantity.ZERO);
            assertThat(reset.period()).isEqualTo(Period.between(start, end));
            assertThat(reset.id().value()).isEqualTo(first.id().value());
            assertThat(reset.actor()).isEqualTo(Actor.system());
            assertThat(reset.at()).isEqualTo(start);
        });
    }

    @Test
    void a_quota_that_never_resets_counts_from_the_subscription_s_beginning_for_ever() {
        var world =
                World.on("syncs", SomeQuota.resetting(Quota.Reset.NEVER, 10)).selling(SYNC);

        world.consume(Charge.of("content.sync", 6));
        var later = world.at("2046-03-10T12:00:00Z").consume(Charge.of("content.sync", 5));

        assertThat(verdict(later)).isEqualTo("QUOTA_EXCEEDED");
        assertThat(later.denial().orElseThrow().resetsAt()).isEmpty();
        assertThat(world.counter("syncs").period()).isEqualTo(Period.startingAt(MARCH));
        assertThat(world.quotaChanges).isEmpty();
    }

    @Test
    void periods_nobody_saw_are_skipped_with_one_reset() {
        var world = World.on("syncs", SomeQuota.resetting(Quota.Reset.CALENDAR_DAY, 10))
                .selling(SYNC);

        world.consume(Charge.of("content.sync", 6));
        world.at("2026-07-20T08:00:00Z").consume(Charge.of("content.sync", 1));

        assertThat(world.counter("syncs").period())
                .isEqualTo(
                        Period.between(Instant.parse("2026-07-20T00:00:00Z"), Instant.parse("2026-07-21T00:00:00Z")));
        assertThat(world.quotaChanges).hasSize(1);
    }

    @Test
    void a_denied_call_keeps_the_reset_it_met() {
        var world = World.on("syncs", SomeQuota.resetting(Quota.Reset.CALENDAR_DAY, 10))
                .selling(SYNC);
        world.consume(Charge.of("content.sync", 10));

        var denied = world.at("2026-03-11T12:00:00Z").consume(Charge.of("content.sync", 11));

        assertThat(verdict(denied)).isEqualTo("QUOTA_EXCEEDED");
        assertThat(denied.denial().orElseThrow().used().orElseThrow()).isZero();
        assertThat(world.counter("syncs").used()).isEqualTo(Quantity.ZERO);
        assertThat(world.quotaChanges)
                .singleElement()
                .satisfies(reset ->
                        assertThat(reset.id().value()).isEqualTo(denied.id().value()));
    }

    @Test
    void only_features_that_a_charge_draws_on_are_reset() {
        var daily = SomeQuota.resetting(Quota.Reset.CALENDAR_DAY, 10);
        var world = World.on(PlanVersionTerms.empty().with("syncs", daily).with("posts", daily))
                .selling(
                        SYNC,
                        Operation.of("content.post", "content", Credits.ZERO).drawing("posts"));
        world.consume(Charge.of("content.sync", 1).and("content.post", 2));

        world.at("2026-03-11T12:00:00Z").consume(Charge.of("content.sync", 1));

        assertThat(world.counter("posts").used()).isEqualTo(Quantity.of(2));
        assertThat(world.quotaChanges).extracting(QuotaChange::feature).hasToString("[syncs]");
    }

    @Test
    void two_lines_on_one_feature_meet_one_reset() {
        var world = World.on("syncs", SomeQuota.resetting(Quota.Reset.CALENDAR_DAY, 10))
                .selling(SYNC);
        world.consume(Charge.of("content.sync", 9));

        world.at("2026-03-11T12:00:00Z").consume(Charge.of("content.sync", 2).and("content.sync", 3));

        assertThat(world.quotaChanges).hasSize(1);
        assertThat(world.counter("syncs").used()).isEqualTo(Quantity.of(5));
    }

    @Test
    void billable_overage_starts_again_too() {
        var world = World.on("syncs", SomeQuota.of(Quota.Overage.BILL, "10")).selling(SYNC);
        world.consume(Charge.of("content.sync", 15));

        world.at("2026-04-01T00:00:00Z").consume(Charge.of("content.sync", 11));

        assertThat(world.counter("syncs").overage()).isEqualTo(Quantity.of(1));
    }

    @Test
    void a_period_that_runs_goes_on_when_the_plan_changes_and_the_new_policy_takes_over_at_its_end() {
        var world = World.on("syncs", SomeQuota.blockingAt(10)).selling(SYNC);
        world.consume(Charge.of("content.sync", 6));
        world.subscribed(
                ACCOUNT,
                PlanVersionTerms.empty().with("syncs", SomeQuota.resetting(Quota.Reset.CALENDAR_DAY, 10)),
                World.NOW);

        var still = world.at("2026-03-31T23:59:59Z").consume(Charge.of("content.sync", 5));
        var daily = world.at("2026-04-01T00:00:00Z").consume(Charge.of("content.sync", 5));

        assertThat(verdict(still)).isEqualTo("QUOTA_EXCEEDED");
        assertThat(verdict(daily)).isEqualTo("ALLOWED");
        assertThat(world.counter("syncs").period().end()).contains(Instant.parse("2026-04-02T00:00:00Z"));
    }

    @Test
    void use_that_would_never_reset_does_once_the_plan_says_so() {
        var world =
                World.on("syncs", SomeQuota.resetting(Quota.Reset.NEVER, 10)).selling(SYNC);
        world.consume(Charge.of("content.sync", 10));
        world.subscribed(ACCOUNT, PlanVersionTerms.empty().with("syncs", SomeQuota.blockingAt(10)), MARCH);

        var decision = world.consume(Charge.of("content.sync", 1));

        assertThat(verdict(decision)).isEqualTo("ALLOWED");
        assertThat(world.counter("syncs").used()).isEqualTo(Quantity.of(1));
    }

    @Test
    void moving_to_another_zone_does_not_end_the_day_that_runs() {
        var world = World.on("syncs", SomeQuota.resetting(Quota.Reset.CALENDAR_DAY, 10))
                .selling(SYNC);
        world.at("2026-03-10T20:00:00Z").consume(Charge.of("content.sync", 10));

        var inTokyo = world.inZone("Asia/Tokyo").consume(Charge.of("content.sync", 1));

        assertThat(verdict(inTokyo)).isEqualTo("QUOTA_EXCEEDED");
    }
}
