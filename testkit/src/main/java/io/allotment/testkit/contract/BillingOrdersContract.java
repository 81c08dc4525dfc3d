package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.application.billing.BillingService.Choice;
import io.allotment.domain.billing.BillingOrder;
import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.PlanVersionInUse;
import io.allotment.domain.shared.BillingOrderId;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.Unavailable;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What is asked of a gateway is asked once for its key, however the answer went. */
public abstract class BillingOrdersContract extends BilledContract {

    private static Unavailable lost() {
        return new Unavailable("The answer was lost.", Duration.ofSeconds(5), null);
    }

    @Test
    void an_order_is_done_once_for_its_key_and_the_same_again_is_answered_by_what_came_of_it() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        var key = Fixtures.key();
        clock.advance(Duration.ofMinutes(5));
        assertThat(billed.billing().cancel(id(), account, key, true).replayed()).isFalse();
        clock.advance(Duration.ofMinutes(5));
        billed.billing().resume(id(), account, Fixtures.key());
        clock.advance(Duration.ofDays(3));

        var again = billed.billing().cancel(id(), account, key, true);
        assertThat(again.replayed()).isTrue();
        assertThat(again.subscription().cancelAtPeriodEnd())
                .as("what was taken back since")
                .isFalse();
        assertThat(gateway.orders()).hasSize(2).containsValues(1);
        assertThat(audited("subscription.cancel-asked")).hasSize(1);
        for (ThrowingCallable other : List.<ThrowingCallable>of(
                () -> billed.billing().cancel(id(), account, key, false),
                () -> billed.billing().resume(id(), account, key),
                () -> billed.billing()
                        .change(id(), account, key, to(Choice.of(plan.plan().value())), true))) {
            assertThatThrownBy(other).isInstanceOf(IdempotencyKeyReused.class);
        }
        assertThat(gateway.orders()).hasSize(2);
    }

    @Test
    void an_order_whose_answer_was_lost_is_asked_again_under_the_same_key_however_late() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        var dearer = given.plan(terms(300));
        var three = new Choice(dearer.plan(), Optional.empty(), Optional.empty(), Optional.of(3));
        var key = Fixtures.key();
        clock.advance(Duration.ofMinutes(5));
        gateway.answering(lost());
        assertThatThrownBy(() -> billed.billing().change(id(), account, key, to(three), true))
                .isInstanceOf(Unavailable.class);
        assertThat(live().billed().orElseThrow().quantity()).isEqualTo(1);
        billed.catalog().addVersion(dearer.plan(), terms(400));
        assertVersionStays(dearer);
        clock.advance(Duration.ofDays(2));

        for (int i = 0; i < 2; i++) {
            var answer = billed.billing().change(id(), account, key, to(three), true);
            assertThat(answer.replayed()).as("not where the gateway was asked").isEqualTo(i == 1);
            var changed = answer.subscription();
            assertThat(changed.billed().orElseThrow().quantity()).isEqualTo(3);
            assertThat(changed.planVersionId()).as("what was newest then").isEqualTo(dearer.id());
        }
        assertThat(gateway.orders()).hasSize(1).containsValues(2);
        assertThat(audited("subscription.change-asked")).hasSize(1);
    }

    @Test
    void what_the_gateway_refuses_stays_refused_under_its_key() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        var key = Fixtures.key();
        gateway.answering(new GatewayRefused("Not on a Sunday."));

        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> billed.billing().cancel(id(), account, key, true))
                    .isInstanceOf(GatewayRefused.class)
                    .hasMessage("Not on a Sunday.");
        }
        assertThat(gateway.orders()).isEmpty();
        assertThat(billed.billing()
                        .cancel(id(), account, Fixtures.key(), true)
                        .subscription()
                        .cancelAtPeriodEnd())
                .isTrue();
    }

    @Test
    void the_same_order_again_is_about_what_it_was_about_also_when_something_else_is_subscribed_to() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        var first = live().id();
        var key = Fixtures.key();
        clock.advance(Duration.ofMinutes(5));
        billed.billing().cancel(id(), account, key, false);
        subscription = "sub-" + Fixtures.word();
        told(state(GatewaySubscription.Status.ACTIVE, at(6)));

        var again = billed.billing().cancel(id(), account, key, false);

        assertThat(again.subscription().id()).isEqualTo(first);
        assertThat(live().status()).isEqualTo(SubscriptionStatus.ACTIVE);
    }

    @Test
    void an_order_is_kept_once_for_its_key_as_long_as_answers_are_and_another_tenant_sees_none() {
        var order = new BillingOrder(
                id(),
                new BillingOrderId(ids.next()),
                account,
                new SubscriptionId(ids.next()),
                Fixtures.key(),
                "print",
                new BillingOrder.Change(Optional.of(plan.id()), "price", 2, true),
                Optional.empty(),
                clock.instant(),
                Optional.empty());
        inTenantThenUndone(id(), () -> persistence.billingOrders().insert(order));
        assertThat(inTenant(id(), () -> persistence.billingOrders().insert(order)))
                .isTrue();
        assertThat(inTenant(id(), () -> persistence.billingOrders().insert(order)))
                .isFalse();
        var other = given.tenant().id();
        assertThat(inTenant(other, () -> persistence.billingOrders().find(id(), order.key())))
                .isEmpty();
        assertVersionStays(plan);
        var refused = order.refused("no", clock.instant());
        inTenant(id(), () -> persistence.billingOrders().update(refused));

        assertThat(inTenant(id(), () -> persistence.billingOrders().find(id(), order.key())))
                .contains(refused);
        clock.advance(Duration.ofDays(500));
        while (billed.upkeep().retain().more()) {}
        assertThat(inTenant(id(), () -> persistence.billingOrders().find(id(), order.key())))
                .isEmpty();
        allotment.catalog().deleteVersion(plan.plan(), 1);
        assertThatThrownBy(
                        () -> inTenant(id(), () -> persistence.billingOrders().insert(order)))
                .isInstanceOf(Unknown.class)
                .hasMessageContaining("plan version");
    }

    private void assertVersionStays(PlanVersion version) {
        assertThatThrownBy(() -> allotment.catalog().deleteVersion(version.plan(), version.number()))
                .isInstanceOf(PlanVersionInUse.class)
                .hasMessageContaining("changes");
    }
}
