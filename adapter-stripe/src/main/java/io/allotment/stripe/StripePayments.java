package io.allotment.stripe;

import static java.util.Objects.requireNonNull;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.stripe.StripeClient;
import com.stripe.model.Charge;
import com.stripe.model.Customer;
import com.stripe.model.HasId;
import com.stripe.model.Invoice;
import com.stripe.model.InvoiceLineItem;
import com.stripe.model.InvoicePaymentCollection;
import com.stripe.model.PaymentIntent;
import com.stripe.model.Refund;
import com.stripe.model.StripeCollection;
import com.stripe.model.StripeObject;
import com.stripe.model.Subscription;
import com.stripe.model.billing.Meter;
import com.stripe.model.checkout.Session;
import com.stripe.param.CustomerCreateParams;
import com.stripe.param.CustomerSearchParams;
import com.stripe.param.DisputeListParams;
import com.stripe.param.EventListParams;
import com.stripe.param.InvoiceLineItemListParams;
import com.stripe.param.InvoiceListParams;
import com.stripe.param.InvoicePaymentListParams;
import com.stripe.param.InvoiceRetrieveParams;
import com.stripe.param.PaymentIntentRetrieveParams;
import com.stripe.param.RefundCreateParams;
import com.stripe.param.RefundListParams;
import com.stripe.param.SubscriptionCancelParams;
import com.stripe.param.SubscriptionListParams;
import com.stripe.param.SubscriptionResumeParams;
import com.stripe.param.SubscriptionUpdateParams;
import com.stripe.param.billing.MeterEventAdjustmentCreateParams;
import com.stripe.param.billing.MeterEventCreateParams;
import com.stripe.param.checkout.SessionExpireParams;
import com.stripe.param.checkout.SessionListParams;
import com.stripe.param.checkout.SessionRetrieveParams;
import com.stripe.param.common.EmptyParam;
import io.allotment.domain.billing.BillingGateway;
import io.allotment.domain.billing.Checkout;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayMeter;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.Offer;
import io.allotment.domain.billing.PaymentEvent;
import io.allotment.domain.billing.ReturnAddresses;
import io.allotment.domain.billing.Storefront;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Payments by Stripe, through stripe-java. No type of Stripe's crosses this border: what comes in are our orders, what goes out are states of objects in
 * our words. Every change has an idempotency key made of our ids. Where Stripe is away, is asked too often or fails, it is asked again within a bound, and then
 * refused as {@code Unavailable}. Thread-safe.
 */
public final class StripePayments implements BillingGateway, Storefront {

    /** What purchases, invoices and the directory call it. */
    public static final String NAME = "stripe";

    /** How old or how far ahead of us the time of what is posted may be. */
    public static final Duration TOLERANCE = Duration.ofMinutes(5);

    private static final Logger LOG = LoggerFactory.getLogger(StripePayments.class);

    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String KNOWN_USAGE = "already exists with identifier";
    private static final Duration OLDEST_USAGE = Duration.ofDays(35);
    private static final Duration USAGE_AHEAD = Duration.ofMinutes(5);
    private static final int MAX_PAGE = 100;
    /** How far back events are walked: 200,000 of them. */
    private static final int MAX_PAGES = 2_000;

    static final String USAGE_CUSTOMER = "stripe_customer_id";
    static final String USAGE_VALUE = "value";

    private static final Set<String> FAILED_PAYMENTS = Set.of("requires_payment_method", "canceled");

    private final Calls calls;
    private final Prices prices;
    private final Events events;
    private final Orders orders;
    private final Erasing erasing;
    private final ThinEvents thinEvents;
    private final Shop shop;
    private final WebhookSignature signature;
    private final Clock clock;

