package io.allotment.testkit.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.billing.BillingGateway;
import io.allotment.domain.billing.BillingGateway.Delivery;
import io.allotment.domain.billing.BillingGateway.MeteredUsage;
import io.allotment.domain.billing.BillingGateway.NewCustomer;
import io.allotment.domain.billing.BillingGateway.RefundOrder;
import io.allotment.domain.billing.BillingGateway.SubscriptionChange;
import io.allotment.domain.billing.BillingGateway.SubscriptionOrder;
import io.allotment.domain.billing.Checkout;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewayObject.Kind;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.PaymentEvent;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.RefundId;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A gateway that knows customers, bills subscriptions by itself and pays back. */
public abstract class BillingGatewayContract extends PaymentGatewayContract {

    protected static final long PRICE_MINOR = 2_900;

    @Override
    protected abstract BillingGateway gateway();

    /** The payer is done at the checkout: the money is there. */
    protected abstract void pay(Checkout checkout);

    @Test
    void the_same_account_is_the_same_customer_and_another_one_is_another() {
        var first = customer();

        assertThat(customer()).isEqualTo(first);
        assertThat(gateway()
                        .customer(new NewCustomer(tenant, new AccountId(UUID.randomUUID()), "Acme", Optional.empty())))
                .isNotEqualTo(first);
    }

    @Test
    void the_same_order_of_a_subscription_is_the_same_checkout_and_another_one_is_another() {
        var order = subscription(2, 0);

        assertThat(gateway().subscribe(order)).isEqualTo(gateway().subscribe(order));
        assertThat(gateway().subscribe(subscription(2, 0)).id())
                .isNotEqualTo(gateway().subscribe(order).id());
    }

