package io.allotment.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.allotment.domain.billing.BillingGateway.Delivery;
import io.allotment.domain.billing.BillingGateway.NewCustomer;
import io.allotment.domain.billing.BillingGateway.SubscriptionOrder;
import io.allotment.domain.billing.Checkout;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayDispute;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayObject.Kind;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.PaymentGateway.Order;
import io.allotment.domain.shared.PageRequest;
import io.allotment.testkit.gateway.BillingGatewayContract;
import io.allotment.testkit.gateway.DeliveriesContract;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every gateway promises, and a life of its own: time, cards, banks, a file and pages. */
class SandboxPaymentsTest extends BillingGatewayContract {

    private static final Duration MONTH = Duration.ofDays(31);

    private final SandboxPayments sandbox = SandboxPayments.inMemory(clock, new Random(1));

    @Override
    protected SandboxPayments gateway() {
        return sandbox;
    }

    @Override
    protected void pay(Checkout checkout) {
        pay(sandbox, checkout, "good");
    }

    @Nested
    class Deliveries extends DeliveriesContract {

        @Override
        protected SandboxPayments gateway() {
            return sandbox;
        }

        @Override
        protected Posted posted() {
            subscribed(1, 0);
            var posts = delivered(sandbox);
            return posts.get(posts.size() - 1);
        }

        private List<Posted> delivered(SandboxPayments from) {
            var posts = new ArrayList<Posted>();
            from.deliverTo((body, signature) -> posts.add(new Posted(body, signature, clock.instant())));
            from.deliver();
            return posts;
        }
    }

    // Time

    @Test
    void a_subscription_renews_by_the_clock_however_seldom_it_is_looked_at() {
        var subscription = subscribed(2, 0);

        clock.set(Instant.parse("2026-06-01T00:00:00Z"));
        sandbox.advance();

        assertThat(subscription(subscription.id()).currentPeriod().start()).isEqualTo("2026-05-10T10:00:00Z");
        assertThat(invoices())
                .extracting(invoice -> invoice.period().orElseThrow().start().toString(), GatewayInvoice::paidMinor)
                .containsExactly(
                        tuple("2026-03-10T10:00:00Z", 2 * PRICE_MINOR),
                        tuple("2026-04-10T10:00:00Z", 2 * PRICE_MINOR),
                        tuple("2026-05-10T10:00:00Z", 2 * PRICE_MINOR));
    }

    @Test
    void a_trial_ends_and_is_paid_for_from_then_on() {
        var subscription = subscribed(1, 14);

        clock.advance(Duration.ofDays(14));
        sandbox.advance();

        var now = subscription(subscription.id());
        assertThat(now.status()).isEqualTo(GatewaySubscription.Status.ACTIVE);
        assertThat(now.currentPeriod().start()).isEqualTo("2026-03-24T10:00:00Z");
        assertThat(now.currentPeriod().end()).contains(Instant.parse("2026-04-24T10:00:00Z"));
        assertThat(invoiceOf(now).paidMinor()).isEqualTo(PRICE_MINOR);
    }

    @Test
    void what_was_canceled_ends_with_its_period_and_renews_no_more() {
        var subscription = subscribed(1, 0);
        sandbox.cancel(key("cancel"), subscription.id(), true);

        clock.advance(MONTH.multipliedBy(3));
        sandbox.advance();

        var ended = subscription(subscription.id());
        assertThat(ended.status()).isEqualTo(GatewaySubscription.Status.CANCELED);
        assertThat(ended.endedAt()).isEqualTo(subscription.currentPeriod().end());
        assertThat(invoices()).hasSize(1);
    }

    @Test
    void who_changes_after_the_period_has_ended_changes_the_next_one() {
        var subscription = subscribed(1, 0);
        clock.advance(MONTH);

        var changed = sandbox.change(change(key("change"), subscription, "price-large", 5_800, 1));

        assertThat(changed.currentPeriod().start()).isEqualTo("2026-04-10T10:00:00Z");
        assertThat(changed.priceId()).isEqualTo("price-large");
    }