    /**
     * How Stripe is reached.
     *
     * @param apiKey a secret key, or a restricted one
     * @param webhookSecrets of the endpoint that posts to us; more than one while they rotate. Without one nothing that is posted is believed
     * @param apiBase another server that speaks as Stripe does; empty for Stripe
     * @param returnTo where checkouts lead back to that do not say; Stripe needs an address for success
     * @param automaticTax whether Stripe reckons taxes at checkouts that do not say
     */
    public record Settings(
            String apiKey,
            List<String> webhookSecrets,
            Optional<String> apiBase,
            ReturnAddresses returnTo,
            boolean automaticTax) {

        private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

        public Settings {
            webhookSecrets = List.copyOf(webhookSecrets);
            requireNonNull(apiBase, "apiBase");
            requireNonNull(returnTo, "returnTo");
            if (!isSecret(apiKey)) {
                throw new IllegalArgumentException("a key of Stripe's is visible text without spaces");
            }
            if (apiKey.startsWith("pk_")) {
                throw new IllegalArgumentException(
                        "a secret or restricted key of Stripe's is needed, not a publishable one");
            }
            if (!webhookSecrets.stream().allMatch(Settings::isSecret)) {
                throw new IllegalArgumentException("a secret of a webhook endpoint is visible text without spaces");
            }
            apiBase = apiBase.map(base -> base.endsWith("/") ? base.substring(0, base.length() - 1) : base);
            apiBase.filter(base -> !isSafe(base, apiKey)).ifPresent(base -> {
                throw new IllegalArgumentException(
                        "Stripe's address is an https one; an http one goes on this machine, and with a test key: "
                                + base);
            });
        }

        /** Stripe itself. */
        public static Settings of(String apiKey, String... webhookSecrets) {
            return new Settings(apiKey, List.of(webhookSecrets), Optional.empty(), ReturnAddresses.NONE, false);
        }

        /** Another server that speaks as Stripe does. */
        public Settings at(String base) {
            return new Settings(apiKey, webhookSecrets, Optional.of(base), returnTo, automaticTax);
        }

        /** Where checkouts lead back to that do not say. */
        public Settings returningTo(ReturnAddresses addresses) {
            return new Settings(apiKey, webhookSecrets, apiBase, addresses, automaticTax);
        }

        /** Whether Stripe reckons taxes at checkouts that do not say. */
        public Settings reckoningTaxes(boolean automatic) {
            return new Settings(apiKey, webhookSecrets, apiBase, returnTo, automatic);
        }

        private static boolean isSecret(String text) {
            return text != null && !text.isEmpty() && text.chars().allMatch(c -> c > ' ' && c <= '~');
        }

        /** A live key does not travel in the clear. */
        private static boolean isSafe(String base, String key) {
            try {
                var uri = URI.create(base);
                return uri.getHost() != null
                        && ("https".equals(uri.getScheme())
                                || "http".equals(uri.getScheme())
                                        && (LOOPBACK.contains(uri.getHost()) || !key.contains("_live_")));
            } catch (IllegalArgumentException notAnAddress) {
                return false;
            }
        }

        /** Without the secrets. */
        @Override
        public String toString() {
            return "Stripe" + apiBase.map(base -> " at " + base).orElse("")
                    + (webhookSecrets.isEmpty()
                            ? "; nothing that it posts is believed before STRIPE_WEBHOOK_SECRETS says its secret"
                            : "");
        }
    }

    private StripePayments(Settings settings, Clock clock, Wire.Pause pause) {
        var client =
                StripeClient.builder().setApiKey(settings.apiKey()).setHttpClient(new Wire(CONNECT, PATIENCE, pause));
        settings.apiBase().ifPresent(base -> client.setApiBase(base).setMeterEventsBase(base));
        this.calls = new Calls(client.build());
        this.prices = new Prices(calls);
        this.events = new Events(prices);
        this.orders = new Orders(calls, settings.returnTo(), settings.automaticTax());
        this.erasing = new Erasing(calls);
        this.thinEvents = new ThinEvents(calls);
        this.shop = new Shop(calls, clock);
        this.signature = new WebhookSignature(settings.webhookSecrets(), TOLERANCE);
        this.clock = clock;
    }

