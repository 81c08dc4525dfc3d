package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.gate.NotRefundable;
import io.allotment.domain.gate.Verb;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A wrong charge is undone by entries of its own, once; what was never charged is not. */
public abstract class GateCorrectionsContract extends GateContract {

    @Test
    void a_refund_returns_credits_and_quota_and_says_so() {
        var charged = consumed(of(minute, "12.5").relatedTo("meeting", "1"));
        clock.advance(Duration.ofHours(1));

        var decision = refund(charged);

        assertThat(decision.allowed()).isTrue();
        assertThat(decision.verb()).isEqualTo(Verb.REFUND);
        assertThat(decision.refunded()).contains(charged.id());
        assertThat(decision.credits()).isEqualTo(Credits.of("12.5"));
        assertThat(decision.balanceAfter()).isEqualTo(Credits.of(100));
        assertThat(ledger().get(0)).isEqualTo("REFUNDED 12.5 -> 100");
        assertThat(entries().get(0)).satisfies(entry -> {
            assertThat(entry.draws()).isEqualTo(decision.draws());
            assertThat(entry.reason().decision()).contains(decision.id());
            assertThat(entry.reason().description()).contains("by mistake");
            assertThat(entry.reason().relatedTo()).contains(new RelatedEntity("meeting", "1"));
        });
        assertThat(quota().used()).isEqualTo(Quantity.ZERO);
        assertThat(history())
                .extracting(change -> change.operation() + " " + change.amount() + " -> " + change.usedAfter())
                .containsExactly("DECREMENT 12.5 -> 0", "INCREMENT 12.5 -> 12.5");
        assertThat(events()).extracting(UsageEvent::id).containsExactly(charged.id());
        assertThat(found(decision)).contains(decision);
        assertSound();
    }

    @Test
    void a_charge_is_undone_once_whatever_the_key() {
        var charged = consumed(of(minute, "10"));
        var first = refund(charged, Fixtures.key());
        var before = everything();

        var second = refund(charged, Fixtures.key());

        assertThat(second.replayed()).isTrue();
        assertThat(second.decision()).isEqualTo(first.decision());
        assertThat(everything()).isEqualTo(before);
        assertSound();
    }

    @Test
    void in_one_batch_a_charge_is_undone_once_too() {
        var charged = consumed(of(minute, "10"));
        var refund = new GateRequest.Refund(charged.id(), Actor.system(), "by mistake");

        var outcomes = decided(call(tenant.id(), Fixtures.key(), refund), call(tenant.id(), Fixtures.key(), refund));

        assertThat(outcomes).extracting(GateContract::told).containsExactly("allowed", "replayed");
        assertThat(ledger()).containsExactly("REFUNDED 10 -> 100", "CONSUMED -10 -> 90", "GRANTED 100 -> 100");
        assertSound();
    }

    @Test
    void a_settle_is_undone_like_a_consumption_and_what_was_uncovered_stays_so() {
        var id = reserved(of(credit, "40"));
        consumed(of(credit, "60"));
        var settled = settle(id, credit, "45");

        var decision = refund(settled);

        assertThat(settled.uncoveredCredits()).isEqualTo(Credits.of(5));
        assertThat(decision.credits()).isEqualTo(Credits.of(40));
        assertThat(balance().balance()).isEqualTo(Credits.of(40));
        assertSound();
    }

    @Test
    void credits_return_to_the_grants_they_came_from() {
        var first = given.grant(tenant, purchase(5).withPriority(0));
        var charged = consumed(of(credit, "8"));
        given.grant(tenant, purchase(7).withPriority(1));

        var decision = refund(charged);

        assertThat(decision.draws())
                .extracting(draw -> draw.amount() + " -> " + draw.remainingAfter())
                .containsExactly("5 -> 5", "3 -> 100");
        assertThat(found(first)).map(CreditGrant::remaining).contains(Credits.of(5));
        assertSound();
    }

    @Test
    void credits_of_grants_that_have_ended_are_gone() {
        given.grant(tenant, purchase(5).withPriority(0).expiring(START.plusSeconds(60)));
        var voided = given.grant(tenant, purchase(4).withPriority(1));
        var charged = consumed(of(credit, "12"));
        var rest = given.grant(tenant, purchase(4).withPriority(1));
        allotment
                .credits()
                .voidGrant(tenant.id(), account, rest.id(), Fixtures.key(), Actor.system(), Optional.empty());
        clock.advance(Duration.ofMinutes(1));

        var decision = refund(charged);

        // The four of the grant that was used up and still lives come back, and the three of the one without an end.
        assertThat(decision.credits()).isEqualTo(Credits.of(7));
        assertThat(found(voided)).map(CreditGrant::remaining).contains(Credits.of(4));
        assertThat(balance().balance()).isEqualTo(Credits.of(104));
        assertSound();
    }

    @Test
    void where_nothing_returns_the_ledger_stays_as_it_is() {
        on(given.tenantOn(PlanVersionTerms.empty()));
        given.grant(tenant, purchase(5).expiring(START.plusSeconds(60)));
        var charged = consumed(of(credit, "5"));
        clock.advance(Duration.ofMinutes(1));

        var decision = refund(charged);

        assertThat(decision.credits()).isEqualTo(Credits.ZERO);
        assertThat(ledger()).containsExactly("CONSUMED -5 -> 0", "GRANTED 5 -> 5");
        assertThat(refund(charged)).isEqualTo(decision);
        assertSound();
    }

