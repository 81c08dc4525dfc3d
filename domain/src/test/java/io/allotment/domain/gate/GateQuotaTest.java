package io.allotment.domain.gate;

import static io.allotment.domain.gate.World.APRIL;
import static io.allotment.domain.gate.World.verdict;
import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.catalog.Quota.Overage;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Quotas of minutes, two credits a minute. */
class GateQuotaTest {

    private static final OperationKey MINUTE = new OperationKey("transcribe.minute");
    private static final Operation TRANSCRIBE =
            Operation.of("transcribe.minute", "transcription", Credits.of(2)).drawing("minutes");
    private static final Operation TRANSLATE =
            Operation.of("translate.minute", "translation", Credits.of(5)).drawing("minutes");

    @ParameterizedTest(name = "{0} above {1} with {3} % grace: {2} used, {4} more")
    @CsvSource(textBlock = """
            # policy,     limit,       used, grace, quantity,    used after,   above,       credits
            BLOCK,        10,          8,    0,     1,           9,            0,           2
            BLOCK,        10,          9,    0,     1,           10,           0,           2
            BLOCK,        10,          9.5,  0,     0.5,         10,           0,           1
            BLOCK,        10,          10,   20,    2,           12,           2,           4
            BLOCK,        10,          9,    20,    3,           12,           2,           6
            BLOCK,        10,          0,    1000,  110,         110,          100,         220
            BLOCK,        0.000000005, 0,    10,    0.000000005, 0.000000005,  0,           0.00000001
            BLOCK,        unlimited,   5,    0,     999999999999, 1000000000004, 0,          1999999999998
            ALLOW,        10,          8,    0,     2,           10,           0,           4
            ALLOW,        10,          8,    0,     5,           13,           3,           10
            ALLOW,        10,          12,   0,     1,           13,           1,           2
            ALLOW,        0,           0,    0,     1,           1,            1,           2
            ALLOW,        unlimited,   8,    0,     5,           13,           0,           10
            BILL,         10,          8,    0,     2,           10,           0,           4
            BILL,         10,          8,    0,     5,           13,           3,           10
            BILL,         10,          12,   0,     1,           13,           1,           2
            BILL,         unlimited,   8,    0,     5,           13,           0,           10
            DRAW_CREDITS, 10,          8,    0,     2,           10,           0,           0
            DRAW_CREDITS, 10,          8,    0,     2.000000001, 10.000000001, 0.000000001, 0.000000002
            DRAW_CREDITS, 10,          8,    0,     5,           13,           3,           6
            DRAW_CREDITS, 10,          12,   0,     5,           17,           5,           10
            DRAW_CREDITS, unlimited,   8,    0,     5,           13,           0,           0
            """)
    void what_a_quota_lets_through_is_counted_and_costs_by_its_policy(
            Overage policy,
            String limit,
            String used,
            int grace,
            String quantity,
            String usedAfter,
            String above,
            String credits) {
        var world = World.on("minutes", SomeQuota.of(policy, limit, grace))
                .used("minutes", used)
                .granted("10000000000000")
                .selling(TRANSCRIBE);

        var decision = world.consume(Charge.of(MINUTE, Quantity.of(quantity)));

        assertThat(verdict(decision)).isEqualTo("ALLOWED");
        assertThat(decision.credits()).isEqualTo(Credits.of(credits));
        assertThat(decision.lines().get(0).quota()).hasValueSatisfying(use -> {
            assertThat(use.used()).isEqualTo(Quantity.of(usedAfter));
            assertThat(use.above()).isEqualTo(Quantity.of(above));
        });
        assertThat(world.counter("minutes").used()).isEqualTo(Quantity.of(usedAfter));
        assertThat(world.counter("minutes").overage())
                .isEqualTo(policy == Overage.BILL ? Quantity.of(above) : Quantity.ZERO);
    }