    /** Asks nobody yet. */
    public static StripePayments of(Settings settings, Clock clock) {
        return of(settings, clock, time -> Thread.sleep(time.toMillis()));
    }

    static StripePayments of(Settings settings, Clock clock, Wire.Pause pause) {
        return new StripePayments(settings, clock, pause);
    }

    @Override
    public String name() {
        return NAME;
    }

    /** What Stripe says it made for the key may be gone since; then another one is made. */
    @Override
    public String customer(NewCustomer account) {
        var known = calls.get((client, options) -> client.v1()
                        .customers()
                        .search(
                                CustomerSearchParams.builder()
                                        .setQuery("metadata['" + Orders.TENANT + "']:'" + account.tenantId()
                                                + "' AND metadata['" + Orders.ACCOUNT + "']:'" + account.accountId()
                                                + "'")
                                        .setLimit(1L)
                                        .build(),
                                options))
                .getData();
        if (!known.isEmpty()) {
            return known.get(0).getId();
        }
        var made = newCustomer(account, account.idempotencyKey());
        if (!Calls.isReplayed(made)) {
            return made.getId();
        }
        var present = calls.find((client, options) -> client.v1().customers().retrieve(made.getId(), null, options));
        return present.filter(customer -> !Boolean.TRUE.equals(customer.getDeleted()))
                .orElseGet(() ->
                        newCustomer(account, new IdempotencyKey(account.idempotencyKey() + "-after-" + made.getId())))
                .getId();
    }

    private Customer newCustomer(NewCustomer account, IdempotencyKey key) {
        var params = CustomerCreateParams.builder()
                .setName(account.name())
                .putMetadata(Orders.TENANT, account.tenantId().toString())
                .putMetadata(Orders.ACCOUNT, account.accountId().toString());
        account.email().ifPresent(email -> params.setEmail(email.value()));
        return calls.post(key, (client, options) -> client.v1().customers().create(params.build(), options));
    }

    @Override
    public void eraseCustomer(String customerId) {
        erasing.erase(customerId);
    }

    @Override
    public Checkout checkout(Order order) {
        return orders.purchase(order);
    }

    @Override
    public Checkout subscribe(SubscriptionOrder order) {
        return orders.subscription(order);
    }

    /** One that is paid, or was a moment ago, cannot expire any more: it is told as it is. */
    @Override
    public GatewayCheckout expire(String checkoutId) {
        var present = checkout(checkoutId);
        if (present.status() != GatewayCheckout.Status.OPEN) {
            return present;
        }
        try {
            calls.post(
                    new IdempotencyKey("expire-" + checkoutId),
                    new Calls.Subject("checkout", checkoutId),
                    (client, options) -> client.v1()
                            .checkout()
                            .sessions()
                            .expire(checkoutId, SessionExpireParams.builder().build(), options));
        } catch (GatewayRefused notOpenAnyMore) {
            LOG.info("The checkout {} did not expire: {}", checkoutId, notOpenAnyMore.getMessage());
        }
        return checkout(checkoutId);
    }

    private GatewayCheckout checkout(String id) {
        return session(id)
                .map(session -> (GatewayCheckout) checkoutState(session))
                .orElseThrow(() -> new NotFound("checkout", id));
    }

    /** The key holds the minute: an address that was given lives for some, and a later one must be another. */
    @Override
    public String portal(String customerId, Optional<String> returnUrl) {
        var params =
                com.stripe.param.billingportal.SessionCreateParams.builder().setCustomer(customerId);
        returnUrl.ifPresent(params::setReturnUrl);
        var minute = clock.instant().getEpochSecond() / 60;
        var key = new IdempotencyKey("portal-" + customerId + "-" + minute + "-"
                + Integer.toHexString(returnUrl.orElse("").hashCode()));
        return calls.post(
                        key,
                        new Calls.Subject("customer", customerId),
                        (client, options) ->
                                client.v1().billingPortal().sessions().create(params.build(), options))
                .getUrl();
    }

