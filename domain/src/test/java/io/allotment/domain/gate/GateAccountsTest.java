package io.allotment.domain.gate;

import static io.allotment.domain.gate.World.ACCOUNT;
import static io.allotment.domain.gate.World.ADA;
import static io.allotment.domain.gate.World.MARCH;
import static io.allotment.domain.gate.World.STRANGER;
import static io.allotment.domain.gate.World.TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.BillingAccount;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whose account pays, and calls that are wrong in themselves. */
class GateAccountsTest {

    private static final AccountId ADAS = BillingAccount.idOf(ADA);
    private static final AccountId NOBODYS = new AccountId(new UUID(9, 9));
    private static final ApiKeyId KEY = new ApiKeyId(new UUID(4, 1));
    private static final TenantId OTHER = new TenantId(new UUID(1, 9));
    private static final Charge TURN = Charge.of("chat.turn", 1);

    @ParameterizedTest(name = "{0}, own account: {1}, naming {2}: {3}''s pays")
    @CsvSource({
        "user,   true,  nobody, ada",
        "user,   false, nobody, tenant",
        "user,   true,  tenant, tenant",
        "user,   true,  ada,    ada",
        "key,    true,  nobody, ada",
        "key,    false, nobody, tenant",
        "system, true,  nobody, tenant",
        "system, true,  ada,    ada",
        "system, true,  tenant, tenant"
    })
    void the_named_account_pays_else_the_member_s_else_the_tenant_s(
            String actor, boolean ownAccount, String named, String payer) {
        var world = world();
        if (ownAccount) {
            world.memberAccount(ADA).granted(ADAS, credits(10), MARCH);
        } else {
            world.member(ADA);
        }
        var charge = TURN.by(
                switch (actor) {
                    case "user" -> Actor.user(ADA);
                    case "key" -> Actor.apiKey(KEY, ADA);
                    default -> Actor.system();
                });

        var decision = world.consume(
                switch (named) {
                    case "ada" -> charge.on(ADAS);
                    case "tenant" -> charge.on(ACCOUNT);
                    default -> charge;
                });

        assertThat(decision.accountId()).isEqualTo(payer.equals("ada") ? ADAS : ACCOUNT);
        assertThat(world.state(decision.accountId()).credits().balance()).isEqualTo(Credits.of(9));
    }

    @Test
    void a_member_s_own_account_without_credits_does_not_fall_back_on_the_tenant_s() {
        var world = world().memberAccount(ADA);

        var decision = world.consume(TURN.by(Actor.user(ADA)));

        assertThat(World.verdict(decision)).isEqualTo("INSUFFICIENT_CREDITS");
        assertThat(world.balance()).isEqualTo(Credits.of(10));
    }

    static Stream<Arguments> wrongCalls() {
        var world = world();
        return Stream.of(
                Arguments.of(world.consuming(OTHER, "wrong", TURN), "tenant-not-found", Refusal.Kind.NOT_FOUND, null),
                Arguments.of(
                        world.consuming("wrong", TURN.by(Actor.user(STRANGER))),
                        "unknown-member",
                        Refusal.Kind.INVALID,
                        "actor"),
                Arguments.of(
                        world.consuming("wrong", TURN.by(Actor.apiKey(KEY, STRANGER))),
                        "unknown-member",
                        Refusal.Kind.INVALID,
                        "actor"),
                Arguments.of(
                        world.consuming("wrong", TURN.and("no.such", 1)),
                        "unknown-operation",
                        Refusal.Kind.INVALID,
                        "lines[1].operation"),
                Arguments.of(
                        world.consuming("wrong", TURN.on(NOBODYS)),
                        "unknown-account",
                        Refusal.Kind.INVALID,
                        "account"));
    }

    @ParameterizedTest
    @MethodSource("wrongCalls")
    void a_call_that_is_wrong_in_itself_is_refused_and_disturbs_no_other(
            GateCall wrong, String code, Refusal.Kind kind, String field) {
        var world = world();

        var changes = world.decide(world.consuming("a", TURN), wrong, world.consuming("b", TURN));

        assertThat(World.verdicts(changes)).containsExactly("ALLOWED", code, "ALLOWED");
        assertThat(((Outcome.Refused) changes.outcomes().get(1)).refusal()).satisfies(refusal -> {
            assertThat(refusal.kind()).isEqualTo(kind);
            assertThat(refusal.field().orElse(null)).isEqualTo(field);
        });
        assertThat(changes.decisions()).hasSize(2);
        assertThat(changes.events()).hasSize(2);
        assertThat(world.balance()).isEqualTo(Credits.of(8));
    }

    @ParameterizedTest
    @MethodSource("wrongCalls")
    void a_wrong_call_alone_leaves_nothing_and_its_key_free(GateCall wrong) {
        var world = world();

        var refused = world.decide(wrong);
        var right = world.decide(world.consuming("wrong", TURN));

        assertThat(refused.decisions()).isEmpty();
        assertThat(refused.events()).isEmpty();
        assertThat(refused.accounts()).isEmpty();
        assertThat(World.verdicts(right)).containsExactly("ALLOWED");
    }

    @Test
    void a_tenant_whose_account_is_missing_is_told_so() {
        var world = world().tenant(OTHER, "other");

        var changes = world.decide(world.consuming(OTHER, "k", TURN));

        assertThat(World.verdicts(changes)).containsExactly("unknown-account");
    }

    @Test
    void another_tenant_s_account_is_unknown() {
        var world = world();
        world.tenant(OTHER, "other").account(OTHER, BillingAccount.idOf(OTHER));

        var changes = world.decide(world.consuming("k", TURN.on(BillingAccount.idOf(OTHER))));

        assertThat(World.verdicts(changes)).containsExactly("unknown-account");
    }

    @Test
    void another_tenant_s_member_is_a_stranger() {
        var world = world().member(ADA);
        world.tenant(OTHER, "other").account(OTHER, BillingAccount.idOf(OTHER));

        var changes = world.decide(world.consuming(OTHER, "k", TURN.by(Actor.user(ADA))));

        assertThat(World.verdicts(changes)).containsExactly("unknown-member");
    }

    @Test
    void tenants_of_one_batch_have_their_own_credits_and_keys() {
        var world = world();
        var others = BillingAccount.idOf(OTHER);
        world.tenant(OTHER, "other")
                .account(OTHER, others)
                .subscribed(others, PlanVersionTerms.empty(), MARCH)
                .granted(others, credits(5), MARCH);

        var changes = world.decide(
                world.consuming(TENANT, "same", Charge.of("chat.turn", 3)),
                world.consuming(OTHER, "same", Charge.of("chat.turn", 4)));

        assertThat(World.verdicts(changes)).containsExactly("ALLOWED", "ALLOWED");
        assertThat(world.state(ACCOUNT).credits().balance()).isEqualTo(Credits.of(7));
        assertThat(world.state(others).credits().balance()).isEqualTo(Credits.of(1));
    }

    private static World world() {
        return World.on(PlanVersionTerms.empty())
                .granted("10")
                .selling(Operation.of("chat.turn", "chat", Credits.of(1)));
    }

    private static GrantTerms credits(long amount) {
        return GrantTerms.of(Credits.of(amount), GrantSource.PURCHASE);
    }
}
