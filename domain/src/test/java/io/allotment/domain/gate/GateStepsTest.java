package io.allotment.domain.gate;

import static io.allotment.domain.gate.World.ACCOUNT;
import static io.allotment.domain.gate.World.ADA;
import static io.allotment.domain.gate.World.MARCH;
import static io.allotment.domain.gate.World.NOW;
import static io.allotment.domain.gate.World.TENANT;
import static io.allotment.domain.gate.World.verdict;
import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.catalog.Entitlement;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Times;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.subscription.SubscriptionStatus.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class GateStepsTest {

    private static final Operation CHAT = Operation.of("chat.turn", "chat", Credits.ZERO);

    @Test
    void a_call_that_passes_all_steps_is_allowed_and_leaves_one_event_and_one_decision() {
        var world = World.on(PlanVersionTerms.empty()).selling(CHAT);

        var changes = world.decide(world.consuming("k", Charge.of("chat.turn", 3)));

        assertThat(World.verdicts(changes)).containsExactly("ALLOWED");
        assertThat(changes.decisions()).hasSize(1);
        assertThat(changes.events()).singleElement().satisfies(event -> {
            assertThat(event.id())
                    .isEqualTo(World.decision(changes.outcomes().get(0)).id());
            assertThat(event.lines())
                    .isEqualTo(World.decision(changes.outcomes().get(0)).lines());
        });
    }

    @Test
    void a_suspended_tenant_is_denied_until_it_is_reactivated() {
        var world = World.on(PlanVersionTerms.empty()).selling(CHAT).suspended();

        var denied = world.consume(Charge.of("chat.turn", 1));
        var allowed = world.reactivated().consume(Charge.of("chat.turn", 1));

        assertThat(denied.denial()).hasValueSatisfying(denial -> {
            assertThat(denial.reason()).isEqualTo(Denial.Reason.TENANT_SUSPENDED);
            assertThat(denial.step()).isEqualTo(Step.TENANT);
            assertThat(denial.scope()).isEqualTo(new Denial.Scope(Denial.Scope.Kind.TENANT, TENANT.toString()));
        });
        assertThat(allowed.allowed()).isTrue();
    }

    @Test
    void an_inactive_operation_is_denied_and_its_line_named() {
        var world = World.on(PlanVersionTerms.empty())
                .selling(CHAT, Operation.of("old.turn", "chat", Credits.ZERO).active(false));

        var decision = world.consume(Charge.of("chat.turn", 1).and("old.turn", 1));

        assertThat(decision.denial()).hasValueSatisfying(denial -> {
            assertThat(denial.reason()).isEqualTo(Denial.Reason.OPERATION_INACTIVE);
            assertThat(denial.scope()).isEqualTo(new Denial.Scope(Denial.Scope.Kind.OPERATION, "old.turn"));
            assertThat(denial.line()).contains(1);
        });
    }

    @ParameterizedTest
    @CsvSource({
        "user,   true,  PERMISSION_MISSING",
        "key,    true,  PERMISSION_MISSING",
        "key,    false, ALLOWED",
        "user,   false, ALLOWED",
        "system, true,  ALLOWED",
        "system, false, ALLOWED"
    })
    void a_permission_is_asked_of_users_and_keys_and_not_of_the_system(
            String actor, boolean needsOne, String expected) {
        var world = World.on(PlanVersionTerms.empty()).member(ADA).selling(needsOne ? CHAT.needing("chat:use") : CHAT);

        var decision = world.consume(Charge.of("chat.turn", 1)
                .by(
                        switch (actor) {
                            case "user" -> Actor.user(ADA);
                            case "key" -> Actor.apiKey(new ApiKeyId(new UUID(4, 1)));
                            default -> Actor.system();
                        }));

        assertThat(verdict(decision)).isEqualTo(expected);
    }

    @Test
    void a_missing_permission_is_named_with_its_line() {
        var world = World.on(PlanVersionTerms.empty())
                .member(ADA)
                .selling(
                        CHAT, Operation.of("admin.purge", "admin", Credits.ZERO).needing("admin:purge"));

        var decision =
                world.consume(Charge.of("chat.turn", 1).and("admin.purge", 1).by(Actor.user(ADA)));

        assertThat(decision.denial()).hasValueSatisfying(denial -> {
            assertThat(denial.scope()).isEqualTo(new Denial.Scope(Denial.Scope.Kind.PERMISSION, "admin:purge"));
            assertThat(denial.line()).contains(1);
        });
    }

    @Test
    void an_account_without_subscription_is_denied() {
        var world = World.bare().selling(CHAT);

        var decision = world.consume(Charge.of("chat.turn", 1));

        assertThat(verdict(decision)).isEqualTo("NO_SUBSCRIPTION");
        assertThat(decision.plan()).isEmpty();
    }

    static Stream<Arguments> states() {
        return Stream.of(
                state(SubscriptionStatus.FREE, s -> started(s, SubscriptionStatus.FREE, 0), "ALLOWED"),
                state(SubscriptionStatus.TRIALING, s -> started(s, SubscriptionStatus.ACTIVE, 14), "ALLOWED"),
                state(SubscriptionStatus.ACTIVE, s -> s, "ALLOWED"),
                state(SubscriptionStatus.PAST_DUE, s -> World.after(s, Event.PAYMENT_FAILED, 7, NOW), "ALLOWED"),
                state(SubscriptionStatus.EXPIRED, s -> after(s, Event.PAYMENT_FAILED), "SUBSCRIPTION_INACTIVE"),
                state(SubscriptionStatus.PAUSED, s -> after(s, Event.PAUSE), "SUBSCRIPTION_INACTIVE"),
                state(SubscriptionStatus.CANCELED, s -> after(s, Event.CANCEL), "SUBSCRIPTION_INACTIVE"),
                state(SubscriptionStatus.EXPIRED, s -> after(s, Event.EXPIRE), "SUBSCRIPTION_INACTIVE"));
    }

    @ParameterizedTest
    @MethodSource("states")
    void the_state_of_the_subscription_decides_whether_it_may_spend(
            SubscriptionStatus status, UnaryOperator<Subscription> change, String expected) {
        var world = World.on(PlanVersionTerms.empty()).selling(CHAT).subscription(change);

        var decision = world.consume(Charge.of("chat.turn", 1));

        assertThat(decision.plan())
                .hasValueSatisfying(plan -> assertThat(plan.status()).isEqualTo(status));
        assertThat(verdict(decision)).isEqualTo(expected);
    }

    @Test
    void every_state_has_its_row() {
        assertThat(states().map(row -> row.get()[0]).distinct())
                .containsExactlyInAnyOrder((Object[]) SubscriptionStatus.values());
    }

    @ParameterizedTest
    @CsvSource({
        "0, PT0S,               SUBSCRIPTION_INACTIVE",
        "3, PT0S,               ALLOWED",
        "3, PT71H59M59.999999S, ALLOWED",
        "3, PT72H,              SUBSCRIPTION_INACTIVE",
        "3, PT720H,             SUBSCRIPTION_INACTIVE"
    })
    void past_due_spends_for_the_plan_s_grace_days_and_no_longer(int graceDays, Duration later, String expected) {
        var world = World.on(PlanVersionTerms.empty().withGrace(graceDays))
                .selling(CHAT)
                .subscription(s -> World.after(s, Event.PAYMENT_FAILED, graceDays, NOW))
                .at(NOW.plus(later));

        var decision = world.consume(Charge.of("chat.turn", 1));

        assertThat(verdict(decision)).isEqualTo(expected);
    }

    @Test
    void a_new_period_does_not_lengthen_the_grace() {
        var world = World.on(PlanVersionTerms.empty().withGrace(30))
                .selling(CHAT)
                .subscription(s -> World.after(s, Event.PAYMENT_FAILED, 30, NOW));

        var inApril = world.at(NOW.plus(Duration.ofDays(29))).consume(Charge.of("chat.turn", 1));
        var later = world.at(NOW.plus(Duration.ofDays(30))).consume(Charge.of("chat.turn", 1));

        assertThat(verdict(inApril)).isEqualTo("ALLOWED");
        assertThat(verdict(later)).isEqualTo("SUBSCRIPTION_INACTIVE");
    }

    @Test
    void a_trial_that_is_over_has_become_active_and_is_kept_so() {
        var world = World.on(PlanVersionTerms.empty().withTrial(5)).selling(CHAT);

        var decision = world.consume(Charge.of("chat.turn", 1));

        assertThat(decision.plan().orElseThrow().status()).isEqualTo(SubscriptionStatus.ACTIVE);
        assertThat(world.state(ACCOUNT).subscription().orElseThrow().status()).isEqualTo(SubscriptionStatus.ACTIVE);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-03-31T23:59:59.999999Z, ALLOWED,               ACTIVE",
        "2026-04-01T00:00:00Z,        SUBSCRIPTION_INACTIVE, CANCELED"
    })
    void a_cancellation_at_the_period_s_end_happens_at_that_very_instant(
            Instant time, String expected, SubscriptionStatus kept) {
        var world = World.on(PlanVersionTerms.empty())
                .selling(CHAT)
                .subscription(s -> s.canceled(true, Optional.empty(), NOW))
                .at(time);

        var decision = world.consume(Charge.of("chat.turn", 1));

        assertThat(verdict(decision)).isEqualTo(expected);
        assertThat(world.state(ACCOUNT).subscription().orElseThrow().status()).isEqualTo(kept);
    }

    static Stream<Arguments> entitlements() {
        var hd = new FeatureKey("hd");
        return Stream.of(
                Arguments.of("none", PlanVersionTerms.empty(), "NOT_ENTITLED"),
                Arguments.of(
                        "another feature's",
                        PlanVersionTerms.empty().with(new Entitlement.Switch(new FeatureKey("sd"), true)),
                        "NOT_ENTITLED"),
                Arguments.of("off", PlanVersionTerms.empty().with(new Entitlement.Switch(hd, false)), "NOT_ENTITLED"),
                Arguments.of("on", PlanVersionTerms.empty().with(new Entitlement.Switch(hd, true)), "ALLOWED"),
                Arguments.of("a value", PlanVersionTerms.empty().with(new Entitlement.Value(hd, "1080p")), "ALLOWED"),
                Arguments.of("a quota", PlanVersionTerms.empty().with("hd", SomeQuota.blockingAt(5)), "ALLOWED"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("entitlements")
    void a_feature_must_be_in_the_plan_and_not_switched_off(String what, PlanVersionTerms terms, String expected) {
        var world = World.on(terms)
                .granted("100")
                .selling(Operation.of("video.minute", "video", Credits.of(2)).drawing("hd"));

        var decision = world.consume(Charge.of("video.minute", 3));

        assertThat(verdict(decision)).isEqualTo(expected);
        assertThat(decision.credits()).isEqualTo(Credits.of(decision.allowed() ? 6 : 0));
    }

    @Test
    void the_first_step_that_refuses_is_the_one_that_is_told() {
        var broken = Operation.of("video.minute", "video", Credits.of(2))
                .drawing("hd")
                .needing("video:use")
                .active(false);
        var charge = Charge.of("video.minute", 6).by(Actor.user(ADA));
        var world = World.bare().member(ADA).selling(broken).suspended();

        assertThat(verdict(world.consume(charge))).isEqualTo("TENANT_SUSPENDED");
        world.reactivated();
        assertThat(verdict(world.consume(charge))).isEqualTo("OPERATION_INACTIVE");
        world.selling(broken.active(true));
        assertThat(verdict(world.consume(charge))).isEqualTo("PERMISSION_MISSING");
        var bySystem = charge.by(Actor.system());
        assertThat(verdict(world.consume(bySystem))).isEqualTo("NO_SUBSCRIPTION");
        world.subscribed(ACCOUNT, PlanVersionTerms.empty(), MARCH);
        assertThat(verdict(world.consume(bySystem))).isEqualTo("NOT_ENTITLED");
        world.subscribed(ACCOUNT, PlanVersionTerms.empty().with("hd", SomeQuota.blockingAt(5)), MARCH);
        assertThat(verdict(world.consume(bySystem))).isEqualTo("QUOTA_EXCEEDED");
        world.subscribed(ACCOUNT, PlanVersionTerms.empty().with("hd", SomeQuota.blockingAt(6)), MARCH);
        assertThat(verdict(world.consume(bySystem))).isEqualTo("INSUFFICIENT_CREDITS");
        world.granted("12");
        assertThat(verdict(world.consume(bySystem))).isEqualTo("ALLOWED");
        assertThat(world.events).hasSize(1);
    }

    @Test
    void a_charge_of_which_one_line_is_denied_does_nothing_at_all() {
        var world = World.on("hd", SomeQuota.blockingAt(5))
                .granted("100")
                .selling(Operation.of("video.minute", "video", Credits.of(2)).drawing("hd"))
                .selling(Operation.of("video.upload", "video", Credits.of(2)).drawing("uploads"));
        var before = world.state(ACCOUNT);

        var changes =
                world.decide(world.consuming("k", Charge.of("video.minute", 3).and("video.upload", 1)));

        assertThat(World.verdicts(changes)).containsExactly("NOT_ENTITLED");
        assertThat(changes.accounts()).isEmpty();
        assertThat(changes.events()).isEmpty();
        assertThat(world.state(ACCOUNT)).isEqualTo(before);
    }

    @Test
    void a_denial_tells_what_the_lines_before_it_would_have_come_to() {
        var world = World.on("hd", SomeQuota.blockingAt(5))
                .granted("100")
                .selling(Operation.of("video.minute", "video", Credits.of(2)).drawing("hd"))
                .selling(Operation.of("video.upload", "video", Credits.of(2)).drawing("uploads"));

        var decision = world.consume(Charge.of("video.minute", 3).and("video.upload", 1));

        assertThat(decision.credits()).isEqualTo(Credits.of(6));
        assertThat(decision.lines().get(0).credits()).isEqualTo(Credits.of(6));
        assertThat(decision.lines().get(0).quota()).isPresent();
        assertThat(decision.lines().get(1).credits()).isEqualTo(Credits.ZERO);
        assertThat(decision.lines().get(1).quota()).isEmpty();
        assertThat(decision.balanceAfter()).isEqualTo(Credits.of(100));
    }

    private static Arguments state(SubscriptionStatus status, UnaryOperator<Subscription> change, String expected) {
        return Arguments.of(status, change, expected);
    }

    private static Subscription after(Subscription subscription, Event event) {
        return World.after(subscription, event, 0, NOW);
    }

    private static Subscription started(Subscription s, SubscriptionStatus status, int trialDays) {
        return Subscription.started(
                s.tenantId(),
                s.id(),
                s.accountId(),
                s.planVersionId(),
                s.price(),
                status,
                trialDays,
                1,
                Times.UTC,
                s.metadata(),
                MARCH);
    }
}
