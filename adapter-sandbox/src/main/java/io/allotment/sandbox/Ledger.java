package io.allotment.sandbox;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.billing.GatewayDispute;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.GatewayReversal;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** The sandbox's objects: found by their names, kept with the event that tells of each, written down. Not thread-safe. */
final class Ledger {

    private static final int NAME_BYTES = 5;
    private static final int SECRET_BYTES = 32;
    private static final int REMEMBERED_POSTS = 2_000;

    final Book book;
    final Signing signing;
    private final Store store;
    private final Clock clock;
    private String address = "http://127.0.0.1:8080";

    Ledger(Store store, Clock clock, RandomGenerator random) {
        this.store = store;
        this.clock = requireNonNull(clock, "clock");
        this.book = store.read().orElseGet(() -> begun(random));
        this.signing = new Signing(book.secret);
        write();
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

    void write() {
        store.write(book);
    }

    /** Gateways know whole seconds. */
    Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }

    void servedAt(String base) {
        this.address = requireNonNull(base, "base");
    }

    /** Where a page of its is, such as of {@code checkouts}. */
    String page(String kind, String id) {
        return address + SandboxPayments.PAGES + "/" + kind + "/" + id;
    }

    /** What was made for the key before, else what is made now. */
    String made(IdempotencyKey key, Supplier<String> make) {
        var known = book.made.get(key.value());
        if (known != null) {
            return known;
        }
        var id = make.get();
        book.made.put(key.value(), id);
        write();
        return id;
    }

    // Finding

    Book.Customer customer(String id) {
        return found("customer", book.customers, id);
    }

    Book.Ordered checkout(String id) {
        return found("checkout", book.checkouts, id);
    }

    Book.Sub subscription(String id) {
        return found("subscription", book.subscriptions, id);
    }

    GatewayInvoice invoice(String id) {
        return found("invoice", book.invoices, id);
    }

    GatewayRefund refund(String id) {
        return found("refund", book.refunds, id);
    }

    GatewayDispute dispute(String id) {
        return found("dispute", book.disputes, id);
    }

    private static <T> T found(String kind, Map<String, T> all, String id) {
        return Optional.ofNullable(all.get(id)).orElseThrow(() -> new NotFound(kind, id));
    }

    GatewayInvoice paidBy(String paymentId) {
        return book.invoices.values().stream()
                .filter(invoice -> invoice.paymentId().equals(Optional.of(paymentId)))
                .findFirst()
                .orElseThrow(() -> new NotFound("payment", paymentId));
    }

    /** What of a payment did not go back yet, by refunds and disputes. */
    long leftMinor(String paymentId) {
        Stream<GatewayReversal> all = Stream.concat(book.refunds.values().stream(), book.disputes.values().stream());
        return paidBy(paymentId).paidMinor()
                - all.filter(one -> one.paymentId().equals(paymentId)
                                && one.standing().takes())
                        .mapToLong(one -> one.amount().amountMinor())
                        .sum();
    }

    /** What of a customer's use was reported, in the order in which it came. */
    Stream<Book.Used> usageOf(String customerId) {
        return book.usage.values().stream().filter(used -> used.customerId().equals(customerId));
    }

    List<GatewayInvoice> invoicesOf(String customerId) {
        return book.invoices.values().stream()
                .filter(invoice -> invoice.customerId().equals(Optional.of(customerId)))
                .toList();
    }

    /** The one that an invoice is for, while it lives. */
    Optional<Book.Sub> subscriptionOf(GatewayInvoice invoice) {
        return invoice.subscriptionId()
                .map(book.subscriptions::get)
                .filter(sub -> !sub.state().isFinal());
    }

    /** What changes of a subscription come to, which no invoice has yet. */
    long pendingMinor(String subscriptionId) {
        return Owed.sum(book.pending.getOrDefault(subscriptionId, List.of()));
    }

    /** What is kept of a customer's for their next invoice, by currency. */
    Map<String, Long> kept(String customerId) {
        return book.kept.getOrDefault(customerId, Map.of());
    }

    void keep(String customerId, String currency, long amountMinor) {
        var theirs = new TreeMap<>(kept(customerId));
        if (amountMinor == 0) {
            theirs.remove(currency);
        } else {
            theirs.put(currency, amountMinor);
        }
        book.kept.put(customerId, theirs);
    }

    List<GatewayObject> all(GatewayObject.Kind kind) {
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

    static <T> Page<T> page(List<T> all, PageRequest page, Function<T, String> id) {
        int from = page.after()
                .map(after -> all.stream().map(id).toList().indexOf(after) + 1)
                .orElse(0);
        var rest = all.subList(from, Math.min(all.size(), from + page.limit() + 1));
        return Page.of(rest, page, id);
    }

    // Keeping

    void put(Book.Sub sub, Instant at) {
        var stamped = sub.asOf(at);
        book.subscriptions.put(stamped.state().id(), stamped);
        tell("subscription.changed", stamped.state());
    }

    void put(String type, GatewayInvoice invoice) {
        book.invoices.put(invoice.id(), invoice);
        tell(type, invoice);
    }

    void put(String type, Book.Ordered checkout) {
        book.checkouts.put(checkout.state().id(), checkout);
        tell(type, checkout.state());
    }

    void put(String type, GatewayRefund refund) {
        book.refunds.put(refund.id(), refund);
        tell(type, refund);
    }

    void put(GatewayDispute dispute) {
        book.disputes.put(dispute.id(), dispute);
        tell("dispute.changed", dispute);
    }

    // Telling

    private void tell(String type, GatewayObject state) {
        post(id -> Events.payload(id, type, now(), state));
    }

    void tellDeleted(String customerId) {
        post(id -> Events.deleted(id, now(), customerId));
    }

    private void post(UnaryOperator<String> payload) {
        var id = book.next("evt");
        book.posts.put(id, new Book.Post(id, now(), payload.apply(id), false));
    }

    Stream<Book.Post> undelivered() {
        return book.posts.values().stream().filter(post -> !post.delivered());
    }

    String signature(byte[] body) {
        return signing.sign(body, clock.instant());
    }

    void delivered(String id) {
        book.posts.computeIfPresent(id, (key, post) -> post.done());
        while (book.posts.size() > REMEMBERED_POSTS
                && book.posts.values().iterator().next().delivered()) {
            book.posts.remove(book.posts.keySet().iterator().next());
        }
        write();
    }
}
