package io.allotment.application.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.application.shared.Pages;
import io.allotment.application.shared.PresentAccounts;
import io.allotment.application.shared.Tokens;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Right;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.billing.BillingGateway;
import io.allotment.domain.billing.BillingMonths;
import io.allotment.domain.billing.BillingOrder;
import io.allotment.domain.billing.BillingTotal;
import io.allotment.domain.billing.Checkout;
import io.allotment.domain.billing.CheckoutOver;
import io.allotment.domain.billing.CheckoutPending;
import io.allotment.domain.billing.GatewayAway;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayName;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.billing.Invoices;
import io.allotment.domain.billing.NoBillingGateway;
import io.allotment.domain.billing.NotRefundablePayment;
import io.allotment.domain.billing.NothingToChange;
import io.allotment.domain.billing.Refund;
import io.allotment.domain.billing.Refunds;
import io.allotment.domain.billing.ReturnAddresses;
import io.allotment.domain.billing.SubscriptionCheckout;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.BillingOrderId;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.RefundId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.Times;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.subscription.AlreadySubscribed;
import io.allotment.domain.subscription.Billed;
import io.allotment.domain.subscription.PlanChange;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.subscription.SubscriptionOver;
import java.time.YearMonth;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Subscriptions that a gateway bills, billing histories, and paying back. What is asked of the gateway is asked outside of units of
 * work; what it answers is followed like what it tells by itself. Methods refuse an account that does not
 * exist ({@link NotFound}), and where the gateway does not bill by itself ({@code NoBillingGateway}). Thread-safe.
 */
public final class BillingService {

    private static final Logger LOG = LoggerFactory.getLogger(BillingService.class);

    private static final int MAX_QUANTITY = 1_000_000;

    private final Persistence persistence;
    private final Customers customers;
    private final PaymentEventService events;
    private final PresentAccounts accounts;
    private final GatewayPrices prices;
    private final GivingUp givingUp;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;

    public BillingService(
            Persistence persistence,
            CreditPurchaseService purchases,
            PaymentEventService events,
            Ids ids,
            Moments moments,
            Acting acting) {
        this.persistence = persistence;
        this.customers = purchases.customers();
        this.events = events;
        this.accounts = new PresentAccounts(persistence);
        this.prices = new GatewayPrices(persistence);
        this.givingUp = new GivingUp(persistence, acting);
        this.ids = ids;
        this.moments = moments;
        this.acting = acting;
    }

    /**
     * What to subscribe to.
     *
     * @param version the plan's newest where it is empty; of a plan that takes no new subscriptions, the one that is subscribed to
     * @param price where it is empty, of a change the one that is paid now where the version has it too, else the version's first
     * @param quantity how many, such as seats; where it is empty, one to begin with, and as many as before for a change
     */
    public record Choice(
            PlanKey plan, Optional<Integer> version, Optional<PriceKey> price, Optional<Integer> quantity) {
        public Choice {
            requireNonNull(plan, "plan");
            requireNonNull(version, "version");
            requireNonNull(price, "price");
            requireQuantity(quantity);
        }

        private static void requireQuantity(Optional<Integer> quantity) {
            quantity.filter(number -> number < 1 || number > MAX_QUANTITY).ifPresent(number -> {
                throw new InvalidValue("quantity", "must be from 1 to " + MAX_QUANTITY);
            });
        }

        public static Choice of(String plan) {
            return new Choice(new PlanKey(plan), Optional.empty(), Optional.empty(), Optional.empty());
        }

        private int toBeginWith() {
            return quantity.orElse(1);
        }
    }

    /**
     * What a subscription is to become; what is empty stays as it is. At least one thing is said ({@link NothingToChange}).
     *
     * @param version of another plan the newest where it is empty, see {@link Choice}
     * @param price where it is empty, the one that is paid now where the version has it too, else the version's first
     */
    public record Change(
            Optional<PlanKey> plan, Optional<Integer> version, Optional<PriceKey> price, Optional<Integer> quantity) {
        public Change {
            requireNonNull(plan, "plan");
            requireNonNull(version, "version");
            requireNonNull(price, "price");
            requireNonNull(quantity, "quantity");
            if (plan.isEmpty() && version.isEmpty() && price.isEmpty() && quantity.isEmpty()) {
                throw new NothingToChange();
            }
            Choice.requireQuantity(quantity);
        }

        private Choice of(PlanKey other) {
            return new Choice(other, version, price, quantity);
        }

        /** What it then is, where this is had: a plan and version. */
        private Choice from(PlanVersion had) {
            return plan.map(this::of)
                    .orElseGet(
                            () -> new Choice(had.plan(), version.or(() -> Optional.of(had.number())), price, quantity));
        }
    }