    @Test
    void a_change_of_price_or_seats_is_charged_for_the_rest_of_the_period_on_the_next_invoice() {
        var subscription = subscribed(1, 0);
        clock.set(Instant.parse("2026-03-25T22:00:00Z"));
        sandbox.change(change(key("seats"), subscription, subscription.priceId(), PRICE_MINOR, 3));
        assertThat(invoices()).as("nothing at once").hasSize(1);
        assertThat(customerPage()).contains("On the next invoice, for changes: 29.00 EUR");

        clock.set(Instant.parse("2026-04-10T10:00:00Z"));
        sandbox.advance();

        var invoice = invoiceOf(subscription);
        assertThat(invoice.reason()).isEqualTo(GatewayInvoice.Reason.SUBSCRIPTION_CYCLE);
        assertThat(invoice.period().orElseThrow().start()).isEqualTo("2026-04-10T10:00:00Z");
        assertThat(invoice.totalMinor()).isEqualTo(4 * PRICE_MINOR);
        assertThat(invoice.lines())
                .extracting(
                        GatewayInvoice.Line::description,
                        GatewayInvoice.Line::quantity,
                        GatewayInvoice.Line::amountMinor,
                        line -> line.period().orElseThrow().start().toString())
                .containsExactly(
                        tuple("Pro", 3L, 3 * PRICE_MINOR, "2026-04-10T10:00:00Z"),
                        tuple("Unused time of Pro", 1L, -PRICE_MINOR / 2, "2026-03-25T22:00:00Z"),
                        tuple("Remaining time of Pro", 3L, 3 * PRICE_MINOR / 2, "2026-03-25T22:00:00Z"));
        clock.set(Instant.parse("2026-05-10T10:00:00Z"));
        sandbox.advance();
        assertThat(invoiceOf(subscription).totalMinor()).as("once").isEqualTo(3 * PRICE_MINOR);
    }

    @Test
    void what_is_given_back_beyond_an_invoice_waits_for_the_one_after() {
        var subscription = subscribed(10, 0);
        clock.set(Instant.parse("2026-03-25T22:00:00Z"));
        sandbox.change(change(key("fewer"), subscription, subscription.priceId(), PRICE_MINOR, 1));

        var totals = new ArrayList<Long>();
        for (int month = 4; month < 11; month++) {
            clock.set(Instant.parse("2026-%02d-10T10:00:00Z".formatted(month)));
            sandbox.advance();
            totals.add(invoiceOf(subscription).totalMinor());
        }

        assertThat(totals).containsExactly(0L, 0L, 0L, 0L, PRICE_MINOR / 2, PRICE_MINOR, PRICE_MINOR);
    }

    @Test
    void what_was_changed_is_paid_for_though_no_other_period_comes() {
        var subscription = subscribed(1, 0);
        clock.set(Instant.parse("2026-03-25T22:00:00Z"));
        for (int i = 0; i < 120; i++) {
            sandbox.change(change(key("seats" + i), subscription, subscription.priceId(), PRICE_MINOR, 2 + i % 2));
        }
        sandbox.cancel(key("cancel"), subscription.id(), true);
        clock.advance(MONTH);
        sandbox.advance();

        var last = invoiceOf(subscription);
        assertThat(last.reason()).isEqualTo(GatewayInvoice.Reason.SUBSCRIPTION_CHANGE);
        assertThat(last.status()).isEqualTo(GatewayInvoice.Status.PAID);
        assertThat(last.totalMinor()).isEqualTo(PRICE_MINOR);
        assertThat(last.lines()).hasSizeLessThanOrEqualTo(100);
    }