    /** What is so already stays untouched: it would not be charged twice. */
    @Override
    public GatewaySubscription change(SubscriptionChange change) {
        var present = subscription(change.subscriptionId());
        var item = Translation.baseItem(present)
                .orElseThrow(
                        () -> new GatewayRefused("The subscription " + present.getId() + " has no price to change."));
        var price = orders.price(change.priceId(), change.description(), change.price(), change.months());
        if (item.getPrice().getId().equals(price)
                && item.getQuantity() != null
                && item.getQuantity() == change.quantity()) {
            return translated(present);
        }
        var params = SubscriptionUpdateParams.builder()
                .addItem(SubscriptionUpdateParams.Item.builder()
                        .setId(item.getId())
                        .setPrice(price)
                        .setQuantity((long) change.quantity())
                        .build())
                .setProrationBehavior(
                        change.prorated()
                                ? SubscriptionUpdateParams.ProrationBehavior.CREATE_PRORATIONS
                                : SubscriptionUpdateParams.ProrationBehavior.NONE)
                .build();
        return updated(change.key(), change.subscriptionId(), params);
    }

    @Override
    public GatewaySubscription cancel(IdempotencyKey key, String subscriptionId, boolean atPeriodEnd) {
        var present = subscription(subscriptionId);
        var state = translated(present);
        if (state.isFinal() || atPeriodEnd && state.cancelAtPeriodEnd()) {
            return state;
        }
        if (atPeriodEnd) {
            return updated(
                    key,
                    subscriptionId,
                    SubscriptionUpdateParams.builder()
                            .setCancelAtPeriodEnd(true)
                            .build());
        }
        return whole(calls.post(
                key,
                named(subscriptionId),
                (client, options) -> client.v1()
                        .subscriptions()
                        .cancel(
                                subscriptionId,
                                SubscriptionCancelParams.builder().build(),
                                options)));
    }

    /** A subscription that Stripe paused itself goes on at once; where collecting alone has paused it begins again. */
    @Override
    public GatewaySubscription resume(IdempotencyKey key, String subscriptionId) {
        var present = subscription(subscriptionId);
        if ("paused".equals(present.getStatus())) {
            return whole(calls.post(
                    key,
                    named(subscriptionId),
                    (client, options) -> client.v1()
                            .subscriptions()
                            .resume(
                                    subscriptionId,
                                    SubscriptionResumeParams.builder()
                                            .setBillingCycleAnchor(SubscriptionResumeParams.BillingCycleAnchor.NOW)
                                            .build(),
                                    options)));
        }
        var params = SubscriptionUpdateParams.builder();
        boolean marked = Boolean.TRUE.equals(present.getCancelAtPeriodEnd());
        boolean dated = present.getCancelAt() != null && !marked;
        if (marked) {
            params.setCancelAtPeriodEnd(false);
        }
        if (dated) {
            params.setCancelAt(EmptyParam.EMPTY);
        }
        if (present.getPauseCollection() != null) {
            params.setPauseCollection(EmptyParam.EMPTY);
        }
        return marked || dated || present.getPauseCollection() != null
                ? updated(key, subscriptionId, params.build())
                : translated(present);
    }

    private GatewaySubscription updated(IdempotencyKey key, String id, SubscriptionUpdateParams params) {
        return whole(calls.post(
                key, named(id), (client, options) -> client.v1().subscriptions().update(id, params, options)));
    }

    /** The subscription as it is: an answer of before shows it as it was. */
    private GatewaySubscription whole(Subscription answer) {
        return translated(Calls.isReplayed(answer) ? subscription(answer.getId()) : answer);
    }

    private Subscription subscription(String id) {
        return calls.get(
                named(id), (client, options) -> client.v1().subscriptions().retrieve(id, null, options));
    }

    private GatewaySubscription translated(Subscription answer) {
        return readable("subscription", answer.getId(), () -> Translation.subscription(answer, prices, asOf(answer)));
    }

