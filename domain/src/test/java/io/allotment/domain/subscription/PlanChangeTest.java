package io.allotment.domain.subscription;

import static io.allotment.domain.subscription.SomeSubscription.APRIL;
import static io.allotment.domain.subscription.SomeSubscription.MARCH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.Seeds;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PlanChangeTest {

    private static final PlanChange.Side SMALL = side(1, 1_000, 100, Price.Interval.MONTH, "USD");
    private static final PlanChange.Side LARGE = side(2, 4_000, 1_000, Price.Interval.MONTH, "USD");
    private static final PlanChange.Side YEARLY = side(3, 36_000, 1_000, Price.Interval.YEAR, "USD");

    /** A third of March is left. */
    private static final Instant LATE = MARCH.plus(Duration.ofHours(31 * 24 * 2 / 3));

    @ParameterizedTest(name = "{0}: {1} unused of 100 on the small plan")
    @CsvSource({
        // policy, unused, granted, taken back, charge
        "KEEP,               40,   0,          0,  1000",
        "CLAW_BACK_UNUSED,   40, 900,          0,  3000",
        "CLAW_BACK_UNUSED,    0, 900,          0,  3000",
        "PRORATE_REMAINING,  40, 300,          0,  1000",
        "PRORATE_REMAINING,   0, 300,          0,  1000",
    })
    void an_upgrade_gives_what_its_policy_says(
            CreditPolicy policy, long unused, long granted, long clawedBack, long charge) {
        var change = change(credited(SMALL), SMALL, LARGE, policy, unused);

        assertThat(change.granted()).isEqualTo(Credits.of(granted));
        assertThat(change.clawedBack()).isEqualTo(Credits.of(clawedBack));
        assertThat(change.chargeMinor()).isEqualTo(charge);
        assertThat(change.currency()).contains("USD");
        assertThat(change.beginsPeriod()).isFalse();
        assertThat(change.subscription().planVersionId())
                .isEqualTo(LARGE.version().id());
        assertThat(change.subscription().currentPeriod())
                .isEqualTo(credited(SMALL).currentPeriod());
    }

    @ParameterizedTest(name = "{0}: {1} unused of 1,000 on the large plan")
    @CsvSource({
        "KEEP,              1000,   0,   0,     0",
        "CLAW_BACK_UNUSED,  1000,   0, 900, -1000",
        "CLAW_BACK_UNUSED,   450,   0, 450,  -500",
        "CLAW_BACK_UNUSED,    90,   0,  90,  -100",
        "CLAW_BACK_UNUSED,     0,   0,   0,     0",
        "PRORATE_REMAINING, 1000,   0, 300, -1000",
        "PRORATE_REMAINING,  150,   0, 150,  -500",
        "PRORATE_REMAINING,   30,   0,  30,  -100",
        "PRORATE_REMAINING,    0,   0,   0,     0",
    })
    void a_downgrade_gives_money_back_as_far_as_credits_come_back(
            CreditPolicy policy, long unused, long granted, long clawedBack, long charge) {
        var change = change(credited(LARGE), LARGE, SMALL, policy, unused);

        assertThat(change.granted()).isEqualTo(Credits.of(granted));
        assertThat(change.clawedBack()).isEqualTo(Credits.of(clawedBack));
        assertThat(change.chargeMinor()).isEqualTo(charge);
    }

    @Test
    void what_is_paid_in_full_begins_a_period_and_takes_nothing_back() {
        var change = change(credited(SMALL), SMALL, LARGE, CreditPolicy.FULL_NEW, 40);

        assertThat(change.beginsPeriod()).isTrue();
        assertThat(change.subscription().currentPeriod().start()).isEqualTo(LATE);
        assertThat(change.subscription().isToBeCredited()).isTrue();
        assertThat(change.granted()).isEqualTo(Credits.of(1_000));
        assertThat(change.clawedBack()).isEqualTo(Credits.ZERO);
        assertThat(change.chargeMinor()).isEqualTo(4_000);
    }

    @ParameterizedTest(name = "{0}: {1} unused")
    @CsvSource({
        "KEEP,              100,   0, 36000",
        "CLAW_BACK_UNUSED,  100, 100, 35667",
        "PRORATE_REMAINING,  20,  20, 35800",
        "PRORATE_REMAINING,   0,   0, 36000",
    })
    void another_length_of_period_begins_one_and_pays_back_what_was_neither_used_nor_over(
            CreditPolicy policy, long unused, long clawedBack, long charge) {
        var change = change(credited(SMALL), SMALL, YEARLY, policy, unused);

        assertThat(change.beginsPeriod()).isTrue();
        assertThat(change.subscription().cycle()).isEqualTo(new BillingCycle(LATE, 12));
        assertThat(change.clawedBack()).isEqualTo(Credits.of(clawedBack));
        assertThat(change.chargeMinor()).isEqualTo(charge);
    }

    @ParameterizedTest
    @EnumSource(CreditPolicy.class)
    void during_a_trial_nothing_is_charged_and_it_goes_on(CreditPolicy policy) {
        var trial = SomeSubscription.withTrial(30)
                .with(Optional.of(new IncludedCredits(MARCH, Credits.of(100), Credits.of(100))));

        var change = change(trial, SMALL, YEARLY, policy, 100);

        assertThat(change.chargeMinor()).isZero();
        assertThat(change.subscription().status()).isEqualTo(SubscriptionStatus.TRIALING);
        assertThat(change.subscription().currentPeriod()).isEqualTo(trial.currentPeriod());
        assertThat(change.granted()).isEqualTo(policy == CreditPolicy.KEEP ? Credits.ZERO : Credits.of(900));
        var converted = change.subscription().at(Instant.parse("2026-04-05T00:00:00Z"), Times.UTC);
        assertThat(converted.currentPeriod().end()).contains(Instant.parse("2027-03-31T00:00:00Z"));
    }

    @Test
    void at_the_period_s_end_nothing_happens_now() {
        var live = credited(SMALL);

        var change = PlanChange.atPeriodEnd(live, SMALL, LARGE, LATE);

        assertThat(change.effectiveAt()).isEqualTo(APRIL);
        assertThat(change.chargeMinor()).isZero();
        assertThat(change.subscription().planVersionId()).isEqualTo(live.planVersionId());
        assertThat(change.subscription().at(APRIL, Times.UTC).planVersionId())
                .isEqualTo(LARGE.version().id());
    }

    @Test
    void a_price_in_another_currency_is_refused() {
        var euros = side(4, 900, 100, Price.Interval.MONTH, "EUR");

        assertThatThrownBy(() -> change(credited(SMALL), SMALL, euros, CreditPolicy.KEEP, 0))
                .isInstanceOf(InvalidValue.class)
                .hasMessageContaining("EUR");
    }

    /**
     * Somebody who spends when they like and changes plans as they like, many times in one period, never gets more credits
     * than they paid for, nor, where one policy holds, more than the largest of the plans gives.
     */
    @Test
    void no_order_of_changes_gives_more_in_a_period_than_was_paid_for() {
        long seed = Seeds.seed();
        var random = new Random(seed);
        var policies = List.of(CreditPolicy.CLAW_BACK_UNUSED, CreditPolicy.PRORATE_REMAINING, CreditPolicy.KEEP);
        for (int round = 0; round < 3_000; round++) {
            // Credits and money in one proportion, so that what was had can be compared with what was paid.
            var plans = List.of(proportional(1, random), proportional(2, random), proportional(3, random));
            var only = random.nextBoolean()
                    ? Optional.of(policies.get(random.nextInt(2)))
                    : Optional.<CreditPolicy>empty();
            var at = plans.get(random.nextInt(3));
            var live = credited(at);
            var unused = at.version().terms().includedCredits();
            var received = unused;
            long paid = at.price().orElseThrow().money().amountMinor();
            var now = MARCH;
            for (int i = 0; i < 12; i++) {
                now = now.plus(Duration.ofHours(random.nextInt(60)));
                if (random.nextBoolean()) {
                    unused = Credits.ZERO;
                }
                var to = plans.get(random.nextInt(3));
                if (to == at) {
                    continue;
                }
                var policy = only.orElse(policies.get(random.nextInt(3)));
                var change = PlanChange.atOnce(live, at, to, policy, unused, now, Times.UTC);
                assertThat(change.granted().isZero() || change.clawedBack().isZero())
                        .isTrue();
                assertThat(change.clawedBack()).isLessThanOrEqualTo(unused);
                received = received.plus(change.granted()).minus(change.clawedBack());
                unused = unused.plus(change.granted()).minus(change.clawedBack());
                paid += change.chargeMinor();
                at = to;
                live = change.subscription();
            }
            if (only.isPresent()) {
                var most = plans.stream()
                        .map(plan -> plan.version().terms().includedCredits())
                        .reduce(Credits.ZERO, Credits::max);
                assertThat(received)
                        .as("credits in the period: " + Seeds.replay(seed))
                        .isLessThanOrEqualTo(most);
            }
            assertThat(received)
                    .as("credits for what was paid, to the rounding of each change: " + Seeds.replay(seed))
                    .isLessThanOrEqualTo(Credits.of(paid + 12));
        }
    }

    private static PlanChange.Side proportional(int number, Random random) {
        long credits = 1 + random.nextInt(5_000);
        return side(number, credits, credits, Price.Interval.MONTH, "USD");
    }

    private static PlanChange change(
            Subscription live, PlanChange.Side from, PlanChange.Side to, CreditPolicy policy, long unused) {
        return PlanChange.atOnce(live, from, to, policy, Credits.of(unused), LATE, Times.UTC);
    }

    private static Subscription credited(PlanChange.Side side) {
        var active = SomeSubscription.active();
        return active.with(Optional.of(active.credited(side.version().terms().includedCredits())));
    }

    private static PlanChange.Side side(
            int number, long amount, long credits, Price.Interval interval, String currency) {
        var price = new Price(
                new PriceKey("standard"), interval, 1, new Money(amount, currency), Optional.empty(), Optional.empty());
        var terms = PlanVersionTerms.empty().including(Credits.of(credits)).at(price);
        return new PlanChange.Side(
                new PlanVersion(new PlanVersionId(new UUID(9, number)), new PlanKey("plan" + number), 1, terms, MARCH),
                Optional.of(price));
    }
}
