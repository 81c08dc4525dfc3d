package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.application.shared.Pages;
import io.allotment.domain.access.Caller;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.billing.Checkout;
import io.allotment.domain.billing.CheckoutOver;
import io.allotment.domain.billing.CheckoutPending;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayName;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.SubscriptionCheckout;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Unavailable;
import io.allotment.domain.subscription.AlreadySubscribed;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Checkouts for a subscription: one at a time for an account, and none that may be paid is lost. */
public abstract class CheckoutsContract extends BilledContract {

    @Test
    void an_account_has_one_checkout_at_a_time_and_another_order_is_told_where_it_is() {
        var first = ordered();
        assertThatThrownBy(this::ordered)
                .isInstanceOf(CheckoutPending.class)
                .hasMessageContaining(first.toString())
                .hasMessageContaining("has not answered");
        var checkout = opened(first);
        assertThatThrownBy(this::ordered)
                .isInstanceOf(CheckoutPending.class)
                .hasMessageContaining(checkout.url().orElseThrow());
        assertThat(opened(first)).isEqualTo(checkout);

        assertThat(billed.billing().cancelCheckout(id(), account, first).status())
                .isEqualTo(SubscriptionCheckout.Status.CLOSED);
        billed.billing().cancelCheckout(id(), account, first);
        assertThat(audited("checkout.canceled")).hasSize(1);
        assertThat(gateway.fetch(GatewayObject.Kind.CHECKOUT, checkout.id()))
                .map(GatewayObject::isFinal)
                .contains(true);
        assertThat(ordered()).isNotEqualTo(first);
    }

    @Test
    void a_checkout_that_has_expired_or_failed_is_in_nobodys_way_and_one_that_is_being_paid_is() {
        opened(ordered());
        clock.advance(Duration.ofDays(1).plusMinutes(11));
        var second = opened(ordered());
        told(subscribed(second, GatewayCheckout.Status.EXPIRED, 24 * 60 + 12));

        var third = opened(ordered());
        told(subscribed(third, GatewayCheckout.Status.PAYING, 24 * 60 + 13));
        clock.advance(Duration.ofDays(3));
        assertThatThrownBy(this::ordered).isInstanceOf(CheckoutPending.class);
        told(subscribed(third, GatewayCheckout.Status.FAILED, 24 * 60 + 14));
        told(subscribed(third, GatewayCheckout.Status.PAYING, 24 * 60 + 13));
        assertThat(ordered()).isNotNull();
    }

    @Test
    void a_checkout_that_was_paid_is_not_canceled_and_nothing_is_ordered_until_its_subscription_is_known() {
        var order = ordered();
        var paid = subscribed(opened(order), GatewayCheckout.Status.PAID, 1);
        gateway.is(paid);
        assertThatThrownBy(() -> billed.billing().cancelCheckout(id(), account, order))
                .isInstanceOf(CheckoutOver.class);

        assertThatThrownBy(this::ordered)
                .isInstanceOf(CheckoutPending.class)
                .hasMessageContaining("begins in a moment");
        told(state(GatewaySubscription.Status.ACTIVE, at(1)));
        assertThatThrownBy(this::ordered).isInstanceOf(AlreadySubscribed.class);
        told(state(GatewaySubscription.Status.CANCELED, at(2)));
        told(paid);
        assertThat(ordered()).isNotNull();
    }

