package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.application.billing.BillingService.Choice;
import io.allotment.application.billing.BillingService.Way;
import io.allotment.application.quota.QuotaService;
import io.allotment.application.shared.Pages;
import io.allotment.application.subscription.SubscriptionService;
import io.allotment.domain.access.Caller;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayName;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.Invoices;
import io.allotment.domain.billing.NotRefundablePayment;
import io.allotment.domain.billing.PaymentEvent;
import io.allotment.domain.billing.ReturnAddresses;
import io.allotment.domain.billing.StoredEvent;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.subscription.BilledByGateway;
import io.allotment.domain.subscription.BillingCycle;
import io.allotment.domain.subscription.StillBilled;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestGateway;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A subscription that a gateway bills follows it: once, in whatever order it is told, and for whom it is by our own directory alone. */
public abstract class BilledSubscriptionsContract extends BilledContract {

    @Test
    void a_subscription_begins_at_the_gateway_and_its_credits_come_with_the_paid_invoice() {
        known();

        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        assertThat(live().status()).isEqualTo(SubscriptionStatus.ACTIVE);
        assertThat(live().currentPeriod()).isEqualTo(period);
        assertThat(balance()).isEqualTo(Credits.ZERO);

        told(invoice("in-1", GatewayInvoice.Status.OPEN, period, at(0)));
        assertThat(balance()).isEqualTo(Credits.ZERO);
        told(invoice("in-1", GatewayInvoice.Status.PAID, period, at(1)));
        told(invoice("in-1", GatewayInvoice.Status.PAID, period, at(2)));
        told(invoice("in-2", GatewayInvoice.Status.PAID, period, at(3)));

        assertThat(balance()).isEqualTo(Credits.of(100));
        assertThat(billed.billing().listInvoices(id(), Invoices.Filter.ALL, ALL).items())
                .hasSize(2);
        assertThatAllAddsUp();
    }

