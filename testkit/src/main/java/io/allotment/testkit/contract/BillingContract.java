package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.application.billing.BillingService.Choice;
import io.allotment.application.billing.BillingService.Way;
import io.allotment.application.billing.ManualInvoiceService;
import io.allotment.application.billing.PaymentEventService;
import io.allotment.application.quota.QuotaService;
import io.allotment.application.shared.Pages;
import io.allotment.application.subscription.SubscriptionService;
import io.allotment.domain.access.Caller;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.billing.BillingOrder;
import io.allotment.domain.billing.BillingTotal;
import io.allotment.domain.billing.Checkout;
import io.allotment.domain.billing.CheckoutOver;
import io.allotment.domain.billing.CheckoutPending;
import io.allotment.domain.billing.CreditProduct;
import io.allotment.domain.billing.Drift;
import io.allotment.domain.billing.EventRefused;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayDispute;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayName;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.billing.GatewayReversal;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.billing.InvoiceNotOpen;
import io.allotment.domain.billing.Invoices;
import io.allotment.domain.billing.ManualInvoice;
import io.allotment.domain.billing.NotRefundablePayment;
import io.allotment.domain.billing.PaymentEvent;
import io.allotment.domain.billing.Refund;
import io.allotment.domain.billing.Refunds;
import io.allotment.domain.billing.ReturnAddresses;
import io.allotment.domain.billing.StoredEvent;
import io.allotment.domain.billing.SubscriptionCheckout;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.BillingOrderId;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RefundId;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import io.allotment.domain.subscription.AlreadySubscribed;
import io.allotment.domain.subscription.BilledByGateway;
import io.allotment.domain.subscription.BillingCycle;
import io.allotment.domain.subscription.StillBilled;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestGateway;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a gateway tells is followed: once, in whatever order, and for whom it is by our own directory alone. */
public abstract class BillingContract extends PersistenceContract {

    private static final PageRequest ALL = PageRequest.first(200);

    private TestGateway gateway;
    private Allotment billed;
    private Tenant tenant;
    private AccountId account;
    private PlanVersion plan;
    private Instant start;
    private Period period;
    private String subscription;

    @BeforeEach
    void a_gateway_a_plan_and_a_customer() {
        gateway = new TestGateway("g" + Fixtures.word().toLowerCase(Locale.ROOT), clock);
        billed = Allotment.with(persistence)
                .clock(clock)
                .ids(ids)
                .payments(gateway)
                .build();
        tenant = given.tenant();
        account = Fixtures.accountOf(tenant);
        plan = given.plan(terms(100));
        start = START.truncatedTo(ChronoUnit.SECONDS);
        period = Period.between(start, start.plus(Duration.ofDays(31)));
        subscription = "sub-" + Fixtures.word();
    }

    private static PlanVersionTerms terms(long credits) {
        var empty = PlanVersionTerms.empty();
        return new PlanVersionTerms(
                0,
                7,
                Optional.empty(),
                Credits.of(credits),
                Credits.ZERO,
                Document.EMPTY,
                List.of(Price.monthly("monthly", 1_000, "EUR")),
                empty.entitlements());
    }

    // What is told

    private String customer() {
        return "customer-" + account;
    }

    private GatewaySubscription state(GatewaySubscription.Status status, Instant asOf) {
        boolean ended = status == GatewaySubscription.Status.CANCELED;
        return new GatewaySubscription(
                subscription,
                Optional.of(customer()),
                status,
                plan.id() + "/monthly",
                1,
                period,
                Optional.empty(),
                false,
                ended ? Optional.of(asOf) : Optional.empty(),
                ended ? Optional.of(asOf) : Optional.empty(),
                Optional.empty(),
                asOf);
    }

    private GatewayInvoice invoice(String id, GatewayInvoice.Status status, Period paidFor, Instant asOf) {
        return invoice(id, status, paidFor, 0, asOf);
    }

    private GatewayInvoice invoice(
            String id, GatewayInvoice.Status status, Period paidFor, long taxMinor, Instant asOf) {
        boolean paid = status == GatewayInvoice.Status.PAID;
        return new GatewayInvoice(
                id,
                Optional.of(customer()),
                Optional.of(subscription),
                Optional.of("N-" + id),
                status,
                GatewayInvoice.Reason.SUBSCRIPTION_CYCLE,
                Optional.of(paidFor),
                "EUR",
                1_000,
                paid ? 1_000 : 0,
                taxMinor,
                paid ? Optional.of("pay-" + id) : Optional.empty(),
                1,
                Optional.of("https://pay.example/" + id),
                Optional.empty(),
                List.of(new GatewayInvoice.Line(
                        "Studio", 1, 1_000, Optional.of(paidFor), Optional.of(plan.id() + "/monthly"))),
                start,
                paid ? Optional.of(asOf) : Optional.empty(),
                asOf);
    }

    private GatewayRefund refund(String id, String payment, long minor, GatewayRefund.Status status, Instant asOf) {
        return new GatewayRefund(
                id, Optional.empty(), payment, new Money(minor, "EUR"), status, Optional.empty(), asOf);
    }

    private void told(GatewayObject state) {
        gateway.is(state);
        told(new PaymentEvent.Told("evt-" + Fixtures.word(), "changed", state.asOf(), state));
    }

    private void told(PaymentEvent event) {
        billed.paymentEvents().receive(gateway.name(), gateway.telling(event), TestGateway.SIGNED);
    }

    /** The account is a customer since it opened a checkout. */
    private void known() {
        var choice = Choice.of(plan.plan().value());
        var order = billed.billing().order(id(), account, choice, Way.PLAIN);
        billed.billing().checkout(id(), account, order, choice, Way.PLAIN);
        billed.billing().cancelCheckout(id(), account, order);
    }

    /** Other suites break things of theirs in the same store. */
    private void assertThatAllAddsUp() {
        assertThat(billed.gate().verify().violations())
                .filteredOn(violation -> violation.tenantId().equals(Optional.of(id())))
                .isEmpty();
    }

    private TenantId id() {
        return tenant.id();
    }

    private Instant at(int minutes) {
        return start.plus(Duration.ofMinutes(minutes));
    }

    private Credits balance() {
        return billed.credits().balance(id(), account).balance();
    }

    private Credits overdraft() {
        return inTenant(id(), () -> persistence.credits().find(id(), account))
                .orElseThrow()
                .overdraft();
    }

    private Subscription live() {
        return billed.subscriptions().get(id(), account);
    }

    private void spend(long credits) {
        inTenant(id(), () -> {
            var known = persistence.credits().find(id(), account).orElseThrow();
            persistence
                    .credits()
                    .save(known.draw(
                            Credits.of(credits),
                            CreditEntry.Type.ADJUSTED,
                            CreditReason.manual(
                                    Actor.system(), Optional.empty(), Optional.of("spent"), Optional.empty()),
                            clock.instant()));
        });
    }

    private StoredEvent.Status statusOf(String event) {
        return inPlatform(() -> persistence.paymentEvents().find(gateway.name(), event))
                .orElseThrow()
                .status();
    }

