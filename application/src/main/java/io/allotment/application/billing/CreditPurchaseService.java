package io.allotment.application.billing;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.application.shared.PresentAccounts;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Right;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.billing.Checkout;
import io.allotment.domain.billing.CreditPurchase;
import io.allotment.domain.billing.CreditPurchases;
import io.allotment.domain.billing.GatewayAway;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayName;
import io.allotment.domain.billing.Offer;
import io.allotment.domain.billing.PayableElsewhere;
import io.allotment.domain.billing.PaymentGateway;
import io.allotment.domain.billing.PaymentUnderWay;
import io.allotment.domain.billing.ReturnAddresses;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.ProductKey;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Buying credits: ordered, paid at the gateway, granted once. Methods refuse an account or purchase that does not exist ({@link NotFound}).
 * Thread-safe.
 */
public final class CreditPurchaseService {

    private static final Logger LOG = LoggerFactory.getLogger(CreditPurchaseService.class);

    private final Persistence persistence;
    private final PresentAccounts accounts;
    private final PaymentGateway gateway;
    private final Customers customers;
    private final PaymentEventService events;
    private final Settlement settlement;
    private final GivingUp givingUp;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;

    public CreditPurchaseService(
            Persistence persistence,
            PaymentGateway gateway,
            PaymentEventService events,
            Ids ids,
            Moments moments,
            Acting acting) {
        this.persistence = persistence;
        this.accounts = new PresentAccounts(persistence);
        this.gateway = gateway;
        this.customers = new Customers(persistence, gateway, moments);
        this.events = events;
        this.settlement = new Settlement(persistence, ids, moments, acting);
        this.givingUp = new GivingUp(persistence, acting);
        this.ids = ids;
        this.moments = moments;
        this.acting = acting;
    }

    /** Orders a product and opens its checkout: {@link #order}, then {@link #checkout}. */
    public CreditPurchase buy(TenantId tenant, AccountId account, ProductKey product) {
        return checkout(tenant, account, order(tenant, account, product).id());
    }

