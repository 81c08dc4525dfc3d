package io.allotment.domain.gate;

import static io.allotment.domain.gate.SomeWork.metered;
import static io.allotment.domain.gate.SomeWork.units;
import static io.allotment.domain.gate.World.ADA;
import static io.allotment.domain.gate.World.APRIL;
import static io.allotment.domain.gate.World.NOW;
import static io.allotment.domain.gate.World.refunding;
import static io.allotment.domain.gate.World.verdict;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Wrong charges undone; a unit of a quota costs a credit. */
class GateRefundTest {

    @Test
    void a_consume_is_undone_with_its_credits_and_its_quota() {
        var world = world();
        var charged = world.consume(units(4).relatedTo("meeting", "42"));

        var refund = world.refund(charged);

        assertThat(refund.refunded()).contains(charged.id());
        assertThat(refund.credits()).isEqualTo(Credits.of(4));
        assertThat(refund.balanceAfter()).isEqualTo(Credits.of(10));
        assertThat(refund.draws())
                .extracting(CreditEntry.Draw::amount, CreditEntry.Draw::remainingAfter)
                .containsExactly(tuple(Credits.of(4), Credits.of(10)));
        assertThat(world.counter("units").used()).isEqualTo(Quantity.ZERO);
        assertThat(world.quotaChanges).singleElement().satisfies(change -> {
            assertThat(change.operation()).isEqualTo(QuotaChange.Operation.DECREMENT);
            assertThat(change.amount()).isEqualTo(Quantity.of(4));
            assertThat(change.reason()).contains(charged.id().toString());
        });
        assertThat(world.entries.get(world.entries.size() - 1)).satisfies(entry -> {
            assertThat(entry.type()).isEqualTo(CreditEntry.Type.REFUNDED);
            assertThat(entry.reason().description()).contains("wrong");
            assertThat(entry.reason().decision()).contains(refund.id());
            assertThat(entry.reason().relatedTo().orElseThrow().id()).isEqualTo("42");
        });
        assertThat(world.events).hasSize(1);
    }

    @Test
    void a_settle_is_undone_as_a_consume_is() {
        var world = world();
        var settled = world.settle(world.reserve(units(6)), units(4));

        var refund = world.refund(settled);

        assertThat(refund.credits()).isEqualTo(Credits.of(4));
        assertThat(world.balance()).isEqualTo(Credits.of(10));
        assertThat(world.counter("units"))
                .extracting(QuotaCounter::used, QuotaCounter::held)
                .containsExactly(Quantity.ZERO, Quantity.ZERO);
    }

    @Test
    void what_was_uncovered_does_not_come_back() {
        var world = world();
        var settled = world.settle(world.reserve(units(6)), units(15));

        var refund = world.refund(settled);

        assertThat(refund.credits()).isEqualTo(Credits.of(10));
        assertThat(world.balance()).isEqualTo(Credits.of(10));
    }

    @Test
    void a_charge_is_undone_once_and_asked_again_under_another_key_answered_as_before() {
        var world = world();
        var charged = world.consume(units(4));
        var first = world.refund(charged);

        var again = world.decide(world.calling("another", refunding(charged)));

        assertThat(again.outcomes()).containsExactly(new Outcome.Answer(first, true));
        assertThat(again.accounts()).isEmpty();
        assertThat(again.decisions()).isEmpty();
        assertThat(world.balance()).isEqualTo(Credits.of(10));
    }

    @Test
    void of_two_refunds_in_one_batch_the_first_counts() {
        var world = world();
        var charged = world.consume(units(4));

        var changes = world.decide(world.calling("a", refunding(charged)), world.calling("b", refunding(charged)));

        assertThat(changes.decisions()).hasSize(1);
        assertThat(changes.outcomes().get(1))
                .isEqualTo(new Outcome.Answer(World.decision(changes.outcomes().get(0)), true));
        assertThat(world.balance()).isEqualTo(Credits.of(10));
        assertThat(world.counter("units").used()).isEqualTo(Quantity.ZERO);
    }

    @Test
    void what_charged_nothing_is_not_refundable() {
        var world = world();
        var denied = world.consume(units(11));
        var reserved = world.reserve(units(1));
        var released = world.release(world.reserve(units(1)));
        var refund = world.refund(world.consume(units(1)));

        for (var decision : new Decision[] {denied, reserved, released, refund}) {
            assertThat(world.verdictOf(refunding(decision))).isEqualTo("not-refundable");
        }
        assertThat(world.balance()).isEqualTo(Credits.of(10));
    }

    @Test
    void an_unknown_decision_is_not_found_nor_is_one_of_another_tenant() {
        var world = world();
        var charged = world.consume(units(4));
        var other = new TenantId(new UUID(1, 9));
        world.tenant(other, "other");

        var unknown = new GateRequest.Refund(new DecisionId(new UUID(9, 9)), Actor.system(), "wrong");

        assertThat(world.verdictOf(unknown)).isEqualTo("decision-not-found");
        assertThat(World.verdicts(world.decide(world.calling(other, "k", refunding(charged)))))
                .containsExactly("decision-not-found");
    }

