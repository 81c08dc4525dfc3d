package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.application.billing.BillingService.Change;
import io.allotment.application.billing.BillingService.Choice;
import io.allotment.application.billing.BillingService.Way;
import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.billing.CreditProduct;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayDispute;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.PaymentEvent;
import io.allotment.domain.billing.StoredEvent;
import io.allotment.domain.billing.SubscriptionCheckout;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestGateway;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;

/** What the suites of billing share: a gateway that does as it is told, a plan, and an account that is its customer. */
abstract class BilledContract extends PersistenceContract {

    static final PageRequest ALL = PageRequest.first(200);

    TestGateway gateway;
    Allotment billed;
    Tenant tenant;
    AccountId account;
    PlanVersion plan;
    Instant start;
    Period period;
    String subscription;

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

    static PlanVersionTerms terms(long credits) {
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

    String customer() {
        return "customer-" + account;
    }

    GatewaySubscription state(GatewaySubscription.Status status, Instant asOf) {
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

    GatewayInvoice invoice(String id, GatewayInvoice.Status status, Period paidFor, Instant asOf) {
        return invoice(id, status, paidFor, 0, asOf);
    }

    GatewayInvoice invoice(String id, GatewayInvoice.Status status, Period paidFor, long taxMinor, Instant asOf) {
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

    GatewayRefund refund(String id, String payment, long minor, GatewayRefund.Status status, Instant asOf) {
        return new GatewayRefund(
                id, Optional.empty(), payment, new Money(minor, "EUR"), status, Optional.empty(), asOf);
    }

    void told(GatewayObject state) {
        gateway.is(state);
        told(new PaymentEvent.Told("evt-" + Fixtures.word(), "changed", state.asOf(), state));
    }

    void told(PaymentEvent event) {
        billed.paymentEvents().receive(gateway.name(), gateway.telling(event), TestGateway.SIGNED);
    }

    /** The account is a customer since it opened a checkout. */
    void known() {
        var choice = Choice.of(plan.plan().value());
        var order = billed.billing().order(id(), account, choice, Way.PLAIN);
        billed.billing().checkout(id(), account, order, choice, Way.PLAIN);
        billed.billing().cancelCheckout(id(), account, order);
    }

    /** Other suites break things of theirs in the same store. */
    void assertThatAllAddsUp() {
        assertThat(billed.gate().verify().violations())
                .filteredOn(violation -> violation.tenantId().equals(Optional.of(id())))
                .isEmpty();
    }

    TenantId id() {
        return tenant.id();
    }

    Instant at(int minutes) {
        return start.plus(Duration.ofMinutes(minutes));
    }

    Credits balance() {
        return billed.credits().balance(id(), account).balance();
    }

    Credits overdraft() {
        return inTenant(id(), () -> persistence.credits().find(id(), account))
                .orElseThrow()
                .overdraft();
    }

    Subscription live() {
        return billed.subscriptions().get(id(), account);
    }

    void spend(long credits) {
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

    StoredEvent.Status statusOf(String event) {
        return inPlatform(() -> persistence.paymentEvents().find(gateway.name(), event))
                .orElseThrow()
                .status();
    }

    static void assertInvalid(String field, ThrowingCallable work) {
        assertThatThrownBy(work)
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains(field));
    }

    PaymentEvent.Told begun(String other, int minute) {
        subscription = other;
        var state = state(GatewaySubscription.Status.ACTIVE, at(minute));
        gateway.is(state);
        return new PaymentEvent.Told("evt-" + Fixtures.word(), "changed", at(minute), state);
    }

    StoredEvent stored(PaymentEvent event) {
        return inPlatform(() -> persistence.paymentEvents().find(gateway.name(), event.id()))
                .orElseThrow();
    }

    String bought(CreditProduct product) {
        var purchase = billed.creditPurchases().buy(id(), account, product.key());
        return purchase.checkout().orElseThrow().id();
    }

    CreditProduct product() {
        return billed.creditProducts().create(CreditProduct.of(Fixtures.word(), "A hundred", 100, 1_900, "EUR"));
    }

    GatewayCheckout checkout(String id, GatewayCheckout.Status status, String payment, Instant asOf) {
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

    String paid() {
        var checkout = bought(product());
        var payment = "pay-" + Fixtures.word();
        told(checkout(checkout, GatewayCheckout.Status.PAYING, payment, at(0)));
        assertThat(balance()).isEqualTo(Credits.ZERO);
        told(checkout(checkout, GatewayCheckout.Status.PAID, payment, at(1)));
        told(checkout(checkout, GatewayCheckout.Status.PAID, payment, at(2)));
        return payment;
    }

    static GatewayDispute dispute(String payment, GatewayDispute.Status status, Instant asOf) {
        return new GatewayDispute(
                "dp-1", Optional.empty(), payment, new Money(1_900, "EUR"), status, Optional.empty(), asOf);
    }

    static Change to(Choice choice) {
        return new Change(Optional.of(choice.plan()), choice.version(), choice.price(), choice.quantity());
    }

    CheckoutId ordered() {
        return billed.billing().order(id(), account, Choice.of(plan.plan().value()), Way.PLAIN);
    }

    SubscriptionCheckout opened(CheckoutId order) {
        return billed.billing()
                .checkout(id(), account, order, Choice.of(plan.plan().value()), Way.PLAIN);
    }

    GatewayCheckout subscribed(SubscriptionCheckout at, GatewayCheckout.Status status, int minute) {
        return new GatewayCheckout(
                at.gatewayId().orElseThrow(),
                Optional.of(customer()),
                status,
                status == GatewayCheckout.Status.PAID ? Optional.of(subscription) : Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                at(minute));
    }

    boolean deleted() {
        billed.tenants().delete(id());
        return true;
    }

    List<AuditEvent> audited(String action) {
        return billed.audit().list(id(), AuditFilter.ALL, ALL).items().stream()
                .map(AuditEntry::event)
                .filter(event -> event.action().equals(action))
                .toList();
    }
}