    /**
     * How it is to be paid.
     *
     * @param promotionCode what the gateway calls the promotion; the operator's to say
     * @param promotionCodesAllowed whether the payer may type one
     * @param automaticTax whether the gateway reckons taxes; empty for what it does otherwise; the operator's to say
     */
    public record Way(
            Optional<String> promotionCode,
            boolean promotionCodesAllowed,
            Optional<Boolean> automaticTax,
            ReturnAddresses returnTo) {

        public static final Way PLAIN = new Way(Optional.empty(), false, Optional.empty(), ReturnAddresses.NONE);
    }

    /**
     * Begins to subscribe: whether the account may, and the name of its checkout. Refuses where something that costs is subscribed to already ({@link
     * AlreadySubscribed}), an unknown or inactive plan, version or price, and a version without a price; and of everybody but operators terms that are not on offer: an
     * older version, a promotion by name, and how taxes are reckoned ({@link InvalidValue}). Refuses while another checkout may be paid ({@link CheckoutPending}):
     * {@link #cancelCheckout cancel it} first.
     */
    public CheckoutId order(TenantId tenant, AccountId account, Choice choice, Way way) {
        acting.require(tenant, Right.BILLING_MANAGE);
        requireOffered(way);
        var gateway = customers.requireBilling();
        return persistence.unitOfWork().forTenant(tenant, () -> {
            var now = moments.now();
            var open = accounts.open(tenant, account, now);
            open.subscription()
                    .filter(live -> !live.status().isEnded() && (live.billed().isPresent() || costs(live)))
                    .ifPresent(live -> {
                        throw live.billed().isPresent()
                                ? AlreadySubscribed.billed(account, live.status())
                                : new AlreadySubscribed(account, live.status());
                    });
            persistence.subscriptionCheckouts().listNotOver(tenant, account).stream()
                    .filter(other -> other.isPendingAt(now))
                    .findFirst()
                    .ifPresent(other -> {
                        throw new CheckoutPending(other, now);
                    });
            var priced = priced(choice, Optional.empty());
            priced.price().requireQuantity(choice.toBeginWith());
            var id = new CheckoutId(ids.next());
            persistence
                    .subscriptionCheckouts()
                    .insert(SubscriptionCheckout.ordered(tenant, id, account, gateway.name(), now)
                            .of(SubscriptionCheckout.Order.of(
                                    priced.version(), priced.price().key(), choice.toBeginWith())));
            acting.record(
                    tenant,
                    AuditEvent.of("subscription.ordered", "checkout", id)
                            .to(AuditValues.of("account", account)
                                    .and("plan", choice.plan())
                                    .and("version", priced.version().number())
                                    .and("price", priced.price().key())
                                    .and("quantity", choice.toBeginWith())
                                    .map()));
            return id;
        });
    }

