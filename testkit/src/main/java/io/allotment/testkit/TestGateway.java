package io.allotment.testkit;

import io.allotment.domain.billing.BillingGateway;
import io.allotment.domain.billing.Checkout;
import io.allotment.domain.billing.EventRefused;
import io.allotment.domain.billing.GatewayAway;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.PaymentEvent;
import io.allotment.domain.billing.RightMissing;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/**
 * A gateway for tests, which is and tells what a test says: it has no life of its own. An event's payload is its id, and it is signed by
 * the word {@code signed}.
 */
public final class TestGateway implements BillingGateway {

    /** What the gateway's own events are signed with. */
    public static final Optional<String> SIGNED = Optional.of("signed");

    private final String name;
    private final Clock clock;
    private final Map<String, PaymentEvent> events = new LinkedHashMap<>();
    private final Map<String, GatewayObject> objects = new LinkedHashMap<>();
    private final Map<String, GatewayRefund> refunds = new LinkedHashMap<>();
    private final Map<String, Integer> orders = new LinkedHashMap<>();
    /** Whose each checkout is. */
    private final Map<String, String> pages = new ConcurrentHashMap<>();

    private final Set<String> unlisted = new HashSet<>();
    private final Set<String> forgotten = new HashSet<>();
    private Optional<RuntimeException> answering = Optional.empty();
    private final Map<String, PaymentEvent> thin = new LinkedHashMap<>();
    private final Set<String> erased = new LinkedHashSet<>();
    private final List<Taken> usage = new CopyOnWriteArrayList<>();
    private Runnable meanwhile = () -> {};
    private boolean away;
    private Optional<RuntimeException> failing = Optional.empty();
    private final Set<GatewayObject.Kind> forbidden = new HashSet<>();
    private boolean keepsOpen;
    private boolean losesAnswers;
    private boolean tellsCounts = true;
    private boolean tellsTooMuch;
    private Runnable whileListed = () -> {};
    private Runnable whileAsked = () -> {};
    private final Set<String> broken = new HashSet<>();
    private Optional<String> refusesUsage = Optional.empty();
    private int asked;
    private int listed;

    /** Usage that was reported, and when that was. */
    private record Taken(MeteredUsage usage, Instant at) {}

    /** @param name a key of its own where tests share a database */
    public TestGateway(String name, Clock clock) {
        this.name = name;
        this.clock = clock;
    }

    /** It is so now. */
    public TestGateway is(GatewayObject state) {
        forgotten.remove(state.kind() + " " + state.id());
        objects.put(state.kind() + " " + state.id(), state);
        return this;
    }

    /** It has it, and leaves it out where it lists all. */
    public TestGateway leavesOut(GatewayObject.Kind kind, String id) {
        unlisted.add(kind + " " + id);
        return this;
    }

    /** It has it no more. */
    public TestGateway forgets(GatewayObject.Kind kind, String id) {
        objects.remove(kind + " " + id);
        forgotten.add(kind + " " + id);
        return this;
    }

    /** What it posts to tell that. */
    public byte[] telling(PaymentEvent event) {
        events.put(event.id(), event);
        return event.id().getBytes(StandardCharsets.UTF_8);
    }

    /** What it posts to tell that without saying it: it has to be asked for. */
    public byte[] tellingThin(PaymentEvent event) {
        thin.put(event.id(), event);
        return telling(new PaymentEvent.Thin(event.id(), event.type(), event.at()));
    }

    /** The customers it has forgotten, in that order. */
    public List<String> erased() {
        return List.copyOf(erased);
    }

    /** Our keys under which subscriptions were to be changed, canceled or resumed, and how often each came. */
    public Map<String, Integer> orders() {
        return Map.copyOf(orders);
    }

    /** The next order of that kind, or checkout for a subscription, is answered so: one that refuses does nothing, any other failure comes after it was done. */
    public TestGateway answering(RuntimeException failure) {
        answering = Optional.of(failure);
        return this;
    }

