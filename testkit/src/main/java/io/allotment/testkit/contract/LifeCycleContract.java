package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.EntryFilter;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.subscription.CreditPolicy;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.subscription.TransitionRefused;
import io.allotment.testkit.Story;
import java.time.Duration;
import java.time.Period;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The life of a subscription, with and without jobs: what time, payments and customers make of it. */
public abstract class LifeCycleContract extends PersistenceContract {

    private static final Period MONTH = Period.ofMonths(1);
    private static final Period FORTNIGHT = Period.ofDays(14);

    private FeatureKey minutes;
    private OperationKey transcribe;
    private OperationKey chat;
    private PlanKey small;
    private PlanKey large;
    private Story story;

    @BeforeEach
    void plans() {
        minutes = given.feature();
        transcribe = given.operation("0", minutes);
        chat = given.operation("1");
        small = plan(100, 1_000, 60);
        large = plan(1_000, 4_000, 600);
        story = story();
    }

    private PlanKey plan(long credits, long priceMinor, long minutesAMonth) {
        return given.plan(PlanVersionTerms.empty()
                        .withTrial(14)
                        .withGrace(7)
                        .including(Credits.of(credits))
                        .at(Price.monthly("monthly", priceMinor, "EUR"))
                        .with(
                                minutes.value(),
                                new Quota(
                                        Optional.of(Quantity.of(minutesAMonth)),
                                        Quota.Reset.BILLING_CYCLE,
                                        Optional.empty(),
                                        Quota.Overage.BLOCK,
                                        0)))
                .plan();
    }

    private Story story() {
        return Story.of(given.tenant(), allotment, clock);
    }

