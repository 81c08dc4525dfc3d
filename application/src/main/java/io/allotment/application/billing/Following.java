package io.allotment.application.billing;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.application.shared.Pages;
import io.allotment.application.shared.PresentAccounts;
import io.allotment.application.subscription.SubscriptionService;
import io.allotment.domain.Persistence;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.billing.BillingGateway;
import io.allotment.domain.billing.CreditPurchase;
import io.allotment.domain.billing.Drift;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayName;
import io.allotment.domain.billing.GatewayName.Kind;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.GatewayReversal;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.billing.PeriodPayment;
import io.allotment.domain.billing.Refund;
import io.allotment.domain.billing.SubscriptionCheckout;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.credit.EntryFilter;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.RefundId;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Times;
import io.allotment.domain.subscription.Billed;
import io.allotment.domain.subscription.BillingCycle;
import io.allotment.domain.subscription.Joining;
import io.allotment.domain.subscription.Subscription;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Follows a gateway: writes down how something stands there, and brings about here what that means, in one unit of work of the tenant
 * under the account's lock. What it means is read from all that is known by then, not from what has just been told: so it does not
 * matter what was told first, and nothing happens twice.
 */
final class Following {

    /** What our names at the gateway begin with. */
    static final String PURCHASE = "purchase:";

    static final String SUBSCRIBE = "subscribe:";

    private final Persistence persistence;
    private final String gateway;
    private final SubscriptionService subscriptions;
    private final Settlement settlement;
    private final PresentAccounts accounts;
    private final GatewayPrices prices;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;
    private final UnpaidCredits unpaid;

    /** @param acting in the product's own name */
    Following(
            Persistence persistence,
            String gateway,
            SubscriptionService subscriptions,
            Settlement settlement,
            Ids ids,
            Moments moments,
            Acting acting) {
        this.persistence = persistence;
        this.gateway = gateway;
        this.subscriptions = subscriptions;
        this.settlement = settlement;
        this.accounts = new PresentAccounts(persistence);
        this.prices = new GatewayPrices(persistence);
        this.ids = ids;
        this.moments = moments;
        this.acting = acting;
        this.unpaid = new UnpaidCredits(persistence, acting);
    }

    /** Whose it is, by our own directory; in the platform's unit of work. */
    Optional<GatewayName> nameOf(GatewayObject told) {
        var directory = persistence.gatewayDirectory();
        Optional<GatewayName> own = Optional.empty();
        if (told instanceof GatewayCheckout) {
            // Who is it for is what we wrote down when we opened it: nothing else says so.
            return directory.find(gateway, Kind.CHECKOUT, told.id());
        } else if (told instanceof GatewaySubscription) {
            own = directory.find(gateway, Kind.SUBSCRIPTION, told.id());
        } else if (told instanceof GatewayInvoice invoice) {
            own = directory
                    .find(gateway, Kind.INVOICE, told.id())
                    .or(() -> invoice.subscriptionId().flatMap(id -> directory.find(gateway, Kind.SUBSCRIPTION, id)));
        } else if (told instanceof GatewayReversal reversal) {
            own = directory.find(gateway, Kind.PAYMENT, reversal.paymentId());
        }
        return own.or(() -> told.customerId().flatMap(id -> directory.find(gateway, Kind.CUSTOMER, id)));
    }

    /**
     * Applies how something stands.
     *
     * @param asked whether the gateway was asked for it: then it is so now
     * @return {@code ASK} where the gateway is to be asked, and nothing has changed
     */
    Joining apply(TenantId tenant, AccountId account, GatewayObject told, boolean asked) {
        var name = new Owner(tenant, account);
        if (told instanceof GatewayCheckout checkout) {
            return checkout(name, checkout);
        } else if (told instanceof GatewaySubscription subscription) {
            return subscription(name, subscription, asked);
        } else if (told instanceof GatewayInvoice invoice) {
            return invoice(name, invoice, asked);
        }
        var reversal = (GatewayReversal) told;
        return refund(
                name, Refund.of(reversal, tenant, new RefundId(ids.next()), account, gateway, moments.now()), asked);
    }

    /**
     * What is otherwise here, by following it: what it then is here is as it is there; and what following leaves as it is. Credits of an invoice that the gateway
     * says is void are taken back. In a unit of work, which is to be undone where
     * nothing shall change.
     */
    List<Drift> drifts(GatewayName name, GatewayObject told) {
        var tenant = name.tenantId();
        var account = name.accountId();
        // What time has done is no drift.
        accounts.open(tenant, account, moments.now());
        var here = known(tenant, account, told);
        apply(tenant, account, told, true);
        if (told instanceof GatewayInvoice invoice) {
            unpaid(new Owner(tenant, account), invoice).ifPresent(credits -> here.put("granted", credits.toString()));
        }
        var drifts = new ArrayList<>(Drift.followed(told, name, here, known(tenant, account, told)));
        drifts.addAll(standing(name, told));
        return drifts;
    }