    @Test
    void a_checkout_that_is_canceled_before_the_gateway_answers_is_never_opened() {
        var order = ordered();
        billed.billing().cancelCheckout(id(), account, order);

        assertThatThrownBy(() -> opened(order)).isInstanceOf(CheckoutOver.class);
        assertThat(ordered()).isNotEqualTo(order);
        var member = billed.as(Caller.user(given.member(tenant), Origin.HERE)).billing();
        assertThatThrownBy(() -> member.cancelCheckout(id(), account, order)).isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> billed.billing().cancelCheckout(id(), account, new CheckoutId(ids.next())))
                .isInstanceOf(NotFound.class);
    }

    @Test
    void a_checkout_that_the_gateway_refuses_is_over_and_one_it_did_not_answer_for_is_asked_for_again() {
        var refused = ordered();
        gateway.answering(new GatewayRefused("There is no such promotion."));
        assertThatThrownBy(() -> opened(refused)).isInstanceOf(GatewayRefused.class);
        assertThatThrownBy(() -> opened(refused)).isInstanceOf(CheckoutOver.class);

        var unanswered = ordered();
        gateway.answering(new Unavailable("No answer came.", Duration.ofSeconds(1), null));
        assertThatThrownBy(() -> opened(unanswered)).isInstanceOf(Unavailable.class);
        assertThat(opened(unanswered).url()).isPresent();
    }

    @Test
    void a_checkout_that_could_not_be_written_down_stays_open_at_the_gateway_for_the_same_order() {
        var order = ordered();
        var other = given.tenant();
        var inTheWay = new GatewayName(
                gateway.name(),
                GatewayName.Kind.CHECKOUT,
                "subscribe-" + order,
                other.id(),
                Fixtures.accountOf(other),
                Optional.empty());
        inTenant(other.id(), () -> persistence.gatewayDirectory().put(inTheWay));
        assertThatThrownBy(() -> opened(order)).isInstanceOf(AlreadyExists.class);
        assertThat(gateway.fetch(GatewayObject.Kind.CHECKOUT, inTheWay.gatewayId()))
                .isEmpty();

        inTenant(other.id(), () -> persistence.gatewayDirectory().remove(inTheWay));
        assertThat(opened(order).id()).isEqualTo(inTheWay.gatewayId());
    }

    @Test
    void that_a_checkout_is_canceled_is_recorded_once_whoever_says_it_and_though_the_gateway_does_not_answer() {
        var order = ordered();
        opened(order);
        gateway.isAway(true);
        assertThatThrownBy(() -> billed.billing().cancelCheckout(id(), account, order))
                .isInstanceOf(Unavailable.class);
        gateway.isAway(false);
        assertThat(audited("checkout.canceled")).hasSize(1);
        assertThatThrownBy(this::ordered).isInstanceOf(CheckoutPending.class);
        billed.billing().cancelCheckout(id(), account, order);
        assertThat(audited("checkout.canceled")).hasSize(1);

        var next = ordered();
        opened(next);
        var both = Together.values(Together.run(2, number -> billed.billing().cancelCheckout(id(), account, next)));
        assertThat(both)
                .extracting(SubscriptionCheckout::status)
                .containsExactly(SubscriptionCheckout.Status.CLOSED, SubscriptionCheckout.Status.CLOSED);
        assertThat(audited("checkout.canceled")).hasSize(2);
    }

    @Test
    void checkouts_that_are_over_go_with_the_orders() {
        var over = ordered();
        billed.billing().cancelCheckout(id(), account, over);
        var open = ordered();
        opened(open);
        var term = clock.instant().plusMillis(1);

        assertThat(inPlatform(() -> persistence.retentions().removeRequests(id(), term, 100)))
                .isEqualTo(1);
        assertThat(inTenant(id(), () -> persistence.subscriptionCheckouts().find(id(), over)))
                .isEmpty();
        assertThat(inTenant(id(), () -> persistence.subscriptionCheckouts().find(id(), open)))
                .isPresent();
        inPlatform(() -> persistence.retentions().removeRequests(id(), term.plus(Duration.ofDays(2)), 100));
        assertThat(inTenant(id(), () -> persistence.subscriptionCheckouts().find(id(), open)))
                .isEmpty();
    }

    @Test
    void of_two_orders_at_once_one_is_opened() {
        var orders = Together.run(2, number -> ordered());

        assertThat(orders).filteredOn(order -> order.value().isPresent()).hasSize(1);
        assertThat(orders)
                .flatExtracting(order -> order.failure().stream().toList())
                .singleElement()
                .isInstanceOf(CheckoutPending.class);
    }

    @Test
    void checkouts_are_kept_as_they_are_and_another_tenant_sees_none() {
        var checkout = SubscriptionCheckout.ordered(id(), new CheckoutId(ids.next()), account, "text", clock.instant());
        inTenantThenUndone(id(), () -> persistence.subscriptionCheckouts().insert(checkout));
        assertThat(inTenant(id(), () -> persistence.subscriptionCheckouts().find(id(), checkout.id())))
                .isEmpty();
        inTenant(id(), () -> persistence.subscriptionCheckouts().insert(checkout));
        var open =
                checkout.at(new Checkout("text", "cs", Optional.of("https://pay.example"), Optional.empty(), at(90)));
        inTenant(id(), () -> persistence.subscriptionCheckouts().update(open));

        assertThat(inTenant(id(), () -> persistence.subscriptionCheckouts().find(id(), checkout.id())))
                .contains(open);
        assertThat(inTenant(id(), () -> persistence.subscriptionCheckouts().listUnclosed(id(), account)))
                .containsExactly(open);
        assertThat(inPlatform(() -> persistence.subscriptionCheckouts().listUnclosed(id())))
                .containsExactly(open);
        var other = given.tenant().id();
        assertThat(inTenant(other, () -> persistence.subscriptionCheckouts().find(id(), checkout.id())))
                .isEmpty();
        inTenant(id(), () -> persistence.subscriptionCheckouts().update(open.closed()));
        assertThat(inTenant(id(), () -> persistence.subscriptionCheckouts().listUnclosed(id(), account)))
                .isEmpty();
        assertThat(inTenant(id(), () -> persistence.subscriptionCheckouts().find(id(), checkout.id())))
                .hasValueSatisfying(closed -> assertThat(closed.url()).isEmpty());
    }

    @Test
    void a_tenant_with_a_checkout_that_may_be_paid_stays() {
        var order = ordered();
        opened(order);
        assertThatThrownBy(() -> billed.tenants().delete(id())).isInstanceOf(CheckoutPending.class);

        billed.billing().cancelCheckout(id(), account, order);
        billed.tenants().delete(id());
        assertThat(inPlatform(() -> persistence.tenants().find(id()))).isEmpty();
    }

    @Test
    void a_tenant_that_is_deleted_while_a_checkout_is_ordered_stays_with_it_or_has_none() {
        for (int i = 0; i < 10; i++) {
            a_gateway_a_plan_and_a_customer();

            var results = Together.run(2, number -> number == 0 ? ordered() != null : deleted());

            boolean isThere = inPlatform(() -> persistence.tenants().find(id())).isPresent();
            assertThat(results.get(0).value().isPresent()).isEqualTo(isThere);
            assertThat(results.get(isThere ? 1 : 0).failure().orElseThrow())
                    .isInstanceOf(isThere ? CheckoutPending.class : NotFound.class);
        }
    }

    @Test
    void checkouts_that_are_open_are_listed_across_tenants_page_by_page() {
        var other = given.tenant();
        var at = new Checkout(gateway.name(), "cs", Optional.empty(), Optional.empty(), at(90));
        var open = SubscriptionCheckout.ordered(
                        id(), new CheckoutId(ids.next()), account, gateway.name(), clock.instant())
                .at(at);
        var others = SubscriptionCheckout.ordered(
                        other.id(),
                        new CheckoutId(ids.next()),
                        Fixtures.accountOf(other),
                        gateway.name(),
                        clock.instant())
                .at(at);
        var unanswered = SubscriptionCheckout.ordered(
                id(), new CheckoutId(ids.next()), account, gateway.name(), clock.instant());
        inTenant(id(), () -> {
            persistence.subscriptionCheckouts().insert(open);
            persistence.subscriptionCheckouts().insert(unanswered);
        });
        inTenant(other.id(), () -> persistence.subscriptionCheckouts().insert(others));

        assertThat(inPlatform(() -> Pages.all(page -> persistence
                                .subscriptionCheckouts()
                                .listOpen(gateway.name(), new PageRequest(1, page.after())))
                        .toList()))
                .containsExactly(open, others);
        inTenant(id(), () -> persistence.subscriptionCheckouts().update(open.closed()));
        assertThat(inPlatform(() -> persistence
                        .subscriptionCheckouts()
                        .listOpen(gateway.name(), ALL)
                        .items()))
                .containsExactly(others);
        assertThat(inTenant(
                        id(),
                        () -> persistence
                                .subscriptionCheckouts()
                                .listOpen(gateway.name(), ALL)
                                .items()))
                .isEmpty();
    }
}