    @Test
    void a_checkout_that_nobody_pays_is_over_after_a_day() {
        var checkout = sandbox.subscribe(subscription(1, 0));

        clock.advance(Duration.ofDays(1));
        sandbox.advance();

        assertThat(state(checkout).status()).isEqualTo(GatewayCheckout.Status.EXPIRED);
        assertThat(pay(sandbox, checkout, "good")).contains("could not be paid any more", "Nobody paid in time.");
        assertThat(state(checkout).status()).isEqualTo(GatewayCheckout.Status.EXPIRED);
    }

    // Cards

    @Test
    void a_card_that_is_declined_pays_nothing_and_another_one_may() {
        var checkout = sandbox.subscribe(subscription(1, 0));

        assertThat(pay(sandbox, checkout, "declined")).contains("declined");
        assertThat(state(checkout).status()).isEqualTo(GatewayCheckout.Status.OPEN);

        pay(checkout);
        assertThat(state(checkout).status()).isEqualTo(GatewayCheckout.Status.PAID);
    }

    @Test
    void a_slow_payment_is_under_way_for_a_minute_and_comes_or_does_not() {
        var comes = sandbox.subscribe(subscription(1, 0));
        var fails = sandbox.subscribe(subscription(1, 0));
        pay(sandbox, comes, "slow");
        pay(sandbox, fails, "slow-and-fails");
        assertThat(state(comes).status()).isEqualTo(GatewayCheckout.Status.PAYING);

        clock.advance(Duration.ofSeconds(59));
        sandbox.advance();
        assertThat(state(comes).status()).isEqualTo(GatewayCheckout.Status.PAYING);
        clock.advance(Duration.ofSeconds(1));
        sandbox.advance();

        assertThat(state(comes).status()).isEqualTo(GatewayCheckout.Status.PAID);
        assertThat(state(fails).status()).isEqualTo(GatewayCheckout.Status.FAILED);
        assertThat(state(fails).subscriptionId()).isEmpty();
    }

    @Test
    void a_payment_that_fails_is_tried_again_after_one_two_and_three_days_and_then_given_up() {
        var subscription = failing();

        clock.set(Instant.parse("2026-04-10T10:00:00Z"));
        sandbox.advance();
        assertThat(subscription(subscription.id()).status()).isEqualTo(GatewaySubscription.Status.PAST_DUE);
        for (int day : List.of(1, 2, 3)) {
            clock.advance(Duration.ofDays(day));
            sandbox.advance();
        }

        var invoice = invoiceOf(subscription);
        assertThat(invoice.attempts()).isEqualTo(4);
        assertThat(invoice.status()).isEqualTo(GatewayInvoice.Status.UNCOLLECTIBLE);
        assertThat(subscription(subscription.id()).status()).isEqualTo(GatewaySubscription.Status.UNPAID);
        clock.advance(MONTH.multipliedBy(2));
        sandbox.advance();
        assertThat(invoices()).as("no more periods").hasSize(2);
    }

    @Test
    void another_card_pays_what_is_open() {
        var subscription = failing();
        clock.set(Instant.parse("2026-04-11T10:00:00Z"));
        sandbox.advance();

        post(sandbox, "/sandbox/customers/" + customer() + "/card", Map.of("card", "good"));

        assertThat(subscription(subscription.id()).status()).isEqualTo(GatewaySubscription.Status.ACTIVE);
        assertThat(invoiceOf(subscription).status()).isEqualTo(GatewayInvoice.Status.PAID);
        clock.advance(Duration.ofDays(10));
        sandbox.advance();
        assertThat(invoiceOf(subscription).attempts()).as("not tried again").isEqualTo(3);
    }

    // Banks