    /** The credits of an invoice that nobody was to pay: they hang on another one that was paid for the same period, else they are taken back. How many they were. */
    private Optional<Credits> unpaid(Owner owner, GatewayInvoice told) {
        if (told.status() != GatewayInvoice.Status.VOID) {
            return Optional.empty();
        }
        var invoice = persistence
                .invoices()
                .findNamed(owner.tenant(), gateway, told.id())
                .filter(known -> known.told().status() == GatewayInvoice.Status.VOID);
        var grant = invoice.flatMap(Invoice::grant)
                .flatMap(id -> persistence.credits().findGrant(owner.tenant(), id));
        grant.ifPresent(credits -> unpaid(owner, invoice.orElseThrow(), credits));
        return grant.map(credits -> credits.terms().amount());
    }

    private void unpaid(Owner owner, Invoice invoice, CreditGrant grant) {
        var now = moments.now();
        var paid = invoice.told().subscriptionId().isPresent()
                        && invoice.told().period().isPresent()
                ? PeriodPayment.holder(paymentsFor(
                        owner,
                        invoice,
                        persistence
                                .subscriptions()
                                .findBilled(
                                        owner.tenant(),
                                        gateway,
                                        invoice.told().subscriptionId().get())))
                : Optional.<Invoice>empty();
        persistence.invoices().update(invoice.withoutCredits());
        if (paid.isPresent()) {
            var bringing =
                    paid.get().grant().isPresent() ? paid.get() : paid.get().bringing(grant.id());
            persistence.invoices().update(bringing);
            takeBack(owner, bringing, now);
            return;
        }
        var taken = refundsOf(invoice).stream()
                .flatMap(refund -> refund.taken().stream())
                .reduce(Credits.ZERO, Credits::plus);
        unpaid.takeBack(invoice, grant, taken, ended(owner, grant), now);
    }

    /** How the subscription that is in the way of another stands at the gateway: it may have ended, and not be known to have. */
    Optional<GatewayObject> forerunner(BillingGateway billing, GatewayName name) {
        return persistence
                .unitOfWork()
                .forTenant(
                        name.tenantId(),
                        () -> persistence.subscriptions().findCurrent(name.tenantId(), name.accountId()))
                .flatMap(Subscription::billed)
                .filter(by -> by.gateway().equals(gateway))
                .flatMap(by -> billing.fetch(GatewayObject.Kind.SUBSCRIPTION, by.gatewayId()));
    }

    /** What is over here goes on there, or credits came that nothing there has paid for. */
    private List<Drift> standing(GatewayName name, GatewayObject told) {
        var owner = new Owner(name.tenantId(), name.accountId());
        var here = new TreeMap<String, String>();
        var there = new TreeMap<String, String>();
        if (!told.isFinal()
                && overAsOf(owner.tenant(), told).filter(told.asOf()::isAfter).isPresent()) {
            here.put("status", known(owner.tenant(), owner.account(), told).get("status"));
            there.put("status", status(told));
        }
        if (told instanceof GatewayInvoice invoice) {
            persistence
                    .invoices()
                    .findNamed(owner.tenant(), gateway, told.id())
                    .ifPresent(known -> putGranted(here, there, known, invoice));
        }
        return Drift.standing(told, name, here, there);
    }

    /** As of when it is known to be over for good; empty where it is not. */
    private Optional<Instant> overAsOf(TenantId tenant, GatewayObject told) {
        if (told instanceof GatewaySubscription) {
            return persistence
                    .subscriptions()
                    .findBilled(tenant, gateway, told.id())
                    .flatMap(Subscription::billed)
                    .filter(Billed::over)
                    .map(Billed::asOf);
        } else if (told instanceof GatewayInvoice) {
            return persistence
                    .invoices()
                    .findNamed(tenant, gateway, told.id())
                    .map(Invoice::told)
                    .filter(GatewayInvoice::isFinal)
                    .map(GatewayInvoice::asOf);
        }
        return persistence
                .refunds()
                .findNamed(tenant, gateway, told.id())
                .filter(known -> known.status().isFinal())
                .map(Refund::asOf);
    }

    private static String status(GatewayObject told) {
        if (told instanceof GatewaySubscription subscription) {
            return subscription.status().toString();
        } else if (told instanceof GatewayInvoice invoice) {
            return invoice.status().toString();
        } else if (told instanceof GatewayCheckout checkout) {
            return checkout.status().toString();
        }
        return ((GatewayReversal) told).standing().toString();
    }

