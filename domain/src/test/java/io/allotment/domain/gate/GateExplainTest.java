package io.allotment.domain.gate;

import static io.allotment.domain.gate.World.ADA;
import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.tenancy.UnpricedModels;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GateExplainTest {

    private static final Operation MINUTE =
            Operation.of("transcribe.minute", "transcription", Credits.of(2)).drawing("minutes");
    private static final Charge TWELVE = Charge.of("transcribe.minute", 12);

    @Test
    void an_allowed_decision_is_told_step_by_step_with_its_figures() {
        var world = world().granted("20").granted("10");

        var decision = world.consume(TWELVE);
        var trace = Gate.explain(decision);

        var draws = decision.draws();
        assertThat(trace)
                .extracting(Gate.TraceStep::step)
                .containsExactlyElementsOf(withoutPrice(EnumSet.range(Step.TENANT, Step.CREDITS)));
        assertThat(trace).allMatch(Gate.TraceStep::passed);
        assertThat(trace)
                .extracting(Gate.TraceStep::detail)
                .containsExactly(
                        "The tenant is active.",
                        "Active: 12 of transcribe.minute.",
                        "The actor may do it.",
                        "The subscription is ACTIVE on plan version "
                                + decision.plan().orElseThrow().planVersionId() + ".",
                        "Used: minutes 12 of 20.",
                        "No spend limit of the actor is exceeded.",
                        "24 credits drawn: 20 of grant " + draws.get(0).grant() + " (0 left), 4 of grant "
                                + draws.get(1).grant() + " (6 left).");
    }

    /** Work without a model needs none. */
    private static EnumSet<Step> withoutPrice(EnumSet<Step> steps) {
        steps.remove(Step.PRICE);
        return steps;
    }

    @Test
    void what_costs_nothing_and_draws_no_quota_says_so() {
        var world = World.on(PlanVersionTerms.empty()).selling(Operation.of("chat.turn", "chat", Credits.ZERO));

        var trace = Gate.explain(world.consume(Charge.of("chat.turn", 1)));

        assertThat(trace)
                .extracting(Gate.TraceStep::detail)
                .endsWith("No quota is drawn.", "No spend limit of the actor is exceeded.", "No credits move.");
    }

    @Test
    void a_quota_without_limit_is_told_as_unlimited() {
        var world = World.on("minutes", SomeQuota.of(Quota.Overage.DRAW_CREDITS, "unlimited"))
                .selling(MINUTE);

        var trace = Gate.explain(world.consume(TWELVE));

        assertThat(trace).extracting(Gate.TraceStep::detail).contains("Used: minutes 12 of unlimited.");
    }

    static Stream<Arguments> denials() {
        return Stream.of(
                denial(Denial.Reason.TENANT_SUSPENDED, world().suspended().consume(TWELVE), "The tenant is suspended."),
                denial(
                        Denial.Reason.OPERATION_INACTIVE,
                        world().selling(MINUTE.active(false)).consume(TWELVE),
                        "The operation transcribe.minute is not active."),
                denial(
                        Denial.Reason.PERMISSION_MISSING,
                        world().member(ADA)
                                .selling(MINUTE.needing("minutes:use"))
                                .consume(TWELVE.by(Actor.user(ADA))),
                        "The permission minutes:use is missing."),
                denial(
                        Denial.Reason.NO_SUBSCRIPTION,
                        World.bare().selling(MINUTE).consume(TWELVE),
                        "The account has no subscription."),
                denial(
                        Denial.Reason.SUBSCRIPTION_INACTIVE,
                        world().subscription(s -> s.paused(Optional.empty(), World.NOW))
                                .consume(TWELVE),
                        "The account's subscription is not in a state that may spend."),
                denial(
                        Denial.Reason.MODEL_UNPRICED,
                        World.on(PlanVersionTerms.empty())
                                .selling(Operation.of("chat.turn", "chat", Credits.ZERO))
                                .unpriced(new UnpricedModels(UnpricedModels.Policy.REFUSE, Optional.empty()))
                                .consume(Charge.of("chat.turn", 1).using("some-model", TokenCounts.of(1, 1))),
                        "The model some-model has no price."),
                denial(
                        Denial.Reason.NOT_ENTITLED,
                        World.on(PlanVersionTerms.empty()).selling(MINUTE).consume(TWELVE),
                        "The plan does not include the feature minutes."),
                denial(
                        Denial.Reason.QUOTA_EXCEEDED,
                        world().used("minutes", "8.5").consume(TWELVE),
                        "The quota of minutes is 20, 8.5 are used, 12 were asked for; it resets at"
                                + " 2026-04-01T00:00:00Z."),
                denial(
                        Denial.Reason.SPEND_LIMIT_EXCEEDED,
                        world().granted("100")
                                .member(ADA)
                                .limited(SpendLimit.Spender.of(ADA), "23.5")
                                .consume(TWELVE.by(Actor.user(ADA))),
                        "The member may spend 23.5 credits, 0 are spent or held, 24 are needed; it starts again at"
                                + " 2026-04-01T00:00:00Z."),
                denial(
                        Denial.Reason.INSUFFICIENT_CREDITS,
                        world().granted("23.999999999").consume(TWELVE),
                        "24 credits are needed, 23.999999999 are available."));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("denials")
    void a_denial_is_told_up_to_the_step_that_refused(Denial.Reason reason, Decision decision, String message) {
        var trace = Gate.explain(decision);

        assertThat(trace)
                .extracting(Gate.TraceStep::step)
                .containsExactlyElementsOf(
                        reason == Denial.Reason.MODEL_UNPRICED
                                ? EnumSet.range(Step.TENANT, Step.PRICE)
                                : withoutPrice(EnumSet.range(Step.TENANT, reason.step())));
        assertThat(trace.subList(0, trace.size() - 1)).allMatch(Gate.TraceStep::passed);
        assertThat(trace.get(trace.size() - 1)).isEqualTo(new Gate.TraceStep(reason.step(), false, message));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("denials")
    void a_denial_says_what_would_help(Denial.Reason reason, Decision decision) {
        assertThat(decision.denial()).hasValueSatisfying(denial -> {
            assertThat(denial.reason()).isEqualTo(reason);
            assertThat(denial.help()).endsWith(".");
        });
    }

    @Test
    void every_reason_has_its_row() {
        assertThat(denials().map(row -> row.get()[0])).containsExactlyElementsOf(Arrays.asList(Denial.Reason.values()));
    }

    @Test
    void a_quota_that_never_resets_promises_no_reset() {
        var world =
                World.on("minutes", SomeQuota.resetting(Quota.Reset.NEVER, 5)).selling(MINUTE);

        var denial = world.consume(TWELVE).denial().orElseThrow();

        assertThat(denial.message()).isEqualTo("The quota of minutes is 5, 0 are used, 12 were asked for.");
    }

    @Test
    void a_reserve_tells_what_is_held_of_which_grants() {
        var decision = world().granted("20").granted("10").reserve(TWELVE);

        var draws = decision.draws();
        assertThat(details(decision))
                .endsWith("24 credits held: 20 of grant " + draws.get(0).grant() + " (0 left), 4 of grant "
                        + draws.get(1).grant() + " (6 left).");
    }

    @Test
    void what_becomes_of_a_reservation_is_told_with_what_it_is_about() {
        var world = world().granted("30");
        var reserved = world.reserve(TWELVE);
        var id = reserved.reservation().orElseThrow();
        var renewed = world.ask(new GateRequest.Renew(id, 60));
        var settled = world.settle(reserved, Charge.of("transcribe.minute", 10));

        var grant = reserved.draws().get(0).grant();
        assertThat(details(renewed))
                .containsExactly("It is about the reservation " + id + ".", "No quota is drawn.", "24 credits held.");
        assertThat(details(settled))
                .containsExactly(
                        "It is about the reservation " + id + ".",
                        "Used: minutes 10 of 20.",
                        "20 credits drawn: 20 of grant " + grant + " (10 left).");
    }

    @Test
    void a_release_tells_what_goes_back_to_which_grants() {
        var world = world().granted("30");
        var released = world.release(world.reserve(TWELVE));

        assertThat(details(released))
                .endsWith("24 credits given back: 24 to grant "
                        + released.draws().get(0).grant() + " (30 left).");
    }

    @Test
    void a_settle_tells_what_is_uncovered() {
        var world = world().granted("30");
        var settled = world.settle(world.reserve(TWELVE), Charge.of("transcribe.minute", 18));

        assertThat(details(settled))
                .endsWith("36 credits drawn: 30 of grant "
                        + settled.draws().get(0).grant() + " (0 left). 6 of them were not there: they are uncovered.");
    }

    @Test
    void a_refund_tells_which_decision_it_undoes() {
        var world = world().granted("30");
        var charged = world.consume(TWELVE);
        var refund = world.refund(charged);

        assertThat(details(refund))
                .containsExactly(
                        "It undoes the decision " + charged.id() + ".",
                        "No quota is drawn.",
                        "24 credits given back: 24 to grant "
                                + refund.draws().get(0).grant() + " (30 left).");
    }

    @Test
    void what_is_given_back_of_an_allocated_feature_was_held() {
        var world = World.on("seats", SomeQuota.resetting(Quota.Reset.NEVER, 10))
                .allocating("seats")
                .selling(Operation.of("seat.add", "seats", Credits.ZERO).drawing("seats"));
        world.consume(Charge.of("seat.add", 1).relatedTo("user", "1"));

        var released = world.ask(World.releasing("seats", "user", "1", Optional.empty()));

        assertThat(details(released))
                .containsExactly("What was allocated was held.", "No quota is drawn.", "No credits move.");
    }

    @Test
    void a_reserve_that_is_denied_is_told_as_a_consume_is() {
        var trace = Gate.explain(world().reserve(TWELVE));

        assertThat(trace.get(trace.size() - 1))
                .isEqualTo(new Gate.TraceStep(Step.CREDITS, false, "24 credits are needed, 0 are available."));
    }

    private static List<String> details(Decision decision) {
        return Gate.explain(decision).stream().map(Gate.TraceStep::detail).toList();
    }

    private static World world() {
        return World.on("minutes", SomeQuota.blockingAt(20)).selling(MINUTE);
    }

    private static Arguments denial(Denial.Reason reason, Decision decision, String message) {
        return Arguments.of(reason, decision, message);
    }
}