    /**
     * Where what was ordered can be paid, whatever is on offer by now or said again; the same again is the same checkout, as it stands by then. A trial is had once. Refuses what was over before it was opened ({@link CheckoutOver}),
     * and what the gateway refuses ({@link GatewayRefused}): that is over, and another one can be ordered.
     */
    public SubscriptionCheckout checkout(TenantId tenant, AccountId account, CheckoutId id, Choice choice, Way way) {
        acting.require(tenant, Right.BILLING_MANAGE);
        requireOffered(way);
        var gateway = customers.requireBilling();
        var now = moments.now();
        var known = persistence.unitOfWork().forTenant(tenant, () -> requireCheckout(tenant, account, id));
        if (known.gatewayId().isPresent()) {
            return known;
        }
        if (!known.isPayableAt(now)) {
            throw CheckoutOver.of(known, now);
        }
        var customer = customers.of(tenant, account).orElseThrow();
        var order = persistence.unitOfWork().forTenant(tenant, () -> {
            var priced = known.order().map(this::priced).orElseGet(() -> priced(choice, Optional.empty()));
            int trialDays = persistence.subscriptions().hadTrial(tenant, account)
                    ? 0
                    : priced.version().terms().trialDays();
            return new BillingGateway.SubscriptionOrder(
                    id,
                    tenant,
                    account,
                    customer,
                    priced.name(),
                    GatewayPrices.id(priced.version(), priced.price()),
                    priced.price().money(),
                    priced.price().months(),
                    known.order().map(SubscriptionCheckout.Order::quantity).orElseGet(choice::toBeginWith),
                    trialDays,
                    way.promotionCode(),
                    way.promotionCodesAllowed(),
                    way.automaticTax(),
                    way.returnTo(),
                    now);
        });
        var place = subscribed(gateway, order);
        SubscriptionCheckout opened;
        try {
            opened = persistence.unitOfWork().forTenant(tenant, () -> open(known, place));
        } catch (NotFound gone) {
            customers.erasedWithAccount(tenant, account, customer);
            throw gone;
        }
        if (opened.status().isOver()) {
            expireLate(gateway, opened);
            throw CheckoutOver.of(opened, moments.now());
        }
        return opened;
    }

    /** It opened when nobody was to pay it any more. Where the gateway is away by now the job closes it. */
    private void expireLate(BillingGateway gateway, SubscriptionCheckout opened) {
        var place = opened.gatewayId().orElseThrow();
        try {
            events.follow(
                    gateway, opened.tenantId(), opened.accountId(), Following.closed(gateway, place, moments.now()));
        } catch (GatewayAway later) {
            LOG.info("The checkout {} can be paid for a while: {}", opened.id(), later.toString());
        }
    }

    private Checkout subscribed(BillingGateway gateway, BillingGateway.SubscriptionOrder order) {
        var tenant = order.tenantId();
        try {
            return gateway.subscribe(order);
        } catch (GatewayRefused no) {
            persistence.unitOfWork().forTenant(tenant, () -> {
                accounts.open(tenant, order.accountId(), moments.now());
                persistence
                        .subscriptionCheckouts()
                        .update(requireCheckout(tenant, order.accountId(), order.id())
                                .refused());
            });
            throw no;
        }
    }

    private SubscriptionCheckout open(SubscriptionCheckout ordered, Checkout place) {
        var tenant = ordered.tenantId();
        var account = ordered.accountId();
        accounts.open(tenant, account, moments.now());
        var present = requireCheckout(tenant, account, ordered.id());
        customers.name(tenant, account, GatewayName.Kind.CHECKOUT, place.id(), Following.SUBSCRIBE + ordered.id());
        var opened = present.at(place);
        persistence.subscriptionCheckouts().update(opened);
        return opened;
    }

    private SubscriptionCheckout requireCheckout(TenantId tenant, AccountId account, CheckoutId id) {
        return persistence
                .subscriptionCheckouts()
                .find(tenant, id)
                .filter(found -> found.accountId().equals(account))
                .orElseThrow(() -> new NotFound("checkout", id));
    }

    /** Its page is for who may order alone. */
    public SubscriptionCheckout getCheckout(TenantId tenant, AccountId account, CheckoutId id) {
        acting.require(tenant, Right.ACCOUNT_READ);
        return shown(persistence.unitOfWork().forTenant(tenant, () -> requireCheckout(tenant, account, id)));
    }

    /** Who has the address of a gateway's page sees there who is to pay, and can pay. */
    private SubscriptionCheckout shown(SubscriptionCheckout checkout) {
        return acting.holds(checkout.tenantId(), Right.BILLING_MANAGE.key()) ? checkout : checkout.withoutPage();
    }