    @Test
    void an_invoice_that_the_gateway_could_not_make_final_brings_nothing_until_it_is_mended_and_paid() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));

        told(invoice("in-1", GatewayInvoice.Status.DRAFT, period, at(1)));
        var draft = billed.billing()
                .listInvoices(id(), Invoices.Filter.ALL, ALL)
                .items()
                .get(0);
        assertThat(draft.told().status()).isEqualTo(GatewayInvoice.Status.DRAFT);
        assertThat(balance()).isEqualTo(Credits.ZERO);
        assertThat(billed.billing()
                        .totals(id(), Optional.empty(), Optional.empty(), Optional.empty())
                        .totals())
                .isEmpty();
        assertThatThrownBy(() -> billed.billing().orderRefund(id(), account, draft.id(), Optional.empty()))
                .isInstanceOf(NotRefundablePayment.class);

        told(invoice("in-1", GatewayInvoice.Status.PAID, period, at(2)));
        assertThat(balance()).isEqualTo(Credits.of(100));
        assertThatAllAddsUp();
    }

    @Test
    void what_is_told_first_does_not_matter() {
        known();

        told(state(GatewaySubscription.Status.CANCELED, at(9)));
        told(invoice("in-1", GatewayInvoice.Status.PAID, period, at(1)));
        told(invoice("in-1", GatewayInvoice.Status.OPEN, period, at(0)));
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));

        assertThat(live().status()).isEqualTo(SubscriptionStatus.CANCELED);
        assertThat(live().endedAt()).contains(at(9));
        assertThat(balance()).isEqualTo(Credits.of(100));
        assertThat(billed.billing()
                        .listInvoices(id(), Invoices.Filter.ALL, ALL)
                        .items()
                        .get(0)
                        .told()
                        .status())
                .isEqualTo(GatewayInvoice.Status.PAID);
    }

    @Test
    void a_period_goes_on_by_time_and_brings_its_credits_when_it_is_paid() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(invoice("in-1", GatewayInvoice.Status.PAID, period, at(0)));
        clock.advance(Duration.ofDays(32));

        assertThat(live().status()).isEqualTo(SubscriptionStatus.ACTIVE);
        assertThat(live().currentPeriod().start()).isEqualTo(period.end().orElseThrow());
        assertThat(balance()).isEqualTo(Credits.ZERO);

        var next = Period.between(
                period.end().orElseThrow(), period.end().orElseThrow().plus(Duration.ofDays(30)));
        told(invoice("in-2", GatewayInvoice.Status.PAID, next, next.start()));
        assertThat(balance()).isEqualTo(Credits.of(100));
        assertThatAllAddsUp();
    }

    @Test
    void a_payment_that_is_missing_is_told_and_one_that_comes_after_the_grace_counts() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(state(GatewaySubscription.Status.PAST_DUE, at(1)));
        assertThat(live().status()).isEqualTo(SubscriptionStatus.PAST_DUE);
        clock.advance(Duration.ofDays(8));
        assertThat(live().status()).isEqualTo(SubscriptionStatus.EXPIRED);

        told(state(GatewaySubscription.Status.ACTIVE, at(60 * 24 * 8)));

        assertThat(live().status()).isEqualTo(SubscriptionStatus.ACTIVE);
        assertThat(live().endedAt()).isEmpty();
    }

    @Test
    void of_two_states_of_one_second_the_gateway_says_which_is_the_present_one() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        var pastDue = state(GatewaySubscription.Status.PAST_DUE, at(1));
        var active = state(GatewaySubscription.Status.ACTIVE, at(1));
        gateway.is(pastDue);

        told(new PaymentEvent.Told("evt-" + Fixtures.word(), "changed", at(1), active));
        told(new PaymentEvent.Told("evt-" + Fixtures.word(), "changed", at(1), pastDue));
        told(new PaymentEvent.Told("evt-" + Fixtures.word(), "changed", at(1), active));

        assertThat(live().status()).isEqualTo(SubscriptionStatus.PAST_DUE);
        assertThat(gateway.asked()).isPositive();
    }

    @Test
    void what_a_gateway_bills_is_changed_there() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));

        assertThatThrownBy(() -> billed.subscriptions().cancel(id(), account, false, Optional.empty()))
                .isInstanceOf(BilledByGateway.class);
        clock.advance(Duration.ofMinutes(5));
        assertThat(billed.billing()
                        .cancel(id(), account, Fixtures.key(), true)
                        .subscription()
                        .cancelAtPeriodEnd())
                .isTrue();
        clock.advance(Duration.ofMinutes(5));
        assertThat(billed.billing()
                        .resume(id(), account, Fixtures.key())
                        .subscription()
                        .cancelAtPeriodEnd())
                .isFalse();
        clock.advance(Duration.ofMinutes(5));
        var dearer = given.plan(terms(300));
        assertThat(billed.billing()
                        .change(
                                id(),
                                account,
                                Fixtures.key(),
                                to(Choice.of(dearer.plan().value())),
                                true)
                        .subscription()
                        .planVersionId())
                .isEqualTo(dearer.id());
        clock.advance(Duration.ofMinutes(5));
        assertThat(billed.billing()
                        .cancel(id(), account, Fixtures.key(), false)
                        .subscription()
                        .status())
                .isEqualTo(SubscriptionStatus.CANCELED);
    }

    @Test
    void who_pays_chooses_among_what_is_on_offer() {
        var owner = given.member(tenant, SystemRole.OWNER);
        var own = billed.as(Caller.user(owner, Origin.HERE)).billing();
        var cheap = plan;
        plan = billed.catalog().addVersion(cheap.plan(), terms(200));
        var older = new Choice(cheap.plan(), Optional.of(cheap.number()), Optional.empty(), Optional.empty());
        var newest = Choice.of(plan.plan().value());

        assertInvalid("version", () -> own.order(id(), account, older, Way.PLAIN));
        assertInvalid("promotionCode", () -> own.order(id(), account, newest, way(Optional.of("p"), Optional.empty())));
        for (boolean automatic : List.of(true, false)) {
            assertInvalid(
                    "automaticTax",
                    () -> own.order(id(), account, newest, way(Optional.empty(), Optional.of(automatic))));
        }
        var order = own.order(id(), account, newest, Way.PLAIN);
        assertThat(own.checkout(id(), account, order, older, Way.PLAIN)
                        .order()
                        .orElseThrow()
                        .planVersionId())
                .as("what was ordered")
                .isEqualTo(plan.id());
        assertInvalid(
                "promotionCode",
                () -> own.checkout(id(), account, order, newest, way(Optional.of("p"), Optional.empty())));
        own.checkout(id(), account, order, newest, Way.PLAIN);
        own.cancelCheckout(id(), account, order);
        billed.billing().order(id(), account, older, way(Optional.of("p"), Optional.of(true)));

        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        assertInvalid("version", () -> own.change(id(), account, Fixtures.key(), to(older), true));
        assertInvalid("prorated", () -> own.change(id(), account, Fixtures.key(), to(newest), false));
        clock.advance(Duration.ofMinutes(5));
        assertThat(billed.billing()
                        .change(id(), account, Fixtures.key(), to(older), false)
                        .subscription()
                        .planVersionId())
                .isEqualTo(cheap.id());
        clock.advance(Duration.ofMinutes(5));
        assertThat(own.change(id(), account, Fixtures.key(), to(older), true)
                        .subscription()
                        .planVersionId())
                .as("what they have")
                .isEqualTo(cheap.id());
    }

    private static Plan retired(Plan known) {
        return new Plan(known.key(), known.name(), known.description(), false, false, 0, false);
    }

    private static Way way(Optional<String> promotionCode, Optional<Boolean> automaticTax) {
        return new Way(promotionCode, true, automaticTax, ReturnAddresses.NONE);
    }

    @Test
    void a_change_that_names_no_price_keeps_the_one_that_is_paid() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        var both = given.plan(terms(300)
                .at(new Price(
                        new PriceKey("yearly"),
                        Price.Interval.YEAR,
                        1,
                        new Money(10_000, "EUR"),
                        Optional.empty(),
                        Optional.empty())));
        clock.advance(Duration.ofMinutes(5));
        var yearly = new Choice(both.plan(), Optional.empty(), Optional.of(new PriceKey("yearly")), Optional.empty());
        billed.billing().change(id(), account, Fixtures.key(), to(yearly), true);
        clock.advance(Duration.ofMinutes(5));

        var nine = new Choice(both.plan(), Optional.empty(), Optional.empty(), Optional.of(9));
        billed.billing().change(id(), account, Fixtures.key(), to(nine), true);

        assertThat(live().price()).contains(new PriceKey("yearly"));
        assertThat(live().billed().orElseThrow().quantity()).isEqualTo(9);
    }

    @Test
    void a_change_keeps_the_currency() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        var dollars = given.plan(terms(300).at(Price.monthly("dollars", 1_000, "USD")));
        var choice =
                new Choice(dollars.plan(), Optional.empty(), Optional.of(new PriceKey("dollars")), Optional.empty());

        assertThatThrownBy(() -> billed.billing().change(id(), account, Fixtures.key(), to(choice), true))
                .isInstanceOf(InvalidValue.class)
                .hasMessageContaining("must be in EUR");
    }

    @Test
    void a_change_keeps_the_quantity_and_who_is_on_a_retired_plan_changes_it_there() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        var own = billed.as(Caller.user(given.member(tenant, SystemRole.OWNER), Origin.HERE))
                .billing();
        var seven = new Choice(plan.plan(), Optional.empty(), Optional.empty(), Optional.of(7));
        clock.advance(Duration.ofMinutes(5));
        own.change(id(), account, Fixtures.key(), to(seven), true);
        var other = given.plan(terms(300));
        clock.advance(Duration.ofMinutes(5));
        own.change(id(), account, Fixtures.key(), to(Choice.of(other.plan().value())), true);
        assertThat(live().billed().orElseThrow().quantity()).isEqualTo(7);

        billed.catalog().addVersion(other.plan(), terms(400));
        billed.catalog().updatePlan(other.plan(), BilledSubscriptionsContract::retired);
        clock.advance(Duration.ofMinutes(5));
        own.change(
                id(),
                account,
                Fixtures.key(),
                to(new Choice(other.plan(), Optional.empty(), Optional.empty(), Optional.of(9))),
                true);
        assertThat(live().billed().orElseThrow().quantity()).isEqualTo(9);
        assertThat(live().planVersionId()).isEqualTo(other.id());
        assertInvalid(
                "plan",
                () -> billed.billing()
                        .change(
                                id(),
                                account,
                                Fixtures.key(),
                                to(new Choice(other.plan(), Optional.of(2), Optional.empty(), Optional.empty())),
                                true));
        billed.catalog().updatePlan(plan.plan(), BilledSubscriptionsContract::retired);
        assertInvalid(
                "plan",
                () -> own.change(
                        id(), account, Fixtures.key(), to(Choice.of(plan.plan().value())), true));
    }

    @Test
    void a_tenant_stays_while_the_gateway_bills_one_of_its_accounts() {
        var other = tenant;
        tenant = given.tenant();
        var member = given.member(tenant);
        account = billed.subscriptions().openMemberAccount(id(), member).id();
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));

        assertThatThrownBy(() -> billed.tenants().delete(id()))
                .isInstanceOf(StillBilled.class)
                .hasMessageContaining(account.toString())
                .hasMessageContaining("/billing");
        assertThat(live().status()).isEqualTo(SubscriptionStatus.ACTIVE);
        billed.tenants().delete(other.id());

        clock.advance(Duration.ofMinutes(5));
        billed.billing().cancel(id(), account, Fixtures.key(), false);
        billed.tenants().delete(id());
        assertThat(inPlatform(() -> persistence.tenants().find(id()))).isEmpty();
    }

    @Test
    void a_second_subscription_that_is_paid_for_too_is_told_of_and_not_tried_for_ever() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        var first = subscription;
        var second = begun("sub-" + Fixtures.word(), 1);
        told(second);

        assertThat(stored(second).status()).isEqualTo(StoredEvent.Status.IGNORED);
        assertThat(stored(second).problem().orElseThrow()).contains(account.toString(), "cancel it first");
        assertThat(stored(second).nextAt()).isEmpty();
        assertThat(stored(second).payload()).isEmpty();
        assertThat(live().billed().orElseThrow().gatewayId()).isEqualTo(first);
    }

    @Test
    void a_subscription_whose_forerunner_has_ended_untold_is_followed() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        gateway.is(state(GatewaySubscription.Status.CANCELED, at(1)));
        var second = begun("sub-" + Fixtures.word(), 2);
        told(second);

        assertThat(stored(second).status()).isEqualTo(StoredEvent.Status.APPLIED);
        assertThat(live().billed().orElseThrow().gatewayId()).isEqualTo(subscription);
    }

    private GatewaySubscription trying(Instant end, Instant asOf) {
        return new GatewaySubscription(
                subscription,
                Optional.of(customer()),
                GatewaySubscription.Status.TRIALING,
                plan.id() + "/monthly",
                1,
                Period.between(start, end),
                Optional.of(Period.between(start, end)),
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                asOf);
    }

    @Test
    void of_a_trial_that_a_gateway_says_ends_the_holder_is_told_once_for_each_end() {
        known();
        told(trying(start.plus(Duration.ofDays(14)), at(0)));
        clock.advance(Duration.ofDays(11));
        var ending = trying(start.plus(Duration.ofDays(14)), at(60 * 24 * 11));
        for (int i = 0; i < 2; i++) {
            told(new PaymentEvent.TrialEnding("evt-" + Fixtures.word(), "ending", ending.asOf(), ending));
            while (billed.upkeep().dun().more()) {}
        }
        assertThat(trialNotices()).isEqualTo(1);

        told(trying(start.plus(Duration.ofDays(20)), at(60 * 24 * 12)));
        while (billed.upkeep().dun().more()) {}
        assertThat(trialNotices()).isEqualTo(1);
        clock.advance(Duration.ofDays(7));
        while (billed.upkeep().dun().more()) {}
        assertThat(trialNotices()).isEqualTo(2);
    }

    private long trialNotices() {
        return billed.outbox().list(id(), ALL).items().stream()
                .filter(notice -> notice.kind() == Notice.Kind.TRIAL_ENDING)
                .count();
    }

    @Test
    void a_subscription_and_its_invoice_that_are_told_at_once_do_not_wait_for_each_other() {
        for (int i = 0; i < 10; i++) {
            a_gateway_a_plan_and_a_customer();
            known();
            var told = List.of(
                    state(GatewaySubscription.Status.ACTIVE, at(0)),
                    invoice("in-" + Fixtures.word(), GatewayInvoice.Status.PAID, period, at(0)));
            var events = told.stream()
                    .map(state -> new PaymentEvent.Told("evt-" + Fixtures.word(), "changed", at(0), state))
                    .toList();
            var bodies = events.stream().map(gateway::telling).toList();

            Together.values(Together.run(
                    2,
                    number -> billed.paymentEvents().receive(gateway.name(), bodies.get(number), TestGateway.SIGNED)));

            assertThat(events).extracting(event -> statusOf(event.id())).containsOnly(StoredEvent.Status.APPLIED);
            assertThat(balance()).isEqualTo(Credits.of(100));
        }
    }

    @Test
    void a_tenant_that_is_deleted_while_a_subscription_begins_stays_with_it_or_has_none() {
        for (int i = 0; i < 10; i++) {
            a_gateway_a_plan_and_a_customer();
            inTenant(
                    id(),
                    () -> persistence
                            .gatewayDirectory()
                            .put(new GatewayName(
                                    gateway.name(),
                                    GatewayName.Kind.CUSTOMER,
                                    customer(),
                                    id(),
                                    account,
                                    Optional.empty())));
            var event = begun("sub-" + Fixtures.word(), 0);
            var body = gateway.telling(event);

            var results = Together.run(2, number -> number == 0 ? receive(body) : deleted());

            boolean isThere = inPlatform(() -> persistence.tenants().find(id())).isPresent();
            assertThat(results.get(1).failure())
                    .satisfies(failure -> assertThat(failure.isPresent()).isEqualTo(isThere));
            clock.advance(Duration.ofMinutes(1));
            billed.paymentEvents().applyDue();
            assertThat(statusOf(event.id()))
                    .isEqualTo(isThere ? StoredEvent.Status.APPLIED : StoredEvent.Status.UNKNOWN);
            if (isThere) {
                assertThat(results.get(1).failure().orElseThrow()).isInstanceOf(StillBilled.class);
                assertThat(live().status()).isEqualTo(SubscriptionStatus.ACTIVE);
            }
        }
    }

    private boolean receive(byte[] body) {
        return billed.paymentEvents()
                .receive(gateway.name(), body, TestGateway.SIGNED)
                .isPresent();
    }

    @Test
    void what_a_gateway_bills_is_listed_across_tenants_page_by_page_until_it_is_over() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        var first = live();
        var other = given.tenant();
        var begun = Subscription.billed(
                other.id(),
                new SubscriptionId(ids.next()),
                Fixtures.accountOf(other),
                state(GatewaySubscription.Status.PAST_DUE, at(0))
                        .in(gateway.name(), plan.id(), plan.terms().prices().get(0)),
                7,
                clock.instant());
        inTenantThenUndone(other.id(), () -> persistence.subscriptions().insert(begun));
        inTenant(other.id(), () -> persistence.subscriptions().insert(begun));

        assertThat(inPlatform(() -> Pages.all(page -> persistence
                                .subscriptions()
                                .listStillBilled(gateway.name(), new PageRequest(1, page.after())))
                        .map(Subscription::id)
                        .toList()))
                .containsExactly(first.id(), begun.id());
        assertThat(inPlatform(() -> persistence.subscriptions().findBilledElsewhere("text")))
                .isPresent();
        assertThat(inPlatform(() -> persistence.subscriptions().findBilledElsewhere(gateway.name())))
                .isNotEqualTo(Optional.of(first));
        assertThat(inTenant(
                        other.id(),
                        () -> persistence
                                .subscriptions()
                                .listStillBilled(gateway.name(), ALL)
                                .items()))
                .extracting(Subscription::id)
                .containsExactly(begun.id());
        told(state(GatewaySubscription.Status.CANCELED, at(1)));
        assertThat(inPlatform(() -> persistence
                        .subscriptions()
                        .listStillBilled(gateway.name(), ALL)
                        .items()))
                .extracting(Subscription::id)
                .containsExactly(begun.id());
    }

    @Test
    void who_is_told_of_a_missing_payment_is_told_where_to_pay() {
        var owner = given.member(tenant, SystemRole.OWNER);
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(invoice("in-" + subscription, GatewayInvoice.Status.OPEN, period, at(0)));
        told(state(GatewaySubscription.Status.PAST_DUE, at(0)));

        while (billed.upkeep().dun().more()) {
            assertThat(billed.clock().instant()).isEqualTo(clock.instant());
        }

        var email = billed.users().get(owner).email();
        assertThat(allPages(200, page -> billed.mails().list(page)))
                .filteredOn(mail -> mail.recipient().equals(email))
                .singleElement()
                .satisfies(mail -> assertThat(mail.body())
                        .contains("has failed. It can be paid at https://pay.example/in-" + subscription));
    }

    @Test
    void a_period_of_another_length_brings_its_credits_at_once_and_once_when_it_is_paid_for() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(invoice("in-1", GatewayInvoice.Status.PAID, period, at(0)));
        plan = given.plan(terms(300)
                .at(new Price(
                        new PriceKey("yearly"),
                        Price.Interval.YEAR,
                        1,
                        new Money(10_000, "EUR"),
                        Optional.empty(),
                        Optional.empty())));
        var change = start.plus(Duration.ofDays(10));
        var year = new BillingCycle(change, 12).at(change, ZoneOffset.UTC);
        clock.advance(Duration.ofDays(11));

        told(changed("in-rest", Period.between(change, period.end().orElseThrow()), 500));
        told(changed("in-nothing", year, 0));
        assertThat(balance()).isEqualTo(Credits.of(100));
        for (int i = 0; i < 2; i++) {
            told(changed("in-year", year, 9_500));
        }
        told(changed("in-year-again", year, 9_500));

        assertThat(balance()).isEqualTo(Credits.of(400));
        assertThatAllAddsUp();
    }

    /** Paid, for a change to the yearly price. */
    private GatewayInvoice changed(String id, Period paidFor, long paidMinor) {
        var yearly = Optional.of(plan.id() + "/yearly");
        var first = Period.between(paidFor.start(), period.end().orElseThrow());
        return new GatewayInvoice(
                id,
                Optional.of(customer()),
                Optional.of(subscription),
                Optional.of("N-" + id),
                GatewayInvoice.Status.PAID,
                GatewayInvoice.Reason.SUBSCRIPTION_CHANGE,
                Optional.of(paidFor),
                "EUR",
                paidMinor,
                paidMinor,
                0,
                Optional.of("pay-" + id),
                1,
                Optional.empty(),
                Optional.empty(),
                List.of(
                        new GatewayInvoice.Line("Unused time", 1, -500, Optional.of(first), yearly),
                        new GatewayInvoice.Line("Year", 1, paidMinor + 500, Optional.of(paidFor), yearly)),
                paidFor.start(),
                Optional.of(paidFor.start()),
                paidFor.start());
    }

    @Test
    void what_is_told_again_later_and_says_the_same_is_no_change() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(state(GatewaySubscription.Status.ACTIVE, at(1)));
        assertThat(audited("subscription.followed")).hasSize(1);
        assertThat(live().billed().orElseThrow().asOf()).isEqualTo(at(1));

        told(state(GatewaySubscription.Status.PAST_DUE, at(2)));
        assertThat(audited("subscription.followed")).hasSize(2);
    }

    @Test
    void what_nobody_bills_gives_way_and_the_audit_log_tells() {
        known();
        var own = given.plan(terms(10));
        billed.subscriptions()
                .subscribe(
                        id(), account, SubscriptionService.Choice.of(own.plan().value()));
        var left = live().id();

        told(state(GatewaySubscription.Status.ACTIVE, at(0)));

        assertThat(live().planVersionId()).isEqualTo(plan.id());
        assertThat(audited("subscription.gave-way"))
                .singleElement()
                .satisfies(event -> assertThat(event.entityId()).isEqualTo(left.toString()));
    }

    @Test
    void a_customer_who_was_deleted_is_forgotten_and_the_audit_log_tells() {
        known();
        var gone = new PaymentEvent.CustomerDeleted("evt-" + Fixtures.word(), "gone", at(0), customer());
        told(gone);
        told(new PaymentEvent.CustomerDeleted("evt-" + Fixtures.word(), "gone", at(1), customer()));

        assertThat(statusOf(gone.id())).isEqualTo(StoredEvent.Status.APPLIED);
        assertThat(inPlatform(() ->
                        persistence.gatewayDirectory().find(gateway.name(), GatewayName.Kind.CUSTOMER, customer())))
                .isEmpty();
        assertThat(audited("customer.deleted"))
                .singleElement()
                .satisfies(event -> assertThat(event.entityId()).isEqualTo(account.toString()));
    }

    @Test
    void what_had_ended_when_it_is_heard_of_leaves_the_counters_of_what_is_live() {
        var feature = given.feature();
        var monthly = new Quota(
                Optional.of(Quantity.of(10)), Quota.Reset.BILLING_CYCLE, Optional.empty(), Quota.Overage.BLOCK, 0);
        plan = given.plan(terms(100).with(feature.value(), monthly));
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        var used = new QuotaService.Correction(
                QuotaChange.Operation.INCREMENT,
                Optional.of(Quantity.of(5)),
                "used elsewhere",
                Optional.empty(),
                Actor.system());
        billed.quotas().correct(id(), account, feature, Fixtures.key(), used);
        clock.advance(Duration.ofMinutes(5));

        period = Period.between(at(1), at(1).plus(Duration.ofDays(31)));
        subscription = "sub-" + Fixtures.word();
        told(state(GatewaySubscription.Status.CANCELED, at(2)));

        assertThat(live().status()).isEqualTo(SubscriptionStatus.ACTIVE);
        assertThat(inTenant(id(), () -> persistence.quotas().list(id(), account)))
                .singleElement()
                .satisfies(known -> assertThat(known.used()).isEqualTo(Quantity.of(5)));
    }
}