    private void putGranted(Map<String, String> here, Map<String, String> there, Invoice known, GatewayInvoice told) {
        var taken = refundsOf(known).stream()
                .flatMap(refund -> refund.taken().stream())
                .reduce(Credits.ZERO, Credits::plus);
        known.grant()
                .flatMap(id -> persistence.credits().findGrant(known.tenantId(), id))
                .ifPresent(grant -> {
                    var due = told.status() == GatewayInvoice.Status.PAID ? paidFor(known) : Optional.of(taken);
                    due.filter(credits -> grant.terms().amount().compareTo(credits) > 0)
                            .ifPresent(credits -> {
                                here.put("granted", grant.terms().amount().toString());
                                there.put("granted", credits.toString());
                            });
                });
    }

    /** As many credits as what an invoice paid for includes; empty where that is not known any more. */
    private Optional<Credits> paidFor(Invoice invoice) {
        return invoice.purchase()
                .flatMap(id -> persistence.creditPurchases().find(invoice.tenantId(), id))
                .map(CreditPurchase::credits)
                .or(() -> priced(invoice.told()).flatMap(this::included));
    }

    /** Of several versions that were sold at the price, one after the other, the most. */
    private Optional<Credits> included(GatewayPrices.Priced priced) {
        var name = GatewayPrices.id(priced.version(), priced.price());
        return persistence.catalog().listVersions(priced.version().plan()).stream()
                .filter(version -> version.terms().prices().stream()
                        .anyMatch(price -> GatewayPrices.id(version, price).equals(name)))
                .map(version -> version.terms().includedCredits())
                .max(Comparator.naturalOrder());
    }

    /** What is known here of it and of what came of it, by names. */
    private Map<String, String> known(TenantId tenant, AccountId account, GatewayObject told) {
        var known = new TreeMap<String, String>();
        persistence
                .credits()
                .find(tenant, account)
                .ifPresent(one -> known.put("credits", one.balance().toString()));
        if (told instanceof GatewaySubscription) {
            persistence.subscriptions().findBilled(tenant, gateway, told.id()).ifPresent(one -> put(known, one));
        } else if (told instanceof GatewayInvoice) {
            persistence.invoices().findNamed(tenant, gateway, told.id()).ifPresent(one -> put(known, one.told()));
        } else if (told instanceof GatewayCheckout checkout) {
            put(known, tenant, account, checkout);
        } else {
            persistence.refunds().findNamed(tenant, gateway, told.id()).ifPresent(one -> {
                known.put("status", one.status().toString());
                known.put("amount", one.amount().toString());
            });
        }
        return known;
    }

    private void put(Map<String, String> known, Subscription one) {
        var version = persistence.catalog().findVersion(one.planVersionId()).orElseThrow();
        known.put("status", one.status().toString());
        known.put("plan", version.plan() + " " + version.number());
        one.price().ifPresent(price -> known.put("price", price.value()));
        one.billed().ifPresent(by -> known.put("quantity", Integer.toString(by.quantity())));
        known.put("period", text(one.currentPeriod()));
        one.trial().ifPresent(trial -> known.put("trial", text(trial)));
        known.put("cancelAtPeriodEnd", Boolean.toString(one.cancelAtPeriodEnd()));
        one.canceledAt().ifPresent(at -> known.put("canceledAt", at.toString()));
        one.resumesAt().ifPresent(at -> known.put("resumesAt", at.toString()));
        one.endedAt().ifPresent(at -> known.put("endedAt", at.toString()));
    }

    private static void put(Map<String, String> known, GatewayInvoice one) {
        known.put("status", one.status().toString());
        one.number().ifPresent(number -> known.put("number", number));
        one.period().ifPresent(period -> known.put("period", text(period)));
        known.put("total", one.totalMinor() + " " + one.currency());
        known.put("paid", one.paidMinor() + " " + one.currency());
        known.put("tax", one.taxMinor() + " " + one.currency());
        one.paymentId().ifPresent(payment -> known.put("payment", payment));
        known.put(
                "lines",
                one.lines().stream()
                        .map(line -> line.quantity() + " " + line.description() + " " + line.amountMinor())
                        .collect(Collectors.joining(", ")));
    }

    private void put(Map<String, String> known, TenantId tenant, AccountId account, GatewayCheckout told) {
        purchase(tenant, told)
                .ifPresent(
                        one -> known.put("purchase", one.statusAt(moments.now()).toString()));
        subscriptionCheckout(tenant, told)
                .ifPresent(one -> known.put("checkout", one.status().toString()));
        named(known, "subscription", Kind.SUBSCRIPTION, told.subscriptionId());
        named(known, "payment", Kind.PAYMENT, told.paymentId());
        named(known, "invoice", Kind.INVOICE, told.invoiceId());
    }

    private void named(Map<String, String> known, String what, Kind kind, Optional<String> gatewayId) {
        gatewayId
                .flatMap(id -> persistence.gatewayDirectory().find(gateway, kind, id))
                .ifPresent(name -> known.put(what, name.gatewayId()));
    }

    private static String text(Period period) {
        return period.start() + " to " + period.end().map(Instant::toString).orElse("open");
    }