    /** What happens while it opens the next checkout. */
    public TestGateway meanwhile(Runnable happens) {
        meanwhile = happens;
        return this;
    }

    /** Whether nobody reaches it from now on, where it says how something stands and where usage is reported. */
    public TestGateway isAway(boolean so) {
        away = so;
        return this;
    }

    /** Whether from now on it leaves open what is to be closed. */
    public TestGateway keepsOpen(boolean so) {
        keepsOpen = so;
        return this;
    }

    /** Whether from now on it takes usage, and its answers are lost. */
    public TestGateway losesAnswers(boolean so) {
        losesAnswers = so;
        return this;
    }

    /** Whether it says what it counts. */
    public TestGateway tellsCounts(boolean so) {
        tellsCounts = so;
        return this;
    }

    /** What happens while it is asked the next time how something stands. */
    public TestGateway whileAsked(Runnable happens) {
        whileAsked = happens;
        return this;
    }

    /** What happens while it lists all of a kind the next time. */
    public TestGateway whileListed(Runnable happens) {
        whileListed = happens;
        return this;
    }

    /** Whether from now on it has told more than it lists. */
    public TestGateway tellsTooMuch(boolean so) {
        tellsTooMuch = so;
        return this;
    }

    /** This event is in no shape that we know: whoever reads it stumbles. */
    public TestGateway breaks(String eventId) {
        broken.add(eventId);
        return this;
    }

    /** Why it takes no usage from now on; empty where it does. */
    public TestGateway refusesUsage(Optional<String> why) {
        refusesUsage = why;
        return this;
    }

    /** The usage it counts, in the order in which it came. */
    public List<MeteredUsage> counted() {
        return usage.stream().map(Taken::usage).toList();
    }

    /** What it answers from now on where it is asked how something stands, and for events that say no more; nothing where it does. */
    public TestGateway failing(Optional<RuntimeException> how) {
        failing = how;
        return this;
    }

    /** All of that kind is not to be listed by us. */
    public TestGateway forbids(GatewayObject.Kind kind) {
        forbidden.add(kind);
        return this;
    }

    private void requireThere() {
        if (away) {
            throw new GatewayAway("Nobody is there.", Duration.ofSeconds(1), null);
        }
    }

    /** How often it was asked for all of a kind. */
    public int listed() {
        return listed;
    }