    // Subscriptions

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
                                Choice.of(dearer.plan().value()),
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
        assertInvalid("version", () -> own.checkout(id(), account, order, older, Way.PLAIN));
        assertInvalid(
                "promotionCode",
                () -> own.checkout(id(), account, order, newest, way(Optional.of("p"), Optional.empty())));
        own.checkout(id(), account, order, newest, Way.PLAIN);
        own.cancelCheckout(id(), account, order);
        billed.billing().order(id(), account, older, way(Optional.of("p"), Optional.of(true)));

        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        assertInvalid("version", () -> own.change(id(), account, Fixtures.key(), older, true));
        assertInvalid("prorated", () -> own.change(id(), account, Fixtures.key(), newest, false));
        clock.advance(Duration.ofMinutes(5));
        assertThat(billed.billing()
                        .change(id(), account, Fixtures.key(), older, false)
                        .subscription()
                        .planVersionId())
                .isEqualTo(cheap.id());
        clock.advance(Duration.ofMinutes(5));
        assertThat(own.change(id(), account, Fixtures.key(), older, true)
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

    private static void assertInvalid(String field, ThrowingCallable work) {
        assertThatThrownBy(work)
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains(field));
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
        billed.billing().change(id(), account, Fixtures.key(), yearly, true);
        clock.advance(Duration.ofMinutes(5));

        var nine = new Choice(both.plan(), Optional.empty(), Optional.empty(), Optional.of(9));
        billed.billing().change(id(), account, Fixtures.key(), nine, true);

        assertThat(live().price()).contains(new PriceKey("yearly"));
        assertThat(live().billed().orElseThrow().quantity()).isEqualTo(9);
    }

    @Test
    void a_change_keeps_the_quantity_and_who_is_on_a_retired_plan_changes_it_there() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        var own = billed.as(Caller.user(given.member(tenant, SystemRole.OWNER), Origin.HERE))
                .billing();
        var seven = new Choice(plan.plan(), Optional.empty(), Optional.empty(), Optional.of(7));
        clock.advance(Duration.ofMinutes(5));
        own.change(id(), account, Fixtures.key(), seven, true);
        var other = given.plan(terms(300));
        clock.advance(Duration.ofMinutes(5));
        own.change(id(), account, Fixtures.key(), Choice.of(other.plan().value()), true);
        assertThat(live().billed().orElseThrow().quantity()).isEqualTo(7);