    private record Owner(TenantId tenant, AccountId account) {}

    private void name(Owner owner, Kind kind, String gatewayId) {
        persistence
                .gatewayDirectory()
                .put(new GatewayName(gateway, kind, gatewayId, owner.tenant(), owner.account(), Optional.empty()));
    }

    // Checkouts

    private Joining checkout(Owner owner, GatewayCheckout told) {
        if (told.status() == GatewayCheckout.Status.OPEN) {
            return Joining.KEEP;
        }
        var now = moments.now();
        accounts.open(owner.tenant(), owner.account(), now);
        subscriptionCheckout(owner.tenant(), told).ifPresent(known -> follow(known, told));
        purchase(owner.tenant(), told).ifPresent(known -> follow(known, told));
        if (!told.isDone()) {
            return Joining.KEEP;
        }
        told.subscriptionId().ifPresent(id -> name(owner, Kind.SUBSCRIPTION, id));
        told.paymentId().ifPresent(id -> name(owner, Kind.PAYMENT, id));
        told.invoiceId().ifPresent(id -> name(owner, Kind.INVOICE, id));
        persistence
                .gatewayDirectory()
                .find(gateway, Kind.CHECKOUT, told.id())
                .flatMap(Following::purchase)
                .ifPresent(purchase -> paid(owner, told, purchase, now));
        return Joining.TAKE;
    }

    /** Nobody can pay there any more, nor where the gateway has it no more; as it then stands. */
    static GatewayCheckout closed(BillingGateway billing, String checkoutId, Instant now) {
        try {
            return billing.expire(checkoutId);
        } catch (NotFound gone) {
            return GatewayCheckout.gone(checkoutId, now);
        }
    }

    /** Nobody can pay the purchase there any more, and nothing else comes of it. */
    void close(TenantId tenant, AccountId account, GatewayCheckout told) {
        accounts.open(tenant, account, moments.now());
        purchase(tenant, told).ifPresent(known -> follow(known, told));
    }

    /** What was to be subscribed to there. */
    private Optional<SubscriptionCheckout> subscriptionCheckout(TenantId tenant, GatewayCheckout told) {
        return persistence
                .gatewayDirectory()
                .find(gateway, Kind.CHECKOUT, told.id())
                .flatMap(GatewayName::ours)
                .filter(ours -> ours.startsWith(SUBSCRIBE))
                .flatMap(ours -> persistence
                        .subscriptionCheckouts()
                        .find(tenant, CheckoutId.of(ours.substring(SUBSCRIBE.length()))));
    }

    /** What was to be bought there. */
    private static Optional<PurchaseId> purchase(GatewayName checkout) {
        return checkout.ours()
                .filter(ours -> ours.startsWith(PURCHASE))
                .map(ours -> PurchaseId.of(ours.substring(PURCHASE.length())));
    }

    private Optional<CreditPurchase> purchase(TenantId tenant, GatewayCheckout told) {
        return persistence
                .gatewayDirectory()
                .find(gateway, Kind.CHECKOUT, told.id())
                .flatMap(Following::purchase)
                .flatMap(id -> persistence.creditPurchases().find(tenant, id));
    }

    private void follow(CreditPurchase known, GatewayCheckout told) {
        var next = known.told(told);
        if (!next.equals(known)) {
            persistence.creditPurchases().update(next);
        }
    }

    private void follow(SubscriptionCheckout known, GatewayCheckout told) {
        var next = known.told(told);
        boolean hasBegun = next.subscriptionId()
                .flatMap(id -> persistence.subscriptions().findBilled(known.tenantId(), gateway, id))
                .isPresent();
        var present = hasBegun ? next.begun() : next;
        if (!present.equals(known)) {
            persistence.subscriptionCheckouts().update(present);
        }
    }

    private void paid(Owner owner, GatewayCheckout told, PurchaseId id, Instant now) {
        var reference = told.paymentId().orElse(told.id());
        var purchase = settlement.settle(owner.tenant(), owner.account(), id, reference);
        var grant = purchase.payment().orElseThrow().grant();
        var invoiceId = told.invoiceId().orElse(told.id());
        var known = persistence
                .invoices()
                .findNamed(owner.tenant(), gateway, invoiceId)
                .or(() -> persistence.invoices().findPaidBy(owner.tenant(), gateway, reference));
        if (known.isEmpty()) {
            persistence
                    .invoices()
                    .insert(settlement.invoice(
                            purchase,
                            new InvoiceId(ids.next()),
                            gateway,
                            invoiceId,
                            reference,
                            told.customerId(),
                            now));
        } else if (known.get().isToBringPurchase()) {
            persistence.invoices().update(known.get().of(id, grant));
        }
        takeBack(owner, reference, now);
    }