    /** How often it was asked how something stands. */
    public int asked() {
        return asked;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Checkout checkout(Order order) {
        return opened("buy-" + order.id(), order.customerId());
    }

    @Override
    public Checkout subscribe(SubscriptionOrder order) {
        var failure = answering;
        answering = Optional.empty();
        failure.ifPresent(said -> {
            throw said;
        });
        return opened("subscribe-" + order.id(), Optional.of(order.customerId()));
    }

    private Checkout opened(String id, Optional<String> customer) {
        var happens = meanwhile;
        meanwhile = () -> {};
        happens.run();
        customer.ifPresent(whose -> pages.put(id, whose));
        return new Checkout(
                name,
                id,
                Optional.of("https://pay.example/" + id),
                Optional.empty(),
                clock.instant().plus(Duration.ofDays(1)));
    }

    @Override
    public GatewayCheckout expire(String checkoutId) {
        requireThere();
        if (forgotten.contains(GatewayObject.Kind.CHECKOUT + " " + checkoutId)) {
            throw new NotFound("checkout", checkoutId);
        }
        var expired = fetch(GatewayObject.Kind.CHECKOUT, checkoutId)
                .map(GatewayCheckout.class::cast)
                .filter(known -> known.status() != GatewayCheckout.Status.OPEN)
                .orElseGet(() -> new GatewayCheckout(
                        checkoutId,
                        Optional.empty(),
                        keepsOpen ? GatewayCheckout.Status.OPEN : GatewayCheckout.Status.EXPIRED,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        now()));
        is(expired);
        return expired;
    }

    @Override
    public String customer(NewCustomer account) {
        return "customer-" + account.accountId();
    }

    @Override
    public void eraseCustomer(String customerId) {
        requireThere();
        pages.forEach((id, customer) -> {
            if (customer.equals(customerId)) {
                expire(id);
            }
        });
        erased.add(customerId);
    }

    @Override
    public String portal(String customerId, Optional<String> returnUrl) {
        return "https://pay.example/portal/" + customerId;
    }

    @Override
    public GatewaySubscription change(SubscriptionChange change) {
        return ordered(
                change.key(),
                change.subscriptionId(),
                before -> new GatewaySubscription(
                        before.id(),
                        before.customerId(),
                        before.status(),
                        change.priceId(),
                        change.quantity(),
                        before.currentPeriod(),
                        before.trial(),
                        before.cancelAtPeriodEnd(),
                        before.canceledAt(),
                        before.endedAt(),
                        before.resumesAt(),
                        now()));
    }

    @Override
    public GatewaySubscription cancel(IdempotencyKey key, String subscriptionId, boolean atPeriodEnd) {
        return ordered(
                key,
                subscriptionId,
                before -> new GatewaySubscription(
                        before.id(),
                        before.customerId(),
                        atPeriodEnd ? before.status() : GatewaySubscription.Status.CANCELED,
                        before.priceId(),
                        before.quantity(),
                        before.currentPeriod(),
                        before.trial(),
                        atPeriodEnd,
                        Optional.of(now()),
                        atPeriodEnd ? Optional.empty() : Optional.of(now()),
                        Optional.empty(),
                        now()));
    }

    @Override
    public GatewaySubscription resume(IdempotencyKey key, String subscriptionId) {
        return ordered(
                key,
                subscriptionId,
                before -> new GatewaySubscription(
                        before.id(),
                        before.customerId(),
                        GatewaySubscription.Status.ACTIVE,
                        before.priceId(),
                        before.quantity(),
                        before.currentPeriod(),
                        before.trial(),
                        false,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        now()));
    }

    private GatewaySubscription subscription(String id) {
        return fetch(GatewayObject.Kind.SUBSCRIPTION, id)
                .map(GatewaySubscription.class::cast)
                .orElseThrow(() -> new NotFound("subscription", id));
    }

    /** Once for the key. */
    private GatewaySubscription ordered(IdempotencyKey key, String id, UnaryOperator<GatewaySubscription> change) {
        var failure = answering;
        answering = Optional.empty();
        failure.filter(GatewayRefused.class::isInstance).ifPresent(no -> {
            throw no;
        });
        if (orders.merge(key.value(), 1, Integer::sum) == 1) {
            is(change.apply(subscription(id)));
        }
        failure.ifPresent(lost -> {
            throw lost;
        });
        return subscription(id);
    }

    @Override
    public GatewayRefund refund(RefundOrder order) {
        return refunds.computeIfAbsent(order.idempotencyKey().value(), key -> {
            var refund = new GatewayRefund(
                    "refund-" + order.id(),
                    Optional.empty(),
                    order.paymentId(),
                    order.amount(),
                    GatewayRefund.Status.SUCCEEDED,
                    order.reason(),
                    now());
            is(refund);
            return refund;
        });
    }

    @Override
    public void report(MeteredUsage reported) {
        requireThere();
        if (reported.at().isBefore(clock.instant().minus(Duration.ofDays(35)))) {
            throw new InvalidValue("at", "is too long ago");
        }
        refusesUsage.ifPresent(why -> {
            throw new GatewayRefused(why);
        });
        var dayAgo = clock.instant().minus(Duration.ofDays(1));
        boolean known = usage.stream()
                .anyMatch(taken -> taken.usage().identifier().equals(reported.identifier())
                        && taken.at().isAfter(dayAgo));
        if (!known) {
            usage.add(new Taken(reported, clock.instant()));
        }
        if (losesAnswers) {
            throw new GatewayAway("No answer came.", Duration.ofSeconds(1), null);
        }
    }

    @Override
    public boolean takeBackReport(String meter, String identifier) {
        requireThere();
        var dayAgo = clock.instant().minus(Duration.ofDays(1));
        return usage.removeIf(taken -> taken.usage().meter().equals(meter)
                && taken.usage().identifier().equals(identifier)
                && taken.at().isAfter(dayAgo));
    }

    @Override
    public Optional<BigDecimal> countedUsage(String meter, String customerId, Period minutes) {
        requireThere();
        return tellsCounts
                ? Optional.of(usage.stream()
                        .map(Taken::usage)
                        .filter(taken -> taken.meter().equals(meter)
                                && taken.customerId().equals(customerId)
                                && minutes.contains(taken.at()))
                        .map(MeteredUsage::units)
                        .reduce(BigDecimal.ZERO, BigDecimal::add))
                : Optional.empty();
    }

    private void requireWell() {
        requireThere();
        failing.ifPresent(how -> {
            throw how;
        });
    }

    @Override
    public Optional<GatewayObject> fetch(GatewayObject.Kind kind, String id) {
        requireWell();
        asked++;
        var happens = whileAsked;
        whileAsked = () -> {};
        happens.run();
        return Optional.ofNullable(objects.get(kind + " " + id));
    }

    @Override
    public Optional<PaymentEvent> fetchEvent(String eventId) {
        requireThere();
        return Optional.ofNullable(thin.get(eventId));
    }

    @Override
    public Page<Delivery> listThinEvents(Instant since, PageRequest page) {
        requireWell();
        return listed(since, page, true);
    }

    @Override
    public Page<Delivery> listEvents(Instant since, PageRequest page) {
        if (tellsTooMuch) {
            throw new GatewayRefused("More was told than is listed.");
        }
        return listed(since, page, false);
    }

    private Page<Delivery> listed(Instant since, PageRequest page, boolean thinOnes) {
        var all = events.values().stream()
                .filter(event -> event instanceof PaymentEvent.Thin == thinOnes)
                .filter(event -> !event.at().isBefore(since)
                        && page.after()
                                .filter(last -> event.id().compareTo(last) <= 0)
                                .isEmpty())
                .sorted(Comparator.comparing(PaymentEvent::id))
                .limit(page.limit() + 1L)
                .toList();
        return Page.of(all, page, PaymentEvent::id).map(TestGateway::delivery);
    }

    private static Delivery delivery(PaymentEvent event) {
        return new Delivery(event.id(), event.type(), event.at(), event.id());
    }

    @Override
    public Page<GatewayObject> list(GatewayObject.Kind kind, PageRequest page) {
        requireThere();
        if (forbidden.contains(kind)) {
            throw new RightMissing("Not for this key.", Duration.ofSeconds(1), Optional.of("read_" + kind));
        }
        listed++;
        var happens = whileListed;
        whileListed = () -> {};
        happens.run();
        List<GatewayObject> all = objects.values().stream()
                .filter(state -> state.kind() == kind
                        && !unlisted.contains(kind + " " + state.id())
                        && page.after()
                                .filter(last -> state.id().compareTo(last) <= 0)
                                .isEmpty())
                .sorted(Comparator.comparing(GatewayObject::id))
                .limit(page.limit() + 1L)
                .toList();
        return Page.of(all, page, GatewayObject::id);
    }

    @Override
    public Delivery verify(byte[] body, Optional<String> signature, Instant now) {
        if (!signature.equals(SIGNED)) {
            throw new EventRefused("It is not signed.");
        }
        var payload = new String(body, StandardCharsets.UTF_8);
        return delivery(read(payload));
    }

    @Override
    public PaymentEvent read(String payload) {
        if (broken.contains(payload)) {
            throw new IllegalStateException("No such shape.");
        }
        return Optional.ofNullable(events.get(payload)).orElseThrow(() -> new EventRefused("There is no such event."));
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }
}
