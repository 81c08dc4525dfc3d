package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.application.gate.GateService.Consumption;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Gate;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.gate.Reservation;
import io.allotment.domain.quota.Allocation;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import io.allotment.testkit.Fixtures;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the store gives to decide on, that it saves all or nothing, and that it joins a unit of its tenant. */
public abstract class GateStoreContract extends GateContract {

    @Test
    void the_state_holds_what_the_calls_need_and_no_account_twice() {
        var member = given.member(tenant);
        var own =
                allotment.subscriptions().openMemberAccount(tenant.id(), member).id();
        var without = given.member(tenant);
        var key = Fixtures.key();
        var kept = allotment.gate().consume(tenant.id(), key, Charge.of(minute, Quantity.of(1)));
        var unknownTenant = new TenantId(ids.next());
        var unknownOperation = Fixtures.word();
        var charge = Charge.of(minute, Quantity.of(1));

        var state = persistence
                .gate()
                .read(
                        List.of(
                                consuming(tenant.id(), key, charge.and(unknownOperation, 1)),
                                consuming(tenant.id(), Fixtures.key(), charge.by(Actor.user(member))),
                                consuming(tenant.id(), Fixtures.key(), charge.by(Actor.user(without))),
                                consuming(unknownTenant, Fixtures.key(), charge)),
                        clock.instant());

        assertThat(state.tenants()).containsOnlyKeys(tenant.id());
        assertThat(state.members())
                .containsExactlyInAnyOrder(
                        new GateState.Member(tenant.id(), member), new GateState.Member(tenant.id(), without));
        assertThat(state.accounts())
                .containsOnlyKeys(
                        new GateState.AccountRef(tenant.id(), account), new GateState.AccountRef(tenant.id(), own));
        var tenants = state.accounts().get(new GateState.AccountRef(tenant.id(), account));
        assertThat(tenants.credits()).isEqualTo(credits());
        assertThat(tenants.counters()).containsOnlyKeys(feature);
        var fingerprint = consuming(tenant.id(), key, charge).fingerprint();
        assertThat(state.recorded())
                .containsExactly(Map.entry(
                        new GateState.KeyRef(tenant.id(), key), new GateState.Recorded(fingerprint, kept.decision())));
    }

    @Test
    void the_state_holds_what_calls_about_earlier_ones_need() {
        var seats = given.seats();
        var seat = given.operation("0", seats);
        on(given.tenantOn(
                PlanVersionTerms.empty().with(feature.value(), daily(50)).with(seats.value(), forever(5))));
        given.grant(tenant, 5);
        given.grant(tenant, 100);
        var key = new ApiKeyId(ids.next());
        var member = given.member(tenant);
        var actor = Actor.apiKey(key, member);
        var limit = given.spendLimit(tenant, member, 50);
        var overdue = reserved(of(minute, "1"));
        clock.advance(LEASE);
        var charged = consumed(of(minute, "7").by(actor));
        given.spendLimit(tenant, SpendLimit.Spender.of(given.member(tenant)), 10);
        var open = reserved(of(minute, "3").by(actor));
        consumed(of(seat, "2").relatedTo("user", "ada"));
        consumed(of(seat, "1").relatedTo("user", "bob"));
        var refunded = consumed(of(minute, "1"));
        var refund = refund(refunded);
        var unrelated = reserved(of(minute, "1"));

        var state = persistence
                .gate()
                .read(
                        List.of(
                                call(tenant.id(), Fixtures.key(), new GateRequest.Release(open)),
                                call(tenant.id(), Fixtures.key(), deallocate(seats, "user", "ada")),
                                call(tenant.id(), Fixtures.key(), refunding(charged.id())),
                                call(tenant.id(), Fixtures.key(), refunding(refunded.id())),
                                call(tenant.id(), Fixtures.key(), refunding(new DecisionId(ids.next())))),
                        clock.instant());

        assertThat(state.accounts()).containsOnlyKeys(new GateState.AccountRef(tenant.id(), account));
        assertThat(state.reservations())
                .containsEntry(new GateState.ReservationRef(tenant.id(), open), stored(open))
                .doesNotContainKey(new GateState.ReservationRef(tenant.id(), overdue))
                .doesNotContainKey(new GateState.ReservationRef(tenant.id(), unrelated));
        assertThat(state.allocations().values())
                .extracting(Allocation::quantity)
                .containsExactly(Quantity.of(2));
        assertThat(state.spending())
                .containsExactly(new GateState.Spending(limit.plus(Credits.of(7), clock.instant()), Credits.of(3)));
        assertThat(state.charged()).hasSize(2);
        assertThat(state.charged().get(new GateState.DecisionRef(tenant.id(), charged.id())))
                .satisfies(found -> {
                    assertThat(found.decision()).isEqualTo(charged);
                    assertThat(found.event()).isEqualTo(event(charged));
                    assertThat(found.entry()).map(CreditEntry::amount).contains(Credits.of(-7));
                    assertThat(found.spent()).extracting(CreditGrant::remaining).containsExactly(Credits.ZERO);
                    assertThat(found.refund()).isEmpty();
                });
        assertThat(state.charged()
                        .get(new GateState.DecisionRef(tenant.id(), refunded.id()))
                        .refund())
                .contains(refund);
    }

    @Test
    void the_state_holds_reservations_whose_lease_has_ended() {
        var overdue = reserved(of(minute, "1"));
        reserve(of(minute, "1"), LEASE.multipliedBy(2));
        var other = given.memberAccount(tenant, given.member(tenant), PlanVersionTerms.empty());
        given.grant(tenant, other, purchase(5));
        reserve(of(credit, "1").on(other));
        var now = START.plus(LEASE);

        var state = persistence.gate().read(List.of(consuming(tenant.id(), Fixtures.key(), of(minute, "1"))), now);

        assertThat(state.reservations()).containsOnlyKeys(new GateState.ReservationRef(tenant.id(), overdue));
        assertThat(stored(overdue).status()).isEqualTo(Reservation.Status.HELD);
    }