    @Test
    void who_is_not_known_can_order_nothing_and_has_no_page() {
        var order = subscription(1, 0);
        var stranger = new SubscriptionOrder(
                order.id(),
                tenant,
                account,
                "nobody",
                order.description(),
                order.priceId(),
                order.price(),
                1,
                1,
                0,
                Optional.empty(),
                false,
                Optional.empty(),
                HOME,
                clock.instant());

        assertThatThrownBy(() -> gateway().subscribe(stranger)).isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> gateway().portal("nobody", Optional.empty())).isInstanceOf(NotFound.class);
    }

    @Test
    void a_customer_has_a_page() {
        assertThat(gateway().portal(customer(), Optional.of("https://product.example")))
                .startsWith("http");
    }

    @Test
    void an_erased_customer_for_whom_nothing_is_billed_is_not_there_any_more() {
        var erased = customer();

        gateway().eraseCustomer(erased);
        gateway().eraseCustomer(erased);
        gateway().eraseCustomer("nobody");

        assertThatThrownBy(() -> gateway().portal(erased, Optional.empty())).isInstanceOf(NotFound.class);
        assertThat(customer()).isNotEqualTo(erased);
    }

    @Test
    void what_an_erased_customer_could_still_pay_expires_and_what_others_can_does_not() {
        var theirs = gateway().checkout(order(Optional.of(customer())));
        var plan = gateway().subscribe(subscription(1, 0));
        var others = gateway().checkout(order(Optional.empty()));

        gateway().eraseCustomer(customer());

        assertThat(List.of(state(theirs).status(), state(plan).status())).containsOnly(GatewayCheckout.Status.EXPIRED);
        assertThat(state(others).status()).isEqualTo(GatewayCheckout.Status.OPEN);
    }

    @Test
    void an_erased_customer_goes_on_being_billed_without_a_name() {
        var subscription = subscribed(1, 0);

        gateway().eraseCustomer(customer());

        assertThat(subscription(subscription.id())).isEqualTo(subscription);
        assertThat(customer()).isEqualTo(subscription.customerId().orElseThrow());
    }

    @Test
    void what_was_bought_once_and_is_paid_has_an_invoice_and_a_payment() {
        var checkout = gateway().checkout(order(Optional.of(customer())));
        assertThat(state(checkout).status()).isEqualTo(GatewayCheckout.Status.OPEN);

        pay(checkout);

        var paid = state(checkout);
        assertThat(paid.status()).isEqualTo(GatewayCheckout.Status.PAID);
        assertThat(paid.subscriptionId()).isEmpty();
        var invoice = invoice(paid.invoiceId().orElseThrow());
        assertThat(invoice.status()).isEqualTo(GatewayInvoice.Status.PAID);
        assertThat(invoice.reason()).isEqualTo(GatewayInvoice.Reason.PURCHASE);
        assertThat(invoice.paidMinor()).isEqualTo(1_900);
        assertThat(invoice.paymentId()).isPresent().isEqualTo(paid.paymentId());
    }

    @Test
    void what_is_subscribed_to_and_paid_runs_for_its_period() {
        var subscription = subscribed(3, 0);

        assertThat(subscription.status()).isEqualTo(GatewaySubscription.Status.ACTIVE);
        assertThat(subscription.customerId()).contains(customer());
        assertThat(subscription.priceId()).isEqualTo("price-monthly");
        assertThat(subscription.quantity()).isEqualTo(3);
        assertThat(subscription.currentPeriod().start()).isEqualTo(clock.instant());
        assertThat(subscription.currentPeriod().end()).contains(Instant.parse("2026-04-10T10:00:00Z"));
        var invoice = invoiceOf(subscription);
        assertThat(invoice.reason()).isEqualTo(GatewayInvoice.Reason.SUBSCRIPTION_START);
        assertThat(invoice.paidMinor()).isEqualTo(3 * PRICE_MINOR);
        assertThat(invoice.period()).contains(subscription.currentPeriod());
    }

    @Test
    void a_trial_costs_nothing_at_first() {
        var subscription = subscribed(1, 14);

        assertThat(subscription.status()).isEqualTo(GatewaySubscription.Status.TRIALING);
        assertThat(subscription.trial()).contains(subscription.currentPeriod());
        assertThat(subscription.currentPeriod().end()).contains(clock.instant().plus(Duration.ofDays(14)));
        assertThat(invoiceOf(subscription).totalMinor()).isZero();
    }

    @Test
    void a_change_is_made_once_for_its_key() {
        var subscription = subscribed(1, 0);
        var change = change(key("change"), subscription, "price-large", 5_800, 4);

        var changed = gateway().change(change);
        gateway().change(change(key("back"), subscription, "price-monthly", PRICE_MINOR, 1));
        var again = gateway().change(change);

        assertThat(changed.priceId()).isEqualTo("price-large");
        assertThat(changed.quantity()).isEqualTo(4);
        assertThat(again.priceId()).as("as it then is").isEqualTo("price-monthly");
    }

    @Test
    void what_is_canceled_ends_with_its_period_and_can_be_resumed() {
        var subscription = subscribed(1, 0);

        var canceled = gateway().cancel(key("cancel"), subscription.id(), true);
        assertThat(canceled.status()).isEqualTo(GatewaySubscription.Status.ACTIVE);
        assertThat(canceled.cancelAtPeriodEnd()).isTrue();
        assertThat(canceled.canceledAt()).isPresent();

        var resumed = gateway().resume(key("resume"), subscription.id());
        assertThat(resumed.cancelAtPeriodEnd()).isFalse();
        assertThat(resumed.canceledAt()).isEmpty();
        assertThat(gateway().cancel(key("cancel"), subscription.id(), true).cancelAtPeriodEnd())
                .as("once for its key")
                .isFalse();
    }

    @Test
    void what_is_canceled_at_once_has_ended_for_good() {
        var subscription = subscribed(1, 0);

        var ended = gateway().cancel(key("cancel"), subscription.id(), false);

        assertThat(ended.status()).isEqualTo(GatewaySubscription.Status.CANCELED);
        assertThat(ended.endedAt()).isPresent();
        assertThatThrownBy(() -> gateway().resume(key("resume"), subscription.id()))
                .isInstanceOf(GatewayRefused.class);
        assertThatThrownBy(() -> gateway().change(change(key("change"), subscription, "price-large", 5_800, 1)))
                .isInstanceOf(GatewayRefused.class);
    }

    @Test
    void a_subscription_that_is_not_known_can_neither_be_changed_nor_ended() {
        var unknown = subscribed(1, 0);
        var change =
                new SubscriptionChange(key("change"), "nothing", "Pro", "price-large", unknown(unknown), 1, 1, true);

        assertThatThrownBy(() -> gateway().change(change)).isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> gateway().cancel(key("cancel"), "nothing", true))
                .isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> gateway().resume(key("resume"), "nothing")).isInstanceOf(NotFound.class);
    }

    private static Money unknown(GatewaySubscription subscription) {
        return new Money(subscription.quantity(), "EUR");
    }

    @Test
    void what_was_paid_goes_back_once_for_the_order_and_never_more_than_that() {
        var payment = invoiceOf(subscribed(1, 0)).paymentId().orElseThrow();
        var order = refund(payment, 2_000);

        var refund = gateway().refund(order);

        assertThat(refund.status()).isIn(GatewayRefund.Status.PENDING, GatewayRefund.Status.SUCCEEDED);
        assertThat(refund.paymentId()).isEqualTo(payment);
        assertThat(refund.amount()).isEqualTo(new Money(2_000, "EUR"));
        assertThat(gateway().refund(order).id()).isEqualTo(refund.id());
        assertThatThrownBy(() -> gateway().refund(refund(payment, PRICE_MINOR - 2_000 + 1)))
                .isInstanceOf(GatewayRefused.class);
        assertThat(gateway().refund(refund(payment, PRICE_MINOR - 2_000)).id()).isNotEqualTo(refund.id());
        assertThatThrownBy(() -> gateway().refund(refund("nothing", 1))).isInstanceOf(NotFound.class);
    }

    @Test
    void usage_is_reported_once_for_its_identifier_and_can_be_taken_back() {
        var usage = new MeteredUsage("minutes", customer(), BigDecimal.valueOf(12), "u-1", clock.instant());
        gateway().report(usage);
        gateway().report(usage);
        var minute = Period.between(clock.instant(), clock.instant().plus(Duration.ofMinutes(1)));

        assertThat(gateway().countedUsage("minutes", customer(), minute).orElse(usage.units()))
                .as("where it says")
                .isEqualByComparingTo(usage.units());
        assertThat(gateway().takeBackReport("minutes", "u-1")).isTrue();
        assertThat(gateway().takeBackReport("minutes", "u-1")).isFalse();
        assertThat(gateway().takeBackReport("minutes", "u-2")).isFalse();
    }

    @Test
    void what_is_not_known_is_not_there() {
        for (var kind : Kind.values()) {
            assertThat(gateway().fetch(kind, "nothing")).isEmpty();
        }
        assertThat(gateway().fetchEvent("nothing")).isEmpty();
    }

    @Test
    void all_of_a_kind_are_listed_once_page_by_page_and_as_they_stand() {
        var subscribed = List.of(subscribed(1, 0), subscribed(2, 0), subscribed(3, 0));
        var ended = gateway().cancel(key("cancel"), subscribed.get(1).id(), false);

        var listed = new ArrayList<GatewayObject>();
        Optional<String> after = Optional.empty();
        do {
            var page = gateway().list(Kind.SUBSCRIPTION, new PageRequest(2, after));
            assertThat(page.items()).hasSizeLessThanOrEqualTo(2);
            listed.addAll(page.items());
            after = page.next();
        } while (after.isPresent());

        assertThat(listed)
                .extracting(GatewayObject::id)
                .containsExactlyInAnyOrderElementsOf(
                        subscribed.stream().map(GatewaySubscription::id).toList());
        assertThat(listed).contains(ended);
    }

    @Test
    void what_happened_is_told_since_then_and_ends_as_it_stands() {
        var before = subscribed(1, 0);
        clock.advance(Duration.ofMinutes(1));
        var since = clock.instant();
        var ended = gateway().cancel(key("cancel"), before.id(), false);

        var told = told(since);

        assertThat(told).isNotEmpty().allSatisfy(event -> assertThat(event.at()).isAfterOrEqualTo(since));
        assertThat(gateway().read(told.get(told.size() - 1).payload()))
                .isInstanceOfSatisfying(
                        PaymentEvent.Told.class,
                        event -> assertThat(event.state()).isEqualTo(ended));
        assertThat(told(since.minus(Duration.ofHours(1)))).hasSizeGreaterThan(told.size());
    }

    private List<Delivery> told(Instant since) {
        return gateway().listEvents(since, PageRequest.first(100)).items();
    }

    /** What the gateway calls the account. */
    protected String customer() {
        return gateway().customer(new NewCustomer(tenant, account, "Acme", Optional.empty()));
    }

    /** A subscription of the account's that nobody has ordered yet, of {@value #PRICE_MINOR} cents a month. */
    protected SubscriptionOrder subscription(int quantity, int trialDays) {
        return new SubscriptionOrder(
                new CheckoutId(UUID.randomUUID()),
                tenant,
                account,
                customer(),
                "Pro",
                "price-monthly",
                new Money(PRICE_MINOR, "EUR"),
                1,
                quantity,
                trialDays,
                Optional.empty(),
                false,
                Optional.empty(),
                HOME,
                clock.instant());
    }

    /** One that is ordered and paid for. */
    protected GatewaySubscription subscribed(int quantity, int trialDays) {
        var checkout = gateway().subscribe(subscription(quantity, trialDays));
        pay(checkout);
        return subscription(state(checkout).subscriptionId().orElseThrow());
    }

    protected GatewayCheckout state(Checkout checkout) {
        return (GatewayCheckout) gateway().fetch(Kind.CHECKOUT, checkout.id()).orElseThrow();
    }

    protected GatewaySubscription subscription(String id) {
        return (GatewaySubscription) gateway().fetch(Kind.SUBSCRIPTION, id).orElseThrow();
    }

    protected GatewayInvoice invoice(String id) {
        return (GatewayInvoice) gateway().fetch(Kind.INVOICE, id).orElseThrow();
    }

    /** The newest of the subscription's. */
    protected GatewayInvoice invoiceOf(GatewaySubscription subscription) {
        return gateway().list(Kind.INVOICE, PageRequest.first(100)).items().stream()
                .map(GatewayInvoice.class::cast)
                .filter(invoice -> invoice.subscriptionId().equals(Optional.of(subscription.id())))
                .reduce((older, newer) -> newer)
                .orElseThrow();
    }

    protected static IdempotencyKey key(String name) {
        return new IdempotencyKey(name);
    }

    protected static SubscriptionChange change(
            IdempotencyKey key, GatewaySubscription subscription, String price, long amountMinor, int quantity) {
        return new SubscriptionChange(
                key, subscription.id(), "Pro", price, new Money(amountMinor, "EUR"), 1, quantity, true);
    }

    protected static RefundOrder refund(String payment, long amountMinor) {
        return new RefundOrder(
                new RefundId(UUID.randomUUID()), payment, new Money(amountMinor, "EUR"), Optional.empty());
    }
}