    /**
     * What stood in for the invoice since its payment was known: the payment says that they are the same, under whichever name it was
     * written.
     */
    private Optional<Invoice> standIn(Owner owner, GatewayInvoice told) {
        return told.paymentId()
                .flatMap(payment -> persistence.invoices().findPaidBy(owner.tenant(), gateway, payment))
                .filter(known -> known.isStandIn() && !known.told().id().equals(told.id()));
    }

    // Subscriptions

    private Joining subscription(Owner owner, GatewaySubscription told, boolean asked) {
        if (!told.isBegun()) {
            return Joining.KEEP;
        }
        // The account's lock comes before names, as for everything that is told: so no two wait for each other.
        accounts.open(owner.tenant(), owner.account(), moments.now());
        name(owner, Kind.SUBSCRIPTION, told.id());
        var priced = prices.get(told.priceId());
        var joining = subscriptions.follow(
                owner.tenant(),
                owner.account(),
                told.in(gateway, priced.version().id(), priced.price()),
                told.isFinal(),
                asked);
        persistence.subscriptionCheckouts().listNotOver(owner.tenant(), owner.account()).stream()
                .filter(one -> one.subscriptionId().filter(told.id()::equals).isPresent())
                .forEach(paid -> persistence.subscriptionCheckouts().update(paid.begun()));
        if (joining != Joining.ASK) {
            credit(owner, told.id(), moments.now());
        }
        return joining;
    }

    // Invoices

    private Joining invoice(Owner owner, GatewayInvoice told, boolean asked) {
        var now = moments.now();
        accounts.open(owner.tenant(), owner.account(), now);
        name(owner, Kind.INVOICE, told.id());
        told.subscriptionId().ifPresent(id -> name(owner, Kind.SUBSCRIPTION, id));
        told.paymentId().ifPresent(id -> name(owner, Kind.PAYMENT, id));
        var standIn = standIn(owner, told);
        var named = persistence.invoices().findNamed(owner.tenant(), gateway, told.id());
        if (standIn.isPresent() && named.isPresent()) {
            var bought = standIn.get();
            persistence.invoices().withdraw(bought);
            named = named.map(one ->
                    one.of(bought.purchase().orElseThrow(), bought.grant().orElseThrow()));
            persistence.invoices().update(named.get());
        }
        var known = named.or(() -> standIn);
        var joining = Joining.TAKE;
        if (known.isEmpty()) {
            persistence
                    .invoices()
                    .insert(new Invoice(
                            owner.tenant(),
                            new InvoiceId(ids.next()),
                            owner.account(),
                            gateway,
                            told,
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            0,
                            now));
        } else {
            var before = known.get().told();
            var next = known.get().as(told);
            joining = Joining.of(
                    before.asOf(),
                    before.isFinal(),
                    told.asOf(),
                    told.isFinal(),
                    next.told().asOf(before.asOf()).equals(before),
                    asked);
            if (joining == Joining.TAKE) {
                persistence.invoices().update(next);
            }
        }
        if (joining == Joining.ASK) {
            return joining;
        }
        told.subscriptionId().ifPresent(id -> credit(owner, id, now));
        persistence
                .invoices()
                .findNamed(owner.tenant(), gateway, told.id())
                .ifPresent(invoice -> takeBack(owner, invoice, now));
        return joining;
    }

    /** Each period of the subscription that is paid has its included credits once, by whichever invoice. */
    private void credit(Owner owner, String subscriptionId, Instant now) {
        var subscription = persistence.subscriptions().findBilled(owner.tenant(), gateway, subscriptionId);
        if (subscription.isEmpty()) {
            return;
        }
        for (var invoice : persistence.invoices().listWithoutCredits(owner.tenant(), gateway, subscriptionId)) {
            var priced = priced(invoice.told());
            if (invoice.isToBringCredits(months(priced, subscription))) {
                credit(owner, subscription.get(), invoice, priced, now);
            }
        }
    }

    /** What an invoice is for: the price of the line for its period; one that is not for all of it was changed within another. */
    private Optional<GatewayPrices.Priced> priced(GatewayInvoice told) {
        return told.lines().stream()
                .filter(line -> line.amountMinor() >= 0)
                .sorted(Comparator.comparing(line -> !line.period().equals(told.period())))
                .flatMap(line -> line.priceId().flatMap(prices::find).stream())
                .findFirst();
    }