    /** The account's, newest first; their pages are for who may order alone. */
    public Page<SubscriptionCheckout> listCheckouts(TenantId tenant, AccountId account, PageRequest page) {
        acting.require(tenant, Right.ACCOUNT_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            requireAccount(tenant, account);
            return persistence
                    .subscriptionCheckouts()
                    .list(tenant, account, page)
                    .map(this::shown);
        });
    }

    /**
     * Nobody can pay there any more, at the gateway and here; again changes nothing. Refuses one that was paid, or is about to be ({@link CheckoutOver}),
     * and one whose money is under way ({@link CheckoutPending}). It is recorded before the gateway is asked: where that does not answer, the same again asks once more, and so does {@link CheckoutClosingService}.
     */
    public SubscriptionCheckout cancelCheckout(TenantId tenant, AccountId account, CheckoutId id) {
        acting.require(tenant, Right.BILLING_MANAGE);
        var gateway = customers.requireBilling();
        var ordered = persistence.unitOfWork().forTenant(tenant, () -> toCancel(tenant, account, id));
        if (ordered.status().isOver()) {
            return ordered;
        }
        events.follow(
                gateway,
                tenant,
                account,
                Following.closed(gateway, ordered.gatewayId().orElseThrow(), moments.now()));
        var present = persistence.unitOfWork().forTenant(tenant, () -> requireCheckout(tenant, account, id));
        return switch (present.status()) {
            case OPEN, PAID, SUBSCRIBED -> throw CheckoutOver.paid(id);
            case PAYING -> throw new CheckoutPending(present, moments.now());
            case CANCELED, REFUSED, EXPIRED, FAILED -> present;
        };
    }

    private SubscriptionCheckout toCancel(TenantId tenant, AccountId account, CheckoutId id) {
        var now = moments.now();
        accounts.open(tenant, account, now);
        return givingUp.checkout(requireCheckout(tenant, account, id), now);
    }

    private void requireOffered(Way way) {
        if (acting.caller().isOperator()) {
            return;
        }
        way.promotionCode().ifPresent(code -> {
            throw new InvalidValue("promotionCode", "is the operator's to say; the payer may type one at the gateway");
        });
        way.automaticTax().ifPresent(automatic -> {
            throw new InvalidValue("automaticTax", "is the operator's to say");
        });
    }

    /** Where the account's payer sees their invoices and changes how they pay, for some minutes. Refuses to lead back to what is no address ({@link InvalidValue}). */
    public String portal(TenantId tenant, AccountId account, Optional<String> returnUrl) {
        acting.require(tenant, Right.BILLING_MANAGE);
        var back = returnUrl.map(url -> Text.webAddress("returnUrl", url, 2_000));
        var gateway = customers.requireBilling();
        return gateway.portal(customers.of(tenant, account).orElseThrow(), back);
    }

    /**
     * Changes what the account's subscription is to, at the gateway and here, once for the key: the same again is answered by what came of it. Its
     * credits are the other plan's from the next period
     * on. Refuses of everybody but operators what is not on offer: a version that is neither the plan's newest nor the one subscribed
     * to, and a change that is not prorated, and of everybody a price in another currency ({@link InvalidValue}); what is over for good ({@link SubscriptionOver}); and another order under the key ({@link
     * IdempotencyKeyReused}).
     *
     * @param prorated whether the rest of the period is charged or given back
     */
    public Answer change(TenantId tenant, AccountId account, IdempotencyKey key, Change change, boolean prorated) {
        acting.require(tenant, Right.BILLING_MANAGE);
        if (!prorated && !acting.caller().isOperator()) {
            throw new InvalidValue("prorated", "must be true: a change that is not is the operator's");
        }
        // By a plan it is told as orders of before were.
        var asked = change.plan().<Object>map(plan -> change.of(plan)).orElse(change);
        return ordered(tenant, account, key, "change " + asked + " " + prorated, live -> {
            var version =
                    persistence.catalog().findVersion(live.planVersionId()).orElseThrow();
            var choice = change.from(version);
            var priced = priced(choice, Optional.of(live));
            live.price().flatMap(version.terms()::price).ifPresent(priced.price()::requireCurrencyOf);
            int quantity = choice.quantity()
                    .orElseGet(() -> live.billed().orElseThrow().quantity());
            priced.price().requireQuantity(quantity);
            return new Asked(
                    new BillingOrder.Change(
                            Optional.of(priced.version().id()),
                            GatewayPrices.id(priced.version(), priced.price()),
                            quantity,
                            prorated),
                    "subscription.change-asked",
                    AuditValues.of("plan", choice.plan())
                            .and("version", priced.version().number())
                            .and("price", priced.price().key())
                            .and("quantity", quantity));
        });
    }

    /** Cancels at the gateway and here, now or at the end of the period, once for the key; see {@link #change}. */
    public Answer cancel(TenantId tenant, AccountId account, IdempotencyKey key, boolean atPeriodEnd) {
        acting.require(tenant, Right.BILLING_MANAGE);
        return ordered(
                tenant,
                account,
                key,
                "cancel " + atPeriodEnd,
                live -> new Asked(
                        new BillingOrder.Cancel(atPeriodEnd),
                        "subscription.cancel-asked",
                        AuditValues.of("atPeriodEnd", atPeriodEnd)));
    }

    /** What was to end with its period, or is paused, runs on, at the gateway and here, once for the key; see {@link #change}. */
    public Answer resume(TenantId tenant, AccountId account, IdempotencyKey key) {
        acting.require(tenant, Right.BILLING_MANAGE);
        return ordered(
                tenant,
                account,
                key,
                "resume",
                live -> new Asked(new BillingOrder.Resume(), "subscription.resume-asked", AuditValues.none()));
    }

    /**
     * What came of an order.
     *
     * @param subscription as it is now
     * @param replayed whether the order had its outcome before, and the gateway was not asked
     */
    public record Answer(Subscription subscription, boolean replayed) {}

    /** What is wanted, and how the audit log tells of it. */
    private record Asked(BillingOrder.Wish wish, String action, AuditValues details) {}

    /** What was begun with a gateway that does not run any more is neither changed nor canceled without it. */
    private void requireBilledHere(TenantId tenant, AccountId account) {
        persistence
                .unitOfWork()
                .forTenant(tenant, () -> persistence.subscriptions().findCurrent(tenant, account))
                .flatMap(Subscription::billed)
                .filter(by -> !by.over() && !by.gateway().equals(customers.gateway()))
                .ifPresent(by -> {
                    throw NoBillingGateway.elsewhere(customers.gateway(), by.gateway());
                });
    }

    private Answer ordered(
            TenantId tenant,
            AccountId account,
            IdempotencyKey key,
            String asked,
            Function<Subscription, Asked> wanted) {
        requireBilledHere(tenant, account);
        var gateway = customers.requireBilling();
        var fingerprint = Tokens.hex(Tokens.sha256(account + " " + asked));
        var order = persistence.unitOfWork().forTenant(tenant, () -> {
            var open = accounts.open(tenant, account, moments.now());
            var known = persistence.billingOrders().find(tenant, key);
            if (known.isPresent()) {
                if (!known.get().fingerprint().equals(fingerprint)) {
                    throw new IdempotencyKeyReused(key);
                }
                return known.get();
            }
            var live = open.subscription()
                    .filter(one -> isBilled(one, gateway))
                    .orElseThrow(() -> new NotFound("subscription", "billed by " + gateway.name()));
            live.billed().filter(Billed::over).ifPresent(over -> {
                throw new SubscriptionOver(live);
            });
            var asks = wanted.apply(live);
            var fresh = new BillingOrder(
                    tenant,
                    new BillingOrderId(ids.next()),
                    account,
                    live.id(),
                    key,
                    fingerprint,
                    asks.wish(),
                    Optional.empty(),
                    moments.now(),
                    Optional.empty());
            if (!persistence.billingOrders().insert(fresh)) {
                throw new IdempotencyKeyReused(key);
            }
            acting.record(
                    tenant,
                    AuditEvent.of(asks.action(), "subscription", live.id())
                            .to(asks.details().map()));
            return fresh;
        });
        boolean replayed = order.doneAt().isPresent();
        if (!replayed) {
            act(gateway, order);
        }
        order.refusal().ifPresent(why -> {
            throw new GatewayRefused(why);
        });
        return new Answer(persistence.unitOfWork().forTenant(tenant, () -> subject(order)), replayed);
    }

    private static boolean isBilled(Subscription subscription, BillingGateway gateway) {
        return subscription
                .billed()
                .filter(by -> by.gateway().equals(gateway.name()))
                .isPresent();
    }

    /** Asks the gateway, and writes down what it says. Where it says nothing nobody knows, and the same order asks again, under the same key. */
    private void act(BillingGateway gateway, BillingOrder order) {
        var tenant = order.tenantId();
        try {
            events.follow(gateway, tenant, order.accountId(), asked(gateway, order));
        } catch (GatewayRefused no) {
            persistence
                    .unitOfWork()
                    .forTenant(
                            tenant,
                            () -> persistence.billingOrders().update(order.refused(no.getMessage(), moments.now())));
            throw no;
        }
        persistence
                .unitOfWork()
                .forTenant(tenant, () -> persistence.billingOrders().update(order.done(moments.now())));
    }

    private GatewaySubscription asked(BillingGateway gateway, BillingOrder order) {
        var id = persistence
                .unitOfWork()
                .forTenant(order.tenantId(), () -> subject(order))
                .billed()
                .orElseThrow()
                .gatewayId();
        if (order.wish() instanceof BillingOrder.Change change) {
            return gateway.change(
                    persistence.unitOfWork().forTenant(order.tenantId(), () -> change(order, id, change)));
        }
        return order.wish() instanceof BillingOrder.Cancel cancel
                ? gateway.cancel(order.gatewayKey(), id, cancel.atPeriodEnd())
                : gateway.resume(order.gatewayKey(), id);
    }

    private BillingGateway.SubscriptionChange change(BillingOrder order, String id, BillingOrder.Change change) {
        var priced = prices.get(change.priceId());
        var plan = persistence.catalog().findPlan(priced.version().plan()).orElseThrow();
        return new BillingGateway.SubscriptionChange(
                order.gatewayKey(),
                id,
                plan.name(),
                change.priceId(),
                priced.price().money(),
                priced.price().months(),
                change.quantity(),
                change.prorated());
    }

    private Subscription subject(BillingOrder order) {
        return persistence
                .subscriptions()
                .find(order.tenantId(), order.accountId(), order.subscription())
                .orElseThrow(() -> new NotFound("subscription", order.subscription()));
    }

    // History

    /** The tenant's invoices, or one account's, newest first. */
    public Page<Invoice> listInvoices(TenantId tenant, Invoices.Filter filter, PageRequest page) {
        acting.require(tenant, Right.ACCOUNT_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            filter.account().ifPresent(account -> requireAccount(tenant, account));
            return persistence.invoices().list(tenant, filter, page);
        });
    }

    /** All of the tenant's invoices that are wanted, newest first: refused at once, and read as they are taken, page by page. */
    public Stream<Invoice> exportInvoices(TenantId tenant, Invoices.Filter filter) {
        return Pages.all(page -> listInvoices(tenant, filter, page));
    }

    /**
     * What was billed.
     *
     * @param months as they were wanted, in the time zone by which they were cut
     * @param totals in {@link BillingTotal#ORDER}; months and currencies without anything are left out
     */
    public record Totals(BillingMonths months, List<BillingTotal> totals) {}

    /** What the tenant, or one of its accounts, was billed: by months of the tenant's time zone, the last twelve where nothing is said. */
    public Totals totals(
            TenantId tenant, Optional<AccountId> account, Optional<YearMonth> from, Optional<YearMonth> to) {
        acting.require(tenant, Right.ACCOUNT_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            var zone = persistence
                    .tenants()
                    .find(tenant)
                    .orElseThrow(() -> new NotFound("tenant", tenant))
                    .timeZone();
            account.ifPresent(one -> requireAccount(tenant, one));
            var months = BillingMonths.of(from, to, moments.now(), zone);
            return new Totals(months, persistence.invoices().totals(tenant, account, months));
        });
    }

    /** What all tenants were billed, by months of UTC. For operators and support. */
    public Totals totalsOfAll(Optional<YearMonth> from, Optional<YearMonth> to) {
        acting.requireReadsAll();
        var months = BillingMonths.of(from, to, moments.now(), Times.UTC);
        return new Totals(
                months,
                persistence
                        .unitOfWork()
                        .forPlatform(() -> persistence.invoices().totalsOfAll(months)));
    }

    public Invoice getInvoice(TenantId tenant, AccountId account, InvoiceId id) {
        acting.require(tenant, Right.ACCOUNT_READ);
        return persistence
                .unitOfWork()
                .forTenant(tenant, () -> persistence.invoices().get(tenant, account, id));
    }

    /** Money of the tenant's that went back or is disputed, or of one account's, newest first. Refuses an invoice that there is not ({@link NotFound}). */
    public Page<Refund> listRefunds(TenantId tenant, Refunds.Filter filter, PageRequest page) {
        acting.require(tenant, Right.ACCOUNT_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            filter.account().ifPresent(account -> requireAccount(tenant, account));
            filter.invoice()
                    .ifPresent(invoice -> persistence
                            .invoices()
                            .find(tenant, invoice)
                            .orElseThrow(() -> new NotFound("invoice", invoice)));
            return persistence.refunds().list(tenant, filter, page);
        });
    }

    /** All of the tenant's refunds and disputes that are wanted, newest first: refused at once, and read as they are taken, page by page. */
    public Stream<Refund> exportRefunds(TenantId tenant, Refunds.Filter filter) {
        return Pages.all(page -> listRefunds(tenant, filter, page));
    }

    private void requireAccount(TenantId tenant, AccountId account) {
        if (persistence.accounts().find(tenant, account).isEmpty()) {
            throw new NotFound("account", account);
        }
    }

    // Paying back

    /** Begins to pay back: whether that can be done, and its name. Refuses more than is left of what was paid ({@link NotRefundablePayment}). */
    public RefundOrdered orderRefund(
            TenantId tenant, AccountId account, InvoiceId invoiceId, Optional<Long> amountMinor) {
        acting.requireOperator(tenant);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            accounts.open(tenant, account, moments.now());
            var invoice = persistence.invoices().get(tenant, account, invoiceId);
            var amount = refundable(invoice, amountMinor);
            var id = new RefundId(ids.next());
            acting.record(
                    tenant,
                    AuditEvent.of("refund.ordered", "refund", id)
                            .to(AuditValues.of("account", account)
                                    .and("invoice", invoiceId)
                                    .and("amountMinor", amount.amountMinor())
                                    .and("currency", amount.currency())
                                    .map()));
            return new RefundOrdered(id, amount.amountMinor());
        });
    }

    /** What is to go back, under the name by which it does once. */
    public record RefundOrdered(RefundId id, long amountMinor) {}

    /**
     * Pays back what was ordered, by whoever took the money: at the gateway, else the operator does so by themselves and says so with
     * this. The credits that it had paid for go, what was spent of them becomes an overdraft. The same name again pays back once.
     */
    public Refund refund(
            TenantId tenant, AccountId account, InvoiceId invoiceId, RefundOrdered ordered, Optional<String> reason) {
        acting.requireOperator(tenant);
        var invoice = persistence
                .unitOfWork()
                .forTenant(tenant, () -> persistence.invoices().get(tenant, account, invoiceId));
        var paymentId = invoice.told()
                .paymentId()
                .orElseThrow(() -> new NotRefundablePayment("Nothing was paid for this invoice."));
        var id = ordered.id();
        var amount = new Money(ordered.amountMinor(), invoice.told().currency());
        if (invoice.gateway().equals(ManualPayments.NAME)) {
            var told = new GatewayRefund(
                    id.toString(),
                    Optional.empty(),
                    paymentId,
                    amount,
                    GatewayRefund.Status.SUCCEEDED,
                    reason,
                    moments.now());
            persistence.unitOfWork().forTenant(tenant, () -> {
                accounts.open(tenant, account, moments.now());
                requireLeft(invoice, told);
                events.following()
                        .refundByHand(Refund.of(told, tenant, id, account, ManualPayments.NAME, moments.now()));
            });
            return stored(tenant, ManualPayments.NAME, told.id());
        }
        var gateway = customers
                .billing()
                .filter(bills -> bills.name().equals(invoice.gateway()))
                .orElseThrow(() -> new NotRefundablePayment(
                        "The money was taken by " + invoice.gateway() + ", which is not there any more."));
        var known = persistence
                .unitOfWork()
                .forTenant(
                        tenant,
                        () -> persistence.refunds().listOf(tenant, gateway.name(), paymentId).stream()
                                .filter(refund -> refund.id().equals(id))
                                .findFirst());
        if (known.isPresent()) {
            return known.get();
        }
        var told = gateway.refund(new BillingGateway.RefundOrder(id, paymentId, amount, reason));
        persistence.unitOfWork().forTenant(tenant, () -> events.following().refunded(tenant, account, told, id));
        return stored(tenant, gateway.name(), told.id());
    }

    /** Others may have been written since it was ordered: what is beyond what was paid is refused; one that is known stays. */
    private void requireLeft(Invoice invoice, GatewayRefund told) {
        if (persistence
                .refunds()
                .findNamed(invoice.tenantId(), invoice.gateway(), told.id())
                .isEmpty()) {
            refundable(invoice, Optional.of(told.amount().amountMinor()));
        }
    }

    private Refund stored(TenantId tenant, String gateway, String gatewayId) {
        return persistence
                .unitOfWork()
                .forTenant(tenant, () -> persistence.refunds().findNamed(tenant, gateway, gatewayId))
                .orElseThrow();
    }

    private Money refundable(Invoice invoice, Optional<Long> wanted) {
        wanted.filter(amount -> amount < 1).ifPresent(amount -> {
            throw new InvalidValue("amountMinor", "must be at least 1");
        });
        var told = invoice.told();
        if (told.status() != GatewayInvoice.Status.PAID || told.paymentId().isEmpty() || told.paidMinor() < 1) {
            throw new NotRefundablePayment("Nothing was paid for this invoice.");
        }
        long gone = Refund.standing(persistence
                .refunds()
                .listOf(invoice.tenantId(), invoice.gateway(), told.paymentId().get()));
        long left = told.paidMinor() - gone;
        if (left < 1) {
            throw new NotRefundablePayment("Of this invoice nothing can go back any more.");
        }
        if (wanted.filter(amount -> amount > left).isPresent()) {
            throw NotRefundablePayment.moreThan(left);
        }
        return new Money(wanted.orElse(left), told.currency());
    }

    /** A price to subscribe at. */
    private record Priced(PlanVersion version, Price price, String name) {}

    /** As it was ordered, whatever is on offer by now. */
    private Priced priced(SubscriptionCheckout.Order order) {
        var version = persistence.catalog().findVersion(order.planVersionId()).orElseThrow();
        var plan = persistence.catalog().findPlan(order.plan()).orElseThrow();
        return new Priced(version, version.terms().price(order.price()).orElseThrow(), plan.name());
    }

    private boolean costs(Subscription live) {
        var version = persistence.catalog().findVersion(live.planVersionId()).orElseThrow();
        return !new PlanChange.Side(version, live.price().flatMap(version.terms()::price)).isFree();
    }

    /** @param present what is subscribed to already, which goes on being had */
    private Priced priced(Choice choice, Optional<Subscription> present) {
        var plan = persistence
                .catalog()
                .findPlan(choice.plan())
                .orElseThrow(() -> new Unknown("plan", "plan", choice.plan()));
        var versions = persistence.catalog().listVersions(choice.plan());
        var had = versions.stream()
                .filter(one -> present.map(Subscription::planVersionId)
                        .filter(one.id()::equals)
                        .isPresent())
                .findFirst();
        var newest = versions.stream().reduce((older, newer) -> newer);
        var version = choice.version()
                .map(number -> versions.stream()
                        .filter(one -> one.number() == number)
                        .findFirst()
                        .orElseThrow(() -> new Unknown("plan version", "version", number)))
                .or(() -> plan.active() ? newest : had.or(() -> newest))
                .orElseThrow(() -> new Unknown("plan version", "version", "of " + choice.plan()));
        boolean isHad = had.filter(version::equals).isPresent();
        if (!plan.active() && !isHad) {
            throw new InvalidValue("plan", choice.plan() + " is not active and takes no new subscriptions");
        }
        boolean isOnOffer = isHad || newest.filter(version::equals).isPresent();
        if (!isOnOffer && !acting.caller().isOperator()) {
            throw new InvalidValue("version", "must be the plan's newest: others are the operator's to give");
        }
        var price = choice.price()
                .map(key -> version.terms().price(key).orElseThrow(() -> new Unknown("price", "price", key)))
                .or(() -> present.flatMap(Subscription::price).flatMap(version.terms()::price))
                .or(() -> version.terms().prices().stream().findFirst())
                .orElseThrow(() -> new InvalidValue(
                        "price", "is missing: " + choice.plan() + " costs nothing that could be billed"));
        return new Priced(version, price, plan.name());
    }
}
