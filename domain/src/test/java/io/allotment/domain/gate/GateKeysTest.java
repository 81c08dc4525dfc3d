package io.allotment.domain.gate;

import static io.allotment.domain.gate.World.ACCOUNT;
import static io.allotment.domain.gate.World.ADA;
import static io.allotment.domain.gate.World.APRIL;
import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.catalog.Operation;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import org.junit.jupiter.api.Test;

/** One effect per idempotency key, and none of a check. */
class GateKeysTest {

    private static final Charge TURN = Charge.of("chat.turn", 1);

    @Test
    void the_same_charge_under_the_same_key_is_answered_again_and_changes_nothing() {
        var world = world();
        var first = world.decide(world.consuming("k", TURN));

        var again = world.at(APRIL).decide(world.consuming("k", TURN));

        assertThat(again.outcomes())
                .containsExactly(
                        new Outcome.Answer(World.decision(first.outcomes().get(0)), true));
        assertThat(again.accounts()).isEmpty();
        assertThat(again.decisions()).isEmpty();
        assertThat(again.events()).isEmpty();
    }

    @Test
    void a_denial_is_answered_again_too_even_when_the_credits_have_come_meanwhile() {
        var world = world();
        world.decide(world.consuming("k", Charge.of("chat.turn", 11)));
        world.granted("100");

        var again = world.decide(
                world.consuming("k", Charge.of("chat.turn", 11)), world.consuming("new", Charge.of("chat.turn", 11)));

        assertThat(World.verdicts(again)).containsExactly("INSUFFICIENT_CREDITS", "ALLOWED");
        assertThat(((Outcome.Answer) again.outcomes().get(0)).replayed()).isTrue();
    }

    @Test
    void another_charge_under_a_used_key_is_a_conflict_and_does_nothing() {
        var world = world();
        world.decide(world.consuming("k", TURN));

        var other = world.decide(world.consuming("k", Charge.of("chat.turn", 2)));

        assertThat(World.verdicts(other)).containsExactly("idempotency-key-reused");
        assertThat(other.accounts()).isEmpty();
        assertThat(world.balance()).isEqualTo(Credits.of(9));
    }

    @Test
    void keys_replay_and_conflict_within_one_batch_as_they_do_across() {
        var world = world();

        var changes = world.decide(
                world.consuming("k", TURN),
                world.consuming("k", TURN),
                world.consuming("k", Charge.of("chat.turn", 2)),
                world.consuming("k", TURN.relatedTo("meeting", "42").with(Document.of("note", "again"))));

        var outcomes = changes.outcomes();
        assertThat(World.verdicts(changes)).containsExactly("ALLOWED", "ALLOWED", "idempotency-key-reused", "ALLOWED");
        assertThat(outcomes.get(1)).isEqualTo(new Outcome.Answer(World.decision(outcomes.get(0)), true));
        assertThat(outcomes.get(3)).isEqualTo(new Outcome.Answer(World.decision(outcomes.get(0)), true));
        assertThat(changes.decisions()).hasSize(1);
        assertThat(changes.events()).hasSize(1);
        assertThat(world.balance()).isEqualTo(Credits.of(9));
    }

    @Test
    void a_quantity_written_otherwise_is_the_same_charge() {
        var world = world();
        var turn = new OperationKey("chat.turn");

        var changes = world.decide(
                world.consuming("k", Charge.of(turn, Quantity.of("1.5"))),
                world.consuming("k", Charge.of(turn, Quantity.of("1.50"))));

        assertThat(World.verdicts(changes)).containsExactly("ALLOWED", "ALLOWED");
        assertThat(world.balance()).isEqualTo(Credits.of("8.5"));
    }

    @Test
    void who_no_longer_belongs_to_the_tenant_is_refused_before_anything_is_replayed() {
        var charge = TURN.by(Actor.user(ADA));
        var world = world().member(ADA);
        var decided = world.decide(world.consuming("k", charge)).decisions().get(0);
        var elsewhere = world();
        elsewhere.books.recorded.put(
                new GateState.KeyRef(World.TENANT, decided.decision().key().orElseThrow()), decided);

        var changes = elsewhere.decide(elsewhere.consuming("k", charge));

        assertThat(World.verdicts(changes)).containsExactly("unknown-member");
    }

    @Test
    void what_is_replayed_is_so_even_when_the_catalogue_has_changed() {
        var world = world();
        world.decide(world.consuming("k", TURN));
        world.selling(Operation.of("chat.turn", "chat", Credits.of(7)).active(false))
                .suspended();

        var again = world.decide(world.consuming("k", TURN));

        assertThat(World.verdicts(again)).containsExactly("ALLOWED");
        assertThat(World.decision(again.outcomes().get(0)).credits()).isEqualTo(Credits.of(1));
    }

    @Test
    void a_check_answers_as_a_consume_would_and_leaves_nothing() {
        var world = world();
        var before = world.state();

        var check = world.decide(world.checking(TURN));
        var decision = World.decision(check.outcomes().get(0));

        assertThat(decision.allowed()).isTrue();
        assertThat(decision.key()).isEmpty();
        assertThat(decision.balanceAfter()).isEqualTo(Credits.of(9));
        assertThat(decision.lines().get(0).quota().orElseThrow().used()).isEqualTo(Quantity.of(1));
        assertThat(check.decisions()).isEmpty();
        assertThat(check.events()).isEmpty();
        assertThat(check.accounts()).isEmpty();
        assertThat(world.state()).isEqualTo(before);
    }

    @Test
    void a_check_leaves_even_expiry_and_reset_to_others() {
        var world = world().granted(
                        GrantTerms.of(Credits.of(5), GrantSource.GIFT).expiring(APRIL))
                .used("turns", "9")
                .at(APRIL);

        var check = world.decide(world.checking(Charge.of("chat.turn", 10)));

        assertThat(World.verdicts(check)).containsExactly("ALLOWED");
        assertThat(check.accounts()).isEmpty();
    }

    @Test
    void a_check_in_a_batch_sees_what_came_before_it_and_hides_what_it_would_do() {
        var world = world();

        var changes = world.decide(
                world.consuming("a", Charge.of("chat.turn", 4)),
                world.checking(Charge.of("chat.turn", 6)),
                world.checking(Charge.of("chat.turn", 7)),
                world.consuming("b", Charge.of("chat.turn", 6)));

        assertThat(World.verdicts(changes)).containsExactly("ALLOWED", "ALLOWED", "INSUFFICIENT_CREDITS", "ALLOWED");
        assertThat(changes.events()).hasSize(2);
        assertThat(world.balance()).isEqualTo(Credits.ZERO);
        assertThat(world.counter("turns").used()).isEqualTo(Quantity.of(10));
        assertThat(world.state(ACCOUNT).credits().lastSequence()).isEqualTo(3);
    }

    private static World world() {
        return World.on("turns", SomeQuota.blockingAt(1_000))
                .granted("10")
                .selling(Operation.of("chat.turn", "chat", Credits.of(1)).drawing("turns"));
    }
}