    @ParameterizedTest(name = "limit {0} with {2} % grace: {1} used, {3} more")
    @CsvSource(textBlock = """
            # limit,      used, grace, quantity,    available
            10,           10,   0,     1,           0
            10,           8,    0,     3,           2
            10,           9.5,  0,     0.500000001, 0.5
            10,           10,   20,    2.000000001, 2
            10,           12,   20,    1,           0
            10,           15,   0,     1,           0
            0,            0,    0,     0.000000001, 0
            0.000000005,  0,    10,    0.000000006, 0.000000005
            """)
    void blocking_refuses_what_lies_above_the_limit_and_its_grace_and_tells_the_figures(
            String limit, String used, int grace, String quantity, String available) {
        var world = World.on("minutes", SomeQuota.of(Overage.BLOCK, limit, grace))
                .used("minutes", used)
                .granted("100")
                .selling(TRANSCRIBE);

        var decision = world.consume(Charge.of(MINUTE, Quantity.of(quantity)));

        assertThat(decision.denial()).hasValueSatisfying(denial -> {
            assertThat(denial.reason()).isEqualTo(Denial.Reason.QUOTA_EXCEEDED);
            assertThat(denial.scope()).isEqualTo(new Denial.Scope(Denial.Scope.Kind.FEATURE, "minutes"));
            assertThat(denial.line()).contains(0);
            assertThat(denial.needed()).contains(new BigDecimal(quantity));
            assertThat(denial.available()).contains(new BigDecimal(available));
            assertThat(denial.limit()).contains(new BigDecimal(limit));
            assertThat(denial.used()).contains(new BigDecimal(used));
            assertThat(denial.resetsAt()).contains(APRIL);
        });
        assertThat(world.counter("minutes").used()).isEqualTo(Quantity.of(used));
        assertThat(world.balance()).isEqualTo(Credits.of(100));
    }

    @ParameterizedTest
    @CsvSource({"6, 4, ALLOWED", "6, 5, QUOTA_EXCEEDED", "11, 1, QUOTA_EXCEEDED"})
    void two_lines_on_one_feature_share_its_quota(int first, int second, String expected) {
        var world = World.on("minutes", SomeQuota.blockingAt(10)).granted("100").selling(TRANSCRIBE, TRANSLATE);

        var decision = world.consume(Charge.of("transcribe.minute", first).and("translate.minute", second));

        assertThat(verdict(decision)).isEqualTo(expected);
    }

    @Test
    void the_second_line_on_a_feature_sees_what_the_first_one_uses() {
        var world = World.on("minutes", SomeQuota.blockingAt(10)).granted("100").selling(TRANSCRIBE, TRANSLATE);

        var denied = world.consume(Charge.of("transcribe.minute", 6).and("translate.minute", 5));
        var allowed = world.consume(Charge.of("transcribe.minute", 6).and("translate.minute", 4));

        assertThat(denied.denial()).hasValueSatisfying(denial -> {
            assertThat(denial.line()).contains(1);
            assertThat(denial.used()).contains(new BigDecimal("6"));
            assertThat(denial.available()).contains(new BigDecimal("4"));
        });
        assertThat(allowed.lines())
                .extracting(line -> line.quota().orElseThrow().used())
                .containsExactly(Quantity.of(6), Quantity.of(10));
        assertThat(world.counter("minutes").used()).isEqualTo(Quantity.of(10));
    }

    @ParameterizedTest
    @CsvSource({"BILL, 3, 41", "ALLOW, 0, 41", "DRAW_CREDITS, 0, 15"})
    void two_lines_on_one_feature_split_at_the_limit_together(Overage policy, String billable, String credits) {
        var world =
                World.on("minutes", SomeQuota.of(policy, "10")).granted("100").selling(TRANSCRIBE, TRANSLATE);

        var decision = world.consume(Charge.of("transcribe.minute", 8).and("translate.minute", 5));

        assertThat(decision.lines())
                .extracting(line -> line.quota().orElseThrow().above())
                .containsExactly(Quantity.ZERO, Quantity.of(3));
        assertThat(decision.credits()).isEqualTo(Credits.of(credits));
        assertThat(world.counter("minutes").overage()).isEqualTo(Quantity.of(billable));
    }

