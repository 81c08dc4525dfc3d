package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.allotment.application.subscription.PlanMigrationService.Portion;
import io.allotment.application.subscription.PlanMigrationService.Refused;
import io.allotment.application.subscription.PlanMigrationService.Result;
import io.allotment.application.subscription.PlanMigrationService.When;
import io.allotment.application.subscription.PlanMigrationService.Wish;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.subscription.CreditPolicy;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.testkit.Story;
import java.time.Period;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A plan's subscribers are taken to another version of it, portion by portion, and nobody twice. */
public abstract class PlanMigrationContract extends PersistenceContract {

    private static final PageRequest ALL = PageRequest.first(200);
    private static final Period MONTH = Period.ofMonths(1);

    private PlanKey plan;
    private OperationKey chat;

    @BeforeEach
    void a_plan_with_one_version() {
        plan = given.plan(paid(100, 1_000)).plan();
        chat = given.operation("1");
    }

    private static PlanVersionTerms paid(long credits, long priceMinor) {
        return free(credits).withGrace(7).at(Price.monthly("monthly", priceMinor, "EUR"));
    }

    private static PlanVersionTerms free(long credits) {
        return PlanVersionTerms.empty().including(Credits.of(credits));
    }

    private PlanVersion another(PlanVersionTerms terms) {
        return allotment.catalog().addVersion(plan, terms);
    }

    private Story subscriber() {
        return Story.of(given.tenant(), allotment, clock).subscribes(plan);
    }

    private Wish now(int to, CreditPolicy credits) {
        return new Wish(plan, Optional.empty(), Optional.of(to), When.NOW, Optional.of(credits), Optional.empty());
    }

    private Wish atPeriodEnd(int to) {
        return new Wish(plan, Optional.empty(), Optional.of(to), When.PERIOD_END, Optional.empty(), Optional.empty());
    }

    private Result preview(Wish wish) {
        return allotment.planMigrations().preview(wish, ALL).result();
    }

    private Result migrate(Wish wish) {
        return allotment.planMigrations().migrate(wish, ALL).result();
    }

    private static int versionOf(Story story, PlanVersion... versions) {
        for (var version : versions) {
            if (version.id().equals(story.subscription().planVersionId())) {
                return version.number();
            }
        }
        return 1;
    }

    @Test
    void the_preview_says_what_the_migration_then_does() {
        var one = subscriber().consumes(chat, "30");
        var two = subscriber().consumes(chat, "100");
        var second = another(paid(300, 4_000));
        var wish = now(2, CreditPolicy.CLAW_BACK_UNUSED);

        var previewed = preview(wish);
        assertThat(versionOf(one, second)).isEqualTo(1);
        one.has("70");
        var done = migrate(wish);

        assertThat(done).isEqualTo(previewed);
        assertThat(done.changed()).isEqualTo(2);
        assertThat(done.granted()).isEqualTo(Credits.of(400));
        assertThat(done.chargesMinor()).isEqualTo(Map.of("EUR", 6_000L));
        assertThat(List.of(versionOf(one, second), versionOf(two, second))).containsOnly(2);
        one.has("270");
        two.has("200");
        assertSound();
    }

    @Test
    void a_smaller_version_takes_back_what_nobody_has_spent() {
        subscriber().consumes(chat, "30");
        subscriber();
        another(paid(40, 400));

        var done = migrate(now(2, CreditPolicy.CLAW_BACK_UNUSED));

        assertThat(done.clawedBack()).isEqualTo(Credits.of(120));
        assertThat(done.granted().isZero()).isTrue();
        assertSound();
    }

    @Test
    void done_again_it_changes_nobody() {
        var one = subscriber();
        another(paid(300, 4_000));
        migrate(now(2, CreditPolicy.CLAW_BACK_UNUSED));

        assertThat(migrate(now(2, CreditPolicy.CLAW_BACK_UNUSED))).isEqualTo(Result.NONE);
        one.has("300");
    }

    @Test
    void at_the_period_s_end_nothing_moves_before_and_everybody_is_taken_along_then() {
        var one = subscriber();
        var second = another(paid(300, 4_000));

        assertThat(migrate(atPeriodEnd(2)).changed()).isEqualTo(1);
        var again = migrate(atPeriodEnd(2));
        assertThat(again.unchanged()).isEqualTo(1);
        assertThat(again.changed()).isZero();
        assertThat(versionOf(one, second)).isEqualTo(1);
        one.has("100").passes(MONTH).has("300");

        assertThat(versionOf(one, second)).isEqualTo(2);
        assertThat(migrate(atPeriodEnd(2)).changed()).isZero();
        assertSound();
    }

    @Test
    void who_waits_for_the_version_can_be_taken_there_at_once() {
        var one = subscriber();
        var second = another(paid(300, 4_000));
        migrate(atPeriodEnd(2));

        assertThat(migrate(now(2, CreditPolicy.KEEP)).changed()).isEqualTo(1);

        assertThat(versionOf(one, second)).isEqualTo(2);
        assertThat(one.subscription().scheduled()).isEmpty();
    }