    private static Calls.Subject named(String subscriptionId) {
        return new Calls.Subject("subscription", subscriptionId);
    }

    /** Looks first whether it went back already: Stripe forgets keys after a day. */
    @Override
    public GatewayRefund refund(RefundOrder order) {
        boolean byCharge = !order.paymentId().startsWith("pi_");
        var params = RefundCreateParams.builder()
                .setAmount(order.amount().amountMinor())
                .putMetadata(Orders.REFUND, order.id().toString());
        order.reason().ifPresent(reason -> params.putMetadata(Orders.REASON, reason));
        if (byCharge) {
            params.setCharge(order.paymentId());
        } else {
            params.setPaymentIntent(order.paymentId());
        }
        var refund = calls.post(
                order.idempotencyKey(),
                Optional.of(new Calls.Subject("payment", order.paymentId())),
                () -> refunded(order, byCharge),
                (client, options) -> client.v1().refunds().create(params.build(), options));
        return readable("refund", refund.getId(), () -> Translation.refund(refund, asOf(refund)));
    }

    private Optional<Refund> refunded(RefundOrder order, boolean byCharge) {
        var params = RefundListParams.builder().setLimit((long) MAX_PAGE);
        if (byCharge) {
            params.setCharge(order.paymentId());
        } else {
            params.setPaymentIntent(order.paymentId());
        }
        var all = calls.get(
                new Calls.Subject("payment", order.paymentId()),
                (client, options) -> client.v1().refunds().list(params.build(), options));
        return all.getData().stream()
                .filter(refund -> refund.getMetadata() != null
                        && order.id().toString().equals(refund.getMetadata().get(Orders.REFUND)))
                .peek(refund -> refund.setLastResponse(all.getLastResponse()))
                .findFirst();
    }

    /** Refuses what Stripe would reject later without a word to us: older than 35 days, or more than five minutes ahead. */
    @Override
    public void report(MeteredUsage usage) {
        var now = clock.instant();
        if (usage.at().isBefore(now.minus(OLDEST_USAGE))) {
            throw new InvalidValue("at", "is more than 35 days ago: Stripe does not bill it any more");
        }
        if (usage.at().isAfter(now.plus(USAGE_AHEAD))) {
            throw new InvalidValue("at", "is more than five minutes ahead");
        }
        var params = MeterEventCreateParams.builder()
                .setEventName(usage.meter())
                .setIdentifier(usage.identifier())
                .setTimestamp(usage.at().getEpochSecond())
                .putPayload(USAGE_CUSTOMER, usage.customerId())
                .putPayload(USAGE_VALUE, usage.units().toPlainString())
                .build();
        try {
            calls.post(
                    new IdempotencyKey("usage-" + usage.identifier()),
                    (client, options) -> client.v1().billing().meterEvents().create(params, options));
        } catch (GatewayRefused refused) {
            // It came before, and its answer was lost. Stripe has no code for that.
            if (!refused.getMessage().contains(KNOWN_USAGE)) {
                throw refused;
            }
        }
    }

    @Override
    public Optional<BigDecimal> countedUsage(String meter, String customerId, Period minutes) {
        return shop.counted(meter, customerId, minutes);
    }

    @Override
    public boolean takeBackReport(String meter, String identifier) {
        var params = MeterEventAdjustmentCreateParams.builder()
                .setEventName(meter)
                .setType(MeterEventAdjustmentCreateParams.Type.CANCEL)
                .setCancel(MeterEventAdjustmentCreateParams.Cancel.builder()
                        .setIdentifier(identifier)
                        .build())
                .build();
        try {
            calls.post(
                    new IdempotencyKey("usage-back-" + identifier),
                    new Calls.Subject("report", identifier),
                    (client, options) ->
                            client.v1().billing().meterEventAdjustments().create(params, options));
            return true;
        } catch (GatewayRefused | NotFound tooLate) {
            return false;
        }
    }

