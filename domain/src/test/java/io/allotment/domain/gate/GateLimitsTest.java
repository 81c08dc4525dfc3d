package io.allotment.domain.gate;

import static io.allotment.domain.gate.World.ACCOUNT;
import static io.allotment.domain.gate.World.ADA;
import static io.allotment.domain.gate.World.APRIL;
import static io.allotment.domain.gate.World.MARCH;
import static io.allotment.domain.gate.World.verdict;
import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.credit.SpendLimit.Spender;
import io.allotment.domain.credit.SpendLimit.Window;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How much a member and a key may spend, whoever pays; one credit a turn. */
class GateLimitsTest {

    private static final ApiKeyId KEY = new ApiKeyId(new UUID(4, 1));
    private static final Spender MEMBER = Spender.of(ADA);
    private static final Spender OF_KEY = Spender.of(KEY);
    private static final Actor USER = Actor.user(ADA);

    @Test
    void a_member_spends_up_to_the_limit_and_no_further() {
        var world = world().limited(MEMBER, "5");

        assertThat(verdict(world.consume(turns(3).by(USER)))).isEqualTo("ALLOWED");
        var denied = world.consume(turns(3).by(USER));
        assertThat(verdict(world.consume(turns(2).by(USER)))).isEqualTo("ALLOWED");

        assertThat(denied.denial()).hasValueSatisfying(denial -> {
            assertThat(denial.reason()).isEqualTo(Denial.Reason.SPEND_LIMIT_EXCEEDED);
            assertThat(denial.step()).isEqualTo(Step.SPEND_LIMIT);
            assertThat(denial.scope()).isEqualTo(new Denial.Scope(Denial.Scope.Kind.MEMBER, ADA.toString()));
            assertThat(denial.needed()).contains(new BigDecimal("3"));
            assertThat(denial.available()).contains(new BigDecimal("2"));
            assertThat(denial.limit()).contains(new BigDecimal("5"));
            assertThat(denial.used()).contains(new BigDecimal("3"));
            assertThat(denial.resetsAt()).contains(APRIL);
        });
        assertThat(world.spent(MEMBER)).isEqualTo(Credits.of(5));
        assertThat(world.balance()).isEqualTo(Credits.of(95));
    }

    @ParameterizedTest(name = "{0}, member {1}, key {2}: {3}")
    @CsvSource({
        "key,          2, 9, 3, ALLOWED",
        "key,          9, 2, 3, API_KEY",
        "key of ada,   2, 9, 3, MEMBER",
        "key of ada,   9, 2, 3, API_KEY",
        "key of ada,   2, 2, 3, MEMBER",
        "key of ada,   3, 3, 3, ALLOWED",
        "ada,          9, 2, 3, ALLOWED",
        "ada,          2, 9, 3, MEMBER",
        "system,       0, 0, 3, ALLOWED"
    })
    void the_limits_of_who_acts_count_and_the_denial_names_which(
            String actor, String member, String key, long turns, String expected) {
        var world = world().limited(MEMBER, member).limited(OF_KEY, key);

        var decision = world.consume(turns(turns)
                .by(
                        switch (actor) {
                            case "key" -> Actor.apiKey(KEY);
                            case "key of ada" -> Actor.apiKey(KEY, ADA);
                            case "ada" -> USER;
                            default -> Actor.system();
                        }));

        assertThat(decision.denial().map(denial -> denial.scope().kind().name()).orElse("ALLOWED"))
                .isEqualTo(expected);
    }

    @Test
    void a_member_s_key_spends_of_both_limits() {
        var world = world().limited(MEMBER, "9").limited(OF_KEY, "9");

        world.consume(turns(3).by(Actor.apiKey(KEY, ADA)));

        assertThat(world.spent(MEMBER)).isEqualTo(Credits.of(3));
        assertThat(world.spent(OF_KEY)).isEqualTo(Credits.of(3));
    }

    @Test
    void a_limit_counts_whichever_account_pays() {
        var world = world().memberAccount(ADA).limited(MEMBER, "5");

        world.consume(turns(3).by(USER).on(ACCOUNT));

        assertThat(verdict(world.consume(turns(3).by(USER)))).isEqualTo("SPEND_LIMIT_EXCEEDED");
    }

    @Test
    void what_costs_nothing_passes_a_limit_of_zero() {
        var world = world().limited(MEMBER, "0").selling(Operation.of("free.turn", "chat", Credits.ZERO));

        assertThat(verdict(world.consume(Charge.of("free.turn", 3).by(USER)))).isEqualTo("ALLOWED");
        assertThat(verdict(world.consume(turns(1).by(USER)))).isEqualTo("SPEND_LIMIT_EXCEEDED");
    }

    @Test
    void a_check_sees_the_limit_and_spends_nothing_of_it() {
        var world = world().limited(MEMBER, "5");

        assertThat(verdict(world.check(turns(5).by(USER)))).isEqualTo("ALLOWED");
        assertThat(verdict(world.check(turns(6).by(USER)))).isEqualTo("SPEND_LIMIT_EXCEEDED");
        assertThat(world.spent(MEMBER)).isEqualTo(Credits.ZERO);
    }

    @Test
    void the_calls_of_a_batch_share_the_limit_in_their_order() {
        var world = world().limited(MEMBER, "5");

        var changes = world.decide(
                world.consuming("a", turns(3).by(USER)),
                world.consuming("b", turns(3).by(USER)),
                world.consuming("c", turns(2).by(USER)));

        assertThat(World.verdicts(changes)).containsExactly("ALLOWED", "SPEND_LIMIT_EXCEEDED", "ALLOWED");
        assertThat(changes.spendLimits())
                .singleElement()
                .satisfies(limit -> assertThat(limit.spent()).isEqualTo(Credits.of(5)));
    }