    private void credit(
            Owner owner,
            Subscription subscription,
            Invoice invoice,
            Optional<GatewayPrices.Priced> priced,
            Instant now) {
        var period = invoice.told().period().orElseThrow();
        var id = GrantId.of(subscription.id(), period.start());
        var version = priced.map(GatewayPrices.Priced::version)
                .orElseGet(() -> persistence
                        .catalog()
                        .findVersion(subscription.planVersionId())
                        .orElseThrow());
        var amount = version.terms().includedCredits();
        if (amount.isZero()) {
            return;
        }
        var known = persistence.credits().findGrant(owner.tenant(), id);
        if (known.isPresent()) {
            if (restoreUnpaid(owner, invoice, known.get(), now)) {
                bring(owner, invoice, id, now);
            }
            return;
        }
        var end = period.end().orElseThrow();
        var terms = new GrantTerms(
                amount,
                GrantSource.SUBSCRIPTION,
                Optional.of(subscription.id().toString()),
                GrantTerms.DEFAULT_PRIORITY,
                Optional.of(period.start()).filter(start -> start.isAfter(now)),
                Optional.of(end),
                invoice.paymentReference(),
                Optional.empty(),
                Document.EMPTY,
                Optional.empty());
        if (!version.terms().rolloverMax().isZero()) {
            var next = new BillingCycle(end, subscription.cycle().months()).at(end, Times.UTC);
            terms = terms.rollingOver(version.terms().rolloverMax(), next.end().orElseThrow());
        }
        var grant = CreditGrant.of(owner.tenant(), id, owner.account(), terms, now);
        if (grant.isExpiredAt(now)) {
            return;
        }
        var open = accounts.open(owner.tenant(), owner.account(), now);
        var reason = CreditReason.about(
                terms, Actor.system(), Optional.of("included in " + version.plan()), Optional.empty());
        persistence.credits().save(open.credits().grant(grant, CreditEntry.Type.GRANTED, reason, now));
        bring(owner, invoice, id, now);
    }

    private void bring(Owner owner, Invoice paid, GrantId credits, Instant now) {
        var bringing = paid.bringing(credits);
        persistence.invoices().update(bringing);
        takeBack(owner, bringing, now);
    }

    /** Credits that were taken since nobody had paid for the period come again; whether they had been. */
    private boolean restoreUnpaid(Owner owner, Invoice paid, CreditGrant grant, Instant now) {
        var taken = unpaid.taken(owner.tenant(), grant.id());
        taken.ifPresent(entry -> unpaid.restore(paid, grant, entry, spent(owner, entry), now));
        return taken.isPresent();
    }

    // Money that goes back

    private Joining refund(Owner owner, Refund told, boolean asked) {
        var now = moments.now();
        accounts.open(owner.tenant(), owner.account(), now);
        name(owner, Kind.PAYMENT, told.paymentId());
        var known = persistence.refunds().findNamed(owner.tenant(), told.gateway(), told.gatewayId());
        var joining = Joining.TAKE;
        if (known.isEmpty()) {
            persistence.refunds().insert(told);
        } else {
            var before = known.get();
            var next = before.as(told);
            joining = Joining.of(
                    before.asOf(),
                    before.status().isFinal(),
                    told.asOf(),
                    told.status().isFinal(),
                    before.status() == told.status() && before.amount().equals(told.amount()),
                    asked);
            if (joining == Joining.TAKE) {
                persistence.refunds().update(next);
            }
        }
        if (joining != Joining.ASK) {
            takeBack(owner, told.paymentId(), now);
        }
        return joining;
    }

    /** What the gateway answered to what was ordered here, under the name by which it was. */
    void refunded(TenantId tenant, AccountId account, GatewayRefund told, RefundId ordered) {
        var owner = new Owner(tenant, account);
        accounts.open(tenant, account, moments.now());
        var heard = persistence
                .refunds()
                .findNamed(tenant, gateway, told.id())
                .filter(known -> !known.id().equals(ordered));
        refund(owner, Refund.of(told, tenant, ordered, account, gateway, moments.now()), true);
        heard.ifPresent(known -> acting.record(
                tenant,
                AuditEvent.of("refund.heard-of", "refund", known.id())
                        .to(AuditValues.of("account", account)
                                .and("ordered", ordered)
                                .and("gatewayId", told.id())
                                .map())));
    }

    /** What the operator was paid: the credits of the period that it is for, where they came, came of this payment too. */
    void paidByHand(Invoice paid) {
        var owner = new Owner(paid.tenantId(), paid.accountId());
        var now = moments.now();
        accounts.open(owner.tenant(), owner.account(), now);
        var credits = paid.told()
                .subscriptionId()
                .map(SubscriptionId::of)
                .flatMap(id -> paid.told().period().map(period -> GrantId.of(id, period.start())))
                .flatMap(id -> persistence.credits().findGrant(owner.tenant(), id))
                .filter(grant -> paymentsFor(owner, paid, Optional.empty()).stream()
                        .noneMatch(other -> other.invoice().grant().isPresent()));
        credits.ifPresent(grant -> restoreUnpaid(owner, paid, grant, now));
        var bringing = credits.map(CreditGrant::id).map(paid::bringing).orElse(paid);
        persistence.invoices().update(bringing);
        takeBack(owner, bringing, now);
    }