    @Test
    void what_cost_nothing_is_undone_in_its_quota_alone() {
        var world =
                world().selling(Operation.of("free.unit", "work", Credits.ZERO).drawing("units"));
        var charged = world.consume(Charge.of("free.unit", 4));

        var refund = world.refund(charged);

        assertThat(refund.credits()).isEqualTo(Credits.ZERO);
        assertThat(refund.draws()).isEmpty();
        assertThat(world.counter("units").used()).isEqualTo(Quantity.ZERO);
        assertThat(world.entries).hasSize(1);
    }

    @Test
    void the_quota_of_a_period_that_is_closed_is_left_alone() {
        var world = world();
        var charged = world.consume(units(4));
        world.at(APRIL).consume(units(1));

        var refund = world.refund(charged);

        assertThat(refund.credits()).isEqualTo(Credits.of(4));
        assertThat(world.counter("units").used()).isEqualTo(Quantity.of(1));
        assertThat(world.quotaChanges).extracting(QuotaChange::operation).containsExactly(QuotaChange.Operation.RESET);
    }

    @Test
    void the_quota_of_a_period_that_is_over_is_left_alone_also_before_anyone_has_seen_the_next_one() {
        var world = world();
        var charged = world.consume(units(4));

        world.at(APRIL).refund(charged);
        world.consume(units(1));

        assertThat(world.quotaChanges).singleElement().satisfies(reset -> {
            assertThat(reset.operation()).isEqualTo(QuotaChange.Operation.RESET);
            assertThat(reset.amount()).isEqualTo(Quantity.of(4));
        });
    }

    @Test
    void billable_overage_is_taken_back() {
        var world = metered(SomeQuota.of(Quota.Overage.BILL, "10")).granted("100");
        world.consume(units(9));
        var charged = world.consume(units(4));

        world.refund(charged);

        assertThat(world.counter("units").used()).isEqualTo(Quantity.of(9));
        assertThat(world.counter("units").overage()).isEqualTo(Quantity.ZERO);
    }

    @Test
    void overage_that_a_refund_of_an_earlier_charge_brings_below_the_limit_is_billed_no_more() {
        var world = metered(SomeQuota.of(Quota.Overage.BILL, "10")).granted("100");
        var charged = world.consume(units(8));
        world.consume(units(5));

        world.refund(charged);

        assertThat(world.counter("units").used()).isEqualTo(Quantity.of(5));
        assertThat(world.counter("units").overage()).isEqualTo(Quantity.ZERO);
    }

    @Test
    void several_lines_on_one_feature_are_given_back_in_one_change() {
        var world = world();
        var charged = world.consume(units(2).and("work.unit", 3));

        world.refund(charged);

        assertThat(world.quotaChanges)
                .extracting(QuotaChange::amount, QuotaChange::usedAfter)
                .containsExactly(tuple(Quantity.of(5), Quantity.ZERO));
    }

    @Test
    void credits_of_a_grant_that_has_expired_meanwhile_are_gone() {
        var world = metered(SomeQuota.blockingAt(100))
                .granted(GrantTerms.of(Credits.of(3), GrantSource.GIFT).expiring(NOW.plusSeconds(60)))
                .granted("10");
        var charged = world.consume(units(5));

        var refund = world.at(NOW.plusSeconds(60)).refund(charged);

        assertThat(refund.credits()).isEqualTo(Credits.of(2));
        assertThat(world.balance()).isEqualTo(Credits.of(10));
    }

    @Test
    void credits_return_to_a_grant_that_was_used_up() {
        var world = world();
        var charged = world.consume(units(10));

        world.refund(charged);

        assertThat(verdict(world.consume(units(10)))).isEqualTo("ALLOWED");
    }

    @Test
    void credits_return_to_a_grant_that_another_call_of_the_batch_has_used_up() {
        var world = world();
        var charged = world.consume(units(4));

        world.decide(world.consuming("rest", units(6)), world.calling("refund", refunding(charged)));

        assertThat(world.balance()).isEqualTo(Credits.of(4));
    }

    @Test
    void who_refunds_must_belong_to_the_tenant() {
        var world = world();
        var charged = world.consume(units(4));

        var stranger = new GateRequest.Refund(charged.id(), Actor.user(ADA), "wrong");

        assertThat(world.verdictOf(stranger)).isEqualTo("unknown-member");
        assertThat(world.balance()).isEqualTo(Credits.of(6));
    }

    @Test
    void a_suspended_tenant_gets_its_refund() {
        var world = world();
        var charged = world.consume(units(4));

        assertThat(verdict(world.suspended().refund(charged))).isEqualTo("ALLOWED");
        assertThat(world.balance()).isEqualTo(Credits.of(10));
    }

    private static World world() {
        return metered(SomeQuota.blockingAt(100)).granted("10");
    }
}
