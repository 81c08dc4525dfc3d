package io.allotment.sandbox;

import io.allotment.domain.billing.BillingGateway;
import io.allotment.domain.billing.Checkout;
import io.allotment.domain.billing.EventRefused;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.PaymentEvent;
import io.allotment.domain.billing.ReturnAddresses;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.sandbox.Book.Card;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * A gateway that bills like a real one and takes no money: customers, checkouts that are "paid" at a page of its own, subscriptions that
 * renew, trials that end, cards that fail, refunds and disputes. For tests, and to see everything work before there is a real one.
 *
 * <p>It follows the clock it is given: what is due by then happens with {@link #advance}. It tells what happens by signed events
 * through the door given by {@link #deliverTo}, like a real one through its webhook, and again until the door takes them. What it knows is in
 * a file, so that it outlives the process; without one it is in memory. Thread-safe.
 *
 * <p>Anybody who reaches its {@link #page pages} can pay: never let them be reached from outside.
 */
public final class SandboxPayments implements BillingGateway {

    /** What purchases, invoices and the directory call it. */
    public static final String NAME = "sandbox";

    /** Where its pages are, below the address of {@link #servedAt}. */
    public static final String PAGES = "/sandbox";

    private static final Duration CHECKOUT_LIFE = Duration.ofHours(24);

    private final Ledger ledger;
    private final Bills bills;
    private final Life life;
    private Optional<BiConsumer<byte[], String>> door = Optional.empty();

    private SandboxPayments(Ledger ledger) {
        this.ledger = ledger;
        this.bills = new Bills(ledger);
        this.life = new Life(ledger, bills);
    }

    /** One that keeps what it knows in memory. */
    public static SandboxPayments inMemory(Clock clock, RandomGenerator random) {
        return new SandboxPayments(new Ledger(new Store(Optional.empty()), clock, random));
    }

    /** One that keeps what it knows in the file, which it makes where it is not there. One process at a time. */
    public static SandboxPayments in(Path file, Clock clock, RandomGenerator random) {
        return new SandboxPayments(new Ledger(new Store(Optional.of(file)), clock, random));
    }

    /** Says where its pages are reached, such as {@code http://127.0.0.1:8080}. */
    public synchronized SandboxPayments servedAt(String base) {
        ledger.servedAt(base);
        return this;
    }

    /** Says who hears of what happens: body and signature of each event; whoever throws hears of it again. */
    public synchronized SandboxPayments deliverTo(BiConsumer<byte[], String> listener) {
        this.door = Optional.of(listener);
        return this;
    }

    /** What is due by the clock happens: renewals, ends of trials, payments that are tried again, checkouts that expire. */
    public synchronized void advance() {
        life.advance();
    }

    /** Hands all events on that nobody has heard of, in their order; those that were not taken stay for the next time. */
    public void deliver() {
        for (var post : undelivered()) {
            var body = post.payload().getBytes(StandardCharsets.UTF_8);
            var listener = listener();
            if (listener.isEmpty()) {
                return;
            }
            // Outside of the lock: who listens may ask back.
            listener.get().accept(body, signature(body));
            delivered(post.id());
        }
    }

    private synchronized Optional<BiConsumer<byte[], String>> listener() {
        return door;
    }

    private synchronized List<Book.Post> undelivered() {
        return ledger.undelivered().toList();
    }

    private synchronized String signature(byte[] body) {
        return ledger.signature(body);
    }

    private synchronized void delivered(String id) {
        ledger.delivered(id);
    }

    /**
     * What is shown to a browser, or to curl.
     *
     * @param status of HTTP
     * @param body HTML
     */
    public record Shown(int status, String body) {}

    /**
     * Answers a request to one of its pages.
     *
     * @param method of HTTP
     * @param path below {@link #PAGES}
     * @param form what was sent with it
     */
    public synchronized Shown page(String method, String path, Map<String, String> form) {
        life.advance();
        return new Pages(ledger, life).answer(method, path, form);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public synchronized String customer(NewCustomer account) {
        return made(account.idempotencyKey(), () -> {
            var id = ledger.book.next("cus");
            ledger.book.customers.put(id, new Book.Customer(id, account.name(), Card.GOOD, Optional.empty()));
            return id;
        });
    }

    @Override
    public synchronized void eraseCustomer(String customerId) {
        life.advance();
        life.erase(customerId);
    }

    @Override
    public synchronized Checkout checkout(Order order) {
        return opened(made(
                order.idempotencyKey(),
                () -> ordered(
                        order.customerId(),
                        order.description(),
                        order.price(),
                        0,
                        1,
                        0,
                        order.priceId().orElse("purchase"),
                        order.returnTo())));
    }

    @Override
    public synchronized Checkout subscribe(SubscriptionOrder order) {
        return opened(made(order.idempotencyKey(), () -> {
            ledger.customer(order.customerId());
            order.promotionCode().ifPresent(code -> {
                throw new GatewayRefused("There is no promotion " + code + ": the sandbox has none.");
            });
            return ordered(
                    Optional.of(order.customerId()),
                    order.description(),
                    order.price(),
                    order.months(),
                    order.quantity(),
                    order.trialDays(),
                    order.priceId(),
                    order.returnTo());
        }));
    }

    private String ordered(
            Optional<String> customer,
            String description,
            Money price,
            int months,
            int quantity,
            int trialDays,
            String priceId,
            ReturnAddresses returnTo) {
        var id = ledger.book.next("cs");
        var now = ledger.now();
        var state = new GatewayCheckout(
                id, customer, GatewayCheckout.Status.OPEN, Optional.empty(), Optional.empty(), Optional.empty(), now);
        ledger.book.checkouts.put(
                id,
                new Book.Ordered(
                        state,
                        description,
                        price,
                        months,
                        quantity,
                        trialDays,
                        priceId,
                        now.plus(CHECKOUT_LIFE),
                        returnTo.success(),
                        returnTo.cancel(),
                        Optional.empty(),
                        Optional.empty()));
        return id;
    }

    private Checkout opened(String id) {
        return new Checkout(
                NAME,
                id,
                Optional.of(ledger.page("checkouts", id)),
                Optional.of(
                        "This is a sandbox: it takes no money. Whoever opens the address can say how the payment ends."),
                ledger.checkout(id).expiresAt());
    }

    @Override
    public synchronized GatewayCheckout expire(String checkoutId) {
        life.advance();
        life.expire(checkoutId);
        return ledger.checkout(checkoutId).state();
    }

    @Override
    public synchronized String portal(String customerId, Optional<String> returnUrl) {
        ledger.book.customers.put(customerId, ledger.customer(customerId).leadingTo(returnUrl));
        ledger.write();
        return ledger.page("customers", customerId);
    }

    @Override
    public synchronized GatewaySubscription change(SubscriptionChange change) {
        return changed(change.key(), change.subscriptionId(), before -> {
            before.refusal(change).ifPresent(why -> {
                throw new GatewayRefused(why);
            });
            var changed = before.changed(change, ledger.now());
            ledger.put(changed, ledger.now());
            if (before.beginsAnewBy(change)) {
                bills.begin(before, changed, change.prorated());
            } else if (change.prorated()) {
                bills.prorate(before, changed);
            }
        });
    }

    @Override
    public synchronized GatewaySubscription cancel(IdempotencyKey key, String subscriptionId, boolean atPeriodEnd) {
        return changed(key, subscriptionId, sub -> {
            var now = ledger.now();
            if (atPeriodEnd) {
                ledger.put(sub.ending(now), now);
            } else {
                life.end(sub, sub.canceled(now), now);
            }
        });
    }

    @Override
    public synchronized GatewaySubscription resume(IdempotencyKey key, String subscriptionId) {
        return changed(key, subscriptionId, sub -> ledger.put(sub.resumed(), ledger.now()));
    }

    /** Once for the key, and only while it lives. */
    private GatewaySubscription changed(IdempotencyKey key, String id, Consumer<Book.Sub> change) {
        ledger.subscription(id);
        made(key, () -> {
            var sub = ledger.subscription(id);
            if (sub.state().isFinal()) {
                throw new GatewayRefused("The subscription has ended.");
            }
            change.accept(sub);
            return id;
        });
        return ledger.subscription(id).state();
    }

    @Override
    public synchronized GatewayRefund refund(RefundOrder order) {
        return ledger.refund(made(order.idempotencyKey(), () -> {
            var invoice = ledger.paidBy(order.paymentId());
            if (order.amount().amountMinor() > ledger.leftMinor(order.paymentId())) {
                throw new GatewayRefused("More than was paid cannot go back.");
            }
            var id = ledger.book.next("re");
            ledger.put(
                    "refund.created",
                    new GatewayRefund(
                            id,
                            invoice.customerId(),
                            order.paymentId(),
                            order.amount(),
                            GatewayRefund.Status.SUCCEEDED,
                            order.reason(),
                            ledger.now()));
            return id;
        }));
    }

    @Override
    public synchronized void report(MeteredUsage usage) {
        ledger.customer(usage.customerId());
        var used = new Book.Used(usage.meter(), usage.customerId(), usage.units(), usage.at(), false);
        if (ledger.book.usage.putIfAbsent(usage.meter() + " " + usage.identifier(), used) == null) {
            ledger.write();
        }
    }

    @Override
    public synchronized boolean takeBackReport(String meter, String identifier) {
        var key = meter + " " + identifier;
        var known = Optional.ofNullable(ledger.book.usage.get(key)).filter(used -> !used.billed());
        known.ifPresent(used -> {
            ledger.book.usage.remove(key);
            ledger.write();
        });
        return known.isPresent();
    }

    @Override
    public synchronized Optional<BigDecimal> countedUsage(String meter, String customerId, Period minutes) {
        return Optional.of(ledger.usageOf(customerId)
                .filter(used -> used.meter().equals(meter) && minutes.contains(used.at()))
                .map(Book.Used::units)
                .reduce(BigDecimal.ZERO, BigDecimal::add));
    }

    @Override
    public synchronized Optional<GatewayObject> fetch(GatewayObject.Kind kind, String id) {
        return ledger.all(kind).stream().filter(one -> one.id().equals(id)).findFirst();
    }

    @Override
    public synchronized Page<Delivery> listEvents(Instant since, PageRequest page) {
        var all = ledger.book.posts.values().stream()
                .filter(post -> !post.at().isBefore(since))
                .toList();
        return Ledger.page(all, page, Book.Post::id).map(post -> delivery(post.payload()));
    }

    @Override
    public synchronized Page<GatewayObject> list(GatewayObject.Kind kind, PageRequest page) {
        return Ledger.page(ledger.all(kind), page, GatewayObject::id);
    }

    @Override
    public synchronized Delivery verify(byte[] body, Optional<String> signature, Instant now) {
        ledger.signing.check(body, signature.orElseThrow(() -> new EventRefused("The signature is missing.")), now);
        return delivery(new String(body, StandardCharsets.UTF_8));
    }

    private static Delivery delivery(String payload) {
        var event = Events.read(payload);
        return new Delivery(event.id(), event.type(), event.at(), payload);
    }

    @Override
    public PaymentEvent read(String payload) {
        return Events.read(payload);
    }

    private String made(IdempotencyKey key, Supplier<String> make) {
        life.advance();
        return ledger.made(key, make);
    }
}
