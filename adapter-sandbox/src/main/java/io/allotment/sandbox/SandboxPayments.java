package io.allotment.sandbox;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.allotment.domain.billing.BillingGateway;
import io.allotment.domain.billing.Checkout;
import io.allotment.domain.billing.EventRefused;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayDispute;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.NotRefundablePayment;
import io.allotment.domain.billing.PaymentEvent;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Times;
import io.allotment.domain.subscription.BillingCycle;
import io.allotment.sandbox.Book.Card;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

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
    private static final Duration SLOW = Duration.ofMinutes(1);
    private static final List<Duration> RETRIES = List.of(Duration.ofDays(1), Duration.ofDays(2), Duration.ofDays(3));
    private static final int NAME_BYTES = 5;
    private static final int SECRET_BYTES = 32;
    private static final int REMEMBERED_POSTS = 2_000;

    private final Clock clock;
    private final Store store;
    private final Book book;
    private String address = "http://127.0.0.1:8080";
    private Optional<BiConsumer<byte[], String>> door = Optional.empty();

    private SandboxPayments(Clock clock, Store store, RandomGenerator random) {
        this.clock = requireNonNull(clock, "clock");
        this.store = store;
        this.book = store.read().orElseGet(() -> begun(random));
        store.write(book);
    }

    private static Book begun(RandomGenerator random) {
        var book = new Book();
        book.name = hex(random, NAME_BYTES);
        book.secret = hex(random, SECRET_BYTES);
        return book;
    }

    private static String hex(RandomGenerator random, int bytes) {
        var some = new byte[bytes];
        random.nextBytes(some);
        return HexFormat.of().formatHex(some);
    }

    /** One that keeps what it knows in memory. */
    public static SandboxPayments inMemory(Clock clock, RandomGenerator random) {
        return new SandboxPayments(clock, new Store(Optional.empty()), random);
    }

    /** One that keeps what it knows in the file, which it makes where it is not there. One process at a time. */
    public static SandboxPayments in(Path file, Clock clock, RandomGenerator random) {
        return new SandboxPayments(clock, new Store(Optional.of(file)), random);
    }

    /** Says where its pages are reached, such as {@code http://127.0.0.1:8080}. */
    public synchronized SandboxPayments servedAt(String base) {
        this.address = requireNonNull(base, "base");
        return this;
    }

    /** Says who hears of what happens: body and signature of each event; whoever throws hears of it again. */
    public synchronized SandboxPayments deliverTo(BiConsumer<byte[], String> listener) {
        this.door = Optional.of(listener);
        return this;
    }

    @Override
    public String name() {
        return NAME;
    }

    // What is ours to ask

    @Override
    public synchronized String customer(NewCustomer account) {
        return made(account.idempotencyKey(), () -> {
            var id = book.next("cus");
            book.customers.put(id, new Book.Customer(id, account.name(), Card.GOOD));
            return id;
        });
    }

    @Override
    public synchronized Checkout checkout(Order order) {
        var id = made(
                order.idempotencyKey(),
                () -> ordered(
                        order.customerId(),
                        new Book.Ordered(
                                null,
                                order.description(),
                                order.price(),
                                0,
                                1,
                                0,
                                order.priceId().orElse("purchase"),
                                now().plus(CHECKOUT_LIFE),
                                order.returnTo().success(),
                                Optional.empty(),
                                Optional.empty())));
        return opened(id);
    }

    @Override
    public synchronized Checkout subscribe(SubscriptionOrder order) {
        requireCustomer(order.customerId());
        var id = made(
                order.idempotencyKey(),
                () -> ordered(
                        Optional.of(order.customerId()),
                        new Book.Ordered(
                                null,
                                order.description(),
                                order.price(),
                                order.months(),
                                order.quantity(),
                                order.trialDays(),
                                order.priceId(),
                                now().plus(CHECKOUT_LIFE),
                                order.returnTo().success(),
                                Optional.empty(),
                                Optional.empty())));
        return opened(id);
    }

    private String ordered(Optional<String> customer, Book.Ordered ordered) {
        var id = book.next("cs");
        var state = new GatewayCheckout(
                id, customer, GatewayCheckout.Status.OPEN, Optional.empty(), Optional.empty(), Optional.empty(), now());
        book.checkouts.put(id, ordered.as(state, Optional.empty(), Optional.empty()));
        return id;
    }

    private Checkout opened(String id) {
        return new Checkout(
                NAME,
                id,
                Optional.of(address + PAGES + "/checkouts/" + id),
                Optional.of(
                        "This is a sandbox: it takes no money. Whoever opens the address can say how the payment ends."),
                book.checkouts.get(id).expiresAt());
    }

    @Override
    public synchronized String portal(String customerId, Optional<String> returnUrl) {
        requireCustomer(customerId);
        return address + PAGES + "/customers/" + customerId;
    }

    @Override
    public synchronized GatewaySubscription change(SubscriptionChange change) {
        var before = sub(change.subscriptionId());
        made(change.key(), () -> {
            var state = live(before.state());
            var changed = new Book.Sub(
                    with(state, state.status(), change.priceId(), change.quantity(), state.currentPeriod()),
                    change.description(),
                    change.price(),
                    change.months(),
                    before.anchor());
            put(changed);
            if (change.prorated() && state.status() == GatewaySubscription.Status.ACTIVE) {
                prorate(before, changed);
            }
            return state.id();
        });
        return sub(change.subscriptionId()).state();
    }

    /** The dearer part of the rest of the period is charged; nothing is given back. */
    private void prorate(Book.Sub before, Book.Sub after) {
        var period = after.state().currentPeriod();
        long whole =
                Duration.between(period.start(), period.end().orElseThrow()).toSeconds();
        long rest = Duration.between(now(), period.end().orElseThrow()).toSeconds();
        long difference = Math.multiplyExact(
                        after.price().amountMinor(), (long) after.state().quantity())
                - Math.multiplyExact(
                        before.price().amountMinor(), (long) before.state().quantity());
        if (difference > 0 && rest > 0) {
            bill(
                    after,
                    GatewayInvoice.Reason.SUBSCRIPTION_CHANGE,
                    Period.between(now(), period.end().orElseThrow()),
                    Math.multiplyExact(difference, rest) / whole,
                    now());
        }
    }

    @Override
    public synchronized GatewaySubscription cancel(IdempotencyKey key, String subscriptionId, boolean atPeriodEnd) {
        made(key, () -> {
            var sub = sub(subscriptionId);
            var state = live(sub.state());
            put(sub.as(
                    atPeriodEnd
                            ? ending(state, state.status(), true, Optional.of(now()), Optional.empty())
                            : ending(
                                    state,
                                    GatewaySubscription.Status.CANCELED,
                                    false,
                                    Optional.of(now()),
                                    Optional.of(now()))));
            return subscriptionId;
        });
        return sub(subscriptionId).state();
    }

    @Override
    public synchronized GatewaySubscription resume(IdempotencyKey key, String subscriptionId) {
        made(key, () -> {
            var sub = sub(subscriptionId);
            var state = live(sub.state());
            var status = state.status() == GatewaySubscription.Status.PAUSED
                    ? GatewaySubscription.Status.ACTIVE
                    : state.status();
            put(sub.as(ending(state, status, false, Optional.empty(), Optional.empty())));
            return subscriptionId;
        });
        return sub(subscriptionId).state();
    }

    @Override
    public synchronized GatewayRefund refund(RefundOrder order) {
        var id = made(order.idempotencyKey(), () -> {
            var invoice = paidBy(order.paymentId());
            long gone = book.refunds.values().stream()
                    .filter(refund -> refund.paymentId().equals(order.paymentId())
                            && refund.status() != GatewayRefund.Status.FAILED)
                    .mapToLong(refund -> refund.amount().amountMinor())
                    .sum();
            if (order.amount().amountMinor() > invoice.paidMinor() - gone) {
                throw new NotRefundablePayment("More than was paid cannot go back.");
            }
            var made = book.next("re");
            var refund = new GatewayRefund(
                    made,
                    invoice.customerId(),
                    order.paymentId(),
                    order.amount(),
                    GatewayRefund.Status.SUCCEEDED,
                    order.reason(),
                    now());
            book.refunds.put(made, refund);
            tell("refund.created", refund);
            return made;
        });
        return book.refunds.get(id);
    }

    @Override
    public synchronized void report(MeteredUsage usage) {
        requireCustomer(usage.customerId());
        if (book.usage.putIfAbsent(
                        usage.meter() + " " + usage.identifier(),
                        usage.quantity().toString())
                == null) {
            store.write(book);
        }
    }

    @Override
    public synchronized boolean takeBackReport(String meter, String identifier) {
        boolean known = book.usage.remove(meter + " " + identifier) != null;
        store.write(book);
        return known;
    }

    @Override
    public synchronized Optional<GatewayObject> fetch(GatewayObject.Kind kind, String id) {
        return all(kind).stream().filter(one -> one.id().equals(id)).findFirst();
    }

    private List<GatewayObject> all(GatewayObject.Kind kind) {
        Collection<? extends GatewayObject> all = switch (kind) {
            case CHECKOUT ->
                book.checkouts.values().stream().map(Book.Ordered::state).toList();
            case SUBSCRIPTION ->
                book.subscriptions.values().stream().map(Book.Sub::state).toList();
            case INVOICE -> book.invoices.values();
            case REFUND -> book.refunds.values();
            case DISPUTE -> book.disputes.values();
        };
        return new ArrayList<>(all);
    }

    @Override
    public synchronized Page<PaymentEvent> listEvents(Instant since, PageRequest page) {
        var all = book.posts.values().stream()
                .filter(post -> !post.at().isBefore(since))
                .toList();
        return page(all, page, Book.Post::id).map(post -> read(post.payload()));
    }

    @Override
    public synchronized Page<GatewayObject> list(GatewayObject.Kind kind, PageRequest page) {
        return page(all(kind), page, GatewayObject::id);
    }

    private static <T> Page<T> page(List<T> all, PageRequest page, Function<T, String> id) {
        int from = page.after()
                .map(after -> all.stream().map(id).toList().indexOf(after) + 1)
                .orElse(0);
        var rest = all.subList(from, Math.min(all.size(), from + page.limit() + 1));
        return Page.of(rest, page, id);
    }

    // Events

    @Override
    public synchronized Delivery verify(byte[] body, Optional<String> signature, Instant now) {
        new Signing(book.secret)
                .check(body, signature.orElseThrow(() -> new EventRefused("The signature is missing.")), now);
        var text = new String(body, StandardCharsets.UTF_8);
        var event = read(text);
        return new Delivery(event.id(), event.type(), event.at(), text);
    }

    @Override
    public PaymentEvent read(String payload) {
        try {
            var event = Store.MAPPER.readTree(payload);
            var id = text(event, "id");
            var type = text(event, "type");
            var at = Instant.parse(text(event, "at"));
            var kind = event.path("kind").asText("");
            var state = event.path("state");
            if (state.isMissingNode()) {
                return new PaymentEvent.Ignored(id, type, at);
            }
            var told = (GatewayObject) Store.MAPPER.treeToValue(state, types().get(GatewayObject.Kind.valueOf(kind)));
            return new PaymentEvent.Told(id, type, at, told);
        } catch (JsonProcessingException | RuntimeException unreadable) {
            throw new EventRefused("The event cannot be read.");
        }
    }

    private static Map<GatewayObject.Kind, Class<?>> types() {
        return Map.of(
                GatewayObject.Kind.CHECKOUT,
                GatewayCheckout.class,
                GatewayObject.Kind.SUBSCRIPTION,
                GatewaySubscription.class,
                GatewayObject.Kind.INVOICE,
                GatewayInvoice.class,
                GatewayObject.Kind.REFUND,
                GatewayRefund.class,
                GatewayObject.Kind.DISPUTE,
                GatewayDispute.class);
    }

    private static String text(JsonNode event, String field) {
        var value = event.path(field);
        if (!value.isTextual()) {
            throw new EventRefused("The event has no " + field + ".");
        }
        return value.asText();
    }

    private void tell(String type, GatewayObject state) {
        var id = book.next("evt");
        var event = Store.MAPPER.createObjectNode();
        event.put("id", id);
        event.put("type", type);
        event.put("at", now().toString());
        event.put("kind", state.kind().name());
        event.set("state", Store.MAPPER.valueToTree(state));
        book.posts.put(id, new Book.Post(id, now(), event.toString(), false));
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
        return book.posts.values().stream().filter(post -> !post.delivered()).toList();
    }

    private synchronized String signature(byte[] body) {
        return new Signing(book.secret).sign(body, clock.instant());
    }

    private synchronized void delivered(String id) {
        book.posts.computeIfPresent(id, (key, post) -> post.done());
        while (book.posts.size() > REMEMBERED_POSTS
                && book.posts.values().iterator().next().delivered()) {
            book.posts.remove(book.posts.keySet().iterator().next());
        }
        store.write(book);
    }

    // Time

    /** What is due by the clock happens: renewals, ends of trials, payments that are tried again, checkouts that expire. */
    public synchronized void advance() {
        var until = now();
        boolean changed = false;
        for (var checkout : List.copyOf(book.checkouts.values())) {
            changed |= advance(checkout, until);
        }
        for (var next = nextDue(until); next.isPresent(); next = nextDue(until)) {
            happen(next.get());
            changed = true;
        }
        if (changed) {
            store.write(book);
        }
    }

    private record Due(Instant at, String id, boolean isRetry) {}

    /** In the order of time, so that it does not matter how seldom the clock is looked at. */
    private Optional<Due> nextDue(Instant until) {
        var periods = book.subscriptions.values().stream()
                .filter(sub -> !sub.state().isFinal()
                        && sub.state().status() != GatewaySubscription.Status.PAUSED
                        && sub.state().status() != GatewaySubscription.Status.UNPAID)
                .map(sub -> new Due(
                        sub.state().currentPeriod().end().orElseThrow(),
                        sub.state().id(),
                        false));
        var retries = book.retries.entrySet().stream().map(retry -> new Due(retry.getValue(), retry.getKey(), true));
        return Stream.concat(periods, retries)
                .filter(due -> !due.at().isAfter(until))
                .min(Comparator.comparing(Due::at).thenComparing(Due::id));
    }

    private void happen(Due due) {
        if (due.isRetry()) {
            retry(due.id(), due.at());
            return;
        }
        var sub = sub(due.id());
        var state = sub.state();
        if (state.cancelAtPeriodEnd()) {
            put(
                    sub.as(ending(
                            state,
                            GatewaySubscription.Status.CANCELED,
                            true,
                            state.canceledAt(),
                            Optional.of(due.at()))),
                    due.at());
            return;
        }
        var cycle = new BillingCycle(sub.anchor(), sub.months());
        var period = cycle.at(due.at(), Times.UTC);
        var status = state.status() == GatewaySubscription.Status.TRIALING
                ? GatewaySubscription.Status.ACTIVE
                : state.status();
        var renewed = sub.as(with(state, status, state.priceId(), state.quantity(), period));
        put(renewed, due.at());
        bill(
                renewed,
                GatewayInvoice.Reason.SUBSCRIPTION_CYCLE,
                period,
                Math.multiplyExact(sub.price().amountMinor(), (long) state.quantity()),
                due.at());
    }

    private boolean advance(Book.Ordered ordered, Instant until) {
        var state = ordered.state();
        if (state.status() == GatewayCheckout.Status.OPEN && !until.isBefore(ordered.expiresAt())) {
            close(ordered, GatewayCheckout.Status.EXPIRED);
            return true;
        }
        if (state.status() == GatewayCheckout.Status.PAYING
                && !until.isBefore(ordered.paid().orElseThrow().plus(SLOW))) {
            if (ordered.card().orElseThrow() == Card.SLOW) {
                complete(ordered, Card.GOOD);
            } else {
                close(ordered, GatewayCheckout.Status.FAILED);
            }
            return true;
        }
        return false;
    }

    private void close(Book.Ordered ordered, GatewayCheckout.Status status) {
        var before = ordered.state();
        var closed = new GatewayCheckout(
                before.id(), before.customerId(), status, Optional.empty(), Optional.empty(), Optional.empty(), now());
        book.checkouts.put(before.id(), ordered.as(closed, ordered.paid(), ordered.card()));
        tell("checkout.closed", closed);
    }

    // Paying

    /**
     * The payer says how it ends.
     *
     * @param card what the payer's card does
     * @return what the payer reads
     */
    synchronized String pay(String checkoutId, Card card) {
        var ordered = requireCheckout(checkoutId);
        if (ordered.state().status() != GatewayCheckout.Status.OPEN) {
            return "This checkout is " + ordered.state().status() + " already.";
        }
        if (card == Card.DECLINED) {
            return "The card was declined. Nothing was paid; try another one.";
        }
        if (card == Card.SLOW || card == Card.SLOW_AND_FAILS) {
            var paying = new GatewayCheckout(
                    checkoutId,
                    ordered.state().customerId(),
                    GatewayCheckout.Status.PAYING,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    now());
            book.checkouts.put(checkoutId, ordered.as(paying, Optional.of(now()), Optional.of(card)));
            tell("checkout.completed", paying);
        } else {
            complete(ordered, card);
        }
        store.write(book);
        return "Thank you. No money was taken: this is a sandbox.";
    }

    private void complete(Book.Ordered ordered, Card card) {
        var state = ordered.state();
        var customer = state.customerId();
        customer.ifPresent(
                id -> book.customers.computeIfPresent(id, (key, known) -> new Book.Customer(key, known.name(), card)));
        Optional<String> subscription = Optional.empty();
        GatewayInvoice invoice;
        if (ordered.months() == 0) {
            invoice = purchased(ordered);
        } else {
            var sub = begin(ordered, customer.orElseThrow());
            subscription = Optional.of(sub.state().id());
            boolean isTrial = ordered.trialDays() > 0;
            invoice = pay(
                    draft(
                            sub,
                            GatewayInvoice.Reason.SUBSCRIPTION_START,
                            sub.state().currentPeriod(),
                            isTrial ? 0 : Math.multiplyExact(ordered.price().amountMinor(), (long) ordered.quantity()),
                            now()),
                    now());
        }
        var done = new GatewayCheckout(
                state.id(),
                customer,
                invoice.paidMinor() > 0 ? GatewayCheckout.Status.PAID : GatewayCheckout.Status.NOTHING_DUE,
                subscription,
                Optional.of(invoice.id()),
                invoice.paymentId(),
                now());
        book.checkouts.put(state.id(), ordered.as(done, Optional.of(now()), Optional.of(card)));
        tell("checkout.completed", done);
    }

    private Book.Sub begin(Book.Ordered ordered, String customer) {
        var now = now();
        Optional<Period> trial = ordered.trialDays() == 0
                ? Optional.empty()
                : Optional.of(Period.between(now, now.plus(Duration.ofDays(ordered.trialDays()))));
        var anchor = trial.flatMap(Period::end).orElse(now);
        var period = trial.orElseGet(() -> new BillingCycle(now, ordered.months()).at(now, Times.UTC));
        var state = new GatewaySubscription(
                book.next("sub"),
                Optional.of(customer),
                trial.isPresent() ? GatewaySubscription.Status.TRIALING : GatewaySubscription.Status.ACTIVE,
                ordered.priceId(),
                ordered.quantity(),
                period,
                trial,
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                now);
        var sub = new Book.Sub(state, ordered.description(), ordered.price(), ordered.months(), anchor);
        put(sub);
        return sub;
    }

    private GatewayInvoice purchased(Book.Ordered ordered) {
        var invoice = invoice(
                ordered.state().customerId(),
                Optional.empty(),
                GatewayInvoice.Reason.PURCHASE,
                Optional.empty(),
                ordered.price(),
                1,
                ordered.description(),
                Optional.empty(),
                now());
        return pay(invoice, now());
    }

    /** Makes the bill, and has it paid where the card is good. */
    private void bill(Book.Sub sub, GatewayInvoice.Reason reason, Period period, long amountMinor, Instant at) {
        attempt(draft(sub, reason, period, amountMinor, at), at);
    }

    private GatewayInvoice draft(
            Book.Sub sub, GatewayInvoice.Reason reason, Period period, long amountMinor, Instant at) {
        return invoice(
                sub.state().customerId(),
                Optional.of(sub.state().id()),
                reason,
                Optional.of(period),
                new Money(amountMinor, sub.price().currency()),
                sub.state().quantity(),
                sub.description(),
                Optional.of(sub.state().priceId()),
                at);
    }

    private GatewayInvoice invoice(
            Optional<String> customer,
            Optional<String> subscription,
            GatewayInvoice.Reason reason,
            Optional<Period> period,
            Money total,
            long quantity,
            String description,
            Optional<String> priceId,
            Instant at) {
        var id = book.next("in");
        return new GatewayInvoice(
                id,
                customer,
                subscription,
                Optional.of("SANDBOX-" + book.last),
                GatewayInvoice.Status.OPEN,
                reason,
                period,
                total.currency(),
                total.amountMinor(),
                0,
                0,
                Optional.empty(),
                0,
                Optional.of(address + PAGES + "/invoices/" + id),
                Optional.empty(),
                List.of(new GatewayInvoice.Line(description, quantity, total.amountMinor(), period, priceId)),
                at,
                Optional.empty(),
                at);
    }

    private void attempt(GatewayInvoice invoice, Instant at) {
        boolean good = invoice.totalMinor() == 0
                || invoice.customerId()
                        .map(book.customers::get)
                        .filter(customer -> customer.card() == Card.GOOD)
                        .isPresent();
        if (good) {
            pay(invoice, at);
            return;
        }
        int attempts = invoice.attempts() + 1;
        boolean givenUp = attempts > RETRIES.size();
        var failed = settled(
                invoice,
                givenUp ? GatewayInvoice.Status.UNCOLLECTIBLE : GatewayInvoice.Status.OPEN,
                0,
                Optional.empty(),
                attempts,
                at);
        book.invoices.put(failed.id(), failed);
        tell("invoice.payment-failed", failed);
        if (givenUp) {
            book.retries.remove(failed.id());
        } else {
            book.retries.put(failed.id(), at.plus(RETRIES.get(attempts - 1)));
        }
        subscriptionOf(failed)
                .ifPresent(sub -> put(
                        sub.as(with(
                                sub.state(),
                                givenUp ? GatewaySubscription.Status.UNPAID : GatewaySubscription.Status.PAST_DUE,
                                sub.state().priceId(),
                                sub.state().quantity(),
                                sub.state().currentPeriod())),
                        at));
    }

    private Optional<Book.Sub> subscriptionOf(GatewayInvoice invoice) {
        return invoice.subscriptionId()
                .map(book.subscriptions::get)
                .filter(sub -> !sub.state().isFinal());
    }

    private void retry(String invoiceId, Instant at) {
        book.retries.remove(invoiceId);
        var invoice = book.invoices.get(invoiceId);
        if (invoice.isFinal() || subscriptionOf(invoice).isEmpty()) {
            return;
        }
        attempt(invoice, at);
    }

    private GatewayInvoice pay(GatewayInvoice invoice, Instant at) {
        Optional<String> payment = invoice.totalMinor() > 0 ? Optional.of(book.next("pay")) : Optional.empty();
        var paid =
                settled(invoice, GatewayInvoice.Status.PAID, invoice.totalMinor(), payment, invoice.attempts() + 1, at);
        book.invoices.put(paid.id(), paid);
        book.retries.remove(paid.id());
        tell("invoice.paid", paid);
        subscriptionOf(paid)
                .filter(sub -> sub.state().status() == GatewaySubscription.Status.PAST_DUE
                        || sub.state().status() == GatewaySubscription.Status.UNPAID)
                .ifPresent(sub -> put(
                        sub.as(with(
                                sub.state(),
                                GatewaySubscription.Status.ACTIVE,
                                sub.state().priceId(),
                                sub.state().quantity(),
                                sub.state().currentPeriod())),
                        at));
        return paid;
    }

    private GatewayInvoice settled(
            GatewayInvoice invoice,
            GatewayInvoice.Status status,
            long paidMinor,
            Optional<String> payment,
            int attempts,
            Instant at) {
        boolean paid = status == GatewayInvoice.Status.PAID;
        return new GatewayInvoice(
                invoice.id(),
                invoice.customerId(),
                invoice.subscriptionId(),
                invoice.number(),
                status,
                invoice.reason(),
                invoice.period(),
                invoice.currency(),
                invoice.totalMinor(),
                paidMinor,
                invoice.taxMinor(),
                payment,
                attempts,
                invoice.hostedUrl(),
                paid ? invoice.hostedUrl().map(url -> url + "/receipt") : Optional.empty(),
                invoice.lines(),
                invoice.createdAt(),
                paid ? Optional.of(at) : Optional.empty(),
                at);
    }

    /** The customer has another card: what is not paid is tried with it. */
    synchronized void card(String customerId, Card card) {
        requireCustomer(customerId);
        book.customers.computeIfPresent(customerId, (key, known) -> new Book.Customer(key, known.name(), card));
        List.copyOf(book.invoices.values()).stream()
                .filter(invoice -> invoice.customerId().equals(Optional.of(customerId))
                        && (invoice.status() == GatewayInvoice.Status.OPEN
                                || invoice.status() == GatewayInvoice.Status.UNCOLLECTIBLE)
                        && subscriptionOf(invoice).isPresent())
                .forEach(invoice -> attempt(invoice, now()));
        store.write(book);
    }

    /** A refund that had succeeded does not arrive. */
    synchronized void failRefund(String id) {
        var refund = Optional.ofNullable(book.refunds.get(id)).orElseThrow(() -> new NotFound("refund", id));
        var failed = new GatewayRefund(
                id,
                refund.customerId(),
                refund.paymentId(),
                refund.amount(),
                GatewayRefund.Status.FAILED,
                refund.reason(),
                now());
        book.refunds.put(id, failed);
        tell("refund.failed", failed);
        store.write(book);
    }

    /** The payer's bank takes the money of a payment back. */
    synchronized String dispute(String paymentId) {
        var invoice = paidBy(paymentId);
        var id = book.next("dp");
        dispute(new GatewayDispute(
                id,
                invoice.customerId(),
                paymentId,
                new Money(invoice.paidMinor(), invoice.currency()),
                GatewayDispute.Status.OPEN,
                Optional.empty(),
                now()));
        return id;
    }

    /** The bank has decided. */
    synchronized void decide(String id, boolean won) {
        var open = Optional.ofNullable(book.disputes.get(id)).orElseThrow(() -> new NotFound("dispute", id));
        dispute(new GatewayDispute(
                id,
                open.customerId(),
                open.paymentId(),
                open.amount(),
                won ? GatewayDispute.Status.WON : GatewayDispute.Status.LOST,
                open.reason(),
                now()));
    }

    private void dispute(GatewayDispute state) {
        book.disputes.put(state.id(), state);
        tell("dispute.changed", state);
        store.write(book);
    }

    // Pages

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
    public Shown page(String method, String path, Map<String, String> form) {
        advance();
        return new Pages(this).answer(method, path, form);
    }

    synchronized Book.Ordered requireCheckout(String id) {
        return Optional.ofNullable(book.checkouts.get(id)).orElseThrow(() -> new NotFound("checkout", id));
    }

    synchronized Book.Customer requireCustomer(String id) {
        return Optional.ofNullable(book.customers.get(id)).orElseThrow(() -> new NotFound("customer", id));
    }

    synchronized List<GatewayInvoice> invoicesOf(String customerId) {
        return book.invoices.values().stream()
                .filter(invoice -> invoice.customerId().equals(Optional.of(customerId)))
                .toList();
    }

    synchronized GatewayInvoice requireInvoice(String id) {
        return Optional.ofNullable(book.invoices.get(id)).orElseThrow(() -> new NotFound("invoice", id));
    }

    // The rest

    private GatewayInvoice paidBy(String paymentId) {
        return book.invoices.values().stream()
                .filter(invoice -> invoice.paymentId().equals(Optional.of(paymentId)))
                .findFirst()
                .orElseThrow(() -> new NotFound("payment", paymentId));
    }

    private Book.Sub sub(String id) {
        return Optional.ofNullable(book.subscriptions.get(id)).orElseThrow(() -> new NotFound("subscription", id));
    }

    private static GatewaySubscription live(GatewaySubscription state) {
        if (state.isFinal()) {
            throw new InvalidValue("subscription", "has ended");
        }
        return state;
    }

    private void put(Book.Sub sub) {
        put(sub, now());
    }

    private void put(Book.Sub sub, Instant at) {
        var state = sub.state();
        var stamped = new GatewaySubscription(
                state.id(),
                state.customerId(),
                state.status(),
                state.priceId(),
                state.quantity(),
                state.currentPeriod(),
                state.trial(),
                state.cancelAtPeriodEnd(),
                state.canceledAt(),
                state.endedAt(),
                state.resumesAt(),
                at);
        book.subscriptions.put(state.id(), sub.as(stamped));
        tell("subscription.changed", stamped);
    }

    private static GatewaySubscription with(
            GatewaySubscription state, GatewaySubscription.Status status, String priceId, int quantity, Period period) {
        return new GatewaySubscription(
                state.id(),
                state.customerId(),
                status,
                priceId,
                quantity,
                period,
                state.trial(),
                state.cancelAtPeriodEnd(),
                state.canceledAt(),
                state.endedAt(),
                state.resumesAt(),
                state.asOf());
    }

    private static GatewaySubscription ending(
            GatewaySubscription state,
            GatewaySubscription.Status status,
            boolean atPeriodEnd,
            Optional<Instant> canceledAt,
            Optional<Instant> endedAt) {
        return new GatewaySubscription(
                state.id(),
                state.customerId(),
                status,
                state.priceId(),
                state.quantity(),
                state.currentPeriod(),
                state.trial(),
                atPeriodEnd,
                canceledAt,
                endedAt,
                Optional.empty(),
                state.asOf());
    }

    private String made(IdempotencyKey key, Supplier<String> make) {
        advance();
        var known = book.made.get(key.value());
        if (known != null) {
            return known;
        }
        var id = make.get();
        book.made.put(key.value(), id);
        store.write(book);
        return id;
    }

    /** Gateways know whole seconds. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }
}