    /**
     * Orders a product, at its price and on its terms of now. Nothing can be paid before its {@link #checkout}. Refuses a product that is not there or
     * archived, and one whose credits expire with a period where the account has none.
     */
    public CreditPurchase order(TenantId tenant, AccountId account, ProductKey key) {
        acting.require(tenant, Right.CREDIT_BUY);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            var now = moments.now();
            var present = accounts.open(tenant, account, now);
            var product = persistence
                    .creditProducts()
                    .find(key)
                    .orElseThrow(() -> new Unknown("credit product", "product", key));
            product.requireActive();
            product.expiry().requirePeriod(present.subscription(), now);
            var purchase = CreditPurchase.of(product, tenant, new PurchaseId(ids.next()), account, now);
            persistence.creditPurchases().insert(purchase);
            acting.record(
                    tenant,
                    AuditEvent.of("credit-purchase.ordered", "credit-purchase", purchase.id())
                            .to(AuditValues.of("account", account)
                                    .and("product", key)
                                    .and("credits", purchase.credits())
                                    .and("amountMinor", purchase.price().amountMinor())
                                    .and("currency", purchase.price().currency())
                                    .map()));
            return purchase;
        });
    }

    /**
     * Where the order can be paid: asks the gateway, outside of any transaction, unless it has said before. One that is paid or given
     * up stays as it is, and nobody can pay it; what opens all the same is closed, by {@link CheckoutClosingService} where the gateway is away by then.
     */
    public CreditPurchase checkout(TenantId tenant, AccountId account, PurchaseId id) {
        acting.require(tenant, Right.CREDIT_BUY);
        var ordered = persistence.unitOfWork().forTenant(tenant, () -> purchase(tenant, account, id));
        if (ordered.checkout().isPresent() || ordered.statusAt(moments.now()) != CreditPurchase.Status.PENDING) {
            return ordered;
        }
        var priceId = persistence
                .unitOfWork()
                .forTenant(tenant, () -> persistence.creditProducts().find(ordered.product()))
                .map(Offer::of)
                .map(offer -> offer.gatewayPriceId().orElse(offer.name()));
        var customer = customers.of(tenant, account);
        var opened = gateway.checkout(new PaymentGateway.Order(
                id,
                tenant,
                account,
                ordered.productName(),
                ordered.price(),
                priceId,
                customer,
                ReturnAddresses.NONE,
                ordered.createdAt()));
        CreditPurchase known;
        try {
            known = persistence.unitOfWork().forTenant(tenant, () -> {
                accounts.open(tenant, account, moments.now());
                var purchase = purchase(tenant, account, id).with(opened);
                persistence.creditPurchases().update(purchase);
                if (customer.isPresent()) {
                    customers.name(tenant, account, GatewayName.Kind.CHECKOUT, opened.id(), Following.PURCHASE + id);
                }
                return purchase;
            });
        } catch (NotFound gone) {
            customer.ifPresent(one -> customers.erasedWithAccount(tenant, account, one));
            throw gone;
        }
        if (known.statusAt(moments.now()) != CreditPurchase.Status.PENDING) {
            expireLate(known);
        }
        return known;
    }

    /** It opened when nobody was to pay it any more. Where the gateway is away by now the job closes it. */
    private void expireLate(CreditPurchase purchase) {
        try {
            expire(purchase);
        } catch (GatewayAway later) {
            LOG.info("The purchase {} can be paid for a while: {}", purchase.id(), later.toString());
        }
    }

    /**
     * Nobody can pay at the gateway any more; what it says is followed. To ask again changes nothing, so it is asked before anything is written down. Refuses what is being
     * paid in this moment ({@link PaymentUnderWay}), and what can be paid at a gateway that does not run here ({@link PayableElsewhere}).
     */
    private void expire(CreditPurchase purchase) {
        var place = purchase.checkout();
        var bills =
                customers.billing().filter(one -> place.map(Checkout::gateway).equals(Optional.of(one.name())));
        if (bills.isEmpty()) {
            purchase.requireNotPayableElsewhere(gateway.name(), moments.now());
            return;
        }
        var told = Following.closed(bills.get(), place.orElseThrow().id(), moments.now());
        events.follow(bills.get(), purchase.tenantId(), purchase.accountId(), told);
        if (told.status() == GatewayCheckout.Status.PAYING) {
            throw new PaymentUnderWay(purchase.id());
        }
    }

    /** The gateway's page is for who may buy alone. */
    public CreditPurchase get(TenantId tenant, AccountId account, PurchaseId id) {
        acting.require(tenant, Right.ACCOUNT_READ);
        return shown(present(tenant, account, id));
    }

    /** Who has the address of a gateway's page sees there who is to pay, and can pay. */
    private CreditPurchase shown(CreditPurchase purchase) {
        return acting.holds(purchase.tenantId(), Right.CREDIT_BUY.key()) ? purchase : purchase.withoutPage();
    }

    /** The account's, newest first; the gateway's pages are for who may buy alone. */
    public Page<CreditPurchase> list(TenantId tenant, AccountId account, PageRequest page) {
        acting.require(tenant, Right.ACCOUNT_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            if (persistence.accounts().find(tenant, account).isEmpty()) {
                throw new NotFound("account", account);
            }
            return persistence.creditPurchases().list(tenant, account, page).map(this::shown);
        });
    }

    /** Those of all tenants, newest first: to find what a payment is for. The gateways' pages are for operators alone. */
    public Page<CreditPurchase> listAll(CreditPurchases.Filter filter, PageRequest page) {
        acting.requireReadsAll();
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.creditPurchases().listAll(filter, moments.now(), page))
                .map(purchase -> acting.caller().isOperator() ? purchase : purchase.withoutPage());
    }

    /**
     * Gives up an order, here and at the gateway; one that is given up already stays so. Refuses one that is paid ({@code AlreadyPaid}), which it may be found to be at the
     * gateway, and one whose payment is under way there ({@link PaymentUnderWay}).
     */
    public CreditPurchase cancel(TenantId tenant, AccountId account, PurchaseId id) {
        return cancel(tenant, account, id, Supplier::get);
    }

    /**
     * The same, for who keeps what came of it in the same transaction.
     *
     * @param keeping runs the work that changes the purchase, in one transaction of the tenant with what is kept of it
     */
    public <T> T cancel(
            TenantId tenant, AccountId account, PurchaseId id, Function<Supplier<CreditPurchase>, T> keeping) {
        acting.require(tenant, Right.CREDIT_BUY);
        var ordered = present(tenant, account, id);
        ordered.requireUnpaid();
        expire(ordered);
        var kept = keeping.apply(() -> persistence.unitOfWork().forTenant(tenant, () -> canceled(tenant, account, id)));
        expireWhatOpened(ordered);
        return kept;
    }

    private CreditPurchase canceled(TenantId tenant, AccountId account, PurchaseId id) {
        var now = moments.now();
        accounts.open(tenant, account, now);
        return givingUp.purchase(purchase(tenant, account, id), now);
    }

    private CreditPurchase present(TenantId tenant, AccountId account, PurchaseId id) {
        return persistence.unitOfWork().forTenant(tenant, () -> purchase(tenant, account, id));
    }

    /** Its checkout may have come while nobody could see it. */
    private void expireWhatOpened(CreditPurchase before) {
        var after = present(before.tenantId(), before.accountId(), before.id());
        if (!after.checkout().equals(before.checkout())) {
            expireLate(after);
        }
    }

    /**
     * The payment came, to the operator: the credits are granted, once, and expire by the product's terms counted from now. Told again it changes
     * nothing; another payment of what is paid is refused ({@code AlreadyPaid}). A payment that comes late, or for what was given up, counts. Nobody can pay at the
     * gateway any more: where somebody has, that is what paid for it; where somebody is about to, that is waited for ({@link PaymentUnderWay}).
     *
     * @param reference what the payment is found again by, such as a bank's
     */
    public CreditPurchase paid(TenantId tenantId, AccountId account, PurchaseId id, String reference) {
        return paid(tenantId, account, id, reference, Supplier::get);
    }

    /**
     * The same, for who keeps what came of it in the same transaction.
     *
     * @param keeping runs the work that changes the purchase, in one transaction of the tenant with what is kept of it
     */
    public <T> T paid(
            TenantId tenantId,
            AccountId account,
            PurchaseId id,
            String reference,
            Function<Supplier<CreditPurchase>, T> keeping) {
        acting.requireOperator(tenantId);
        var ordered = present(tenantId, account, id);
        if (!ordered.isPaidBy(reference)) {
            expire(ordered);
        }
        var kept = keeping.apply(
                () -> persistence.unitOfWork().forTenant(tenantId, () -> settled(tenantId, account, id, reference)));
        expireWhatOpened(ordered);
        return kept;
    }

    private CreditPurchase settled(TenantId tenantId, AccountId account, PurchaseId id, String reference) {
        var paid = settlement.settle(tenantId, account, id, reference);
        // What refunds name: of one transfer several purchases may be paid.
        var payment = id.toString();
        if (persistence
                .invoices()
                .findNamed(tenantId, ManualPayments.NAME, payment)
                .isEmpty()) {
            persistence
                    .invoices()
                    .insert(settlement.invoice(
                            paid,
                            new InvoiceId(ids.next()),
                            ManualPayments.NAME,
                            payment,
                            payment,
                            Optional.empty(),
                            moments.now()));
        }
        return paid;
    }

    Customers customers() {
        return customers;
    }

    private CreditPurchase purchase(TenantId tenant, AccountId account, PurchaseId id) {
        return settlement.purchase(tenant, account, id);
    }
}