    /** What the operator pays back by themselves. */
    void refundByHand(Refund refund) {
        var owner = new Owner(refund.tenantId(), refund.accountId());
        var now = moments.now();
        accounts.open(owner.tenant(), owner.account(), now);
        if (persistence
                .refunds()
                .findNamed(owner.tenant(), refund.gateway(), refund.gatewayId())
                .isEmpty()) {
            persistence.refunds().insert(refund);
        }
        takeBack(owner, refund.gateway(), refund.paymentId(), now);
    }

    private void takeBack(Owner owner, String paymentId, Instant now) {
        takeBack(owner, gateway, paymentId, now);
    }

    private void takeBack(Owner owner, String by, String paymentId, Instant now) {
        persistence
                .invoices()
                .findPaidBy(owner.tenant(), by, paymentId)
                .ifPresent(invoice -> takeBack(owner, invoice, now));
    }

    /** Of the credits of what was paid as many are taken back as its refunds and disputes are worth; no more, no less. */
    private void takeBack(Owner owner, Invoice paid, Instant now) {
        var invoice = holder(owner, joined(paid), now);
        var grant = invoice.grant().flatMap(id -> persistence.credits().findGrant(owner.tenant(), id));
        if (grant.isEmpty()) {
            return;
        }
        long paidMinor = invoice.told().paidMinor();
        var all = grant.get().terms().amount();
        var back = refundsOf(invoice).stream().filter(Refund::isToRestore).toList();
        back.forEach(refund -> restore(owner, invoice, refund, now));
        if (!back.isEmpty()) {
            // What was left for others while those had all of it.
            refundsOf(invoice).stream()
                    .filter(refund -> refund.taken()
                            .filter(had -> had.compareTo(refund.share(all, paidMinor)) < 0)
                            .isPresent())
                    .forEach(refund -> restore(owner, invoice, refund, now));
        }
        var taken = refundsOf(invoice).stream()
                .flatMap(refund -> refund.taken().stream())
                .reduce(Credits.ZERO, Credits::plus);
        for (var refund : refundsOf(invoice)) {
            if (refund.isToTake()) {
                taken = taken.plus(take(owner, invoice, refund, grant.get().id(), taken, now));
            }
        }
    }

    /** Refunds name what was paid for with their payment, and that knows what of it went back. */
    private Invoice joined(Invoice paid) {
        var refunds = refundsOf(paid);
        refunds.stream()
                .filter(refund -> !refund.invoice().equals(Optional.of(paid.id())))
                .forEach(refund -> persistence.refunds().update(refund.of(paid.id())));
        long back = Refund.standing(refunds);
        if (back == paid.refundedMinor()) {
            return paid;
        }
        var refunded = paid.refunded(back);
        persistence.invoices().update(refunded);
        return refunded;
    }

    /** All for the same period of the same subscription. */
    private List<PeriodPayment> paymentsFor(Owner owner, Invoice paid, Optional<Subscription> subscription) {
        return persistence
                .invoices()
                .listPaidFor(
                        owner.tenant(),
                        paid.gateway(),
                        paid.told().subscriptionId().orElseThrow(),
                        paid.told().period().orElseThrow().start())
                .stream()
                .filter(invoice -> hasPaidForPeriod(invoice, subscription))
                .map(invoice -> new PeriodPayment(invoice, refundsOf(invoice)))
                .toList();
    }

    private boolean hasPaidForPeriod(Invoice invoice, Optional<Subscription> subscription) {
        return invoice.hasPaidForPeriod(months(priced(invoice.told()), subscription));
    }

    /** The length of a period of what was paid for; of what the subscription is to where that is not told. */
    private static int months(Optional<GatewayPrices.Priced> priced, Optional<Subscription> subscription) {
        return priced.map(one -> one.price().months())
                .or(() -> subscription.map(one -> one.cycle().months()))
                .orElse(1);
    }

    private List<Refund> refundsOf(Invoice invoice) {
        return invoice.told()
                .paymentId()
                .map(payment -> persistence.refunds().listOf(invoice.tenantId(), invoice.gateway(), payment))
                .orElse(List.of());
    }

    /** On which payment the credits hang: of a period it is one of all those for it, and what others had taken of them is restored. */
    private Invoice holder(Owner owner, Invoice paid, Instant now) {
        var subscription = paid.told()
                .subscriptionId()
                .flatMap(id -> persistence.subscriptions().findBilled(owner.tenant(), paid.gateway(), id));
        if (!hasPaidForPeriod(paid, subscription)) {
            return paid;
        }
        var payments = paymentsFor(owner, paid, subscription);
        var holder = PeriodPayment.holder(payments).orElseThrow();
        var before = payments.stream()
                .filter(payment -> payment.invoice().grant().isPresent())
                .findFirst();
        if (before.isEmpty() || before.get().invoice().equals(holder)) {
            return holder;
        }
        before.get().refunds().stream()
                .filter(refund -> refund.taken().isPresent())
                .forEach(refund -> restore(owner, before.get().invoice(), refund, now));
        var credits = before.get().invoice().grant().orElseThrow();
        persistence.invoices().update(before.get().invoice().withoutCredits());
        var bringing = holder.bringing(credits);
        persistence.invoices().update(bringing);
        return bringing;
    }