    @Test
    void a_denied_charge_spends_nothing_of_the_limit() {
        var world = world().limited(MEMBER, "500");

        assertThat(verdict(world.consume(turns(101).by(USER)))).isEqualTo("INSUFFICIENT_CREDITS");
        assertThat(world.spent(MEMBER)).isEqualTo(Credits.ZERO);
    }

    @ParameterizedTest(name = "in {0}")
    @CsvSource({
        "UTC,                2026-04-01T00:00:00Z",
        "America/New_York,   2026-04-01T04:00:00Z",
        "Pacific/Kiritimati, 2026-03-31T10:00:00Z"
    })
    void a_month_s_limit_starts_again_with_the_month_of_the_tenant_s_zone(String zone, Instant start) {
        var world = World.bare()
                .inZone(zone)
                .subscribed(ACCOUNT, PlanVersionTerms.empty(), MARCH)
                .granted("100")
                .selling(Operation.of("chat.turn", "chat", Credits.of(1)))
                .member(ADA)
                .limited(MEMBER, "5");
        world.consume(turns(5).by(USER));

        var before = world.at(start.minusNanos(1_000)).consume(turns(1).by(USER));
        var after = world.at(start).consume(turns(5).by(USER));

        assertThat(verdict(before)).isEqualTo("SPEND_LIMIT_EXCEEDED");
        assertThat(before.denial().orElseThrow().resetsAt()).contains(start);
        assertThat(verdict(after)).isEqualTo("ALLOWED");
        assertThat(world.spent(MEMBER)).isEqualTo(Credits.of(5));
    }

    @Test
    void a_day_s_limit_counts_beside_the_month_s() {
        var world = world().limited(MEMBER, Window.CALENDAR_DAY, "3").limited(MEMBER, "5");
        world.consume(turns(3).by(USER));

        var today = world.consume(turns(1).by(USER));
        var tomorrow = world.at("2026-03-11T00:00:00Z").consume(turns(3).by(USER));

        assertThat(today.denial().orElseThrow().resetsAt()).contains(Instant.parse("2026-03-11T00:00:00Z"));
        assertThat(tomorrow.denial().orElseThrow().resetsAt()).contains(APRIL);
        assertThat(verdict(world.consume(turns(2).by(USER)))).isEqualTo("ALLOWED");
    }

    @Test
    void a_settle_spends_what_was_really_used_and_frees_the_hold() {
        var world = world().limited(MEMBER, "5");
        var reserved = world.reserve(turns(5).by(USER));

        assertThat(verdict(world.consume(turns(1).by(USER)))).isEqualTo("SPEND_LIMIT_EXCEEDED");
        world.settle(reserved, turns(2));

        assertThat(world.spent(MEMBER)).isEqualTo(Credits.of(2));
        assertThat(verdict(world.consume(turns(3).by(USER)))).isEqualTo("ALLOWED");
    }

    @Test
    void a_settle_may_pass_the_limit_since_the_work_is_done() {
        var world = world().limited(MEMBER, "5");
        var reserved = world.reserve(turns(5).by(USER));

        assertThat(verdict(world.settle(reserved, turns(8)))).isEqualTo("ALLOWED");
        assertThat(world.spent(MEMBER)).isEqualTo(Credits.of(8));
        var denied = world.consume(turns(1).by(USER));
        assertThat(denied.denial().orElseThrow().available()).contains(BigDecimal.ZERO);
    }

    @Test
    void what_is_held_over_the_month_s_end_counts_in_the_new_month() {
        var world = world().limited(MEMBER, "5");
        world.at("2026-03-31T23:30:00Z").reserve(turns(4).by(USER));

        assertThat(verdict(world.at(APRIL).consume(turns(2).by(USER)))).isEqualTo("SPEND_LIMIT_EXCEEDED");
        assertThat(verdict(world.consume(turns(1).by(USER)))).isEqualTo("ALLOWED");
    }

    @Test
    void what_has_lapsed_is_held_no_more() {
        var world = world().limited(MEMBER, "5");
        world.reserve(turns(5).by(USER), Duration.ofMinutes(1));

        assertThat(verdict(world.at(World.NOW.plusSeconds(60)).consume(turns(5).by(USER))))
                .isEqualTo("ALLOWED");
    }

    @Test
    void a_refund_gives_the_limit_back_within_the_month() {
        var world = world().limited(MEMBER, "5");
        var charged = world.consume(turns(4).by(USER));

        world.refund(charged);

        assertThat(world.spent(MEMBER)).isEqualTo(Credits.ZERO);
    }

    @Test
    void a_refund_of_last_month_s_charge_leaves_this_month_s_spending_alone() {
        var world = world().limited(MEMBER, "5");
        var charged = world.consume(turns(4).by(USER));
        world.at(APRIL).consume(turns(2).by(USER));

        world.refund(charged);

        assertThat(world.spent(MEMBER)).isEqualTo(Credits.of(2));
    }

    private static Charge turns(long quantity) {
        return Charge.of("chat.turn", quantity);
    }

    private static World world() {
        return World.on(PlanVersionTerms.empty())
                .granted("100")
                .member(ADA)
                .selling(Operation.of("chat.turn", "chat", Credits.of(1)));
    }
}