    @Test
    void what_overdue_reservations_held_no_longer_counts_for_a_spender() {
        var member = given.member(tenant);
        var limit = given.spendLimit(tenant, member, 50);
        reserve(of(credit, "4").by(Actor.user(member)));
        reserve(of(credit, "3").by(Actor.user(member)), LEASE.multipliedBy(2));
        var call = consuming(tenant.id(), Fixtures.key(), of(credit, "1").by(Actor.user(member)));

        assertThat(persistence.gate().read(List.of(call), START).spending())
                .containsExactly(new GateState.Spending(limit, Credits.of(7)));
        assertThat(persistence.gate().read(List.of(call), START.plus(LEASE)).spending())
                .containsExactly(new GateState.Spending(limit, Credits.of(3)));
    }

    @Test
    void inside_a_unit_of_its_tenant_every_verb_is_undone_with_it() {
        var seats = given.seats();
        var seat = given.operation("0", seats);
        on(given.tenantOn(
                PlanVersionTerms.empty().with(feature.value(), daily(50)).with(seats.value(), forever(5))));
        given.grant(tenant, 100);
        given.overdraftLimit(tenant, 10);
        var member = given.member(tenant);
        given.spendLimit(tenant, member, 50);
        var settles = reserved(of(minute, "10").by(Actor.user(member)));
        var releases = reserved(of(minute, "10"));
        var renews = reserved(of(minute, "10"));
        var charged = consumed(of(minute, "5").by(Actor.user(member)));
        consumed(of(seat, "2").relatedTo("user", "ada"));
        var before = everything();
        var allocated = allocations(seats);
        var keys = Stream.generate(Fixtures::key).limit(2).toList();

        inTenantThenUndone(tenant.id(), () -> {
            settle(settles, minute, "30");
            release(releases);
            renew(renews, LEASE.multipliedBy(3));
            refund(charged, keys.get(0));
            allotment.gate().release(tenant.id(), keys.get(1), deallocate(seats, "user", "ada"));
            reserve(of(minute, "5"));
            assertThat(everything()).isNotEqualTo(before);
        });

        assertThat(everything()).isEqualTo(before);
        assertThat(allocations(seats)).isEqualTo(allocated);
        assertThat(refund(charged, keys.get(0)).replayed()).isFalse();
        assertThat(allotment
                        .gate()
                        .release(tenant.id(), keys.get(1), deallocate(seats, "user", "ada"))
                        .replayed())
                .isFalse();
        assertSound();
    }

    @Test
    void what_a_unit_of_its_tenant_did_with_the_gate_is_there_when_it_commits() {
        var decision = inTenant(() -> {
            var id = reserved(of(minute, "10"));
            return settle(id, minute, "4");
        });

        assertThat(found(decision)).contains(decision);
        assertThat(event(decision)).isPresent();
        assertThat(balance().balance()).isEqualTo(Credits.of(96));
        assertSound();
    }

    private static GateRequest.Refund refunding(DecisionId charged) {
        return new GateRequest.Refund(charged, Actor.system(), "by mistake");
    }

    @Test
    void a_decision_that_cannot_be_made_leaves_nothing() {
        var before = everything();
        var calls = List.of(consuming(tenant.id(), Fixtures.key(), Charge.of(minute, Quantity.of(1))));

        assertThatThrownBy(() -> persistence.gate().decide(calls, START, state -> {
                    Gate.decide(state, definitions(state), calls, START);
                    throw new Undone();
                }))
                .isInstanceOf(Undone.class);

        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void inside_a_units_of_its_tenant_the_gate_joins() {
        var before = everything();
        var charge = Charge.of(minute, Quantity.of(1));

        inTenantThenUndone(tenant.id(), () -> {
            given.grant(tenant, 20);
            var checked = allotment.gate().check(tenant.id(), charge);
            var consumed = allotment.gate().consume(tenant.id(), Fixtures.key(), charge);
            assertThat(checked.balanceAfter()).isEqualTo(Credits.of(119));
            assertThat(consumed.decision().balanceAfter()).isEqualTo(Credits.of(119));
            assertThat(persistence.credits().find(tenant.id(), account))
                    .map(CreditAccount::balance)
                    .contains(Credits.of(119));
        });

        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void inside_another_unit_the_gate_is_closed() {
        var other = given.tenant().id();
        var charge = Charge.of(minute, Quantity.of(1));
        var before = everything();

        assertThatThrownBy(() -> inTenant(other, () -> allotment.gate().consume(tenant.id(), Fixtures.key(), charge)))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> inPlatform(() -> allotment.gate().consume(tenant.id(), Fixtures.key(), charge)))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> inTenant(
                        tenant.id(),
                        () -> allotment
                                .gate()
                                .consumeAll(List.of(
                                        new Consumption(tenant.id(), Fixtures.key(), charge),
                                        new Consumption(other, Fixtures.key(), charge)))))
                .isInstanceOf(IllegalStateException.class);
        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void another_tenant_finds_no_decision() {
        var other = given.tenant().id();
        var decision = consume(Charge.of(minute, Quantity.of(1)));

        persistence.unitOfWork().forTenant(other, () -> {
            assertThat(persistence.gate().find(tenant.id(), decision.id())).isEmpty();
            assertThat(persistence.gate().find(other, decision.id())).isEmpty();
        });
        assertThat(inTenant(() -> persistence.gate().find(tenant.id(), new DecisionId(ids.next()))))
                .isEmpty();
        assertThat(found(decision)).contains(decision);
    }
}