    @Override
    public Optional<GatewayObject> fetch(GatewayObject.Kind kind, String id) {
        return switch (kind) {
            case SUBSCRIPTION ->
                calls.find((client, options) -> client.v1().subscriptions().retrieve(id, null, options))
                        .map(this::translated);
            case CHECKOUT -> session(id).map(this::checkoutState);
            case INVOICE ->
                calls.find((client, options) -> client.v1()
                                .invoices()
                                .retrieve(
                                        id,
                                        InvoiceRetrieveParams.builder()
                                                .addExpand("payments")
                                                .build(),
                                        options))
                        .filter(invoice -> !Boolean.TRUE.equals(invoice.getDeleted()))
                        .map(invoice -> invoiceState(invoice, true, asOf(invoice)));
            case REFUND ->
                calls.find((client, options) -> client.v1().refunds().retrieve(id, null, options))
                        .map(refund -> readable("refund", id, () -> Translation.refund(refund, asOf(refund))));
            case DISPUTE ->
                calls.find((client, options) -> client.v1().disputes().retrieve(id, null, options))
                        .map(dispute -> readable("dispute", id, () -> Translation.dispute(dispute, asOf(dispute))));
        };
    }

    private Optional<Session> session(String id) {
        return calls.find((client, options) -> client.v1()
                .checkout()
                .sessions()
                .retrieve(
                        id,
                        SessionRetrieveParams.builder()
                                .addExpand("payment_intent")
                                .build(),
                        options));
    }

    /** What failed and what is under way look the same in the session alone: its payment tells. */
    private GatewayObject checkoutState(Session session) {
        var payment = session.getPaymentIntentObject();
        boolean failed = "complete".equals(session.getStatus())
                && "unpaid".equals(session.getPaymentStatus())
                && payment != null
                && FAILED_PAYMENTS.contains(payment.getStatus());
        return readable("checkout", session.getId(), () -> Translation.checkout(session, failed, asOf(session)));
    }

    private GatewayObject invoiceState(Invoice invoice, boolean withReceipt, Instant asOf) {
        if (invoice.getPayments() == null && invoice.getAmountPaid() != null && invoice.getAmountPaid() > 0) {
            var payments = calls.get((client, options) -> client.v1()
                    .invoicePayments()
                    .list(
                            InvoicePaymentListParams.builder()
                                    .setInvoice(invoice.getId())
                                    .setLimit((long) MAX_PAGE)
                                    .build(),
                            options));
            var collection = new InvoicePaymentCollection();
            collection.setData(payments.getData());
            invoice.setPayments(collection);
        }
        var receipt = withReceipt
                ? Translation.paymentOf(invoice)
                        .filter(id -> id.startsWith("pi_"))
                        .flatMap(this::receipt)
                : Optional.<String>empty();
        return readable(
                "invoice", invoice.getId(), () -> Translation.invoice(invoice, lines(invoice), prices, receipt, asOf));
    }

    private List<InvoiceLineItem> lines(Invoice invoice) {
        var lines = new ArrayList<>(Translation.lines(invoice));
        boolean more = invoice.getLines() != null
                && Boolean.TRUE.equals(invoice.getLines().getHasMore());
        while (more && lines.size() < GatewayInvoice.MAX_LINES) {
            var params = InvoiceLineItemListParams.builder()
                    .setLimit((long) MAX_PAGE)
                    .setStartingAfter(lines.get(lines.size() - 1).getId())
                    .build();
            var next = calls.get(
                    (client, options) -> client.v1().invoices().lineItems().list(invoice.getId(), params, options));
            lines.addAll(next.getData());
            more = Boolean.TRUE.equals(next.getHasMore()) && !next.getData().isEmpty();
        }
        return lines;
    }