    @Test
    void a_period_that_is_over_stays_closed() {
        var charged = consumed(of(minute, "10"));
        clock.advance(Duration.ofDays(1));
        consumed(of(minute, "3"));

        refund(charged);

        assertThat(quota().used()).isEqualTo(Quantity.of(3));
        assertThat(balance().balance()).isEqualTo(Credits.of(97));
        assertSound();
    }

    @Test
    void an_overdraft_is_reduced_by_what_came_from_it() {
        given.overdraftLimit(tenant, 20);
        var charged = consumed(of(credit, "115"));

        refund(charged);

        assertThat(balance().overdraft()).isEqualTo(Credits.ZERO);
        assertThat(balance().balance()).isEqualTo(Credits.of(100));
        assertThat(entries().get(0).overdraftChange()).isEqualTo(Credits.of(-15));
        assertSound();
    }

    @Test
    void what_came_from_an_overdraft_that_is_repaid_returns_to_a_grant_with_room() {
        given.overdraftLimit(tenant, 20);
        var charged = consumed(of(credit, "115"));
        given.grant(tenant, 40);

        refund(charged);

        assertThat(balance().balance()).isEqualTo(Credits.of(140));
        assertSound();
    }

    @Test
    void what_came_from_an_overdraft_returns_to_the_grant_that_was_used_up_to_repay_it() {
        given.overdraftLimit(tenant, 20);
        var charged = consumed(of(credit, "115"));
        var repaying = given.grant(tenant, 10);
        assertThat(found(repaying)).map(CreditGrant::remaining).contains(Credits.ZERO);

        refund(charged);

        assertThat(balance().overdraft()).isEqualTo(Credits.ZERO);
        assertThat(balance().balance()).isEqualTo(Credits.of(110));
        assertThat(found(repaying)).map(CreditGrant::remaining).contains(Credits.of(10));
        assertSound();
    }

    @Test
    void a_refund_repays_what_is_overdrawn_since() {
        given.overdraftLimit(tenant, 20);
        var charged = consumed(of(credit, "90"));
        consumed(of(credit, "25"));

        refund(charged);

        assertThat(balance().overdraft()).isEqualTo(Credits.ZERO);
        assertThat(balance().balance()).isEqualTo(Credits.of(75));
        assertThat(entries().get(0).type()).isEqualTo(CreditEntry.Type.REPAID);
        assertSound();
    }

    @Test
    void billable_overage_is_no_longer_billed() {
        on(given.tenantOn(PlanVersionTerms.empty().with(feature.value(), monthly(10, Quota.Overage.BILL))));
        consumed(of(free, "8"));
        var charged = consumed(of(free, "5"));
        assertThat(quota().overage()).isEqualTo(Quantity.of(3));

        refund(charged);

        assertThat(quota().used()).isEqualTo(Quantity.of(8));
        assertThat(quota().overage()).isEqualTo(Quantity.ZERO);
        assertSound();
    }

    @Test
    void credits_of_a_grant_that_a_charge_before_it_in_the_batch_used_up_return_to_it() {
        on(given.tenantWith(10));
        var charged = consumed(of(credit, "4"));

        var outcomes = decided(
                consuming(tenant.id(), Fixtures.key(), of(credit, "6")),
                call(tenant.id(), Fixtures.key(), new GateRequest.Refund(charged.id(), Actor.system(), "by mistake")));

        assertThat(outcomes).extracting(GateContract::told).containsExactly("allowed", "allowed");
        assertThat(ledger().get(0)).isEqualTo("REFUNDED 4 -> 4");
        assertThat(balance().balance()).isEqualTo(Credits.of(4));
        assertSound();
    }

    @Test
    void several_charges_that_used_up_one_grant_are_undone_in_one_batch() {
        on(given.tenantWith(10));
        var one = consumed(of(credit, "4"));
        var two = consumed(of(credit, "6"));

        var outcomes = decided(
                call(tenant.id(), Fixtures.key(), new GateRequest.Refund(one.id(), Actor.system(), "by mistake")),
                call(tenant.id(), Fixtures.key(), new GateRequest.Refund(two.id(), Actor.system(), "by mistake")));

        assertThat(outcomes).extracting(GateContract::told).containsExactly("allowed", "allowed");
        assertThat(balance().balance()).isEqualTo(Credits.of(10));
        assertSound();
    }

    @Test
    void what_charged_nothing_cannot_be_undone() {
        var denied = consume(of(minute, "51"));
        var reserve = reserve(of(minute, "5"));
        var release = release(reserve.reservation().orElseThrow());
        var refund = refund(consumed(of(minute, "1")));
        var before = everything();

        for (var decision : List.of(denied, reserve, release, refund)) {
            assertThatThrownBy(() -> refund(decision)).as("%s", decision.verb()).isInstanceOf(NotRefundable.class);
        }
        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void another_tenants_charge_is_not_there_to_be_undone() {
        var charged = consumed(of(minute, "5"));
        var other = given.tenantWith(10).id();
        var before = everything();

        assertThatThrownBy(() ->
                        allotment.gate().refund(other, Fixtures.key(), charged.id(), Actor.system(), "by mistake"))
                .isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> allotment
                        .gate()
                        .refund(tenant.id(), Fixtures.key(), new DecisionId(ids.next()), Actor.system(), "by mistake"))
                .isInstanceOf(NotFound.class);

        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void a_members_charge_is_undone_on_the_account_that_paid() {
        var member = given.member(tenant);
        var own = given.memberAccount(tenant, member, PlanVersionTerms.empty());
        given.grant(tenant, own, purchase(10));
        var charged = consumed(of(credit, "4").by(Actor.user(member)));

        var decision = refund(charged);

        assertThat(decision.accountId()).isEqualTo(own);
        assertThat(balance(own)).isEqualTo(Credits.of(10));
    }
}