    @Test
    void a_dispute_is_opened_and_decided() {
        var payment = invoiceOf(subscribed(1, 0)).paymentId().orElseThrow();

        post(sandbox, "/sandbox/payments/" + payment + "/dispute", Map.of());
        var open = dispute();
        assertThat(open.status()).isEqualTo(GatewayDispute.Status.OPEN);
        assertThat(open.amount().amountMinor()).isEqualTo(PRICE_MINOR);
        assertThat(open.paymentId()).isEqualTo(payment);

        assertThat(post(sandbox, "/sandbox/disputes/" + open.id() + "/won", Map.of()))
                .contains("See the invoice");
        assertThat(dispute().status()).isEqualTo(GatewayDispute.Status.WON);
        var again = sandbox.page("POST", "/disputes/" + open.id() + "/lost", Map.of());
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.body()).contains("decided already: it was won");
        assertThat(dispute().status()).isEqualTo(GatewayDispute.Status.WON);
    }

    @Test
    void what_is_left_of_a_payment_is_disputed_and_no_more_can_go_back() {
        var payment = invoiceOf(subscribed(1, 0)).paymentId().orElseThrow();
        sandbox.refund(refund(payment, 1_000));

        post(sandbox, "/sandbox/payments/" + payment + "/dispute", Map.of());

        assertThat(dispute().amount().amountMinor()).isEqualTo(PRICE_MINOR - 1_000);
        assertThatThrownBy(() -> sandbox.refund(refund(payment, 1))).isInstanceOf(GatewayRefused.class);
        var whole = sandbox.checkout(order(Optional.of(customer())));
        pay(whole);
        var gone = state(whole).paymentId().orElseThrow();
        sandbox.refund(refund(gone, 1_900));
        assertThat(sandbox.page("POST", "/payments/" + gone + "/dispute", Map.of())
                        .status())
                .isEqualTo(409);
    }

    @Test
    void a_promotion_is_refused_since_there_is_none() {
        var order = subscription(1, 0);

        assertThatThrownBy(() -> sandbox.subscribe(new SubscriptionOrder(
                        order.id(),
                        tenant,
                        account,
                        order.customerId(),
                        order.description(),
                        order.priceId(),
                        order.price(),
                        1,
                        1,
                        0,
                        Optional.of("SPRING"),
                        false,
                        Optional.empty(),
                        HOME,
                        clock.instant())))
                .isInstanceOf(GatewayRefused.class)
                .hasMessageContaining("no promotion SPRING");
    }

    @Test
    void a_payment_is_disputed_once_whatever_came_of_it() {
        var payment = invoiceOf(subscribed(1, 0)).paymentId().orElseThrow();
        var dispute = "/payments/" + payment + "/dispute";
        post(sandbox, "/sandbox" + dispute, Map.of());
        var known = dispute();

        var again = sandbox.page("POST", dispute, Map.of());
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.body()).contains("was disputed already: " + known.id());
        post(sandbox, "/sandbox/disputes/" + known.id() + "/won", Map.of());
        assertThat(sandbox.page("POST", dispute, Map.of()).status()).isEqualTo(409);
        assertThat(sandbox.list(Kind.DISPUTE, PageRequest.first(10)).items()).hasSize(1);
    }

    @Test
    void a_refund_that_fails_leaves_as_much_to_go_back() {
        var payment = invoiceOf(subscribed(1, 0)).paymentId().orElseThrow();
        var refund = sandbox.refund(refund(payment, PRICE_MINOR));

        post(sandbox, "/sandbox/refunds/" + refund.id() + "/fail", Map.of());

        assertThat(sandbox.fetch(Kind.REFUND, refund.id()))
                .map(GatewayRefund.class::cast)
                .map(GatewayRefund::status)
                .contains(GatewayRefund.Status.FAILED);
        assertThat(sandbox.refund(refund(payment, PRICE_MINOR)).status()).isEqualTo(GatewayRefund.Status.SUCCEEDED);
    }

    // Telling

    @Test
    void what_is_not_taken_is_told_again_and_nothing_is_told_twice() {
        subscribed(1, 0);
        var told = new ArrayList<String>();
        sandbox.deliverTo((body, signature) -> {
            var event = sandbox.read(new String(body, StandardCharsets.UTF_8));
            if (told.size() == 1) {
                told.add("refused");
                throw new IllegalStateException("not now");
            }
            told.add(event.id());
        });

        assertThatThrownBy(sandbox::deliver).hasMessage("not now");
        sandbox.deliver();
        sandbox.deliver();

        told.remove("refused");
        assertThat(told)
                .doesNotHaveDuplicates()
                .containsExactlyElementsOf(sandbox.listEvents(Instant.EPOCH, PageRequest.first(100)).items().stream()
                        .map(Delivery::eventId)
                        .toList());
    }

    // The file

    @Test
    void all_of_it_outlives_the_process(@TempDir Path folder) {
        var file = folder.resolve("sandbox.json");
        var before = SandboxPayments.in(file, clock, new Random(2));
        var checkout = before.subscribe(subscriptionAt(before));
        pay(before, checkout, "fails-later");
        var subscription = before.list(Kind.SUBSCRIPTION, PageRequest.first(10)).items();
        var bodies = new ArrayList<byte[]>();
        var signatures = new ArrayList<String>();
        before.deliverTo((body, signature) -> {
            bodies.add(body);
            signatures.add(signature);
        });
        before.deliver();

        var after = SandboxPayments.in(file, clock, new Random(3));

        for (var kind : Kind.values()) {
            assertThat(after.list(kind, PageRequest.first(100)))
                    .as("%s", kind)
                    .isEqualTo(before.list(kind, PageRequest.first(100)));
        }
        assertThat(after.verify(bodies.get(0), Optional.of(signatures.get(0)), clock.instant())
                        .eventId())
                .as("the secret too")
                .isNotEmpty();
        var again = new ArrayList<byte[]>();
        after.deliverTo((body, signature) -> again.add(body));
        after.deliver();
        assertThat(again).as("what was told").isEmpty();
        assertThat(after.subscribe(subscriptionAt(after)).id())
                .as("names go on")
                .isNotEqualTo(checkout.id());
        clock.advance(MONTH);
        after.advance();
        assertThat(after.fetch(Kind.SUBSCRIPTION, subscription.get(0).id()))
                .map(GatewaySubscription.class::cast)
                .map(GatewaySubscription::status)
                .as("the card too")
                .contains(GatewaySubscription.Status.PAST_DUE);
    }

    @Test
    void a_file_that_cannot_be_read_is_said_to_be_so_and_stays(@TempDir Path folder) throws IOException {
        var file = folder.resolve("sandbox.json");
        Files.writeString(file, "{\"name\": ");

        assertThatThrownBy(() -> SandboxPayments.in(file, clock, new Random(1))).hasMessageContaining(file.toString());
        assertThat(file).hasContent("{\"name\": ");
    }

    // Pages

    @Test
    void pages_show_what_others_wrote_as_text() {
        var hostile = "<script>alert('x')</script>\"&";
        var order = order(Optional.empty());
        var checkout = sandbox.checkout(new Order(
                order.id(),
                tenant,
                account,
                hostile,
                order.price(),
                Optional.empty(),
                Optional.empty(),
                HOME,
                clock.instant()));
        var customer = sandbox.customer(new NewCustomer(tenant, account, hostile, Optional.empty()));
        pay(checkout);

        for (var page : List.of(
                sandbox.page("GET", "/checkouts/" + checkout.id(), Map.of()),
                sandbox.page("GET", "/customers/" + customer, Map.of()),
                sandbox.page("GET", "/invoices/" + state(checkout).invoiceId().orElseThrow(), Map.of()))) {
            assertThat(page.status()).isEqualTo(200);
            assertThat(page.body()).contains("&lt;script&gt;").doesNotContain("<script");
        }
        var missing = sandbox.page("GET", "/checkouts/<script>", Map.of());
        assertThat(missing.status()).isEqualTo(404);
        assertThat(missing.body()).doesNotContain("<script");
        var card = sandbox.page("POST", "/customers/" + customer + "/card", Map.of("card", "<script>"));
        assertThat(card.status()).isEqualTo(400);
        assertThat(card.body()).doesNotContain("<script").contains("must be one of good, declined");
    }

    private String customerPage() {
        return page("/customers/" + customer());
    }

    private String page(String path) {
        var shown = sandbox.page("GET", path, Map.of());
        assertThat(shown.status()).as(shown.body()).isEqualTo(200);
        return shown.body();
    }

    @Test
    void a_checkouts_page_says_how_it_stands_in_words_and_in_its_title() {
        var open = sandbox.subscribe(subscription(3, 0));
        var path = "/checkouts/" + open.id();
        assertThat(page(path))
                .contains("<title>Pay for Pro – Sandbox</title>", "87.00 EUR a month", "3 × 29.00 EUR", "Pay 87.00 EUR")
                .contains("Can be paid until 11 March 2026, 10:00 UTC.");

        assertThat(pay(sandbox, open, "declined")).contains("role=\"alert\"", "was declined", "Pay 87.00 EUR");
        assertThat(pay(sandbox, open, "slow")).contains("<title>The payment is under way: Pro", "Look again");
        assertThat(page(path)).contains("can still fail").doesNotContain("<form");
        clock.advance(Duration.ofMinutes(1));
        assertThat(page(path))
                .contains("<title>Paid: Pro", "Go back", "See the invoice")
                .doesNotContain("<form");

        var failing = sandbox.subscribe(subscription(1, 0));
        pay(sandbox, failing, "slow-and-fails");
        clock.advance(Duration.ofMinutes(1));
        assertThat(page("/checkouts/" + failing.id())).contains("<title>Not paid: Pro", "The money did not come");

        var canceled = sandbox.subscribe(subscription(1, 0));
        sandbox.expire(canceled.id());
        assertThat(page("/checkouts/" + canceled.id()))
                .contains("<title>Canceled: Pro")
                .doesNotContain("<form");
        var expired = sandbox.subscribe(subscription(1, 0));
        clock.advance(Duration.ofDays(1));
        assertThat(page("/checkouts/" + expired.id()))
                .contains("<title>Expired: Pro")
                .doesNotContain("<form");

        var trial = sandbox.subscribe(subscription(1, 14));
        assertThat(page("/checkouts/" + trial.id())).contains("Free for 14 days, then 29.00 EUR a month");
        assertThat(pay(sandbox, trial, "good")).contains("<title>Begun: Pro", "Nothing was to be paid.");
    }

    @Test
    void what_went_back_is_shown_where_it_was_paid_and_the_customers_page_has_all() {
        assertThat(customerPage()).contains("There is none.", "There are none yet.");
        var subscription = subscribed(2, 0);
        var invoice = invoiceOf(subscription);
        sandbox.refund(refund(invoice.paymentId().orElseThrow(), PRICE_MINOR));
        post(sandbox, "/sandbox/payments/" + invoice.paymentId().orElseThrow() + "/dispute", Map.of());

        assertThat(page("/invoices/" + invoice.id()))
                .contains("What went back", "Partly refunded", "Disputed", "29.00 EUR");
        assertThat(customerPage())
                .contains("Pro × 2", "renews on 10 April 2026", "58.00 EUR", "/sandbox/invoices/" + invoice.id())
                .contains("Partly refunded");
        sandbox.cancel(key("cancel"), subscription.id(), true);
        assertThat(customerPage()).contains("ends on 10 April 2026");
    }

    @Test
    void who_was_erased_and_is_billed_on_has_pages_that_say_so() {
        var subscription = subscribed(1, 0);
        sandbox.eraseCustomer(subscription.customerId().orElseThrow());

        assertThat(customerPage()).contains("<h1>Erased customer</h1>", "<title>Erased customer – Sandbox</title>");
        assertThat(page("/invoices/" + invoiceOf(subscription).id())).contains(">Erased customer</a>");
    }

    @Test
    void who_opens_what_is_to_be_posted_to_or_names_a_card_that_there_is_not_is_helped() {
        var checkout = sandbox.subscribe(subscription(1, 0));
        assertThat(page("/checkouts/" + checkout.id() + "/pay"))
                .contains("<form method=\"post\"", "curl -d card=good", "/sandbox/checkouts/" + checkout.id() + "/pay");
        var bad = sandbox.page("POST", "/checkouts/" + checkout.id() + "/pay", Map.of("card", "GOLD"));
        assertThat(bad.status()).isEqualTo(400);
        assertThat(bad.body()).contains("must be one of good, fails-later, slow, slow-and-fails, declined", "<form");
        assertThat(state(checkout).status()).isEqualTo(GatewayCheckout.Status.OPEN);

        var deed = sandbox.page("GET", "/payments/pay_1/dispute", Map.of());
        assertThat(deed.status()).isEqualTo(405);
        assertThat(deed.body()).contains("curl -X POST", "/sandbox/payments/pay_1/dispute");
        for (var form : List.of(Map.<String, String>of(), Map.of("karte", "good"), Map.of("card", "good", "x", "y"))) {
            assertThat(sandbox.page("POST", "/checkouts/" + checkout.id() + "/pay", form)
                            .status())
                    .as("%s", form)
                    .isEqualTo(400);
        }
        assertThat(state(checkout).status()).isEqualTo(GatewayCheckout.Status.OPEN);
        assertThat(pay(sandbox, checkout, "FAILS_LATER"))
                .as("as they were called before")
                .contains("Paid");
        var paid = sandbox.page("POST", "/checkouts/" + checkout.id() + "/pay", Map.of("card", "GOLD"));
        assertThat(paid.status()).isEqualTo(400);
        assertThat(paid.body()).contains("paid already").doesNotContain("Nothing was paid");
    }

    @Test
    void pages_lead_back_to_where_the_payer_came_from() {
        var checkout = sandbox.checkout(order(Optional.of(customer())));
        assertThat(page("/checkouts/" + checkout.id()))
                .contains("https://product.example/back", "Turn back")
                .doesNotContain("fails at the next period");

        sandbox.portal(customer(), Optional.of("https://product.example/billing"));
        assertThat(customerPage()).contains("https://product.example/billing", "Go back");
        sandbox.portal(customer(), Optional.empty());
        assertThat(customerPage()).doesNotContain("Go back");
    }

    @Test
    void what_is_no_page_is_not_there() {
        for (var path : List.of("", "/", "/checkouts", "/nothing/x", "/checkouts/x/pay/more")) {
            assertThat(sandbox.page("GET", path, Map.of()).status()).as(path).isEqualTo(404);
        }
    }

    /** One whose card works at first. */
    private GatewaySubscription failing() {
        var checkout = sandbox.subscribe(subscription(1, 0));
        pay(sandbox, checkout, "fails-later");
        return subscription(state(checkout).subscriptionId().orElseThrow());
    }

    private SubscriptionOrder subscriptionAt(SandboxPayments one) {
        var order = subscription(1, 0);
        var customer = one.customer(new NewCustomer(tenant, account, "Acme", Optional.empty()));
        return new SubscriptionOrder(
                order.id(),
                tenant,
                account,
                customer,
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
    }

    private List<GatewayInvoice> invoices() {
        return sandbox.list(Kind.INVOICE, PageRequest.first(100)).items().stream()
                .map(GatewayInvoice.class::cast)
                .toList();
    }

    private GatewayDispute dispute() {
        return (GatewayDispute)
                sandbox.list(Kind.DISPUTE, PageRequest.first(10)).items().get(0);
    }

    private static String pay(SandboxPayments one, Checkout checkout, String card) {
        return post(one, "/sandbox/checkouts/" + checkout.id() + "/pay", Map.of("card", card));
    }

    private static String post(SandboxPayments one, String path, Map<String, String> form) {
        var shown = one.page("POST", path.substring(SandboxPayments.PAGES.length()), form);
        assertThat(shown.status()).isEqualTo(200);
        return shown.body();
    }
}