    private Optional<String> receipt(String paymentIntent) {
        return calls.find((client, options) -> client.v1()
                        .paymentIntents()
                        .retrieve(
                                paymentIntent,
                                PaymentIntentRetrieveParams.builder()
                                        .addExpand("latest_charge")
                                        .build(),
                                options))
                .map(PaymentIntent::getLatestChargeObject)
                .map(Charge::getReceiptUrl);
    }

    /** Only what Stripe posts without saying more: whose usage was not billed. */
    @Override
    public Optional<PaymentEvent> fetchEvent(String eventId) {
        return calls.find((client, options) -> client.v2().core().events().retrieve(eventId, options))
                .map(event -> Events.json(event.getLastResponse().body()))
                .map(event -> Events.usageRejected(event, meter(event)));
    }

    /** Usage is reported by a meter's event name; the event names the meter itself. */
    private Optional<String> meter(JsonObject event) {
        return Optional.ofNullable(event.get("related_object"))
                .filter(JsonElement::isJsonObject)
                .flatMap(related -> Events.string(related.getAsJsonObject(), "id"))
                .flatMap(id -> calls.find(
                        (client, options) -> client.v1().billing().meters().retrieve(id, null, options)))
                .map(Meter::getEventName);
    }

    /**
     * Stripe lists the newest first, and as far back as 30 days: for the first page the list is walked to its end, and from there on each next page
     * is what came after it.
     */
    @Override
    public Page<Delivery> listEvents(Instant since, PageRequest page) {
        int limit = Math.min(page.limit(), MAX_PAGE);
        return page.after().isPresent() ? eventsAfter(since, page.after().get(), limit) : oldestEvents(since, limit);
    }

    @Override
    public Page<Delivery> listThinEvents(Instant since, PageRequest page) {
        return thinEvents.list(since, page);
    }

    private Page<Delivery> eventsAfter(Instant since, String last, int limit) {
        var newer = told(EventListParams.builder().setEndingBefore(last).setLimit((long) limit), since);
        return oldestFirst(newer.newestFirst, newer.more);
    }

    private Page<Delivery> oldestEvents(Instant since, int limit) {
        var page = told(EventListParams.builder().setLimit((long) MAX_PAGE), since);
        boolean walked = false;
        for (int pages = 1; page.more; pages++) {
            if (pages == MAX_PAGES) {
                throw new GatewayRefused(
                        "Too much has happened since " + since + ": compare all that there is instead.");
            }
            var last = Events.id(page.newestFirst.get(page.newestFirst.size() - 1));
            page = told(EventListParams.builder().setStartingAfter(last).setLimit((long) MAX_PAGE), since);
            walked = true;
        }
        int size = page.newestFirst.size();
        int newer = Math.max(0, size - limit);
        return oldestFirst(page.newestFirst.subList(newer, size), walked || newer > 0);
    }

    private static Page<Delivery> oldestFirst(List<JsonObject> newestFirst, boolean more) {
        var found = new ArrayList<Delivery>();
        for (var event : newestFirst) {
            found.add(0, Events.delivery(event));
        }
        return new Page<>(
                found, more && !newestFirst.isEmpty() ? Optional.of(Events.id(newestFirst.get(0))) : Optional.empty());
    }

    /** As they were written, since the library's own reading of an event leaves out what it does not know. */
    private record Told(List<JsonObject> newestFirst, boolean more) {}

    private Told told(EventListParams.Builder params, Instant since) {
        var asked = params.setCreated(EventListParams.Created.builder()
                        .setGte(since.getEpochSecond())
                        .build())
                .build();
        var answer = calls.get((client, options) -> client.v1().events().list(asked, options));
        var told = Events.list(Optional.of(Events.json(answer.getLastResponse().body())), "data");
        return new Told(told, Boolean.TRUE.equals(answer.getHasMore()) && !told.isEmpty());
    }

