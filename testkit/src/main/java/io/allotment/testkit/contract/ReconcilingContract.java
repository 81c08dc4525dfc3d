package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.billing.GatewayAway;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayDispute;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.Invoices;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a gateway has and is not known here is named, and mended where that is asked for. */
public abstract class ReconcilingContract extends BilledContract {

    private List<String> drifts(boolean apply) {
        return billed.paymentEvents().reconcile(apply).drifted().stream()
                .map(drift -> drift.kind() + " " + drift.what() + ": " + drift.here() + " -> " + drift.there()
                        + (drift.stands() ? ", and stands" : ""))
                .toList();
    }

    /** The same, as it is at the gateway, which never said so. */
    private void becomes(GatewayObject state) {
        gateway.is(state);
    }

    @Test
    void a_second_subscription_that_is_paid_for_too_is_named_and_stands_and_is_no_failure() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        var first = subscription;
        begun("sub-" + Fixtures.word(), 1);

        assertThat(drifts(false))
                .containsExactly("SUBSCRIPTION subscribed: " + first + " -> " + subscription + ", and stands");
        assertThat(drifts(true)).isEqualTo(drifts(false));
        assertThat(billed.paymentEvents().reconcile(true).failed()).isEmpty();
        assertThat(live().billed().orElseThrow().gatewayId()).isEqualTo(first);
    }

    @Test
    void a_subscription_that_is_listed_before_its_forerunner_which_ended_untold_is_followed() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        becomes(state(GatewaySubscription.Status.CANCELED, at(1)));
        begun("a-sub-" + Fixtures.word(), 2);

        var named = drifts(false);
        assertThat(named)
                .doesNotHaveDuplicates()
                .contains("SUBSCRIPTION status: ACTIVE -> CANCELED", "SUBSCRIPTION status:  -> ACTIVE");
        assertThat(drifts(true)).isEqualTo(named);
        assertThat(live().billed().orElseThrow().gatewayId()).isEqualTo(subscription);
        assertThat(drifts(true)).isEmpty();
    }

    @Test
    void what_a_subscription_has_become_untold_is_named_and_mended_and_then_all_is_the_same() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        var other = given.plan(terms(300)
                .at(new Price(
                        new PriceKey("yearly"),
                        Price.Interval.YEAR,
                        1,
                        new Money(10_000, "EUR"),
                        Optional.empty(),
                        Optional.empty())));
        var trial = Period.between(start, start.plus(Duration.ofDays(40)));
        clock.advance(Duration.ofMinutes(10));
        becomes(new GatewaySubscription(
                subscription,
                Optional.of(customer()),
                GatewaySubscription.Status.TRIALING,
                other.id() + "/yearly",
                3,
                trial,
                Optional.of(trial),
                true,
                Optional.of(at(4)),
                Optional.empty(),
                Optional.empty(),
                at(5)));

        for (boolean apply : List.of(false, true)) {
            assertThat(drifts(apply))
                    .containsExactly(
                            "SUBSCRIPTION cancelAtPeriodEnd: false -> true",
                            "SUBSCRIPTION canceledAt:  -> " + at(4),
                            "SUBSCRIPTION period: " + start + " to "
                                    + period.end().orElseThrow() + " -> " + start + " to "
                                    + trial.end().orElseThrow(),
                            "SUBSCRIPTION plan: " + plan.plan() + " 1 -> " + other.plan() + " 1",
                            "SUBSCRIPTION price: monthly -> yearly",
                            "SUBSCRIPTION quantity: 1 -> 3",
                            "SUBSCRIPTION status: ACTIVE -> TRIALING",
                            "SUBSCRIPTION trial:  -> " + start + " to "
                                    + trial.end().orElseThrow());
        }
        assertThat(drifts(false)).isEmpty();
        assertThat(live().billed().orElseThrow().quantity()).isEqualTo(3);
    }

    @Test
    void money_that_came_and_went_untold_is_named_and_mended_with_its_credits_and_then_all_is_the_same() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(invoice("in-1", GatewayInvoice.Status.OPEN, period, at(0)));
        var payment = paid();
        var second = bought(product());
        assertThat(drifts(false)).isEmpty();
        becomes(invoice("in-1", GatewayInvoice.Status.PAID, period, at(5)));
        becomes(invoice("in-2", GatewayInvoice.Status.OPEN, period, at(5)));
        becomes(refund("re-1", payment, 950, GatewayRefund.Status.SUCCEEDED, at(5)));
        becomes(checkout(second, GatewayCheckout.Status.PAID, "pay-second", at(5)));

        assertThat(drifts(false))
                .contains(
                        "CHECKOUT credits: 100 -> 200",
                        "CHECKOUT payment:  -> pay-second",
                        "CHECKOUT purchase: PENDING -> PAID",
                        "INVOICE credits: 100 -> 200",
                        "INVOICE paid: 0 EUR -> 1000 EUR",
                        "INVOICE payment:  -> pay-in-1",
                        "INVOICE status: OPEN -> PAID",
                        "INVOICE number:  -> N-in-2",
                        "INVOICE lines:  -> 1 Studio 1000",
                        "REFUND credits: 100 -> 50",
                        "REFUND status:  -> SUCCEEDED");
        assertThat(balance()).isEqualTo(Credits.of(100));

        assertThat(drifts(true)).isNotEmpty();
        assertThat(balance()).isEqualTo(Credits.of(250));
        assertThat(drifts(true)).isEmpty();
        assertThatAllAddsUp();
    }

    @Test
    void disputes_and_taxes_that_were_never_told_are_named_and_mended_and_then_all_is_the_same() {
        known();
        told(invoice("in-1", GatewayInvoice.Status.OPEN, period, at(0)));
        var payment = paid();
        becomes(invoice("in-1", GatewayInvoice.Status.OPEN, period, 160, at(5)));
        becomes(dispute(payment, GatewayDispute.Status.OPEN, at(5)));

        for (boolean apply : List.of(false, true)) {
            assertThat(drifts(apply))
                    .containsExactly(
                            "INVOICE tax: 0 EUR -> 160 EUR",
                            "DISPUTE amount:  -> " + new Money(1_900, "EUR"),
                            "DISPUTE credits: 100 -> 0",
                            "DISPUTE status:  -> DISPUTED");
        }
        assertThat(drifts(false)).isEmpty();
        assertThat(balance()).isEqualTo(Credits.ZERO);

        becomes(dispute(payment, GatewayDispute.Status.WON, at(6)));
        assertThat(drifts(true)).containsExactly("DISPUTE credits: 0 -> 100", "DISPUTE status: DISPUTED -> WON");
        assertThat(drifts(true)).isEmpty();
        assertThat(balance()).isEqualTo(Credits.of(100));
        assertThatAllAddsUp();
    }

    @Test
    void what_the_gateway_has_no_more_is_named_and_ends_once_it_was_asked_for() {
        var place = opened(ordered());
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(invoice("in-1", GatewayInvoice.Status.PAID, period, at(0)));
        becomes(subscribed(place, GatewayCheckout.Status.OPEN, 0));
        gateway.leavesOut(GatewayObject.Kind.SUBSCRIPTION, subscription)
                .leavesOut(GatewayObject.Kind.CHECKOUT, place.gatewayId().orElseThrow());
        assertThat(drifts(true)).isEmpty();
        gateway.isAway(true);
        var unanswered = billed.paymentEvents().reconcile(true);
        assertThat(unanswered.failed())
                .as("nothing more is asked")
                .singleElement()
                .asString()
                .contains("Nobody is there");
        assertThatThrownBy(billed.paymentEvents()::followAll).isInstanceOf(GatewayAway.class);
        assertThat(unanswered.drifted()).isEmpty();
        assertThat(live().status()).isEqualTo(SubscriptionStatus.ACTIVE);

        clock.advance(Duration.ofMinutes(5));
        gateway.isAway(false)
                .forgets(GatewayObject.Kind.SUBSCRIPTION, subscription)
                .forgets(GatewayObject.Kind.CHECKOUT, place.gatewayId().orElseThrow());
        for (boolean apply : List.of(false, true)) {
            assertThat(drifts(apply))
                    .containsExactly(
                            "SUBSCRIPTION exists: true -> false",
                            "SUBSCRIPTION canceledAt:  -> " + clock.instant(),
                            "SUBSCRIPTION endedAt:  -> " + clock.instant(),
                            "SUBSCRIPTION status: ACTIVE -> CANCELED",
                            "CHECKOUT exists: true -> false",
                            "CHECKOUT checkout: OPEN -> EXPIRED");
        }
        assertThat(drifts(true)).isEmpty();
        assertThat(live().status()).isEqualTo(SubscriptionStatus.CANCELED);
        assertThat(balance()).as("what was paid for").isEqualTo(Credits.of(100));
        assertThatAllAddsUp();

        billed.tenants().delete(id());
    }

    @Test
    void where_nothing_of_ours_is_there_the_account_is_another_and_nothing_ends() {
        opened(ordered());
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        gateway.forgets(GatewayObject.Kind.SUBSCRIPTION, subscription);

        var found = billed.paymentEvents().reconcile(true);

        assertThat(found.failed()).hasSize(2).allSatisfy(why -> assertThat(why).contains("same account"));
        assertThat(found.drifted()).isEmpty();
        assertThat(live().status()).isEqualTo(SubscriptionStatus.ACTIVE);
    }

    @Test
    void credits_that_nothing_has_paid_for_and_an_end_that_was_none_are_named_and_stand() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(invoice("in-1", GatewayInvoice.Status.PAID, period, at(0)));
        assertThat(drifts(true)).isEmpty();
        var paid = billed.billing()
                .listInvoices(id(), Invoices.Filter.ALL, ALL)
                .items()
                .get(0);
        var more = given.grant(tenant, 150).id();
        inTenant(id(), () -> persistence.invoices().update(paid.bringing(more)));
        for (boolean apply : List.of(true, false)) {
            assertThat(drifts(apply)).containsExactly("INVOICE granted: 150 -> 100, and stands");
        }

        becomes(invoice("in-1", GatewayInvoice.Status.OPEN, period, at(5)));
        assertThat(drifts(true))
                .containsExactly("INVOICE granted: 150 -> 0, and stands", "INVOICE status: PAID -> OPEN, and stands");
        becomes(invoice("in-1", GatewayInvoice.Status.VOID, period, at(6)));
        assertThat(drifts(true)).contains("INVOICE granted: 150 -> ", "INVOICE status: PAID -> VOID");
        assertThat(drifts(true)).isEmpty();

        told(state(GatewaySubscription.Status.CANCELED, at(7)));
        becomes(state(GatewaySubscription.Status.ACTIVE, at(8)));
        assertThat(drifts(true)).contains("SUBSCRIPTION status: CANCELED -> ACTIVE, and stands");
        assertThat(live().status()).isEqualTo(SubscriptionStatus.CANCELED);
        // What others verify is whole again.
        inTenant(id(), () -> persistence.invoices().update(paid));
    }

    @Test
    void what_time_has_done_is_no_drift() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(invoice("in-1", GatewayInvoice.Status.PAID, period, at(0)));
        clock.advance(Duration.ofDays(32));
        var next = Period.between(
                period.end().orElseThrow(), period.end().orElseThrow().plus(Duration.ofDays(30)));
        period = next;
        becomes(state(GatewaySubscription.Status.ACTIVE, next.start()));

        assertThat(drifts(false)).isEmpty();
    }
}