    @Test
    void whoever_cannot_be_taken_along_is_named_with_the_reason_and_stops_nobody() {
        var paused = subscriber().pauses();
        var late = subscriber().paymentFails();
        var leaving = subscriber();
        var other = given.plan(paid(7, 100)).plan();
        leaving.changesAtPeriodEndTo(other);
        var fine = subscriber();
        var second = another(paid(300, 4_000));

        var done = migrate(now(2, CreditPolicy.KEEP));

        assertThat(done.subscribers()).isEqualTo(4);
        assertThat(done.changed()).isEqualTo(1);
        assertThat(done.refused())
                .extracting(Refused::tenantId, Refused::code)
                .containsExactlyInAnyOrder(
                        tuple(paused.tenant(), "transition-refused"),
                        tuple(late.tenant(), "transition-refused"),
                        tuple(leaving.tenant(), "change-scheduled"));
        assertThat(versionOf(fine, second)).isEqualTo(2);
        assertThat(leaving.subscription().scheduled()).isPresent();
    }

    @Test
    void a_price_that_is_gone_needs_another_one_that_is_named() {
        var one = subscriber();
        var second = another(free(300).at(Price.monthly("new", 4_000, "EUR")));

        assertThat(migrate(now(2, CreditPolicy.KEEP)).refused())
                .extracting(Refused::code)
                .containsExactly("price-missing");
        var named = new Wish(
                plan,
                Optional.of(1),
                Optional.empty(),
                When.NOW,
                Optional.of(CreditPolicy.KEEP),
                Optional.of(new PriceKey("new")));
        assertThat(migrate(named).changed()).isEqualTo(1);

        assertThat(versionOf(one, second)).isEqualTo(2);
        assertThat(one.subscription().price()).contains(new PriceKey("new"));
        assertThatThrownBy(() -> migrate(new Wish(
                        plan,
                        Optional.empty(),
                        Optional.of(1),
                        When.PERIOD_END,
                        Optional.empty(),
                        Optional.of(new PriceKey("new")))))
                .hasMessageContaining("There is no price new");
    }

    @Test
    void who_pays_nothing_is_not_made_to_pay() {
        plan = given.plan(free(10)).plan();
        var one = subscriber();
        another(paid(300, 4_000));
        var third = another(free(20));

        assertThat(migrate(now(2, CreditPolicy.KEEP)).refused())
                .extracting(Refused::code)
                .containsExactly("price-missing");
        assertThat(migrate(now(3, CreditPolicy.CLAW_BACK_UNUSED)).changed()).isEqualTo(1);

        assertThat(versionOf(one, third)).isEqualTo(3);
        one.is(SubscriptionStatus.ACTIVE).has("20");
    }

    @Test
    void portions_go_through_all_versions_and_everybody_once() {
        for (int i = 0; i < 3; i++) {
            subscriber();
        }
        another(paid(200, 2_000));
        for (int i = 0; i < 2; i++) {
            subscriber();
        }
        another(paid(300, 4_000));
        var wish = now(3, CreditPolicy.KEEP);

        var previewed = Result.NONE;
        var result = Result.NONE;
        Optional<String> after = Optional.empty();
        int portions = 0;
        do {
            var page = new PageRequest(2, after);
            previewed = previewed.plus(
                    allotment.planMigrations().preview(wish, page).result());
            Portion portion = allotment.planMigrations().migrate(wish, page);
            result = result.plus(portion.result());
            after = portion.next();
            portions++;
        } while (after.isPresent());

        assertThat(result).isEqualTo(previewed);
        assertThat(result.changed()).isEqualTo(5);
        assertThat(portions).isEqualTo(3);
        assertThat(preview(wish)).isEqualTo(Result.NONE);
    }

    @Test
    void of_several_at_once_each_subscriber_is_changed_by_one() {
        var stories = List.of(subscriber(), subscriber(), subscriber());
        another(paid(300, 4_000));

        var results = Together.run(4, thread -> migrate(now(2, CreditPolicy.CLAW_BACK_UNUSED)));

        assertThat(results.stream()
                        .mapToInt(one -> one.value().orElseThrow().changed())
                        .sum())
                .isEqualTo(3);
        stories.forEach(story -> story.has("300"));
        assertSound();
    }

    @Test
    void the_audit_logs_tell_of_each_change_and_of_the_portion() {
        var one = subscriber();
        another(paid(300, 4_000));

        preview(atPeriodEnd(2));
        migrate(atPeriodEnd(2));
        migrate(atPeriodEnd(2));

        assertThat(allotment.audit().list(one.tenant(), AuditFilter.ALL, ALL).items().stream()
                        .filter(entry -> entry.event().action().equals("subscription.plan-changed")))
                .hasSize(1);
        assertThat(allotment.audit().listPlatform(AuditFilter.ALL, ALL).items().stream()
                        .filter(entry -> entry.event().action().equals("plan.subscribers-migrated")
                                && entry.event().entityId().equals(plan.value())))
                .hasSize(1);
    }

    private void assertSound() {
        assertThat(allotment.gate().verify().violations()).isEmpty();
    }
}