    @Test
    void billable_overage_adds_up_over_the_period() {
        var world = World.on("minutes", SomeQuota.of(Overage.BILL, "10"))
                .granted("100")
                .selling(TRANSCRIBE);

        world.consume(Charge.of("transcribe.minute", 12));
        world.consume(Charge.of("transcribe.minute", 1));
        world.consume(Charge.of("transcribe.minute", 4).and("transcribe.minute", 2));

        assertThat(world.counter("minutes").used()).isEqualTo(Quantity.of(19));
        assertThat(world.counter("minutes").overage()).isEqualTo(Quantity.of(9));
    }

    @Test
    void features_of_one_charge_are_counted_apart() {
        var terms = PlanVersionTerms.empty()
                .with("minutes", SomeQuota.blockingAt(10))
                .with("pages", SomeQuota.of(Overage.BILL, "1"));
        var world = World.on(terms)
                .granted("100")
                .selling(
                        TRANSCRIBE,
                        Operation.of("scan.page", "scan", Credits.of(1)).drawing("pages"));

        world.consume(Charge.of("transcribe.minute", 4).and("scan.page", 3));

        assertThat(world.counter("minutes").used()).isEqualTo(Quantity.of(4));
        assertThat(world.counter("pages").used()).isEqualTo(Quantity.of(3));
        assertThat(world.counter("pages").overage()).isEqualTo(Quantity.of(2));
    }

    @Test
    void calls_of_one_batch_share_the_quota_in_their_order() {
        var world = World.on("minutes", SomeQuota.blockingAt(10)).granted("100").selling(TRANSCRIBE);

        var changes = world.decide(
                world.consuming("a", Charge.of("transcribe.minute", 6)),
                world.consuming("b", Charge.of("transcribe.minute", 5)),
                world.consuming("c", Charge.of("transcribe.minute", 4)));

        assertThat(World.verdicts(changes)).containsExactly("ALLOWED", "QUOTA_EXCEEDED", "ALLOWED");
        assertThat(changes.accounts())
                .singleElement()
                .satisfies(change -> assertThat(change.counters()).containsExactly(world.counter("minutes")));
    }

    @Test
    void an_operation_that_draws_no_feature_asks_for_no_quota() {
        var world = World.on(PlanVersionTerms.empty())
                .granted("10")
                .selling(Operation.of("chat.turn", "chat", Credits.of(2)));

        var decision = world.consume(Charge.of("chat.turn", 5));

        assertThat(verdict(decision)).isEqualTo("ALLOWED");
        assertThat(decision.lines().get(0).quota()).isEmpty();
        assertThat(world.balance()).isEqualTo(Credits.ZERO);
    }

    @Test
    void credits_that_are_missing_leave_the_quota_as_it_was() {
        var world = World.on("minutes", SomeQuota.blockingAt(10))
                .used("minutes", "3")
                .granted("7.999999999")
                .selling(TRANSCRIBE);

        var decision = world.consume(Charge.of("transcribe.minute", 4));

        assertThat(verdict(decision)).isEqualTo("INSUFFICIENT_CREDITS");
        assertThat(world.counter("minutes").used()).isEqualTo(Quantity.of(3));
    }

    @Test
    void the_largest_limit_and_grace_still_have_a_ceiling() {
        var largest = SomeQuota.of(Quota.Overage.BLOCK, "999999999999999999", 1_000);
        var world = World.on("minutes", largest).granted("100").selling(TRANSCRIBE);

        var decision = world.consume(Charge.of("transcribe.minute", 1));

        assertThat(verdict(decision)).isEqualTo("ALLOWED");
    }
}