    /** Two years of a customer, each step as it would be without the jobs, and with them. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_subscription_lives_for_two_years(boolean withJobs) {
        Consumer<Period> pass = time -> {
            story.passes(time);
            if (withJobs) {
                story.jobsRun();
            }
        };

        story.subscribes(small)
                .is(SubscriptionStatus.TRIALING)
                .has("100")
                .consumes(transcribe, "60")
                .isDenied(transcribe, "1", Denial.Reason.QUOTA_EXCEEDED)
                .consumes(chat, "100")
                .isDenied(chat, "1", Denial.Reason.INSUFFICIENT_CREDITS);
        pass.accept(FORTNIGHT);
        story.is(SubscriptionStatus.ACTIVE)
                .has("100")
                .consumes(transcribe, "60")
                .consumes(chat, "100")
                .isDenied(chat, "1", Denial.Reason.INSUFFICIENT_CREDITS)
                .topsUp(50)
                .consumes(chat, "30")
                .has("20");
        pass.accept(MONTH);
        story.has("120").consumes(chat, "40").has("80");

        // Mid-month, up by each policy, a month apart, and down again with the next period.
        pass.accept(FORTNIGHT);
        story.changesTo(large, CreditPolicy.KEEP)
                .has("80")
                .consumes(transcribe, "600")
                .isDenied(transcribe, "1", Denial.Reason.QUOTA_EXCEEDED)
                .changesAtPeriodEndTo(small);
        pass.accept(MONTH);
        story.has("120")
                .changesTo(large, CreditPolicy.CLAW_BACK_UNUSED)
                .has("1020")
                .changesAtPeriodEndTo(small);
        pass.accept(MONTH);
        story.has("120").consumes(chat, "110").changesTo(large, CreditPolicy.CLAW_BACK_UNUSED);
        story.has("910").changesAtPeriodEndTo(small);
        pass.accept(MONTH);
        var prorated = story.preview(large, CreditPolicy.PRORATE_REMAINING);
        assertThat(prorated.granted().isPositive()).isTrue();
        story.changesTo(large, CreditPolicy.PRORATE_REMAINING)
                .has(prorated.granted().plus(Credits.of(110)).toString())
                .changesAtPeriodEndTo(small);
        pass.accept(MONTH);
        story.has("110").changesTo(large, CreditPolicy.FULL_NEW).has("1110").changesAtPeriodEndTo(small);
        pass.accept(MONTH);
        story.has("110").is(SubscriptionStatus.ACTIVE);

        // Late, forgiven; late, and gone.
        story.paymentFails()
                .is(SubscriptionStatus.PAST_DUE)
                .consumes(chat, "10")
                .has("100");
        pass.accept(Period.ofDays(6));
        story.is(SubscriptionStatus.PAST_DUE).pays().is(SubscriptionStatus.ACTIVE);
        pass.accept(MONTH);
        story.has("110").pauses().isDenied(chat, "1", Denial.Reason.SUBSCRIPTION_INACTIVE);
        pass.accept(Period.ofMonths(2));
        story.is(SubscriptionStatus.PAUSED).resumes().has("110").consumes(chat, "1");
        pass.accept(MONTH);
        story.paymentFails();
        pass.accept(Period.ofDays(7));
        story.is(SubscriptionStatus.EXPIRED).isDenied(chat, "1", Denial.Reason.SUBSCRIPTION_INACTIVE);
        pass.accept(MONTH);
        story.reactivates().is(SubscriptionStatus.ACTIVE).has("110");

        // Canceled, taken back; canceled; back once more, and let to expire.
        story.cancelsAtPeriodEnd();
        pass.accept(FORTNIGHT);
        story.is(SubscriptionStatus.ACTIVE).uncancels();
        pass.accept(MONTH);
        story.is(SubscriptionStatus.ACTIVE).cancelsAtPeriodEnd();
        pass.accept(MONTH);
        story.is(SubscriptionStatus.CANCELED).isDenied(chat, "1", Denial.Reason.SUBSCRIPTION_INACTIVE);
        pass.accept(Period.ofMonths(3));
        story.subscribes(large).is(SubscriptionStatus.ACTIVE).has("1010").turnsAutoRenewOff();
        pass.accept(MONTH);
        story.is(SubscriptionStatus.EXPIRED).has("10");
        pass.accept(Period.ofMonths(6));
        story.is(SubscriptionStatus.EXPIRED);

        assertThat(clock.instant()).isAfter(START.plus(Duration.ofDays(2 * 365)));
        assertSound();
    }

    @ParameterizedTest
    @EnumSource(CreditPolicy.class)
    void burning_the_grant_and_changing_late_gives_no_second_one(CreditPolicy policy) {
        story.subscribes(small).pays().consumes(chat, "100").passes(Period.ofDays(30));
        var before = received();

        var change = story.preview(large, policy);
        story.changesTo(large, policy);

        var more = received().minus(before);
        assertThat(more).isEqualTo(change.granted());
        // The plans sell at most a credit for four minor units.
        assertThat(more.value())
                .isLessThanOrEqualTo(Credits.of(change.chargeMinor()).value());
        if (policy == CreditPolicy.PRORATE_REMAINING) {
            assertThat(more).isLessThan(Credits.of(30));
        }
        assertSound();
    }

    @Test
    void back_and_forth_leaves_everything_as_it_was() {
        story.subscribes(small).pays().consumes(chat, "40").passes(Period.ofDays(10));
        var charged = story.preview(large, CreditPolicy.PRORATE_REMAINING).chargeMinor();

        story.changesTo(large, CreditPolicy.PRORATE_REMAINING);
        assertThat(story.preview(small, CreditPolicy.PRORATE_REMAINING).chargeMinor())
                .isEqualTo(-charged);
        story.changesTo(small, CreditPolicy.PRORATE_REMAINING).has("60");

        assertThat(entries()).extracting(CreditEntry::type).contains(CreditEntry.Type.CLAWED_BACK);
        assertSound();
    }

    @Test
    void a_preview_has_no_effect() {
        story.subscribes(small).pays();
        var before = story.subscription();

        story.preview(large, CreditPolicy.CLAW_BACK_UNUSED);
        story.preview(large, CreditPolicy.FULL_NEW);

        assertThat(story.subscription()).isEqualTo(before);
        story.has("100");
    }

    @Test
    void a_paid_period_begins_quotas_anew_and_a_change_within_it_does_not() {
        story.subscribes(small).pays().consumes(transcribe, "50");

        story.passes(Period.ofDays(3)).changesTo(large, CreditPolicy.PRORATE_REMAINING);
        story.consumes(transcribe, "550").isDenied(transcribe, "1", Denial.Reason.QUOTA_EXCEEDED);
        story.passes(Period.ofDays(3)).changesTo(small, CreditPolicy.FULL_NEW);

        story.consumes(transcribe, "60").isDenied(transcribe, "1", Denial.Reason.QUOTA_EXCEEDED);
        assertSound();
    }

    @Test
    void who_leaves_a_plan_without_price_and_comes_back_does_not_begin_anew() {
        var free =
                given.plan(PlanVersionTerms.empty().including(Credits.of(10))).plan();
        story.subscribes(free).consumes(chat, "10").passes(Period.ofDays(1));
        allotment.subscriptions().cancel(story.tenant(), story.account(), false, Optional.empty());

        story.passes(Period.ofDays(1)).subscribes(free).isDenied(chat, "1", Denial.Reason.INSUFFICIENT_CREDITS);
        story.passes(MONTH).has("10");

        assertSound();
    }

    @Test
    void a_plan_is_not_changed_to_itself_nor_out_of_a_state_that_forbids_it() {
        story.subscribes(small).pays();

        assertThatThrownBy(() -> story.changesTo(small, CreditPolicy.KEEP)).hasMessageContaining("already");
        story.pauses();
        assertThatThrownBy(() -> story.changesTo(large, CreditPolicy.KEEP)).isInstanceOf(TransitionRefused.class);
        assertThatThrownBy(() -> story.reactivates()).isInstanceOf(TransitionRefused.class);
    }

    @Test
    void of_a_renewal_and_a_change_at_the_same_time_each_happens_once() {
        story.subscribes(small).pays().passes(MONTH);

        var results = Together.run(6, thread -> {
            if (thread == 0) {
                return story.changesTo(large, CreditPolicy.CLAW_BACK_UNUSED);
            }
            return thread % 2 == 0 ? story.jobsRun() : story.consumes(chat, "1");
        });

        assertThat(results).allSatisfy(result -> assertThat(result.value()).isPresent());
        story.has("997");
        assertSound();
    }

    private Credits received() {
        return entries().stream()
                .filter(entry ->
                        entry.type() == CreditEntry.Type.GRANTED || entry.type() == CreditEntry.Type.CLAWED_BACK)
                .map(CreditEntry::amount)
                .reduce(Credits.ZERO, Credits::plus);
    }

    private List<CreditEntry> entries() {
        return allotment
                .credits()
                .listEntries(story.tenant(), story.account(), EntryFilter.ALL, PageRequest.first(200))
                .items();
    }

    private void assertSound() {
        assertThat(allotment.gate().verify().violations())
                .filteredOn(violation -> violation.tenantId().equals(Optional.of(story.tenant())))
                .isEmpty();
    }
}
