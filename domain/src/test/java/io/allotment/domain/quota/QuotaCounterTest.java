package io.allotment.domain.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.Seeds;
import io.allotment.domain.catalog.Entitlement;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.subscription.SubscriptionStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuotaCounterTest {

    private static final ZoneId UTC = ZoneOffset.UTC;
    private static final Instant MARCH = Instant.parse("2026-03-01T00:00:00Z");
    private static final Instant APRIL = Instant.parse("2026-04-01T00:00:00Z");
    private static final Instant MAY = Instant.parse("2026-05-01T00:00:00Z");

    @ParameterizedTest(name = "{0} {1} of {2} used, {3} billable")
    @CsvSource(textBlock = """
            # operation, amount, used, overage, used after, overage after; the limit is 8
            INCREMENT,   5,      10,   0,       15,         0
            INCREMENT,   0.5,    10,   2,       10.5,       2
            DECREMENT,   0.5,    10,   2,       9.5,        1.5
            DECREMENT,   0.5,    10,   1,       9.5,        1
            DECREMENT,   4,      10,   2,       6,          0
            DECREMENT,   10,     10,   2,       0,          0
            DECREMENT,   999999999999, 10, 2,   0,          0
            RESET,       ,       10,   2,       0,          0
            """)
    void a_correction_changes_what_is_used(
            QuotaChange.Operation operation,
            String amount,
            String used,
            String overage,
            String usedAfter,
            String overageAfter) {
        var counter = counter(used, overage);

        var corrected = counter.corrected(
                operation, Optional.ofNullable(amount).map(Quantity::of), Optional.of(Quantity.of(8)));

        assertThat(corrected).isEqualTo(counter(usedAfter, overageAfter));
    }

    @ParameterizedTest
    @CsvSource({
        "INCREMENT, , amount must not be empty",
        "DECREMENT, , amount must not be empty",
        "RESET,     1, amount is not for a reset"
    })
    void an_amount_is_for_all_corrections_but_a_reset(QuotaChange.Operation operation, String amount, String message) {
        var counter = counter("1", "0");

        assertThatThrownBy(() -> counter.corrected(
                        operation, Optional.ofNullable(amount).map(Quantity::of), Optional.of(Quantity.of(8))))
                .isInstanceOf(InvalidValue.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1000000000000", "99999999999999999999999999999"})
    void a_correction_s_amount_is_above_zero_and_below_a_trillion(String amount) {
        for (var operation : List.of(QuotaChange.Operation.INCREMENT, QuotaChange.Operation.DECREMENT)) {
            assertThatThrownBy(() ->
                            counter("1", "0").corrected(operation, Optional.of(Quantity.of(amount)), Optional.empty()))
                    .isInstanceOfSatisfying(
                            InvalidValue.class,
                            refusal -> assertThat(refusal.field()).contains("amount"));
        }
    }

    @ParameterizedTest
    @CsvSource({"10, 3, 7", "10, 10, 0", "10, 15, 0", ", 15, "})
    void a_quota_stands_at_what_is_used_and_what_remains_up_to_its_limit(String limit, String used, String remaining) {
        var quota = new Quota(
                Optional.ofNullable(limit).map(Quantity::of),
                Quota.Reset.BILLING_CYCLE,
                Optional.empty(),
                Quota.Overage.BLOCK,
                50);
        var counter = counter(used, "2");

        var standing = QuotaStanding.of(new Entitlement.Metered(counter.feature(), quota), counter);

        assertThat(standing)
                .isEqualTo(new QuotaStanding(
                        counter.feature(),
                        quota,
                        Quantity.of(used),
                        Quantity.of(2),
                        Quantity.ZERO,
                        Optional.ofNullable(remaining).map(Quantity::of),
                        counter.period()));
    }

    @Test
    void counters_tell_how_far_apart_they_are_either_way() {
        assertThat(counter("3", "0").differenceFrom(counter("10", "0"))).isEqualTo(Quantity.of(7));
        assertThat(counter("10", "0").differenceFrom(counter("3", "0"))).isEqualTo(Quantity.of(7));
    }

    @Test
    void a_counter_whose_period_is_over_starts_again_in_the_new_one() {
        var target = Period.between(APRIL, MAY);

        assertThat(counter("10", "2").rolledOver(target, APRIL))
                .contains(QuotaCounter.empty(
                        counter("10", "2").tenantId(),
                        counter("10", "2").accountId(),
                        new FeatureKey("syncs"),
                        target));
        assertThat(counter("10", "2").rolledOver(target, APRIL.minusNanos(1_000)))
                .isEmpty();
    }

    @Test
    void a_quota_that_was_never_used_has_an_empty_counter_and_nothing_has_ended() {
        var present = QuotaCounter.at(
                APRIL, Optional.empty(), syncs(), subscription(MARCH, UTC).at(APRIL, UTC), UTC);

        assertThat(present.counter())
                .isEqualTo(QuotaCounter.empty(
                        counter("1", "0").tenantId(),
                        counter("1", "0").accountId(),
                        new FeatureKey("syncs"),
                        Period.between(APRIL, MAY)));
        assertThat(present.ended()).isEmpty();
    }

    @Test
    void a_quota_s_counter_ends_with_its_period_and_not_before() {
        var stored = Optional.of(counter("10", "2"));
        var before = APRIL.minusNanos(1_000);

        var still = QuotaCounter.at(
                before, stored, syncs(), subscription(MARCH, UTC).at(before, UTC), UTC);
        var next =
                QuotaCounter.at(APRIL, stored, syncs(), subscription(MARCH, UTC).at(APRIL, UTC), UTC);

        assertThat(still).isEqualTo(new QuotaCounter.Present(counter("10", "2"), Optional.empty()));
        assertThat(next.counter().period()).isEqualTo(Period.between(APRIL, MAY));
        assertThat(next.counter().used()).isEqualTo(Quantity.ZERO);
        assertThat(next.ended()).isEqualTo(stored);
    }

    @Test
    void a_counter_goes_on_while_no_other_period_has_begun_although_its_own_is_over() {
        var counter = counter("10", "2");

        assertThat(counter.rolledOver(counter.period(), MAY)).isEmpty();
    }

    @Test
    void a_counter_that_never_ends_goes_on_unless_its_quota_now_resets() {
        var counter = new QuotaCounter(
                counter("1", "0").tenantId(),
                counter("1", "0").accountId(),
                new FeatureKey("seats"),
                Period.startingAt(MARCH),
                Quantity.of(3),
                Quantity.ZERO,
                Quantity.ZERO,
                0);

        assertThat(counter.rolledOver(Period.startingAt(APRIL), MAY)).isEmpty();
        assertThat(counter.rolledOver(Period.between(MARCH, MAY), APRIL)).isPresent();
    }

    @Test
    void a_period_holds_its_time_and_meets_the_next_without_gap_in_every_zone() {
        long seed = Seeds.seed();
        var random = new Random(seed);
        var zones =
                ZoneId.getAvailableZoneIds().stream().sorted().map(ZoneId::of).toList();
        for (int i = 0; i < 5_000; i++) {
            var zone = zones.get(random.nextInt(zones.size()));
            var subscription = subscription(MARCH.plusSeconds(random.nextInt(90_000_000)), zone);
            var now = subscription.createdAt().plusSeconds(random.nextInt(400_000_000));
            var quota = quota(Quota.Reset.values()[random.nextInt(Quota.Reset.values().length)]);

            var period = periodAt(now, quota, subscription, zone);

            var place = quota.reset() + " in " + zone + " at " + now + ": " + Seeds.replay(seed);
            assertThat(period.contains(now)).as(place).isTrue();
            if (period.end().isPresent()) {
                var end = period.end().get();
                assertThat(periodAt(end.minusNanos(1_000), quota, subscription, zone))
                        .as(place)
                        .isEqualTo(period);
                assertThat(periodAt(end, quota, subscription, zone).start())
                        .as(place)
                        .isEqualTo(end);
            }
        }
    }

    private static Period periodAt(Instant time, Quota quota, Subscription subscription, ZoneId zone) {
        return QuotaCounter.periodOf(quota, subscription.at(time, zone), zone, time);
    }

    private static Entitlement.Metered syncs() {
        return new Entitlement.Metered(new FeatureKey("syncs"), quota(Quota.Reset.CALENDAR_MONTH));
    }

    private static Quota quota(Quota.Reset reset) {
        return new Quota(
                Optional.empty(),
                reset,
                reset == Quota.Reset.FIXED_WINDOW
                        ? Optional.of(Duration.ofHours(7).toSeconds())
                        : Optional.empty(),
                Quota.Overage.ALLOW,
                0);
    }

    private static Subscription subscription(Instant start, ZoneId zone) {
        return Subscription.started(
                new TenantId(new UUID(1, 1)),
                new SubscriptionId(new UUID(1, 2)),
                new AccountId(new UUID(1, 1)),
                new PlanVersionId(new UUID(1, 3)),
                Optional.empty(),
                SubscriptionStatus.ACTIVE,
                0,
                1,
                zone,
                Document.EMPTY,
                start);
    }

    private static QuotaCounter counter(String used, String overage) {
        return new QuotaCounter(
                new TenantId(new UUID(1, 1)),
                new AccountId(new UUID(1, 1)),
                new FeatureKey("syncs"),
                Period.between(MARCH, APRIL),
                Quantity.of(used),
                Quantity.of(overage),
                Quantity.ZERO,
                0);
    }
}
