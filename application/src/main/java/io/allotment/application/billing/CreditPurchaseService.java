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
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayName;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.billing.Offer;
import io.allotment.domain.billing.PaymentGateway;
import io.allotment.domain.billing.ReturnAddresses;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.ProductKey;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Buying credits: ordered, paid at the gateway, granted once. Methods refuse an account or purchase that does not exist ({@link NotFound}).
 * Thread-safe.
 */
public final class CreditPurchaseService {

    private final Persistence persistence;
    private final PresentAccounts accounts;
    private final PaymentGateway gateway;
    private final Customers customers;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;

    public CreditPurchaseService(
            Persistence persistence, PaymentGateway gateway, Ids ids, Moments moments, Acting acting) {
        this.persistence = persistence;
        this.accounts = new PresentAccounts(persistence);
        this.gateway = gateway;
        this.customers = new Customers(persistence, gateway);
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
     * up stays as it is.
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
        return persistence.unitOfWork().forTenant(tenant, () -> {
            accounts.open(tenant, account, moments.now());
            var known = purchase(tenant, account, id).with(opened);
            persistence.creditPurchases().update(known);
            if (customer.isPresent()) {
                customers.name(tenant, account, GatewayName.Kind.CHECKOUT, opened.id(), Following.PURCHASE + id);
            }
            return known;
        });
    }

    public CreditPurchase get(TenantId tenant, AccountId account, PurchaseId id) {
        acting.require(tenant, Right.ACCOUNT_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> purchase(tenant, account, id));
    }

    /** The account's, newest first. */
    public Page<CreditPurchase> list(TenantId tenant, AccountId account, PageRequest page) {
        acting.require(tenant, Right.ACCOUNT_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            if (persistence.accounts().find(tenant, account).isEmpty()) {
                throw new NotFound("account", account);
            }
            return persistence.creditPurchases().list(tenant, account, page);
        });
    }

    /** Those of all tenants, newest first: to find what a payment is for. */
    public Page<CreditPurchase> listAll(CreditPurchases.Filter filter, PageRequest page) {
        acting.requireReadsAll();
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.creditPurchases().listAll(filter, moments.now(), page));
    }

    /** Gives up an order; one that is given up already stays so. Refuses one that is paid. */
    public CreditPurchase cancel(TenantId tenant, AccountId account, PurchaseId id) {
        acting.require(tenant, Right.CREDIT_BUY);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            var now = moments.now();
            accounts.open(tenant, account, now);
            var present = purchase(tenant, account, id);
            var canceled = present.canceled(now);
            if (!canceled.equals(present)) {
                persistence.creditPurchases().update(canceled);
                acting.record(
                        tenant,
                        AuditEvent.of("credit-purchase.canceled", "credit-purchase", id)
                                .from(AuditValues.of("status", present.statusAt(now))
                                        .map())
                                .to(AuditValues.of("status", canceled.statusAt(now))
                                        .map()));
            }
            return canceled;
        });
    }

    /**
     * The payment came: the credits are granted, once, and expire by the product's terms counted from now. Told again it changes
     * nothing; another payment of what is paid is refused ({@code AlreadyPaid}). A payment that comes late, or for what was given up, counts.
     *
     * @param reference what the payment is found again by, such as a bank's
     */
    public CreditPurchase paid(TenantId tenantId, AccountId account, PurchaseId id, String reference) {
        acting.requireOperator(tenantId);
        return persistence.unitOfWork().forTenant(tenantId, () -> {
            var paid = settle(tenantId, account, id, reference);
            // What refunds name: of one transfer several purchases may be paid.
            var payment = id.toString();
            if (persistence
                    .invoices()
                    .findNamed(tenantId, ManualPayments.NAME, payment)
                    .isEmpty()) {
                persistence
                        .invoices()
                        .insert(invoice(
                                paid,
                                new InvoiceId(ids.next()),
                                ManualPayments.NAME,
                                payment,
                                payment,
                                Optional.empty(),
                                moments.now()));
            }
            return paid;
        });
    }

    /** Grants what was paid for, unless that has happened; in the tenant's unit of work. */
    CreditPurchase settle(TenantId tenantId, AccountId account, PurchaseId id, String reference) {
        var now = moments.now();
        var open = accounts.open(tenantId, account, now);
        var present = purchase(tenantId, account, id);
        if (present.isPaidBy(reference)) {
            return present;
        }
        var tenant = persistence.tenants().find(tenantId).orElseThrow(() -> new NotFound("tenant", tenantId));
        var terms = present.terms(reference, now, tenant.timeZone(), open.subscription());
        var grant = CreditGrant.of(tenantId, new GrantId(ids.next()), account, terms, now);
        var reason = CreditReason.about(terms, acting.actor(), terms.description(), Optional.empty());
        persistence.credits().save(open.credits().grant(grant, CreditEntry.Type.GRANTED, reason, now));
        var paid = present.paid(new CreditPurchase.Payment(reference, now, grant.id()));
        persistence.creditPurchases().update(paid);
        acting.record(
                tenantId,
                AuditEvent.of("credit-purchase.paid", "credit-purchase", id)
                        .from(AuditValues.of("status", present.statusAt(now)).map())
                        .to(AuditValues.of("status", paid.statusAt(now))
                                .and("account", account)
                                .and("paymentReference", reference)
                                .and("checkout", present.checkout().map(Checkout::id))
                                .and("grant", grant.id())
                                .and("amount", terms.amount())
                                .and("expiresAt", terms.expiresAt())
                                .map()));
        return paid;
    }

    /**
     * What a purchase that is paid leaves in the billing history, until the gateway says more of its invoice.
     *
     * @param paymentId what refunds name
     */
    Invoice invoice(
            CreditPurchase paid,
            InvoiceId id,
            String by,
            String gatewayId,
            String paymentId,
            Optional<String> customerId,
            Instant now) {
        var price = paid.price();
        var payment = paid.payment().orElseThrow();
        var line =
                new GatewayInvoice.Line(paid.productName(), 1, price.amountMinor(), Optional.empty(), Optional.empty());
        var told = new GatewayInvoice(
                gatewayId,
                customerId,
                Optional.empty(),
                Optional.empty(),
                GatewayInvoice.Status.PAID,
                GatewayInvoice.Reason.PURCHASE,
                Optional.empty(),
                price.currency(),
                price.amountMinor(),
                price.amountMinor(),
                0,
                Optional.of(paymentId),
                1,
                Optional.empty(),
                Optional.empty(),
                List.of(line),
                payment.at(),
                Optional.of(payment.at()),
                Instant.EPOCH);
        return new Invoice(
                paid.tenantId(),
                id,
                paid.accountId(),
                by,
                told,
                Optional.of(paid.id()),
                Optional.of(payment.grant()),
                Optional.of(payment.reference()),
                0,
                now);
    }

    Customers customers() {
        return customers;
    }

    String gatewayName() {
        return gateway.name();
    }

    private CreditPurchase purchase(TenantId tenant, AccountId account, PurchaseId id) {
        return persistence
                .creditPurchases()
                .find(tenant, id)
                .filter(purchase -> purchase.accountId().equals(account))
                .orElseThrow(() -> new NotFound("purchase", id));
    }
}
