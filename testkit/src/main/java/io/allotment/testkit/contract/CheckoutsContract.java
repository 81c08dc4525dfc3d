package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.application.billing.CheckoutClosingService;
import io.allotment.application.job.Portion;
import io.allotment.application.shared.Pages;
import io.allotment.application.subscription.SubscriptionService;
import io.allotment.domain.access.Caller;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.billing.AlreadyPaid;
import io.allotment.domain.billing.Checkout;
import io.allotment.domain.billing.CheckoutOver;
import io.allotment.domain.billing.CheckoutPending;
import io.allotment.domain.billing.CreditPurchase;
import io.allotment.domain.billing.CreditPurchases;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayName;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.NoBillingGateway;
import io.allotment.domain.billing.PayableElsewhere;
import io.allotment.domain.billing.PaymentUnderWay;
import io.allotment.domain.billing.SubscriptionCheckout;
import io.allotment.domain.billing.SubscriptionCheckout.Status;
import io.allotment.domain.catalog.PlanVersionInUse;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.Unavailable;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.subscription.AlreadySubscribed;
import io.allotment.domain.subscription.StillBilled;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Of an account one checkout is open, what is over cannot be paid any more, and each tells how it stands; of subscriptions and of purchases. */
public abstract class CheckoutsContract extends BilledContract {

    // Subscriptions

    private SubscriptionCheckout canceled(CheckoutId order) {
        return billed.billing().cancelCheckout(id(), account, order);
    }

    private SubscriptionCheckout stored(CheckoutId order) {
        return billed.billing().getCheckout(id(), account, order);
    }

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

        assertThat(canceled(first).status()).isEqualTo(Status.CANCELED);
        canceled(first);
        assertThat(audited("checkout.canceled")).hasSize(1);
        assertThat(gateway.fetch(
                        GatewayObject.Kind.CHECKOUT, checkout.gatewayId().orElseThrow()))
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

