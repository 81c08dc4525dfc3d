package io.allotment.domain.subscription;

import static io.allotment.domain.shared.Times.UTC;
import static io.allotment.domain.subscription.SomeSubscription.APRIL;
import static io.allotment.domain.subscription.SomeSubscription.MARCH;
import static io.allotment.domain.subscription.SomeSubscription.MAY;
import static io.allotment.domain.subscription.SomeSubscription.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SubscriptionTest {

    @Test
    void without_trial_it_starts_in_the_given_state_with_its_first_period() {
        var subscription = SomeSubscription.active();

        assertThat(subscription.status()).isEqualTo(SubscriptionStatus.ACTIVE);
        assertThat(subscription.trial()).isEmpty();
        assertThat(subscription.cycle()).isEqualTo(new BillingCycle(MARCH, 1));
        assertThat(subscription.currentPeriod()).isEqualTo(Period.between(MARCH, APRIL));
    }

    @Test
    void with_a_trial_the_trial_is_the_first_period_and_its_end_the_anchor() {
        var subscription = SomeSubscription.withTrial(14);
        var end = Instant.parse("2026-03-15T00:00:00Z");

        assertThat(subscription.status()).isEqualTo(SubscriptionStatus.TRIALING);
        assertThat(subscription.trial()).contains(Period.between(MARCH, end));
        assertThat(subscription.currentPeriod()).isEqualTo(Period.between(MARCH, end));
        assertThat(subscription.cycle().anchor()).isEqualTo(end);
    }

    @Test
    void trial_days_are_days_of_the_zone() {
        var s = SomeSubscription.active();
        var start = Instant.parse("2026-03-07T17:00:00Z");

        var subscription = Subscription.started(
                s.tenantId(),
                s.id(),
                s.accountId(),
                s.planVersionId(),
                s.price(),
                SubscriptionStatus.ACTIVE,
                2,
                1,
                ZoneId.of("America/New_York"),
                s.metadata(),
                start);

        assertThat(subscription.trial()).contains(Period.between(start, Instant.parse("2026-03-09T16:00:00Z")));
    }

    @ParameterizedTest
    @CsvSource({
        "2026-03-14T23:59:59.999999Z, TRIALING, 2026-03-01T00:00:00Z, 2026-03-15T00:00:00Z",
        "2026-03-15T00:00:00Z,        ACTIVE,   2026-03-15T00:00:00Z, 2026-04-15T00:00:00Z",
        "2026-09-01T00:00:00Z,        ACTIVE,   2026-08-15T00:00:00Z, 2026-09-15T00:00:00Z"
    })
    void a_trial_that_is_over_has_become_active(Instant now, SubscriptionStatus status, Instant start, Instant end) {
        var subscription = SomeSubscription.withTrial(14).at(now, UTC);

        assertThat(subscription.status()).isEqualTo(status);
        assertThat(subscription.currentPeriod()).isEqualTo(Period.between(start, end));
    }

    @ParameterizedTest
    @EnumSource(names = {"FREE", "ACTIVE", "PAST_DUE"})
    void a_period_that_is_over_gives_way_to_the_one_that_holds_the_present(SubscriptionStatus status) {
        var subscription = SomeSubscription.in(status);

        var later = subscription.at(MAY, UTC);

        assertThat(later.status()).isEqualTo(status);
        assertThat(later.currentPeriod()).isEqualTo(Period.between(MAY, Instant.parse("2026-06-01T00:00:00Z")));
        assertThat(later.pastDue()).isEqualTo(subscription.pastDue());
        assertThat(later.cycle()).isEqualTo(subscription.cycle());
        assertThat(later.updatedAt()).isEqualTo(MAY);
        assertThat(subscription.at(APRIL.minusNanos(1_000), UTC)).isEqualTo(subscription);
    }

    @ParameterizedTest
    @EnumSource(names = {"PAUSED", "CANCELED", "EXPIRED"})
    void time_does_nothing_to_what_is_paused_or_has_ended(SubscriptionStatus status) {
        var subscription = SomeSubscription.in(status);

        assertThat(subscription.at(MAY, UTC)).isEqualTo(subscription);
    }

    @Test
    void looking_in_between_changes_nothing_about_what_comes() {
        for (var status : SubscriptionStatus.values()) {
            var subscription = SomeSubscription.in(status);

            var atOnce = subscription.at(MAY, UTC);
            var inSteps = subscription.at(NOW, UTC).at(APRIL, UTC).at(MAY, UTC);

            assertThat(inSteps).isEqualTo(atOnce);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "2026-03-31T23:59:59.999999Z, ACTIVE",
        "2026-04-01T00:00:00Z, CANCELED",
        "2026-05-01T00:00:00Z, CANCELED"
    })
    void a_cancellation_at_the_period_s_end_happens_then(Instant now, SubscriptionStatus status) {
        var marked = SomeSubscription.active().canceled(true, Optional.of("too dear"), NOW);

        var later = marked.at(now, UTC);

        assertThat(later.status()).isEqualTo(status);
        assertThat(later.canceledAt()).contains(NOW);
        assertThat(later.cancellationReason()).contains("too dear");
        assertThat(later.endedAt())
                .isEqualTo(status == SubscriptionStatus.CANCELED ? Optional.of(APRIL) : Optional.empty());
    }

    @Test
    void a_trial_canceled_at_its_end_does_not_become_active() {
        var subscription = SomeSubscription.withTrial(14).canceled(true, Optional.empty(), NOW);

        assertThat(subscription.at(MAY, UTC).status()).isEqualTo(SubscriptionStatus.CANCELED);
    }

    @Test
    void a_cancellation_at_once_ends_it_and_takes_back_one_at_the_period_s_end() {
        var marked = SomeSubscription.active().canceled(true, Optional.of("later"), MARCH);

        var canceled = marked.canceled(false, Optional.of("now"), NOW);

        assertThat(canceled.status()).isEqualTo(SubscriptionStatus.CANCELED);
        assertThat(canceled.cancelAtPeriodEnd()).isFalse();
        assertThat(canceled.canceledAt()).contains(NOW);
        assertThat(canceled.endedAt()).contains(NOW);
        assertThat(canceled.cancellationReason()).contains("now");
    }

    @Test
    void what_has_ended_cannot_be_canceled() {
        var ended = SomeSubscription.in(SubscriptionStatus.EXPIRED);

        assertThatThrownBy(() -> ended.canceled(true, Optional.empty(), NOW)).isInstanceOf(TransitionRefused.class);
        assertThatThrownBy(() -> ended.canceled(false, Optional.empty(), NOW)).isInstanceOf(TransitionRefused.class);
    }

    @Test
    void the_event_of_a_cancellation_leaves_its_time_too() {
        var canceled = SomeSubscription.in(SubscriptionStatus.CANCELED);

        assertThat(canceled.canceledAt()).contains(NOW);
        assertThat(canceled.endedAt()).contains(NOW);
    }

    @Test
    void expiry_is_an_end_and_no_cancellation() {
        var expired = SomeSubscription.in(SubscriptionStatus.EXPIRED);

        assertThat(expired.endedAt()).contains(NOW);
        assertThat(expired.canceledAt()).isEmpty();
    }

    @Test
    void past_due_begins_with_the_failed_payment_and_ends_with_the_late_one() {
        var failed = SomeSubscription.active().pastDue(60, NOW, UTC);
        var paid = failed.at(APRIL, UTC).activated(MAY, UTC);
        var missing = new PastDue(NOW, Instant.parse("2026-05-09T12:00:00Z"), Optional.of(NOW));

        assertThat(failed.pastDue()).contains(missing);
        assertThat(failed.at(APRIL, UTC).pastDue()).contains(missing);
        assertThat(paid.status()).isEqualTo(SubscriptionStatus.ACTIVE);
        assertThat(paid.pastDue()).isEmpty();
    }

    @Test
    void without_a_payment_it_expires_when_the_grace_is_over() {
        var failed = SomeSubscription.active().pastDue(7, NOW, UTC);
        var end = Instant.parse("2026-03-17T12:00:00Z");

        assertThat(failed.at(end.minusNanos(1_000), UTC).status()).isEqualTo(SubscriptionStatus.PAST_DUE);
        assertThat(failed.at(MAY, UTC).status()).isEqualTo(SubscriptionStatus.EXPIRED);
        assertThat(failed.at(MAY, UTC).endedAt()).contains(end);
        assertThat(SomeSubscription.active().pastDue(0, NOW, UTC).status()).isEqualTo(SubscriptionStatus.EXPIRED);
    }

    @Test
    void what_does_not_renew_by_itself_expires_with_its_period() {
        var last = SomeSubscription.active().renewing(false, NOW);

        assertThat(last.at(APRIL.minusNanos(1_000), UTC).status()).isEqualTo(SubscriptionStatus.ACTIVE);
        assertThat(last.at(MAY, UTC).status()).isEqualTo(SubscriptionStatus.EXPIRED);
        assertThat(last.at(MAY, UTC).endedAt()).contains(APRIL);
        assertThat(last.renewing(true, NOW).at(MAY, UTC).status()).isEqualTo(SubscriptionStatus.ACTIVE);
        assertThat(SomeSubscription.withTrial(14)
                        .renewing(false, NOW)
                        .at(MAY, UTC)
                        .status())
                .isEqualTo(SubscriptionStatus.EXPIRED);
    }

    @Test
    void a_cancellation_at_the_period_s_end_can_be_taken_back_until_then() {
        var marked = SomeSubscription.active().canceled(true, Optional.of("too dear"), NOW);

        var running = marked.uncanceled(NOW);

        assertThat(running).isEqualTo(SomeSubscription.active().renewing(true, NOW));
        assertThatThrownBy(() -> running.uncanceled(NOW)).isInstanceOf(TransitionRefused.class);
        assertThatThrownBy(() -> marked.at(APRIL, UTC).uncanceled(APRIL)).isInstanceOf(TransitionRefused.class);
    }

    @Test
    void a_trial_that_is_converted_early_begins_its_periods_then() {
        var converted = SomeSubscription.withTrial(14).activated(NOW, UTC);

        assertThat(converted.status()).isEqualTo(SubscriptionStatus.ACTIVE);
        assertThat(converted.currentPeriod()).isEqualTo(Period.between(NOW, Instant.parse("2026-04-10T12:00:00Z")));
    }

    @Test
    void a_pause_ends_by_itself_at_its_time() {
        var paused = SomeSubscription.active().paused(Optional.of(MAY), NOW);

        assertThat(paused.at(MAY.minusNanos(1_000), UTC)).isEqualTo(paused);
        assertThat(paused.at(MAY, UTC).status()).isEqualTo(SubscriptionStatus.ACTIVE);
        assertThat(paused.at(MAY, UTC).currentPeriod().start()).isEqualTo(MAY);
        assertThat(paused.at(MAY, UTC).resumesAt()).isEmpty();
        assertThatThrownBy(() -> SomeSubscription.active().paused(Optional.of(NOW), NOW))
                .isInstanceOf(InvalidValue.class);
    }

    @Test
    void a_paused_trial_goes_on_where_it_is_not_over() {
        var paused = SomeSubscription.withTrial(30).paused(Optional.empty(), NOW);

        assertThat(paused.resumed(Instant.parse("2026-03-20T00:00:00Z"), UTC).status())
                .isEqualTo(SubscriptionStatus.TRIALING);
        assertThat(paused.resumed(MAY, UTC).status()).isEqualTo(SubscriptionStatus.ACTIVE);
        var paid = SomeSubscription.withTrial(30).activated(NOW, UTC).paused(Optional.empty(), NOW);
        assertThat(paid.resumed(NOW, UTC).status()).isEqualTo(SubscriptionStatus.ACTIVE);
    }

    @Test
    void what_is_canceled_while_its_pause_outlasts_its_period_ends_then() {
        var paused = SomeSubscription.active().paused(Optional.empty(), NOW);

        var canceled = paused.canceled(true, Optional.empty(), MAY).at(MAY, UTC);

        assertThat(canceled.status()).isEqualTo(SubscriptionStatus.CANCELED);
        assertThat(canceled.endedAt()).contains(MAY);
    }

    @Test
    void a_plan_that_is_to_come_comes_with_the_next_period() {
        var yearly = new ScheduledChange(new PlanVersionId(new UUID(7, 7)), Optional.of(new PriceKey("yearly")), 12);
        var waiting = SomeSubscription.active().scheduling(Optional.of(yearly), NOW);

        var changed = waiting.at(MAY, UTC);

        assertThat(waiting.at(APRIL.minusNanos(1_000), UTC)).isEqualTo(waiting);
        assertThat(changed.planVersionId()).isEqualTo(yearly.planVersionId());
        assertThat(changed.price()).isEqualTo(yearly.price());
        assertThat(changed.scheduled()).isEmpty();
        assertThat(changed.currentPeriod()).isEqualTo(Period.between(APRIL, Instant.parse("2027-04-01T00:00:00Z")));
    }

    @Test
    void all_that_it_becomes_is_told_in_order() {
        var states = SomeSubscription.withTrial(14).until(MAY, UTC);

        assertThat(states)
                .extracting(s -> s.currentPeriod().start())
                .containsExactly(MARCH, Instant.parse("2026-03-15T00:00:00Z"), Instant.parse("2026-04-15T00:00:00Z"));
    }

    @Test
    void what_resumes_after_its_period_goes_on_in_the_one_that_holds_the_present() {
        var paused = SomeSubscription.in(SubscriptionStatus.PAUSED);

        var sameMonth = paused.resumed(NOW, UTC);
        var later = paused.resumed(Instant.parse("2026-05-20T00:00:00Z"), UTC);

        assertThat(sameMonth.currentPeriod()).isEqualTo(Period.between(MARCH, APRIL));
        assertThat(later.status()).isEqualTo(SubscriptionStatus.ACTIVE);
        assertThat(later.currentPeriod().start()).isEqualTo(MAY);
    }

    @ParameterizedTest
    @EnumSource
    void the_state_tells_whether_it_may_spend(SubscriptionStatus status) {
        var spending = Set.of(
                SubscriptionStatus.FREE,
                SubscriptionStatus.TRIALING,
                SubscriptionStatus.ACTIVE,
                SubscriptionStatus.PAST_DUE);

        assertThat(status.maySpend()).isEqualTo(spending.contains(status));
    }

    @Test
    void a_reason_of_more_than_five_hundred_characters_is_refused() {
        assertThatThrownBy(() -> SomeSubscription.active().canceled(false, Optional.of("x".repeat(501)), NOW))
                .isInstanceOf(InvalidValue.class);
    }
}