    @Override
    public Page<GatewayObject> list(GatewayObject.Kind kind, PageRequest page) {
        long limit = Math.min(page.limit(), MAX_PAGE);
        var after = page.after().orElse(null);
        return switch (kind) {
            case SUBSCRIPTION ->
                page(
                        calls.get((client, options) -> client.v1()
                                .subscriptions()
                                .list(
                                        SubscriptionListParams.builder()
                                                .setStatus(SubscriptionListParams.Status.ALL)
                                                .setLimit(limit)
                                                .setStartingAfter(after)
                                                .build(),
                                        options)),
                        (one, asOf) -> Translation.subscription(one, prices, asOf));
            case INVOICE ->
                page(
                        calls.get((client, options) -> client.v1()
                                .invoices()
                                .list(
                                        InvoiceListParams.builder()
                                                .addExpand("data.payments")
                                                .setLimit(limit)
                                                .setStartingAfter(after)
                                                .build(),
                                        options)),
                        (one, asOf) -> invoiceState(one, false, asOf));
            case CHECKOUT ->
                page(
                        calls.get((client, options) -> client.v1()
                                .checkout()
                                .sessions()
                                .list(
                                        SessionListParams.builder()
                                                .setLimit(limit)
                                                .setStartingAfter(after)
                                                .build(),
                                        options)),
                        (one, asOf) -> Translation.checkout(one, false, asOf));
            case REFUND ->
                page(
                        calls.get((client, options) -> client.v1()
                                .refunds()
                                .list(
                                        RefundListParams.builder()
                                                .setLimit(limit)
                                                .setStartingAfter(after)
                                                .build(),
                                        options)),
                        Translation::refund);
            case DISPUTE ->
                page(
                        calls.get((client, options) -> client.v1()
                                .disputes()
                                .list(
                                        DisputeListParams.builder()
                                                .setLimit(limit)
                                                .setStartingAfter(after)
                                                .build(),
                                        options)),
                        Translation::dispute);
        };
    }

    private interface Reading<T> {
        GatewayObject of(T object, Instant asOf);
    }

    /** One that cannot be read is left out, and told in the log: the others are not kept back for it. */
    private <T extends StripeObject & HasId> Page<GatewayObject> page(StripeCollection<T> answer, Reading<T> reading) {
        var asOf = asOf(answer);
        var states = new ArrayList<GatewayObject>();
        for (var one : answer.getData()) {
            try {
                states.add(reading.of(one, asOf));
            } catch (InvalidValue | NullPointerException | ArithmeticException unreadable) {
                LOG.warn("{} of Stripe's cannot be read, and is left out: {}", one.getId(), unreadable.toString());
            }
        }
        boolean more =
                Boolean.TRUE.equals(answer.getHasMore()) && !answer.getData().isEmpty();
        return new Page<>(
                states,
                more
                        ? Optional.of(answer.getData()
                                .get(answer.getData().size() - 1)
                                .getId())
                        : Optional.empty());
    }

    @Override
    public Delivery verify(byte[] body, Optional<String> header, Instant now) {
        signature.require(body, header.orElse(null), now);
        return Events.delivery(body);
    }

    @Override
    public PaymentEvent read(String payload) {
        return events.read(payload);
    }

    @Override
    public Optional<Offer.Standing> find(Offer offer) {
        return shop.find(offer);
    }

    @Override
    public void create(Offer offer) {
        shop.create(offer);
    }

    @Override
    public void mend(Offer offer, Offer.Standing standing) {
        shop.mend(offer, standing);
    }

    @Override
    public Optional<GatewayMeter> findMeter(String name) {
        return shop.findMeter(name);
    }

    @Override
    public void openMeter(GatewayMeter meter) {
        shop.openMeter(meter);
    }

    private Instant asOf(StripeObject answer) {
        return Calls.date(answer).orElseGet(() -> clock.instant().truncatedTo(ChronoUnit.SECONDS));
    }

    /** What is read is Stripe's: nobody who asks can mend it. */
    private static <T> T readable(String what, String id, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (InvalidValue | NullPointerException | ArithmeticException unreadable) {
            throw new IllegalStateException("Stripe's " + what + " " + id + " cannot be read", unreadable);
        }
    }
}