        var third = ordered();
        var paying = opened(third);
        told(subscribed(paying, GatewayCheckout.Status.PAYING, 24 * 60 + 13));
        clock.advance(Duration.ofDays(3));
        assertThatThrownBy(this::ordered).isInstanceOf(CheckoutPending.class);
        told(subscribed(paying, GatewayCheckout.Status.FAILED, 24 * 60 + 14));
        told(subscribed(paying, GatewayCheckout.Status.PAYING, 24 * 60 + 13));
        assertThat(stored(third).status()).isEqualTo(Status.FAILED);
        assertThat(ordered()).isNotNull();
    }

    @Test
    void while_a_payment_is_under_way_it_is_waited_for_whoever_asks_and_whatever_for() {
        var order = ordered();
        var place = opened(order);
        told(subscribed(place, GatewayCheckout.Status.PAYING, 1));
        assertThat(stored(order).status()).isEqualTo(Status.PAYING);

        var until = at(1).plus(Duration.ofDays(14));
        for (ThrowingCallable asks : List.<ThrowingCallable>of(this::ordered, () -> canceled(order))) {
            assertThatThrownBy(asks)
                    .isInstanceOfSatisfying(
                            CheckoutPending.class,
                            pending -> assertThat(List.of(pending.id(), pending.status(), pending.expiresAt()))
                                    .isEqualTo(List.of(order, Status.PAYING, until)))
                    .hasMessageContaining("a payment is under way")
                    .hasMessageContaining("wait for it")
                    .hasMessageContaining("until " + until)
                    .hasMessageNotContaining("cancel it");
        }
        assertThat(audited("checkout.canceled")).isEmpty();

        clock.set(until.plus(Duration.ofMinutes(11)));
        assertThat(stored(order).statusAt(clock.instant())).isEqualTo(Status.EXPIRED);
        assertThat(ordered()).isNotEqualTo(order);
    }

    @Test
    void a_payment_that_the_gateway_first_tells_of_when_the_checkout_is_canceled_is_waited_for() {
        var order = ordered();
        gateway.is(subscribed(opened(order), GatewayCheckout.Status.PAYING, 1));

        assertThatThrownBy(() -> canceled(order))
                .isInstanceOf(CheckoutPending.class)
                .hasMessageContaining("a payment is under way");
        assertThat(stored(order).status()).isEqualTo(Status.PAYING);
    }

    @Test
    void in_the_minutes_after_its_time_nobody_knows_yet_whether_a_checkout_was_paid() {
        var expires = opened(ordered()).expiresAt();
        clock.set(expires.plus(Duration.ofMinutes(5)));
        assertThatThrownBy(this::ordered)
                .isInstanceOf(CheckoutPending.class)
                .hasMessageContaining("paid in the last moment")
                .hasMessageContaining("try again at " + expires.plus(Duration.ofMinutes(10)));
    }

    @Test
    void a_checkout_whose_page_was_forgotten_is_not_said_to_be_unanswered() {
        var order = ordered();
        var forgotten = opened(order).withoutPage();
        inTenant(id(), () -> persistence.subscriptionCheckouts().update(forgotten));

        assertThatThrownBy(this::ordered)
                .isInstanceOf(CheckoutPending.class)
                .hasMessageContaining("at the gateway, until " + forgotten.expiresAt())
                .hasMessageContaining("/billing/checkouts/" + order + "/cancel")
                .hasMessageNotContaining("has not answered");
    }

    @Test
    void the_same_order_again_tells_how_its_checkout_stands_or_how_it_ended() {
        var paid = ordered();
        var place = opened(paid);
        assertThat(opened(paid).status()).isEqualTo(Status.OPEN);
        told(subscribed(place, GatewayCheckout.Status.PAID, 1));
        assertThat(opened(paid).status()).isEqualTo(Status.PAID);
        told(state(GatewaySubscription.Status.ACTIVE, at(1)));
        assertThat(opened(paid).status()).isEqualTo(Status.SUBSCRIBED);
        assertThatThrownBy(() -> canceled(paid)).isInstanceOf(CheckoutOver.class);
        told(state(GatewaySubscription.Status.CANCELED, at(2)));

        var canceled = ordered();
        opened(canceled);
        canceled(canceled);
        assertThat(opened(canceled)).isEqualTo(stored(canceled)).satisfies(known -> {
            assertThat(known.status()).isEqualTo(Status.CANCELED);
            assertThat(known.url()).isEmpty();
        });

        var expired = ordered();
        told(subscribed(opened(expired), GatewayCheckout.Status.EXPIRED, 3));
        assertThat(opened(expired).status()).isEqualTo(Status.EXPIRED);
    }

    @Test
    void checkouts_of_an_account_are_found_by_who_may_see_the_account() {
        var first = ordered();
        assertThat(stored(first).status()).isEqualTo(Status.OPEN);
        opened(first);
        canceled(first);
        var second = ordered();
        var viewer = billed.as(Caller.user(given.member(tenant, SystemRole.VIEWER), Origin.HERE))
                .billing();

        assertThat(viewer.listCheckouts(id(), account, ALL).items())
                .extracting(SubscriptionCheckout::id)
                .containsExactly(second, first);
        assertThat(viewer.getCheckout(id(), account, first).status()).isEqualTo(Status.CANCELED);
        var members = given.memberAccount(tenant, given.member(tenant), terms(0));
        assertThat(viewer.listCheckouts(id(), members, ALL).items()).isEmpty();
        assertThatThrownBy(() -> viewer.getCheckout(id(), members, first)).isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> viewer.listCheckouts(id(), new AccountId(ids.next()), ALL))
                .isInstanceOf(NotFound.class);
        var stranger = billed.as(Caller.user(given.member(given.tenant()), Origin.HERE))
                .billing();
        assertThatThrownBy(() -> stranger.listCheckouts(id(), account, ALL)).isInstanceOf(NotFound.class);
    }

    @Test
    void a_checkout_that_was_paid_is_not_canceled_and_nothing_is_ordered_until_its_subscription_is_known() {
        var order = ordered();
        var paid = subscribed(opened(order), GatewayCheckout.Status.PAID, 1);
        gateway.is(paid);
        assertThatThrownBy(() -> canceled(order)).isInstanceOf(CheckoutOver.class);

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
        canceled(order);

        assertThatThrownBy(() -> opened(order)).isInstanceOf(CheckoutOver.class);
        assertThat(ordered()).isNotEqualTo(order);
        var member = billed.as(Caller.user(given.member(tenant), Origin.HERE)).billing();
        assertThatThrownBy(() -> member.cancelCheckout(id(), account, order)).isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> canceled(new CheckoutId(ids.next()))).isInstanceOf(NotFound.class);
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
        assertThat(opened(order).gatewayId()).contains(inTheWay.gatewayId());
    }

    @Test
    void that_a_checkout_is_canceled_is_recorded_once_whoever_says_it_and_though_the_gateway_does_not_answer() {
        var order = ordered();
        opened(order);
        gateway.isAway(true);
        assertThatThrownBy(() -> canceled(order)).isInstanceOf(Unavailable.class);
        gateway.isAway(false);
        assertThat(audited("checkout.canceled")).hasSize(1);
        assertThatThrownBy(this::ordered).isInstanceOf(CheckoutPending.class);
        canceled(order);
        assertThat(audited("checkout.canceled")).hasSize(1);

        var next = ordered();
        opened(next);
        var both = Together.values(Together.run(2, number -> canceled(next)));
        assertThat(both).extracting(SubscriptionCheckout::status).containsExactly(Status.CANCELED, Status.CANCELED);
        assertThat(audited("checkout.canceled")).hasSize(2);
    }

    @Test
    void checkouts_that_are_over_go_with_the_orders() {
        var over = ordered();
        canceled(over);
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
    void a_version_that_a_checkout_is_for_is_not_deleted_and_what_was_ordered_is_what_is_paid() {
        var order = ordered();
        assertVersionStays();
        allotment.catalog().addVersion(plan.plan(), terms(7));
        assertThat(opened(order).order())
                .contains(new SubscriptionCheckout.Order(plan.id(), plan.plan(), 1, new PriceKey("monthly"), 1));
        canceled(order);
        assertVersionStays();
    }

    private void assertVersionStays() {
        assertThatThrownBy(() -> allotment.catalog().deleteVersion(plan.plan(), 1))
                .isInstanceOf(PlanVersionInUse.class)
                .hasMessageContaining("checkouts");
    }

    @Test
    void of_an_order_and_a_deletion_of_its_version_at_once_one_happens() {
        for (int i = 0; i < 5; i++) {
            a_gateway_a_plan_and_a_customer();
            var results = Together.run(2, number -> {
                if (number == 0) {
                    return ordered() != null;
                }
                allotment.catalog().deleteVersion(plan.plan(), 1);
                return true;
            });

            assertThat(results).filteredOn(one -> one.value().isPresent()).hasSize(1);
            assertThat(results)
                    .flatExtracting(one -> one.failure().stream().toList())
                    .singleElement()
                    .isInstanceOfAny(PlanVersionInUse.class, Unknown.class, InvalidValue.class);
        }
    }

    @Test
    void what_costs_nothing_is_in_no_checkouts_way() {
        var free = given.plan(PlanVersionTerms.empty());
        allotment
                .subscriptions()
                .subscribe(
                        id(), account, SubscriptionService.Choice.of(free.plan().value()));

        told(subscribed(opened(ordered()), GatewayCheckout.Status.PAID, 1));
        told(state(GatewaySubscription.Status.ACTIVE, at(1)));

        assertThat(live().planVersionId()).isEqualTo(plan.id());
        assertThatThrownBy(this::ordered).isInstanceOf(AlreadySubscribed.class);
    }

    @Test
    void checkouts_are_kept_as_they_are_and_another_tenant_sees_none() {
        var checkout = SubscriptionCheckout.ordered(id(), new CheckoutId(ids.next()), account, "text", clock.instant())
                .of(SubscriptionCheckout.Order.of(plan, new PriceKey("monthly"), 3));
        inTenantThenUndone(id(), () -> persistence.subscriptionCheckouts().insert(checkout));
        assertThat(inTenant(id(), () -> persistence.subscriptionCheckouts().find(id(), checkout.id())))
                .isEmpty();
        inTenant(id(), () -> persistence.subscriptionCheckouts().insert(checkout));
        var open =
                checkout.at(new Checkout("text", "cs", Optional.of("https://pay.example"), Optional.empty(), at(90)));
        inTenant(id(), () -> persistence.subscriptionCheckouts().update(open));

        assertThat(inTenant(id(), () -> persistence.subscriptionCheckouts().find(id(), checkout.id())))
                .contains(open);
        assertThat(inTenant(id(), () -> persistence.subscriptionCheckouts().listNotOver(id(), account)))
                .containsExactly(open);
        assertThat(inPlatform(() -> persistence.subscriptionCheckouts().listNotOver(id())))
                .containsExactly(open);
        var other = given.tenant().id();
        assertThat(inTenant(other, () -> persistence.subscriptionCheckouts().find(id(), checkout.id())))
                .isEmpty();
        assertThat(inTenant(other, () -> persistence.subscriptionCheckouts().list(id(), account, ALL))
                        .items())
                .isEmpty();
        inTenant(id(), () -> persistence.subscriptionCheckouts().update(open.begun()));
        assertThat(inTenant(id(), () -> persistence.subscriptionCheckouts().listNotOver(id(), account)))
                .isEmpty();
        var later = SubscriptionCheckout.ordered(id(), new CheckoutId(ids.next()), account, "text", clock.instant());
        inTenant(id(), () -> persistence.subscriptionCheckouts().insert(later));
        assertListing(
                List.of(later, open.begun()),
                page -> inTenant(id(), () -> persistence.subscriptionCheckouts().list(id(), account, page)));
        assertThat(inTenant(id(), () -> persistence.subscriptionCheckouts().find(id(), checkout.id())))
                .hasValueSatisfying(closed -> assertThat(closed.url()).isEmpty());
    }

    @Test
    void a_tenant_with_a_checkout_that_may_be_paid_stays() {
        var order = ordered();
        opened(order);
        assertThatThrownBy(() -> billed.tenants().delete(id())).isInstanceOf(CheckoutPending.class);

        canceled(order);
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
    void where_it_can_be_paid_is_told_to_who_may_order_alone_and_as_long_as_it_can() {
        var order = ordered();
        var open = opened(order);
        var purchase = bought();
        var viewer = Caller.user(given.member(tenant, SystemRole.VIEWER), Origin.HERE);
        var owner = Caller.user(given.member(tenant, SystemRole.OWNER), Origin.HERE);
        var page = purchase.checkout().orElseThrow().url();
        assertThat(open.url()).isPresent();
        assertThat(page).isPresent();

        for (var caller : List.of(owner, viewer)) {
            var seen = caller.equals(owner);
            assertThat(pages(billed.as(caller), order, purchase))
                    .containsExactly(
                            open.url().filter(url -> seen), open.url().filter(url -> seen),
                            page.filter(url -> seen), page.filter(url -> seen));
        }

        clock.set(open.expiresAt().plusSeconds(1));
        assertThatThrownBy(this::ordered).isInstanceOfSatisfying(CheckoutPending.class, pending -> {
            assertThat(pending.status()).isEqualTo(Status.OPEN);
            assertThat(pending.url()).isEmpty();
        });
        assertThat(stored(order).urlAt(clock.instant())).isEmpty();
    }

    private List<Optional<String>> pages(Allotment caller, CheckoutId order, CreditPurchase purchase) {
        return List.of(
                caller.billing().getCheckout(id(), account, order).url(),
                caller.billing()
                        .listCheckouts(id(), account, ALL)
                        .items()
                        .get(0)
                        .url(),
                caller.creditPurchases()
                        .get(id(), account, purchase.id())
                        .checkout()
                        .flatMap(Checkout::url),
                caller.creditPurchases()
                        .list(id(), account, ALL)
                        .items()
                        .get(0)
                        .checkout()
                        .flatMap(Checkout::url));
    }

    // Kept and listed

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
                                .listUnpaid(gateway.name(), new PageRequest(1, page.after())))
                        .toList()))
                .containsExactly(open, others);
        inTenant(id(), () -> persistence.subscriptionCheckouts().update(open.begun()));
        assertThat(inPlatform(() -> persistence
                        .subscriptionCheckouts()
                        .listUnpaid(gateway.name(), ALL)
                        .items()))
                .containsExactly(others);
        assertThat(inTenant(
                        id(),
                        () -> persistence
                                .subscriptionCheckouts()
                                .listUnpaid(gateway.name(), ALL)
                                .items()))
                .isEmpty();
    }

    // Purchases

    private CreditPurchase bought() {
        return billed.creditPurchases().buy(id(), account, product().key());
    }

    private GatewayCheckout at(CreditPurchase purchase, GatewayCheckout.Status status) {
        return checkout(purchase.checkout().orElseThrow().id(), status, "pay-" + purchase.id(), at(1));
    }

    /** Whether somebody could still pay there. */
    private boolean isPayable(CreditPurchase purchase) {
        return gateway.fetch(
                        GatewayObject.Kind.CHECKOUT,
                        purchase.checkout().orElseThrow().id())
                .filter(GatewayObject::isFinal)
                .isEmpty();
    }

    private CreditPurchase.Status status(CreditPurchase purchase) {
        return billed.creditPurchases().get(id(), account, purchase.id()).statusAt(clock.instant());
    }

    private CreditPurchase giveUp(CreditPurchase purchase) {
        return billed.creditPurchases().cancel(id(), account, purchase.id());
    }

    private CreditPurchase payByHand(CreditPurchase purchase) {
        return billed.creditPurchases().paid(id(), account, purchase.id(), "bank 17");
    }

    @Test
    void a_purchase_that_is_given_up_or_was_paid_by_hand_cannot_be_paid_at_the_gateway_any_more() {
        var givenUp = bought();
        assertThat(giveUp(givenUp).statusAt(clock.instant())).isEqualTo(CreditPurchase.Status.CANCELED);
        giveUp(givenUp);
        assertThat(isPayable(givenUp)).isFalse();
        assertThat(audited("credit-purchase.canceled")).hasSize(1);

        var byHand = bought();
        assertThat(isPayable(byHand)).isTrue();
        payByHand(byHand);
        assertThat(payByHand(byHand).statusAt(clock.instant())).isEqualTo(CreditPurchase.Status.PAID);
        assertThat(isPayable(byHand)).isFalse();
        assertThat(balance()).isEqualTo(Credits.of(100));
    }

    @Test
    void a_purchase_that_the_gateway_says_was_paid_is_paid_and_neither_given_up_nor_paid_by_hand() {
        var first = bought();
        gateway.is(at(first, GatewayCheckout.Status.PAID));
        assertThatThrownBy(() -> giveUp(first))
                .isInstanceOf(AlreadyPaid.class)
                .hasMessageContaining("pay-" + first.id());
        var second = bought();
        gateway.is(at(second, GatewayCheckout.Status.PAID));
        assertThatThrownBy(() -> payByHand(second))
                .isInstanceOf(AlreadyPaid.class)
                .hasMessageContaining("pay-" + second.id());

        assertThat(List.of(status(first), status(second))).containsOnly(CreditPurchase.Status.PAID);
        assertThat(balance()).isEqualTo(Credits.of(200));
        told(at(first, GatewayCheckout.Status.PAID));
        assertThat(balance()).isEqualTo(Credits.of(200));
        assertThat(audited("credit-purchase.canceled")).isEmpty();
    }

    @Test
    void only_who_may_buy_gives_up_and_only_the_operator_confirms_and_nobody_else_closes_anything() {
        var purchase = bought();
        var viewer = billed.as(Caller.user(given.member(tenant, SystemRole.VIEWER), Origin.HERE))
                .creditPurchases();
        var owner = billed.as(Caller.user(given.member(tenant, SystemRole.OWNER), Origin.HERE))
                .creditPurchases();
        for (var asks : List.<ThrowingCallable>of(
                () -> viewer.cancel(id(), account, purchase.id()),
                () -> owner.paid(id(), account, purchase.id(), "bank 17"))) {
            assertThatThrownBy(asks).isInstanceOf(Forbidden.class);
        }
        assertThat(isPayable(purchase)).isTrue();

        payByHand(purchase);
        assertThatThrownBy(() -> owner.cancel(id(), account, purchase.id())).isInstanceOf(AlreadyPaid.class);
        assertThatThrownBy(() -> billed.creditPurchases().paid(id(), account, purchase.id(), "bank 18"))
                .isInstanceOf(AlreadyPaid.class);
    }

    @Test
    void a_purchase_whose_payment_is_under_way_waits_for_it() {
        var purchase = bought();
        gateway.is(at(purchase, GatewayCheckout.Status.PAYING));
        assertThatThrownBy(() -> giveUp(purchase)).isInstanceOf(PaymentUnderWay.class);
        assertThatThrownBy(() -> payByHand(purchase)).isInstanceOf(PaymentUnderWay.class);
        assertThat(status(purchase)).isEqualTo(CreditPurchase.Status.PAYING);
        assertListed(purchase, CreditPurchase.Status.PAYING);
        assertThat(balance()).isEqualTo(Credits.ZERO);

        told(at(purchase, GatewayCheckout.Status.FAILED));
        told(at(purchase, GatewayCheckout.Status.PAYING));
        assertThat(status(purchase)).isEqualTo(CreditPurchase.Status.FAILED);
        assertListed(purchase, CreditPurchase.Status.FAILED);
        gateway.is(at(purchase, GatewayCheckout.Status.FAILED));
        payByHand(purchase);
        assertThat(balance()).isEqualTo(Credits.of(100));
    }

    private void assertListed(CreditPurchase purchase, CreditPurchase.Status as) {
        for (var status : CreditPurchase.Status.values()) {
            var filter = new CreditPurchases.Filter(
                    Optional.of(status), purchase.checkout().map(Checkout::id));
            assertThat(billed.creditPurchases().listAll(filter, ALL).items())
                    .extracting(CreditPurchase::id)
                    .isEqualTo(status == as ? List.of(purchase.id()) : List.of());
        }
    }

    @Test
    void a_purchase_whose_money_is_under_way_for_too_long_expires_and_is_paid_when_it_comes() {
        var purchase = bought();
        told(at(purchase, GatewayCheckout.Status.PAYING));
        clock.advance(Duration.ofDays(15));
        assertThat(status(purchase)).isEqualTo(CreditPurchase.Status.EXPIRED);
        assertListed(purchase, CreditPurchase.Status.EXPIRED);

        told(at(purchase, GatewayCheckout.Status.PAID));
        assertThat(status(purchase)).isEqualTo(CreditPurchase.Status.PAID);
    }

    @Test
    void what_can_be_paid_at_a_gateway_that_does_not_run_is_neither_confirmed_nor_given_up_before_its_time() {
        var purchase = bought();
        var byHand = allotment.creditPurchases();
        for (ThrowingCallable asks : List.<ThrowingCallable>of(
                () -> byHand.paid(id(), account, purchase.id(), "bank 17"),
                () -> byHand.cancel(id(), account, purchase.id()))) {
            assertThatThrownBy(asks)
                    .isInstanceOf(PayableElsewhere.class)
                    .hasMessageContaining("start the server with " + gateway.name());
        }
        clock.set(purchase.expiresAt());
        byHand.paid(id(), account, purchase.id(), "bank 17");
        assertThat(status(purchase)).isEqualTo(CreditPurchase.Status.PAID);
    }

    @Test
    void a_tenant_that_a_gateway_bills_which_does_not_run_here_stays_and_who_cancels_is_told_what_to_do() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(1)));
        assertThatThrownBy(() -> allotment.tenants().delete(id()))
                .isInstanceOf(StillBilled.class)
                .hasMessageContaining("start the server with " + gateway.name());
        assertThatThrownBy(() -> allotment.billing().cancel(id(), account, new IdempotencyKey(Fixtures.word()), true))
                .isInstanceOf(NoBillingGateway.class)
                .hasMessageContaining("start the server with " + gateway.name());
        assertThatThrownBy(() -> billed.tenants().delete(id()))
                .isInstanceOf(StillBilled.class)
                .hasMessageContaining("under the account's /billing");
    }

    @Test
    void a_purchase_stays_as_it_is_where_the_gateway_does_not_answer_and_is_given_up_when_it_does() {
        var purchase = bought();
        gateway.isAway(true);
        assertThatThrownBy(() -> giveUp(purchase)).isInstanceOf(Unavailable.class);
        assertThatThrownBy(() -> payByHand(purchase)).isInstanceOf(Unavailable.class);
        assertThat(status(purchase)).isEqualTo(CreditPurchase.Status.PENDING);

        gateway.isAway(false);
        giveUp(purchase);
        assertThat(isPayable(purchase)).isFalse();
    }

    @Test
    void what_the_gateway_has_no_more_can_be_given_up_and_confirmed_since_nobody_pays_there() {
        var givenUp = bought();
        var byHand = bought();
        var late = bought();
        for (var purchase : List.of(givenUp, byHand, late)) {
            gateway.forgets(
                    GatewayObject.Kind.CHECKOUT,
                    purchase.checkout().orElseThrow().id());
        }
        assertThat(giveUp(givenUp).statusAt(clock.instant())).isEqualTo(CreditPurchase.Status.CANCELED);
        payByHand(byHand);
        clock.advance(Duration.ofDays(60));
        assertThat(status(late)).isEqualTo(CreditPurchase.Status.EXPIRED);
        payByHand(late);
        assertThat(List.of(status(byHand), status(late))).containsOnly(CreditPurchase.Status.PAID);

        var order = ordered();
        gateway.forgets(GatewayObject.Kind.CHECKOUT, opened(order).gatewayId().orElseThrow());
        assertThat(canceled(order).status()).isEqualTo(Status.CANCELED);
        ordered();
    }

    @Test
    void a_checkout_that_opens_while_its_purchase_is_given_up_or_paid_by_hand_is_closed_again() {
        var product = product();
        for (var meanwhile : List.<Consumer<CreditPurchase>>of(this::giveUp, this::payByHand)) {
            var ordered = billed.creditPurchases().order(id(), account, product.key());
            gateway.meanwhile(() -> meanwhile.accept(ordered));

            var purchase = billed.creditPurchases().checkout(id(), account, ordered.id());

            assertThat(purchase.checkout()).isPresent();
            assertThat(purchase.statusAt(clock.instant())).isNotEqualTo(CreditPurchase.Status.PENDING);
            assertThat(isPayable(purchase)).isFalse();
        }
    }

    // Closed later

    private Portion closed() {
        return billed.checkoutClosing().closeDue();
    }

    @Test
    void a_page_that_opens_when_its_purchase_is_over_and_the_gateway_is_away_is_closed_by_the_job() {
        var product = product();
        for (var over : List.<Consumer<CreditPurchase>>of(this::giveUp, this::payByHand)) {
            var ordered = billed.creditPurchases().order(id(), account, product.key());
            gateway.meanwhile(() -> {
                over.accept(ordered);
                gateway.isAway(true);
            });
            var purchase = billed.creditPurchases().checkout(id(), account, ordered.id());
            assertThat(closed()).isEqualTo(new Portion(0, 1, false));

            gateway.isAway(false);
            assertThat(isPayable(purchase)).isTrue();
            assertThat(closed()).isEqualTo(Portion.all(1));
            assertThat(isPayable(purchase)).isFalse();
            assertThat(closed()).isEqualTo(Portion.all(0));
            assertThat(billed.creditPurchases()
                            .get(id(), account, ordered.id())
                            .checkout()
                            .flatMap(Checkout::url))
                    .isEmpty();
        }
        var stranger = billed.as(Caller.user(given.member(tenant, SystemRole.OWNER), Origin.HERE))
                .checkoutClosing();
        assertThatThrownBy(stranger::closeDue).isInstanceOf(Forbidden.class);
    }

    @Test
    void what_is_paid_before_its_page_is_closed_counts_and_a_second_payment_of_it_is_not_asked_for_again() {
        var product = product();
        for (var over : List.<Consumer<CreditPurchase>>of(this::giveUp, this::payByHand)) {
            var ordered = billed.creditPurchases().order(id(), account, product.key());
            gateway.meanwhile(() -> {
                over.accept(ordered);
                gateway.isAway(true);
            });
            var purchase = billed.creditPurchases().checkout(id(), account, ordered.id());
            gateway.isAway(false).is(at(purchase, GatewayCheckout.Status.PAID));

            assertThat(closed()).isEqualTo(Portion.all(1));
            assertThat(status(purchase)).isEqualTo(CreditPurchase.Status.PAID);
            assertThat(closed()).isEqualTo(Portion.all(0));
        }
        assertThat(balance()).isEqualTo(Credits.of(200));
        assertThatAllAddsUp();
    }

    @Test
    void a_page_that_the_gateway_leaves_open_is_not_closed_and_counts_as_failing_after_minutes() {
        gateway.keepsOpen(true);
        var purchase = bought();
        giveUp(purchase);
        assertThat(closed()).isEqualTo(new Portion(0, 1, false));
        assertThat(failing()).isZero();

        clock.advance(Duration.ofMinutes(6));
        assertThat(failing()).isEqualTo(1);
        gateway.keepsOpen(false);
        assertThat(closed()).isEqualTo(Portion.all(1));
        assertThat(isPayable(purchase)).isFalse();
        assertThat(failing()).isZero();
    }

    private long failing() {
        return billed.deadLetters().failing().getOrDefault(CheckoutClosingService.JOB, 0L);
    }

    @Test
    void a_checkout_that_was_canceled_while_the_gateway_was_away_is_closed_by_the_job() {
        var order = ordered();
        opened(order);
        gateway.isAway(true);
        assertThatThrownBy(() -> canceled(order)).isInstanceOf(Unavailable.class);
        assertThat(closed()).isEqualTo(new Portion(0, 1, false));

        gateway.isAway(false);
        assertThat(closed()).isEqualTo(Portion.all(1));
        assertThat(stored(order).status()).isEqualTo(Status.CANCELED);
        assertThat(closed()).isEqualTo(Portion.all(0));
    }

    @Test
    void a_checkout_that_opens_after_it_was_canceled_is_closed_and_what_is_paid_there_before_counts() {
        for (boolean isPaid : List.of(false, true)) {
            var order = ordered();
            gateway.meanwhile(() -> {
                canceled(order);
                gateway.isAway(true);
            });
            assertThatThrownBy(() -> opened(order)).isInstanceOf(CheckoutOver.class);
            var open = stored(order);
            assertThat(open.status()).isEqualTo(Status.CANCELED);
            gateway.isAway(false);
            if (isPaid) {
                gateway.is(subscribed(open, GatewayCheckout.Status.PAID, 1));
            }

            assertThat(closed()).isEqualTo(Portion.all(1));
            assertThat(stored(order).status()).isEqualTo(isPaid ? Status.PAID : Status.CANCELED);
            assertThat(gateway.fetch(
                            GatewayObject.Kind.CHECKOUT, open.gatewayId().orElseThrow()))
                    .map(GatewayObject::isFinal)
                    .contains(true);
            assertThat(closed()).isEqualTo(Portion.all(0));
        }
    }

    @Test
    void what_is_to_be_closed_is_listed_across_tenants_until_it_has_expired() {
        var other = given.tenant();
        var product = product();
        var owners = List.of(tenant, other);
        var purchases = owners.stream()
                .map(owner -> CreditPurchase.of(
                                product,
                                owner.id(),
                                new PurchaseId(ids.next()),
                                Fixtures.accountOf(owner),
                                clock.instant())
                        .with(place(owner)))
                .toList();
        var checkouts = owners.stream()
                .map(owner -> SubscriptionCheckout.ordered(
                                owner.id(),
                                new CheckoutId(ids.next()),
                                Fixtures.accountOf(owner),
                                gateway.name(),
                                clock.instant())
                        .at(place(owner)))
                .toList();
        for (int i = 0; i < 2; i++) {
            int one = i;
            inTenant(owners.get(i).id(), () -> {
                persistence.creditPurchases().insert(purchases.get(one));
                persistence.subscriptionCheckouts().insert(checkouts.get(one));
            });
        }
        assertThat(purchasesToClose(1)).isEmpty();
        assertThat(checkoutsToClose(1)).isEmpty();
        assertThat(inPlatform(() -> persistence.creditPurchases().listPending(id(), account, at(89))))
                .containsExactly(purchases.get(0));
        assertThat(inPlatform(() -> persistence.creditPurchases().listPending(id(), account, at(90))))
                .isEmpty();

        var givenUp = purchases.stream().map(one -> one.canceled(at(0))).toList();
        var canceled = checkouts.stream().map(one -> one.canceled(at(0))).toList();
        for (int i = 0; i < 2; i++) {
            int one = i;
            inTenant(owners.get(i).id(), () -> {
                persistence.creditPurchases().update(givenUp.get(one));
                persistence.subscriptionCheckouts().update(canceled.get(one));
            });
        }

        assertThat(purchasesToClose(79)).containsExactly(givenUp.get(1), givenUp.get(0));
        assertThat(checkoutsToClose(79)).containsExactly(canceled.get(1), canceled.get(0));
        assertThat(inPlatform(() -> persistence.creditPurchases().listToClose(gateway.name(), at(0), 1)))
                .containsExactly(givenUp.get(1));
        assertThat(inPlatform(() -> persistence.subscriptionCheckouts().listToClose(gateway.name(), at(0), 1)))
                .containsExactly(canceled.get(1));
        assertThat(purchasesToClose(80)).containsExactly(givenUp.get(0));
        assertThat(checkoutsToClose(80)).containsExactly(canceled.get(0));
        assertThat(purchasesToClose(90)).isEmpty();
        assertThat(checkoutsToClose(90)).isEmpty();
        assertThat(inTenant(id(), () -> persistence.creditPurchases().listPending(id(), account, at(0))))
                .isEmpty();

        var ordered = SubscriptionCheckout.ordered(
                id(), new CheckoutId(ids.next()), account, gateway.name(), clock.instant());
        assertThat(ordered.canceled(at(0)).at(place(tenant)).isToBeClosed(at(0)))
                .isTrue();
        assertThat(ordered.begun().at(place(tenant)).url())
                .as("a page that no job would find")
                .isEmpty();
    }

    /** A page, of another tenant one that expires sooner. */
    private Checkout place(Tenant owner) {
        return new Checkout(
                gateway.name(),
                "cs",
                Optional.of("https://pay.example"),
                Optional.empty(),
                at(owner.equals(tenant) ? 90 : 80));
    }

    private List<CreditPurchase> purchasesToClose(int minute) {
        return inPlatform(() -> persistence.creditPurchases().listToClose(gateway.name(), at(minute), 2));
    }

    private List<SubscriptionCheckout> checkoutsToClose(int minute) {
        return inPlatform(() -> persistence.subscriptionCheckouts().listToClose(gateway.name(), at(minute), 2));
    }
}