        billed.catalog().addVersion(other.plan(), terms(400));
        billed.catalog().updatePlan(other.plan(), BillingContract::retired);
        clock.advance(Duration.ofMinutes(5));
        own.change(
                id(),
                account,
                Fixtures.key(),
                new Choice(other.plan(), Optional.empty(), Optional.empty(), Optional.of(9)),
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
                                new Choice(other.plan(), Optional.of(2), Optional.empty(), Optional.empty()),
                                true));
        billed.catalog().updatePlan(plan.plan(), BillingContract::retired);
        assertInvalid(
                "plan",
                () -> own.change(
                        id(), account, Fixtures.key(), Choice.of(plan.plan().value()), true));
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

    private PaymentEvent.Told begun(String other, int minute) {
        subscription = other;
        var state = state(GatewaySubscription.Status.ACTIVE, at(minute));
        gateway.is(state);
        return new PaymentEvent.Told("evt-" + Fixtures.word(), "changed", at(minute), state);
    }

    private StoredEvent stored(PaymentEvent event) {
        return inPlatform(() -> persistence.paymentEvents().find(gateway.name(), event.id()))
                .orElseThrow();
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

    @Test
    void what_cannot_be_applied_is_tried_for_thirty_days() {
        known();
        var event = new PaymentEvent.Told(
                "evt-" + Fixtures.word(), "changed", at(0), state(GatewaySubscription.Status.ACTIVE, at(0)));
        var stored = StoredEvent.received(
                gateway.name(),
                gateway.verify(gateway.telling(event), TestGateway.SIGNED, clock.instant()),
                clock.instant());

        assertThat(stored.failed("broken", clock.instant().plus(Duration.ofDays(30)))
                        .nextAt())
                .isPresent();
        var given = stored.failed(
                "broken", clock.instant().plus(Duration.ofDays(30)).plusSeconds(1));
        assertThat(given.nextAt()).isEmpty();
        assertThat(given.status()).isEqualTo(StoredEvent.Status.WAITING);
        assertThat(given.problem()).contains("broken");
    }

    // Purchases and refunds

    private String bought(CreditProduct product) {
        var purchase = billed.creditPurchases().buy(id(), account, product.key());
        return purchase.checkout().orElseThrow().id();
    }

    private CreditProduct product() {
        return billed.creditProducts().create(CreditProduct.of(Fixtures.word(), "A hundred", 100, 1_900, "EUR"));
    }

    private GatewayCheckout checkout(String id, GatewayCheckout.Status status, String payment, Instant asOf) {
        boolean paid = status == GatewayCheckout.Status.PAID;
        return new GatewayCheckout(
                id,
                Optional.of(customer()),
                status,
                Optional.empty(),
                Optional.empty(),
                paid ? Optional.of(payment) : Optional.empty(),
                asOf);
    }

    private String paid() {
        var checkout = bought(product());
        var payment = "pay-" + Fixtures.word();
        told(checkout(checkout, GatewayCheckout.Status.PAYING, payment, at(0)));
        assertThat(balance()).isEqualTo(Credits.ZERO);
        told(checkout(checkout, GatewayCheckout.Status.PAID, payment, at(1)));
        told(checkout(checkout, GatewayCheckout.Status.PAID, payment, at(2)));
        return payment;
    }

    @Test
    void a_purchase_that_is_paid_brings_its_credits_once_and_stands_in_the_history() {
        paid();

        assertThat(balance()).isEqualTo(Credits.of(100));
        var invoice = billed.billing()
                .listInvoices(id(), Invoices.Filter.ALL, ALL)
                .items()
                .get(0);
        assertThat(invoice.told().reason()).isEqualTo(GatewayInvoice.Reason.PURCHASE);
        assertThat(invoice.told().paidMinor()).isEqualTo(1_900);
        assertThat(invoice.purchase()).isPresent();
    }

    @Test
    void a_purchase_that_was_paid_by_hand_already_is_told_of_and_not_tried_for_ever() {
        var checkout = bought(product());
        var purchase =
                billed.creditPurchases().list(id(), account, ALL).items().get(0).id();
        billed.creditPurchases().paid(id(), account, purchase, "bank 17");
        var state = checkout(checkout, GatewayCheckout.Status.PAID, "pay-" + Fixtures.word(), at(1));
        gateway.is(state);
        var again = new PaymentEvent.Told("evt-" + Fixtures.word(), "changed", at(1), state);
        told(again);

        assertThat(stored(again).status()).isEqualTo(StoredEvent.Status.IGNORED);
        assertThat(stored(again).problem()).contains("The purchase " + purchase + " was paid by bank 17 already.");
        assertThat(stored(again).nextAt()).isEmpty();
        assertThat(balance()).isEqualTo(Credits.of(100));
    }

    @Test
    void what_goes_back_takes_its_part_of_the_credits_and_what_was_spent_of_them_is_owed() {
        var payment = paid();
        spend(80);

        told(refund("re-1", payment, 950, GatewayRefund.Status.SUCCEEDED, at(3)));
        told(refund("re-1", payment, 950, GatewayRefund.Status.SUCCEEDED, at(3)));
        assertThat(balance()).isEqualTo(Credits.of(-30));
        assertThat(overdraft()).isEqualTo(Credits.of(30));

        told(refund("re-1", payment, 950, GatewayRefund.Status.FAILED, at(4)));
        assertThat(balance()).isEqualTo(Credits.of(20));
        assertThat(overdraft()).isEqualTo(Credits.ZERO);
        assertThat(billed.billing()
                        .listRefunds(id(), Refunds.Filter.of(account), ALL)
                        .items())
                .singleElement()
                .satisfies(refund -> {
                    assertThat(refund.status()).isEqualTo(Refund.Status.FAILED);
                    assertThat(refund.taken()).isEmpty();
                });
        assertThatAllAddsUp();
    }

    @Test
    void a_refund_that_is_told_before_the_payment_takes_back_what_comes() {
        var checkout = bought(product());
        var refund = new PaymentEvent.Told(
                "evt-" + Fixtures.word(),
                "refunded",
                at(5),
                new GatewayRefund(
                        "re-1",
                        Optional.of(customer()),
                        "pay-early",
                        new Money(1_900, "EUR"),
                        GatewayRefund.Status.SUCCEEDED,
                        Optional.empty(),
                        at(5)));
        told(refund);
        told(checkout(checkout, GatewayCheckout.Status.PAID, "pay-early", at(1)));

        assertThat(balance()).isEqualTo(Credits.ZERO);
        assertThat(overdraft()).isEqualTo(Credits.ZERO);
        assertThatAllAddsUp();
    }

    @Test
    void a_dispute_takes_the_credits_until_it_is_won() {
        var payment = paid();
        var disputed = dispute(payment, GatewayDispute.Status.OPEN, at(3));
        told(disputed);
        assertThat(balance()).isEqualTo(Credits.ZERO);

        told(dispute(payment, GatewayDispute.Status.WON, at(4)));
        told(disputed);
        assertThat(balance()).isEqualTo(Credits.of(100));
    }

    private static GatewayDispute dispute(String payment, GatewayDispute.Status status, Instant asOf) {
        return new GatewayDispute(
                "dp-1", Optional.empty(), payment, new Money(1_900, "EUR"), status, Optional.empty(), asOf);
    }

    @Test
    void what_ended_unspent_before_the_money_went_back_is_not_owed() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(invoice("in-1", GatewayInvoice.Status.PAID, period, at(0)));
        spend(30);
        clock.advance(Duration.ofDays(40));

        told(refund("re-1", "pay-in-1", 1_000, GatewayRefund.Status.SUCCEEDED, at(60 * 24 * 40)));

        assertThat(balance()).isEqualTo(Credits.of(-30));
        assertThatAllAddsUp();
    }

    // All orders

    private interface Telling {
        void tell();
    }

    /** In how many orders things are told where all are the same; a store that is slow can take fewer, spread over all. */
    protected int orders() {
        return Integer.MAX_VALUE;
    }

    /** The same world for each order of what is told in it. */
    private void inAllOrders(List<Telling> told, Runnable world, Runnable end) {
        var all = new ArrayList<List<Telling>>();
        permute(told, List.of(), all);
        int step = Math.max(1, all.size() / orders());
        for (int i = 0; i < all.size(); i += step) {
            a_gateway_a_plan_and_a_customer();
            world.run();
            all.get(i).forEach(Telling::tell);
            end.run();
        }
    }

    private static void permute(List<Telling> left, List<Telling> told, List<List<Telling>> all) {
        if (left.isEmpty()) {
            all.add(told);
        }
        for (int i = 0; i < left.size(); i++) {
            var rest = new ArrayList<>(left);
            var order = new ArrayList<>(told);
            order.add(rest.remove(i));
            permute(rest, order, all);
        }
    }

    private GatewayInvoice purchaseInvoice(GatewayInvoice.Status status, Instant asOf) {
        boolean paid = status == GatewayInvoice.Status.PAID;
        return new GatewayInvoice(
                "in-late",
                Optional.of(customer()),
                Optional.empty(),
                Optional.of("N-1"),
                status,
                GatewayInvoice.Reason.MANUAL,
                Optional.empty(),
                "EUR",
                1_900,
                paid ? 1_900 : 0,
                0,
                paid ? Optional.of("pay-late") : Optional.empty(),
                1,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                start,
                paid ? Optional.of(asOf) : Optional.empty(),
                asOf);
    }

    @Test
    void a_purchase_stands_once_in_the_history_whenever_its_invoice_is_told_of() {
        var checkout = new AtomicReference<String>();
        inAllOrders(
                List.of(
                        () -> told(checkout(checkout.get(), GatewayCheckout.Status.PAID, "pay-late", at(1))),
                        () -> told(purchaseInvoice(GatewayInvoice.Status.OPEN, at(2))),
                        () -> told(purchaseInvoice(GatewayInvoice.Status.PAID, at(3))),
                        () -> told(new GatewayCheckout(
                                checkout.get(),
                                Optional.of(customer()),
                                GatewayCheckout.Status.PAID,
                                Optional.empty(),
                                Optional.of("in-late"),
                                Optional.of("pay-late"),
                                at(4))),
                        () -> told(refund("re-1", "pay-late", 950, GatewayRefund.Status.SUCCEEDED, at(5)))),
                () -> checkout.set(bought(product())),
                () -> {
                    // What named nothing of ours at first is looked at again.
                    clock.advance(Duration.ofMinutes(1));
                    billed.paymentEvents().applyDue();
                    assertThat(billed.billing()
                                    .listInvoices(id(), Invoices.Filter.ALL, ALL)
                                    .items())
                            .singleElement()
                            .satisfies(invoice -> {
                                assertThat(invoice.told().id()).isEqualTo("in-late");
                                assertThat(invoice.told().number()).contains("N-1");
                                assertThat(invoice.told().status()).isEqualTo(GatewayInvoice.Status.PAID);
                                assertThat(invoice.purchase()).isPresent();
                                assertThat(invoice.grant()).isPresent();
                            });
                    assertThat(balance()).isEqualTo(Credits.of(50));
                });
    }

    @Test
    void credits_of_a_period_stay_while_a_payment_for_it_stands_whichever_is_told_of_first() {
        inAllOrders(
                List.of(
                        () -> told(invoice("in-1", GatewayInvoice.Status.PAID, period, at(1))),
                        () -> told(invoice("in-2", GatewayInvoice.Status.PAID, period, at(2))),
                        () -> told(refund("re-1", "pay-in-1", 1_000, GatewayRefund.Status.SUCCEEDED, at(3))),
                        () -> told(refund("re-2", "pay-in-2", 250, GatewayRefund.Status.SUCCEEDED, at(4)))),
                () -> {
                    known();
                    told(state(GatewaySubscription.Status.ACTIVE, at(0)));
                },
                () -> {
                    clock.advance(Duration.ofMinutes(1));
                    billed.paymentEvents().applyDue();
                    assertThat(balance()).isEqualTo(Credits.of(75));
                    assertThat(billed.billing()
                                    .listRefunds(id(), Refunds.Filter.of(account), ALL)
                                    .items())
                            .extracting(refund -> refund.gatewayId() + " " + refund.taken())
                            .containsExactlyInAnyOrder("re-1 Optional.empty", "re-2 Optional[25]");
                    assertThat(billed.billing()
                                    .listInvoices(id(), Invoices.Filter.ALL, ALL)
                                    .items())
                            .filteredOn(invoice -> invoice.grant().isPresent())
                            .extracting(invoice -> invoice.told().id())
                            .containsExactly("in-2");
                });
    }

    @Test
    void what_was_spent_of_a_period_is_owed_once_its_last_payment_goes_back_and_comes_back_with_any() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(invoice("in-1", GatewayInvoice.Status.PAID, period, at(1)));
        told(invoice("in-2", GatewayInvoice.Status.PAID, period, at(2)));
        spend(80);

        told(refund("re-1", "pay-in-1", 1_000, GatewayRefund.Status.SUCCEEDED, at(3)));
        assertThat(balance()).isEqualTo(Credits.of(20));
        told(refund("re-2", "pay-in-2", 1_000, GatewayRefund.Status.SUCCEEDED, at(4)));
        assertThat(balance()).isEqualTo(Credits.of(-80));
        told(refund("re-1", "pay-in-1", 1_000, GatewayRefund.Status.FAILED, at(5)));
        assertThat(balance()).isEqualTo(Credits.of(20));
        assertThat(overdraft()).isEqualTo(Credits.ZERO);
        assertThatAllAddsUp();
    }

    @Test
    void the_operator_pays_back_once_for_the_name_and_no_more_than_was_paid() {
        paid();
        var invoice = billed.billing()
                .listInvoices(id(), Invoices.Filter.ALL, ALL)
                .items()
                .get(0)
                .id();
        var half = Optional.of(950L);

        var order = billed.billing().orderRefund(id(), account, invoice, half);
        var refund = billed.billing().refund(id(), account, invoice, order, Optional.of("sorry"));
        assertThat(refund.taken()).contains(Credits.of(50));
        assertThat(refund.id()).isEqualTo(order.id());
        assertThat(billed.billing().refund(id(), account, invoice, order, Optional.of("sorry")))
                .isEqualTo(refund);
        assertThat(balance()).isEqualTo(Credits.of(50));

        assertThatThrownBy(() -> billed.billing().orderRefund(id(), account, invoice, Optional.of(951L)))
                .isInstanceOf(NotRefundablePayment.class);
        var rest = billed.billing().orderRefund(id(), account, invoice, Optional.empty());
        billed.billing().refund(id(), account, invoice, rest, Optional.empty());
        assertThat(balance()).isEqualTo(Credits.ZERO);
        assertThatAllAddsUp();
    }

    @Test
    void a_refund_that_was_heard_of_before_its_answer_is_one_and_the_audit_log_joins_both() {
        var payment = paid();
        var invoice = billed.billing()
                .listInvoices(id(), Invoices.Filter.ALL, ALL)
                .items()
                .get(0)
                .id();
        var order = billed.billing().orderRefund(id(), account, invoice, Optional.of(950L));
        told(refund("refund-" + order.id(), payment, 950, GatewayRefund.Status.SUCCEEDED, at(3)));

        var refund = billed.billing().refund(id(), account, invoice, order, Optional.empty());

        assertThat(refund.id()).isNotEqualTo(order.id());
        assertThat(billed.billing()
                        .listRefunds(id(), Refunds.Filter.of(account), ALL)
                        .items())
                .containsExactly(refund);
        assertThat(balance()).isEqualTo(Credits.of(50));
        assertThat(audited("refund.heard-of")).singleElement().satisfies(event -> {
            assertThat(event.entityId()).isEqualTo(refund.id().toString());
            assertThat(event.after().fields())
                    .containsEntry("ordered", order.id().toString());
        });
    }

    @Test
    void what_the_operator_took_by_hand_goes_back_by_hand() {
        var buyer = given.tenant();
        var product =
                allotment.creditProducts().create(CreditProduct.of(Fixtures.word(), "A hundred", 100, 1_900, "EUR"));
        var own = Fixtures.accountOf(buyer);
        var purchase = allotment.creditPurchases().buy(buyer.id(), own, product.key());
        allotment.creditPurchases().paid(buyer.id(), own, purchase.id(), "bank 17");
        allotment.creditPurchases().paid(buyer.id(), own, purchase.id(), "bank 17");
        var invoice = allotment
                .billing()
                .listInvoices(buyer.id(), Invoices.Filter.ALL, ALL)
                .items();
        assertThat(invoice).hasSize(1);

        var order =
                allotment.billing().orderRefund(buyer.id(), own, invoice.get(0).id(), Optional.empty());
        for (int i = 0; i < 2; i++) {
            allotment.billing().refund(buyer.id(), own, invoice.get(0).id(), order, Optional.empty());
        }

        assertThat(allotment.credits().balance(buyer.id(), own).balance()).isEqualTo(Credits.ZERO);
        assertThat(allotment
                        .billing()
                        .listRefunds(buyer.id(), Refunds.Filter.of(own), ALL)
                        .items())
                .hasSize(1);
    }

    @Test
    void of_two_refunds_that_were_ordered_before_either_was_made_only_what_was_paid_goes_back() {
        var buyer = given.tenant();
        var product =
                allotment.creditProducts().create(CreditProduct.of(Fixtures.word(), "A hundred", 100, 1_900, "EUR"));
        var own = Fixtures.accountOf(buyer);
        var purchase = allotment.creditPurchases().buy(buyer.id(), own, product.key());
        allotment.creditPurchases().paid(buyer.id(), own, purchase.id(), "bank 17");
        var invoice = allotment
                .billing()
                .listInvoices(buyer.id(), Invoices.Filter.ALL, ALL)
                .items()
                .get(0)
                .id();
        var first = allotment.billing().orderRefund(buyer.id(), own, invoice, Optional.empty());
        var second = allotment.billing().orderRefund(buyer.id(), own, invoice, Optional.of(1L));

        allotment.billing().refund(buyer.id(), own, invoice, first, Optional.empty());
        assertThatThrownBy(() -> allotment.billing().refund(buyer.id(), own, invoice, second, Optional.empty()))
                .isInstanceOf(NotRefundablePayment.class);

        assertThat(allotment
                        .billing()
                        .listRefunds(buyer.id(), Refunds.Filter.of(own), ALL)
                        .items())
                .singleElement()
                .satisfies(refund -> assertThat(refund.id()).isEqualTo(first.id()));
    }

    // Invoices that the operator writes

    private static ManualInvoice written(long... amountsMinor) {
        return new ManualInvoice(
                Optional.of("2026-117"),
                "EUR",
                LongStream.of(amountsMinor)
                        .mapToObj(minor ->
                                new GatewayInvoice.Line("Studio", 1, minor, Optional.empty(), Optional.empty()))
                        .toList(),
                190,
                Optional.empty());
    }

    private static Optional<ManualInvoiceService.Payment> transfer(String reference) {
        return Optional.of(new ManualInvoiceService.Payment(Optional.of(reference), Optional.empty()));
    }

    private Subscription subscribedByHand() {
        return billed.subscriptions()
                .subscribe(
                        id(), account, SubscriptionService.Choice.of(plan.plan().value()));
    }

    private void payBack(Invoice invoice, long minor) {
        var order = billed.billing().orderRefund(id(), account, invoice.id(), Optional.of(minor));
        billed.billing().refund(id(), account, invoice.id(), order, Optional.empty());
    }

    @Test
    void what_is_written_and_paid_by_hand_stands_in_the_history_and_goes_back_by_hand() {
        var open = billed.manualInvoices().create(id(), account, written(2_000, -100), false, Optional.empty());
        assertThat(open.told().status()).isEqualTo(GatewayInvoice.Status.OPEN);
        assertThat(open.told().totalMinor()).isEqualTo(2_090);
        assertThat(audited("invoice.created")).hasSize(1);

        var seen = transfer("bank 17").orElseThrow();
        var paid = billed.manualInvoices().paid(id(), account, open.id(), seen);
        assertThat(billed.manualInvoices().paid(id(), account, open.id(), seen)).isEqualTo(paid);
        assertThat(paid.told().paidMinor()).isEqualTo(2_090);
        assertThat(paid.told().paidAt()).contains(clock.instant());
        assertThat(paid.reference()).contains("bank 17");
        assertThat(audited("invoice.paid")).hasSize(1);
        assertThat(billed.billing().getInvoice(id(), account, open.id())).isEqualTo(paid);
        assertThatThrownBy(() -> billed.manualInvoices()
                        .paid(id(), account, open.id(), transfer("bank 18").orElseThrow()))
                .isInstanceOf(InvoiceNotOpen.class);
        assertThatThrownBy(() -> billed.manualInvoices().makeVoid(id(), account, open.id()))
                .isInstanceOf(InvoiceNotOpen.class);

        payBack(paid, 90);
        assertThatThrownBy(() -> payBack(paid, 2_001)).isInstanceOf(NotRefundablePayment.class);
        assertThat(billed.billing()
                        .listRefunds(id(), Refunds.Filter.of(account), ALL)
                        .items())
                .hasSize(1);
        assertThat(balance()).isEqualTo(Credits.ZERO);
        assertThatAllAddsUp();
    }

    @Test
    void what_nobody_is_to_pay_is_void_for_good() {
        var open = billed.manualInvoices().create(id(), account, written(100), false, Optional.empty());

        billed.manualInvoices().makeVoid(id(), account, open.id());
        var voided = billed.manualInvoices().makeVoid(id(), account, open.id());

        assertThat(voided.told().status()).isEqualTo(GatewayInvoice.Status.VOID);
        assertThat(audited("invoice.voided")).hasSize(1);
        assertThatThrownBy(() -> billed.manualInvoices()
                        .paid(id(), account, open.id(), transfer("bank 17").orElseThrow()))
                .isInstanceOf(InvoiceNotOpen.class);
        assertInvalid("lines", () -> written());
        assertInvalid("lines", () -> written(5, -6));
        assertInvalid("lines", () -> written(ManualInvoice.MAX_AMOUNT_MINOR + 1));
        assertThatThrownBy(() -> billed.as(Caller.user(given.member(tenant, SystemRole.OWNER), Origin.HERE))
                        .manualInvoices()
                        .create(id(), account, written(1), false, Optional.empty()))
                .isInstanceOf(Refusal.class);
    }

    @Test
    void a_transfer_for_a_missing_payment_brings_the_credits_of_the_period_once() {
        subscribedByHand();
        clock.advance(Duration.ofDays(1));
        billed.subscriptions().markPastDue(id(), account);
        clock.advance(Duration.ofDays(1));
        var open = billed.manualInvoices().create(id(), account, written(810), true, Optional.empty());
        assertThat(open.told().period()).contains(live().currentPeriod());

        var paid = billed.manualInvoices()
                .paid(id(), account, open.id(), transfer("bank 17").orElseThrow());

        assertThat(live().status()).isEqualTo(SubscriptionStatus.ACTIVE);
        assertThat(balance()).isEqualTo(Credits.of(100));
        assertThat(paid.grant()).isPresent();
        var again = billed.manualInvoices().create(id(), account, written(810), true, transfer("bank 18"));
        assertThat(balance()).isEqualTo(Credits.of(100));

        payBack(paid, 1_000);
        assertThat(balance()).as("the other transfer stands").isEqualTo(Credits.of(100));
        payBack(again, 500);
        assertThat(balance()).isEqualTo(Credits.of(50));
        assertThatAllAddsUp();
    }

    @Test
    void a_transfer_that_comes_after_the_grace_begins_the_subscription_anew() {
        var first = subscribedByHand();
        billed.subscriptions().markPastDue(id(), account);
        var open = billed.manualInvoices().create(id(), account, written(810), true, Optional.empty());
        clock.advance(Duration.ofDays(40));
        assertThat(live().status()).isEqualTo(SubscriptionStatus.EXPIRED);

        var paid = billed.manualInvoices()
                .paid(id(), account, open.id(), transfer("bank 17").orElseThrow());

        assertThat(live().status()).isEqualTo(SubscriptionStatus.ACTIVE);
        assertThat(live().id()).isNotEqualTo(first.id());
        assertThat(paid.told().subscriptionId()).contains(live().id().toString());
        assertThat(paid.told().period()).contains(live().currentPeriod());
        assertThat(paid.grant()).isPresent();
        assertThat(balance()).isEqualTo(Credits.of(100));
    }

    @Test
    void a_transfer_for_what_was_not_to_go_on_or_was_ended_by_somebody_begins_nothing_anew() {
        List<Runnable> ends = List.of(
                () -> billed.subscriptions().setAutoRenew(id(), account, false),
                () -> billed.subscriptions().expire(id(), account),
                () -> {
                    billed.subscriptions().setAutoRenew(id(), account, false);
                    billed.subscriptions().markPastDue(id(), account);
                },
                () -> {
                    billed.subscriptions().markPastDue(id(), account);
                    billed.subscriptions().cancel(id(), account, true, Optional.empty());
                });
        for (var end : ends) {
            var last = subscribedByHand();
            var open = billed.manualInvoices().create(id(), account, written(810), true, Optional.empty());
            end.run();
            clock.advance(Duration.ofDays(40));
            assertThat(live().status()).isEqualTo(SubscriptionStatus.EXPIRED);

            var paid = billed.manualInvoices()
                    .paid(id(), account, open.id(), transfer("bank 17").orElseThrow());

            assertThat(live().id()).isEqualTo(last.id());
            assertThat(live().status()).isEqualTo(SubscriptionStatus.EXPIRED);
            assertThat(paid.told().status()).isEqualTo(GatewayInvoice.Status.PAID);
            assertThat(paid.told().subscriptionId()).contains(last.id().toString());
            assertThat(paid.told().period()).isEqualTo(open.told().period());
        }
        assertThatAllAddsUp();
    }

    @Test
    void what_a_gateway_bills_is_not_paid_by_hand() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(invoice("in-1", GatewayInvoice.Status.OPEN, period, at(1)));
        var theirs = billed.billing()
                .listInvoices(id(), Invoices.Filter.ALL, ALL)
                .items()
                .get(0);

        assertThatThrownBy(() -> billed.manualInvoices().create(id(), account, written(810), true, transfer("bank 17")))
                .isInstanceOf(BilledByGateway.class);
        assertThatThrownBy(() -> billed.manualInvoices()
                        .paid(id(), account, theirs.id(), transfer("bank 17").orElseThrow()))
                .isInstanceOf(InvoiceNotOpen.class);
        assertThatThrownBy(() -> billed.manualInvoices().makeVoid(id(), account, theirs.id()))
                .isInstanceOf(InvoiceNotOpen.class);
    }

    // Events

    @Test
    void what_is_not_signed_leaves_nothing() {
        var event = new PaymentEvent.Told(
                "evt-" + Fixtures.word(), "changed", at(0), state(GatewaySubscription.Status.ACTIVE, at(0)));
        var body = gateway.telling(event);

        assertThatThrownBy(() -> billed.paymentEvents().receive(gateway.name(), body, Optional.of("forged")))
                .isInstanceOf(EventRefused.class);
        assertThatThrownBy(() -> billed.paymentEvents().receive(gateway.name(), body, Optional.empty()))
                .isInstanceOf(EventRefused.class);

        assertThat(inPlatform(() -> persistence.paymentEvents().find(gateway.name(), event.id())))
                .isEmpty();
    }

    @Test
    void an_event_that_names_nothing_of_ours_waits_until_it_does() {
        var event = new PaymentEvent.Told(
                "evt-" + Fixtures.word(), "changed", at(0), state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(event);
        assertThat(statusOf(event.id())).isEqualTo(StoredEvent.Status.UNKNOWN);

        known();
        clock.advance(Duration.ofMinutes(1));
        billed.paymentEvents().applyDue();

        assertThat(statusOf(event.id())).isEqualTo(StoredEvent.Status.APPLIED);
        assertThat(live().status()).isEqualTo(SubscriptionStatus.ACTIVE);
    }

    @Test
    void an_event_is_kept_once_and_its_payload_goes_when_it_is_applied() {
        known();
        var event = new PaymentEvent.Told(
                "evt-" + Fixtures.word(), "changed", at(0), state(GatewaySubscription.Status.ACTIVE, at(0)));
        var body = gateway.telling(event);

        assertThat(billed.paymentEvents().receive(gateway.name(), body, TestGateway.SIGNED))
                .contains(event.id());
        assertThat(billed.paymentEvents().receive(gateway.name(), body, TestGateway.SIGNED))
                .isEmpty();

        var stored = inPlatform(() -> persistence.paymentEvents().find(gateway.name(), event.id()))
                .orElseThrow();
        assertThat(stored.status()).isEqualTo(StoredEvent.Status.APPLIED);
        assertThat(stored.payload()).isEmpty();
        assertThat(stored.doneAt()).contains(clock.instant());
    }

    @Test
    void the_payload_of_what_names_nothing_of_ours_goes_with_the_last_try() {
        var event = new PaymentEvent.Told(
                "evt-" + Fixtures.word(), "changed", at(0), state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(event);
        assertThat(stored(event).payload()).isPresent();

        clock.advance(Duration.ofDays(30).plusSeconds(1));
        billed.paymentEvents().applyDue();

        assertThat(stored(event).status()).isEqualTo(StoredEvent.Status.UNKNOWN);
        assertThat(stored(event).payload()).isEmpty();
        assertThat(stored(event).nextAt()).isEmpty();
        assertThat(stored(event).problem()).isPresent();
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
    void an_event_in_other_words_is_asked_for_and_one_of_no_concern_is_ignored() {
        known();
        gateway.is(state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(new PaymentEvent.Changed(
                "evt-" + Fixtures.word(), "changed", at(0), GatewayObject.Kind.SUBSCRIPTION, subscription));
        assertThat(live().status()).isEqualTo(SubscriptionStatus.ACTIVE);

        var none = new PaymentEvent.Ignored("evt-" + Fixtures.word(), "weather.changed", at(0));
        told(none);
        assertThat(statusOf(none.id())).isEqualTo(StoredEvent.Status.IGNORED);
    }

    /** Nobody knows its price. */
    private PaymentEvent.Told unreadable() {
        var unknownPrice = new GatewaySubscription(
                subscription,
                Optional.of(customer()),
                GatewaySubscription.Status.ACTIVE,
                "price-of-nobody",
                1,
                period,
                Optional.empty(),
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                at(0));
        return new PaymentEvent.Told("evt-" + Fixtures.word(), "changed", at(0), unknownPrice);
    }

    @Test
    void what_cannot_be_applied_waits_for_the_job_and_stops_nobody_else() {
        known();
        var event = unreadable();
        told(event);
        assertThat(statusOf(event.id())).isEqualTo(StoredEvent.Status.WAITING);

        clock.advance(Duration.ofMinutes(1));
        var portion = billed.paymentEvents().applyDue();

        assertThat(portion.failed()).isEqualTo(1);
        assertThat(inPlatform(() -> persistence.failedWorks().find(id(), PaymentEventService.JOB)))
                .isPresent();
    }

    @Test
    void what_was_told_long_ago_goes_however_it_stands() {
        known();
        var none = new PaymentEvent.Ignored("evt-" + Fixtures.word(), "weather.changed", at(0));
        told(none);
        var waiting = unreadable();
        told(waiting);

        clock.advance(Duration.ofDays(90));
        while (billed.upkeep().retain().more()) {}
        assertThat(statusOf(none.id())).isEqualTo(StoredEvent.Status.IGNORED);
        assertThat(statusOf(waiting.id())).isEqualTo(StoredEvent.Status.WAITING);
        clock.advance(Duration.ofSeconds(1));
        while (billed.upkeep().retain().more()) {}

        assertThat(inPlatform(() -> persistence.paymentEvents().find(gateway.name(), none.id())))
                .isEmpty();
        assertThat(inPlatform(() -> persistence.paymentEvents().find(gateway.name(), waiting.id())))
                .isEmpty();
        assertThatThrownBy(() -> inTenant(id(), () -> persistence.retentions().removePaymentEvents(clock.instant(), 1)))
                .isInstanceOf(IllegalStateException.class);
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

    // Checkouts

    private CheckoutId ordered() {
        return billed.billing().order(id(), account, Choice.of(plan.plan().value()), Way.PLAIN);
    }

    private Checkout opened(CheckoutId order) {
        return billed.billing()
                .checkout(id(), account, order, Choice.of(plan.plan().value()), Way.PLAIN);
    }

    private GatewayCheckout subscribed(Checkout at, GatewayCheckout.Status status, int minute) {
        return new GatewayCheckout(
                at.id(),
                Optional.of(customer()),
                status,
                status == GatewayCheckout.Status.PAID ? Optional.of(subscription) : Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                at(minute));
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

    // Deleting a tenant meanwhile

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

    private boolean deleted() {
        billed.tenants().delete(id());
        return true;
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

    // Orders

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
                        .change(id(), account, key, Choice.of(plan.plan().value()), true))) {
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
        assertThatThrownBy(() -> billed.billing().change(id(), account, key, three, true))
                .isInstanceOf(Unavailable.class);
        assertThat(live().billed().orElseThrow().quantity()).isEqualTo(1);
        billed.catalog().addVersion(dearer.plan(), terms(400));
        clock.advance(Duration.ofDays(2));

        for (int i = 0; i < 2; i++) {
            var answer = billed.billing().change(id(), account, key, three, true);
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
                new BillingOrder.Change("price", 2, true),
                Optional.empty(),
                clock.instant(),
                Optional.empty());
        inTenantThenUndone(id(), () -> persistence.billingOrders().insert(order));
        assertThat(inTenant(id(), () -> persistence.billingOrders().insert(order)))
                .isTrue();
        assertThat(inTenant(id(), () -> persistence.billingOrders().insert(order)))
                .isFalse();
        var refused = order.refused("no", clock.instant());
        inTenant(id(), () -> persistence.billingOrders().update(refused));

        assertThat(inTenant(id(), () -> persistence.billingOrders().find(id(), order.key())))
                .contains(refused);
        var other = given.tenant().id();
        assertThat(inTenant(other, () -> persistence.billingOrders().find(id(), order.key())))
                .isEmpty();
        clock.advance(Duration.ofDays(500));
        while (billed.upkeep().retain().more()) {}
        assertThat(inTenant(id(), () -> persistence.billingOrders().find(id(), order.key())))
                .isEmpty();
    }

    // Reconciling

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
                .leavesOut(GatewayObject.Kind.CHECKOUT, place.id());
        assertThat(drifts(true)).isEmpty();
        gateway.isAway(true);
        var unanswered = billed.paymentEvents().reconcile(true);
        assertThat(unanswered.failed()).hasSize(2);
        assertThat(unanswered.drifted()).isEmpty();
        assertThat(live().status()).isEqualTo(SubscriptionStatus.ACTIVE);

        clock.advance(Duration.ofMinutes(5));
        gateway.isAway(false)
                .forgets(GatewayObject.Kind.SUBSCRIPTION, subscription)
                .forgets(GatewayObject.Kind.CHECKOUT, place.id());
        for (boolean apply : List.of(false, true)) {
            assertThat(drifts(apply))
                    .containsExactly(
                            "SUBSCRIPTION exists: true -> false",
                            "SUBSCRIPTION canceledAt:  -> " + clock.instant(),
                            "SUBSCRIPTION endedAt:  -> " + clock.instant(),
                            "SUBSCRIPTION status: ACTIVE -> CANCELED",
                            "CHECKOUT exists: true -> false",
                            "CHECKOUT checkout: OPEN -> CLOSED");
        }
        assertThat(drifts(true)).isEmpty();
        assertThat(live().status()).isEqualTo(SubscriptionStatus.CANCELED);
        assertThat(balance()).as("what was paid for").isEqualTo(Credits.of(100));
        assertThatAllAddsUp();

        billed.tenants().delete(id());
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
        assertThat(drifts(true)).contains("INVOICE granted: 150 -> 0, and stands", "INVOICE status: PAID -> VOID");
        var found = billed.paymentEvents().reconcile(true);
        assertThat(found.drifted()).extracting(Drift::what).containsExactly("granted");
        assertThat(found.isMended()).isFalse();

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

    @Test
    void what_was_told_while_nobody_heard_is_asked_for_once() {
        known();
        var first = new PaymentEvent.Told(
                "evt-" + Fixtures.word(), "changed", at(0), state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(first);
        assertThat(billed.paymentEvents().followMissed().done()).isZero();
        clock.advance(Duration.ofDays(3));
        var missed = new PaymentEvent.Told(
                "evt-" + Fixtures.word(), "changed", at(60), state(GatewaySubscription.Status.PAST_DUE, at(60)));
        gateway.telling(missed);
        gateway.telling(new PaymentEvent.Ignored("evt-" + Fixtures.word(), "weather.changed", at(61)));

        var found = billed.paymentEvents().reconcile(false);
        assertThat(found.missed()).extracting(StoredEvent::id).containsExactly(missed.id());
        assertThat(found.isInOrder()).isFalse();
        assertThat(live().status()).isEqualTo(SubscriptionStatus.ACTIVE);
        assertThat(inPlatform(() -> persistence.paymentEvents().find(gateway.name(), missed.id())))
                .isEmpty();

        assertThat(billed.paymentEvents().followMissed().done()).isEqualTo(1);
        assertThat(statusOf(missed.id())).isEqualTo(StoredEvent.Status.APPLIED);
        assertThat(live().status()).isEqualTo(SubscriptionStatus.PAST_DUE);
        assertThat(billed.paymentEvents().followMissed().done()).isZero();
        assertThat(inPlatform(() -> persistence.paymentEvents().findAskedUntil(gateway.name())))
                .contains(at(61));
    }

    @Test
    void jobs_of_gateways_are_the_operators_to_run() {
        var owner = given.member(tenant, SystemRole.OWNER);
        var events = billed.as(Caller.user(owner, Origin.HERE)).paymentEvents();

        for (ThrowingCallable job : List.<ThrowingCallable>of(
                events::applyDue, events::followMissed, events::followAll, () -> events.reconcile(true))) {
            assertThatThrownBy(job).isInstanceOf(Forbidden.class);
        }
        assertThatThrownBy(
                        () -> inTenant(id(), () -> persistence.paymentEvents().findAskedUntil(gateway.name())))
                .isInstanceOf(RuntimeException.class);
        inPlatform(() -> {
            persistence.paymentEvents().askedUntil(gateway.name(), at(2));
            persistence.paymentEvents().askedUntil(gateway.name(), at(1));
            return null;
        });
        assertThat(inPlatform(() -> persistence.paymentEvents().findAskedUntil(gateway.name())))
                .contains(at(2));
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

    // The audit log, and counters

    private List<AuditEvent> audited(String action) {
        return billed.audit().list(id(), AuditFilter.ALL, ALL).items().stream()
                .map(AuditEntry::event)
                .filter(event -> event.action().equals(action))
                .toList();
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

    // The ports

    @Test
    void a_name_is_one_accounts_and_another_tenant_does_not_see_it() {
        var name = new GatewayName(
                gateway.name(), GatewayName.Kind.PAYMENT, "pay-" + Fixtures.word(), id(), account, Optional.of("ours"));
        inTenant(id(), () -> persistence.gatewayDirectory().put(name));
        inTenant(id(), () -> persistence.gatewayDirectory().put(name));
        var other = given.tenant();

        assertThat(find(id(), name)).contains(name);
        assertThat(find(other.id(), name)).isEmpty();
        assertThat(inPlatform(() -> persistence.gatewayDirectory().find(name.gateway(), name.kind(), name.gatewayId())))
                .contains(name);
        var theirs = new GatewayName(
                name.gateway(), name.kind(), name.gatewayId(), other.id(), Fixtures.accountOf(other), Optional.empty());
        assertThatThrownBy(() -> inTenant(
                        other.id(), () -> persistence.gatewayDirectory().put(theirs)))
                .isInstanceOf(AlreadyExists.class);
        assertThat(inTenant(id(), () -> persistence.gatewayDirectory().remove(name)))
                .isTrue();
        assertThat(find(id(), name)).isEmpty();
    }

    private Optional<GatewayName> find(TenantId in, GatewayName name) {
        return inTenant(in, () -> persistence.gatewayDirectory().find(name.gateway(), name.kind(), name.gatewayId()));
    }

    @Test
    void invoices_and_refunds_are_kept_as_they_are_and_another_tenant_sees_none() {
        var told = invoice("in-" + Fixtures.word(), GatewayInvoice.Status.PAID, period, at(1));
        var invoice = new Invoice(
                id(),
                new InvoiceId(ids.next()),
                account,
                gateway.name(),
                told,
                Optional.empty(),
                Optional.empty(),
                Optional.of("bank 17"),
                clock.instant());
        var refund = Refund.of(
                refund("re-1", "pay-x", 5, GatewayRefund.Status.PENDING, at(1)),
                id(),
                new RefundId(ids.next()),
                account,
                gateway.name(),
                clock.instant());
        inTenant(id(), () -> {
            persistence.invoices().insert(invoice);
            persistence.refunds().insert(refund);
            persistence.refunds().update(refund.taking(Credits.of("1.5")));
        });
        var other = given.tenant().id();

        assertThat(inTenant(id(), () -> persistence.invoices().find(id(), invoice.id())))
                .contains(invoice);
        assertThat(inTenant(
                        id(),
                        () -> persistence
                                .invoices()
                                .findPaidBy(
                                        id(), gateway.name(), told.paymentId().orElseThrow())))
                .contains(invoice);
        assertThat(inTenant(id(), () -> persistence.refunds().listOf(id(), gateway.name(), "pay-x")))
                .containsExactly(refund.taking(Credits.of("1.5")));
        assertThat(inTenant(other, () -> persistence.invoices().find(id(), invoice.id())))
                .isEmpty();
        assertThat(inTenant(other, () -> persistence.refunds().listOf(id(), gateway.name(), "pay-x")))
                .isEmpty();
        assertThatThrownBy(() -> inTenant(id(), () -> persistence.invoices().insert(invoice)))
                .isInstanceOf(RuntimeException.class);
        inTenantThenUndone(id(), () -> persistence.refunds().update(refund));
        assertThat(inTenant(id(), () -> persistence.refunds().findNamed(id(), gateway.name(), "re-1")))
                .contains(refund.taking(Credits.of("1.5")));
        // Nothing was taken: verification would say so.
        inTenant(id(), () -> persistence.refunds().update(refund));
        var filter = new Invoices.Filter(
                Optional.of(account),
                Optional.of(GatewayInvoice.Status.PAID),
                Optional.of(GatewayInvoice.Reason.SUBSCRIPTION_CYCLE),
                Optional.of(subscription),
                Optional.of(start),
                Optional.of(start.plusSeconds(1)));
        assertThat(inTenant(id(), () -> persistence.invoices().list(id(), filter, ALL))
                        .items())
                .containsExactly(invoice);
        for (var none : List.of(
                where(Optional.empty(), Optional.empty(), Optional.of(start.plusSeconds(1))),
                where(Optional.of(GatewayInvoice.Reason.PURCHASE), Optional.empty(), Optional.empty()),
                where(Optional.empty(), Optional.of("sub-other"), Optional.empty()))) {
            assertThat(inTenant(id(), () -> persistence.invoices().list(id(), none, ALL))
                            .items())
                    .isEmpty();
        }
    }

    private static Invoices.Filter where(
            Optional<GatewayInvoice.Reason> reason, Optional<String> subscription, Optional<Instant> from) {
        return new Invoices.Filter(Optional.empty(), Optional.empty(), reason, subscription, from, Optional.empty());
    }

    // Totals

    private Invoice billedAs(
            AccountId whose, GatewayInvoice.Status status, String currency, long total, Instant made, Instant paidAt) {
        boolean paid = status == GatewayInvoice.Status.PAID;
        var told = new GatewayInvoice(
                "in-" + Fixtures.word(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                status,
                GatewayInvoice.Reason.MANUAL,
                Optional.empty(),
                currency,
                total,
                paid ? total : 0,
                0,
                paid ? Optional.of("pay-" + Fixtures.word()) : Optional.empty(),
                1,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                made,
                Optional.ofNullable(paidAt),
                made);
        return new Invoice(
                id(),
                new InvoiceId(ids.next()),
                whose,
                gateway.name(),
                told,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                clock.instant());
    }

    @Test
    void each_amount_counts_in_the_month_in_which_it_happened_as_the_tenant_counts_months() {
        var word = Fixtures.word();
        tenant = allotment
                .tenants()
                .create(new TenantProfile(
                        word,
                        new Slug(word),
                        Optional.empty(),
                        Optional.empty(),
                        ZoneId.of("Pacific/Auckland"),
                        Document.EMPTY));
        account = Fixtures.accountOf(tenant);
        var member = billed.subscriptions()
                .openMemberAccount(id(), given.member(tenant))
                .id();
        // Thirteen hours ahead of UTC in January, twelve in July.
        var january = Instant.parse("2026-01-01T00:00:00Z");
        var lastOfMarch = Instant.parse("2026-03-31T10:59:59Z");
        var firstOfApril = Instant.parse("2026-03-31T11:00:00Z");
        var late = billedAs(account, GatewayInvoice.Status.PAID, "EUR", 700, january, firstOfApril);
        var refund = Refund.of(
                refund(
                        "re-" + Fixtures.word(),
                        late.told().paymentId().orElseThrow(),
                        50,
                        GatewayRefund.Status.SUCCEEDED,
                        january),
                id(),
                new RefundId(ids.next()),
                account,
                gateway.name(),
                lastOfMarch);
        inTenant(id(), () -> {
            persistence.invoices().insert(late);
            for (var one : List.of(
                    billedAs(member, GatewayInvoice.Status.PAID, "EUR", 30, january, null),
                    billedAs(account, GatewayInvoice.Status.OPEN, "EUR", 5, january, null),
                    billedAs(account, GatewayInvoice.Status.UNCOLLECTIBLE, "EUR", 3, january, null),
                    billedAs(account, GatewayInvoice.Status.DRAFT, "EUR", 1_000, january, null),
                    billedAs(account, GatewayInvoice.Status.VOID, "EUR", 1_000, january, null),
                    billedAs(account, GatewayInvoice.Status.PAID, "USD", 11, lastOfMarch, lastOfMarch),
                    billedAs(
                            account,
                            GatewayInvoice.Status.PAID,
                            "EUR",
                            9_000,
                            Instant.parse("2025-12-31T10:59:59Z"),
                            null),
                    billedAs(
                            account,
                            GatewayInvoice.Status.PAID,
                            "EUR",
                            9_000,
                            Instant.parse("2026-04-30T12:00:00Z"),
                            null))) {
                persistence.invoices().insert(one);
            }
            persistence.refunds().insert(refund);
            persistence
                    .refunds()
                    .insert(Refund.of(
                            refund("re-" + Fixtures.word(), "pay-other", 999, GatewayRefund.Status.FAILED, january),
                            id(),
                            new RefundId(ids.next()),
                            account,
                            gateway.name(),
                            lastOfMarch));
        });
        var first = Optional.of(YearMonth.of(2026, 1));
        var last = Optional.of(YearMonth.of(2026, 4));

        var totals = billed.billing().totals(id(), Optional.empty(), first, last);

        assertThat(totals.months().zone()).isEqualTo(ZoneId.of("Pacific/Auckland"));
        assertThat(totals.totals())
                .containsExactly(
                        new BillingTotal(YearMonth.of(2026, 1), "EUR", 738, 30, 0, 5),
                        new BillingTotal(YearMonth.of(2026, 3), "EUR", 0, 0, 50, 0),
                        new BillingTotal(YearMonth.of(2026, 3), "USD", 11, 11, 0, 0),
                        new BillingTotal(YearMonth.of(2026, 4), "EUR", 0, 700, 0, 0));
        assertThat(billed.billing()
                        .totals(id(), Optional.of(member), first, last)
                        .totals())
                .containsExactly(new BillingTotal(YearMonth.of(2026, 1), "EUR", 30, 30, 0, 0));
        var other = given.tenant().id();
        assertThat(billed.billing().totals(other, Optional.empty(), first, last).totals())
                .isEmpty();
        assertThat(billed.billing().totalsOfAll(first, first).totals())
                .filteredOn(total -> total.currency().equals("EUR"))
                .singleElement()
                .satisfies(total -> assertThat(total.invoicedMinor()).isGreaterThanOrEqualTo(738));
        assertThatThrownBy(() -> inTenant(id(), () -> persistence.invoices().totalsOfAll(totals.months())))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void all_invoices_that_are_wanted_are_exported_whatever_the_pages() {
        inTenant(id(), () -> {
            for (int i = 0; i < 201; i++) {
                persistence.invoices().insert(billedAs(account, GatewayInvoice.Status.OPEN, "EUR", i, start, null));
            }
        });

        assertThat(billed.billing()
                        .exportInvoices(id(), Invoices.Filter.ALL)
                        .map(one -> one.told().totalMinor()))
                .startsWith(200L)
                .endsWith(0L)
                .hasSize(201);
    }

    @Test
    void what_went_back_is_listed_and_exported_by_what_is_wanted_of_it() {
        known();
        var member = billed.subscriptions()
                .openMemberAccount(id(), given.member(tenant))
                .id();
        var invoice = billedAs(account, GatewayInvoice.Status.PAID, "EUR", 700, start, start);
        var payment = invoice.told().paymentId().orElseThrow();
        var partly = heardOf(account, refund("re-1", payment, 50, GatewayRefund.Status.FAILED, at(1)), at(1));
        var theirs = heardOf(member, refund("re-2", "pay-2", 50, GatewayRefund.Status.CANCELED, at(2)), at(2));
        var asked = heardOf(
                account,
                new GatewayDispute(
                        "dp-1",
                        Optional.empty(),
                        payment,
                        new Money(700, "EUR"),
                        GatewayDispute.Status.INQUIRY,
                        Optional.empty(),
                        at(3)),
                at(3));
        var other = given.tenant().id();
        inTenant(id(), () -> {
            persistence.invoices().insert(invoice);
            List.of(partly, theirs, asked).forEach(persistence.refunds()::insert);
        });

        assertThat(refunds(Refunds.Filter.ALL)).containsExactly(asked, theirs, partly);
        assertThat(refunds(Refunds.Filter.of(member))).containsExactly(theirs);
        assertThat(refunds(wanted(Refund.Status.FAILED, null, null, null, null)))
                .containsExactly(partly);
        assertThat(refunds(wanted(null, Refund.Kind.DISPUTE, null, null, null))).containsExactly(asked);
        assertThat(refunds(wanted(null, Refund.Kind.REFUND, null, null, null))).containsExactly(theirs, partly);
        assertThat(refunds(wanted(null, null, invoice.id(), null, null))).containsExactly(asked, partly);
        assertThat(refunds(wanted(null, null, null, at(2), at(3)))).containsExactly(theirs);
        assertThat(refunds(wanted(Refund.Status.WON, null, null, null, null))).isEmpty();
        assertListing(
                List.of(asked, theirs, partly), page -> billed.billing().listRefunds(id(), Refunds.Filter.ALL, page));
        assertThat(inTenant(other, () -> persistence.refunds().list(id(), Refunds.Filter.ALL, ALL))
                        .items())
                .isEmpty();
        var nobodys = wanted(null, null, new InvoiceId(ids.next()), null, null);
        assertThatThrownBy(() -> billed.billing().exportRefunds(id(), nobodys)).isInstanceOf(NotFound.class);
    }

    private Refund heardOf(AccountId whose, GatewayReversal told, Instant now) {
        return Refund.of(told, id(), new RefundId(ids.next()), whose, gateway.name(), now);
    }

    private List<Refund> refunds(Refunds.Filter filter) {
        return billed.billing().exportRefunds(id(), filter).toList();
    }

    private static Refunds.Filter wanted(
            Refund.Status status, Refund.Kind kind, InvoiceId invoice, Instant from, Instant to) {
        return new Refunds.Filter(
                Optional.empty(),
                Optional.ofNullable(status),
                Optional.ofNullable(kind),
                Optional.ofNullable(invoice),
                Optional.ofNullable(from),
                Optional.ofNullable(to));
    }
}