    /** @param before what others have taken of the grant */
    private Credits take(Owner owner, Invoice paid, Refund refund, GrantId id, Credits before, Instant now) {
        var open = accounts.open(owner.tenant(), owner.account(), now);
        var grant = persistence.credits().findGrant(owner.tenant(), id).orElseThrow();
        var total = grant.terms().amount();
        var wanted = refund.share(total, paid.told().paidMinor()).min(total.minus(before));
        var movement = open.credits()
                .takeBack(grant, wanted, ended(owner, grant).plus(before), reason(paid, grant, refund.nextKey()), now);
        persistence.credits().save(movement);
        var moved = movement.entries().stream()
                .filter(entry -> entry.type() == CreditEntry.Type.TAKEN_BACK)
                .map(entry -> entry.amount().negated())
                .reduce(Credits.ZERO, Credits::plus);
        persistence.refunds().update(refund.taking(moved));
        record(owner, "credits.taken-back", refund, moved);
        return moved;
    }

    private void restore(Owner owner, Invoice paid, Refund refund, Instant now) {
        var moved = refund.taken().orElseThrow();
        var entry = persistence.credits().findEntry(owner.tenant(), refund.takenKey());
        if (entry.isPresent()) {
            var open = accounts.open(owner.tenant(), owner.account(), now);
            var reason = new CreditReason(
                    Actor.system(),
                    entry.get().reason().source(),
                    entry.get().reason().sourceId(),
                    entry.get().reason().expiresAt(),
                    paid.paymentReference(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of("the money stayed"),
                    Document.EMPTY,
                    Optional.of(refund.nextKey()));
            persistence.credits().save(open.credits().restore(entry.get(), spent(owner, entry.get()), reason, now));
        }
        persistence.refunds().update(refund.restored());
        record(owner, "credits.restored", refund, moved);
    }

    private static List<GrantId> touched(CreditEntry entry) {
        return entry.draws().stream().map(CreditEntry.Draw::grant).toList();
    }

    /** Grants that hold nothing now: those of the entry, and those that repaid an overdraft since. */
    private List<CreditGrant> spent(Owner owner, CreditEntry taken) {
        var grants = new LinkedHashMap<GrantId, CreditGrant>();
        var ids = new ArrayList<>(touched(taken));
        for (var repaid : entries(owner, filter(CreditEntry.Type.REPAID, Optional.empty()))) {
            if (repaid.sequence() > taken.sequence()) {
                ids.addAll(touched(repaid));
            }
        }
        for (var id : ids) {
            persistence.credits().findGrant(owner.tenant(), id).ifPresent(grant -> grants.put(id, grant));
        }
        return List.copyOf(grants.values());
    }

    /** What of the grant ended otherwise than by being spent. */
    private Credits ended(Owner owner, CreditGrant grant) {
        var sum = Credits.ZERO;
        for (var type : List.of(CreditEntry.Type.EXPIRED, CreditEntry.Type.VOIDED, CreditEntry.Type.CLAWED_BACK)) {
            for (var entry : entries(owner, filter(type, grant.terms().sourceId()))) {
                for (var draw : entry.draws()) {
                    if (draw.grant().equals(grant.id())) {
                        sum = sum.minus(draw.amount());
                    }
                }
            }
        }
        return sum;
    }

    private static EntryFilter filter(CreditEntry.Type type, Optional<String> sourceId) {
        return new EntryFilter(
                Optional.of(type), Optional.empty(), sourceId, Optional.empty(), Optional.empty(), Optional.empty());
    }

    private List<CreditEntry> entries(Owner owner, EntryFilter filter) {
        return Pages.all(page -> persistence.credits().listEntries(owner.tenant(), owner.account(), filter, page))
                .toList();
    }

    private static CreditReason reason(Invoice paid, CreditGrant grant, IdempotencyKey key) {
        var about = grant.terms();
        return new CreditReason(
                Actor.system(),
                Optional.of(about.source()),
                about.sourceId(),
                about.expiresAt(),
                paid.paymentReference(),
                Optional.empty(),
                Optional.empty(),
                Optional.of("the money went back"),
                about.metadata(),
                Optional.of(key));
    }

    private void record(Owner owner, String action, Refund refund, Credits moved) {
        acting.record(
                owner.tenant(),
                AuditEvent.of(action, "refund", refund.id())
                        .to(AuditValues.of("account", owner.account())
                                .and("gateway", refund.gateway())
                                .and("paymentId", refund.paymentId())
                                .and("status", refund.status())
                                .and("amountMinor", refund.amount().amountMinor())
                                .and("currency", refund.amount().currency())
                                .and("credits", moved)
                                .map()));
    }
}
