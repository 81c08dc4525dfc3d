package io.allotment.domain.gate;

import static io.allotment.domain.gate.World.ADA;
import static io.allotment.domain.gate.World.STRANGER;
import static io.allotment.domain.gate.World.TENANT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.usage.TokenCounts;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GateCallTest {

    private static final Charge TURN = Charge.of("chat.turn", 2);
    private static final OperationKey KEY = new OperationKey("chat.turn");
    private static final AccountId SOME = new AccountId(new UUID(7, 1));
    private static final AccountId ANOTHER = new AccountId(new UUID(7, 2));

    @Test
    void the_fingerprint_differs_with_each_part_of_the_request() {
        var charges = new Charge[] {
            TURN,
            Charge.of("chat.turn", 3),
            Charge.of("chat.word", 2),
            TURN.and("chat.turn", 2),
            TURN.and("chat.word", 1),
            Charge.of("chat.word", 1).and("chat.turn", 2),
            Charge.of("chat.turn", 4),
            TURN.on(SOME),
            TURN.on(ANOTHER),
            TURN.by(Actor.user(ADA)),
            TURN.by(Actor.user(STRANGER)),
            TURN.using("opus", TokenCounts.NONE),
            TURN.using("haiku", TokenCounts.NONE),
            TURN.using("opus", TokenCounts.of(1, 2)),
            TURN.using("opus", TokenCounts.of(2, 1)),
            TURN.using("opus", TokenCounts.of(12, 0)),
            TURN.using("opus", tokens(TokenCounts.TokenClass.CACHE_READ, "12")),
            TURN.using("opus", tokens(TokenCounts.TokenClass.REASONING, "12")),
            TURN.using("INPUT 12", TokenCounts.NONE)
        };

        assertThat(charges)
                .extracting(charge -> call(Verb.CONSUME, charge).fingerprint())
                .doesNotHaveDuplicates();
    }

    @Test
    void the_fingerprint_differs_with_the_verb() {
        assertThat(call(Verb.CONSUME, TURN).fingerprint())
                .isNotEqualTo(call(Verb.CHECK, TURN).fingerprint());
    }

    @Test
    void the_fingerprint_is_that_of_equal_decimals() {
        assertThat(fingerprint(Charge.of(KEY, Quantity.of("1.50"))))
                .isEqualTo(fingerprint(Charge.of(KEY, Quantity.of("1.5"))));
        assertThat(fingerprint(Charge.of(KEY, Quantity.of("100.000"))))
                .isEqualTo(fingerprint(Charge.of(KEY, Quantity.of(100))));
        assertThat(fingerprint(TURN.using("opus", tokens(TokenCounts.TokenClass.INPUT, "2.0"))))
                .isEqualTo(fingerprint(TURN.using("opus", tokens(TokenCounts.TokenClass.INPUT, "2"))));
        assertThat(fingerprint(TURN.using("opus", TokenCounts.of(0, 0))))
                .isEqualTo(fingerprint(TURN.using("opus", TokenCounts.NONE)));
    }

    @Test
    void the_fingerprint_does_not_ask_what_it_was_for_nor_which_try_it_is() {
        var again = new GateCall(
                new DecisionId(new UUID(3, 3)),
                Verb.CONSUME,
                new TenantId(new UUID(3, 4)),
                Optional.of(new IdempotencyKey("another")),
                TURN.relatedTo("meeting", "42").with(Document.of("note", "x")));

        assertThat(again.fingerprint()).isEqualTo(fingerprint(TURN));
    }

    @Test
    void the_fingerprint_is_a_sha_256_in_hex() {
        assertThat(fingerprint(TURN)).matches("[0-9a-f]{64}");
    }

    @Test
    void the_payers_are_the_named_account_alone_else_the_member_s_before_the_tenant_s() {
        var tenants = BillingAccount.idOf(TENANT);

        assertThat(call(Verb.CONSUME, TURN).payers()).containsExactly(tenants);
        assertThat(call(Verb.CONSUME, TURN.by(Actor.user(ADA))).payers())
                .containsExactly(BillingAccount.idOf(ADA), tenants);
        assertThat(call(Verb.CONSUME, TURN.by(Actor.user(ADA)).on(SOME)).payers())
                .containsExactly(SOME);
    }

    @ParameterizedTest
    @EnumSource
    void a_check_takes_no_key_and_every_other_verb_needs_one(Verb verb) {
        Optional<IdempotencyKey> wrong = verb == Verb.CHECK ? Optional.of(new IdempotencyKey("k")) : Optional.empty();

        assertThatThrownBy(() -> new GateCall(new DecisionId(new UUID(3, 3)), verb, TENANT, wrong, TURN))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static String fingerprint(Charge charge) {
        return call(Verb.CONSUME, charge).fingerprint();
    }

    private static GateCall call(Verb verb, Charge charge) {
        return new GateCall(
                new DecisionId(new UUID(3, 1)),
                verb,
                TENANT,
                verb == Verb.CHECK ? Optional.empty() : Optional.of(new IdempotencyKey("k")),
                charge);
    }

    private static TokenCounts tokens(TokenCounts.TokenClass tokenClass, String count) {
        return new TokenCounts(Map.of(tokenClass, Quantity.of(count)));
    }
}
