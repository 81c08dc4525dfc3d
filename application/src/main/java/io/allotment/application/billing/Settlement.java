package io.allotment.application.billing;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.application.shared.PresentAccounts;
import io.allotment.domain.Persistence;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.billing.Checkout;
import io.allotment.domain.billing.CreditPurchase;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What a payment of a purchase brings about, by whoever it was told; in the tenant's unit of work. */
final class Settlement {

    private final Persistence persistence;
    private final PresentAccounts accounts;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;

    Settlement(Persistence persistence, Ids ids, Moments moments, Acting acting) {
        this.persistence = persistence;
        this.accounts = new PresentAccounts(persistence);
        this.ids = ids;
        this.moments = moments;
        this.acting = acting;
    }

    /** Grants what was paid for, unless that has happened; refuses another payment ({@code AlreadyPaid}). */
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
                Optional.of(payment.reference()).filter(reference -> by.equals(Invoice.MANUAL)),
                0,
                now);
    }

    /** Refuses one that is not the account's ({@link NotFound}). */
    CreditPurchase purchase(TenantId tenant, AccountId account, PurchaseId id) {
        return persistence
                .creditPurchases()
                .find(tenant, id)
                .filter(purchase -> purchase.accountId().equals(account))
                .orElseThrow(() -> new NotFound("purchase", id));
    }
}
