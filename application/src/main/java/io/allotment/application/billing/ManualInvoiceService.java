package io.allotment.application.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.application.shared.PresentAccounts;
import io.allotment.application.subscription.SubscriptionService;
import io.allotment.domain.Persistence;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.billing.ManualInvoice;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Times;
import io.allotment.domain.subscription.Subscription;
import java.time.Instant;
import java.util.Optional;

/**
 * Invoices that the operator writes and is paid for themselves, such as by bank transfer. They stand in the billing history beside those of
 * gateways, with the same effects, and go back the same way ({@link BillingService#orderRefund}). For operators. Methods refuse an account or
 * invoice that does not exist ({@link NotFound}). Thread-safe.
 */
public final class ManualInvoiceService {

    private final Persistence persistence;
    private final SubscriptionService subscriptions;
    private final PaymentEventService events;
    private final PresentAccounts accounts;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;

    public ManualInvoiceService(
            Persistence persistence,
            SubscriptionService subscriptions,
            PaymentEventService events,
            Ids ids,
            Moments moments,
            Acting acting) {
        this.persistence = persistence;
        this.subscriptions = subscriptions;
        this.events = events;
        this.accounts = new PresentAccounts(persistence);
        this.ids = ids;
        this.moments = moments;
        this.acting = acting;
    }

    /**
     * A payment that the operator saw.
     *
     * @param reference what it is found again by, such as a bank's
     * @param at when it came; now where it is empty
     */
    public record Payment(Optional<String> reference, Optional<Instant> at) {
        public Payment {
            requireNonNull(reference, "reference");
            at = at.map(time -> Times.stored("paidAt", time));
        }
    }

    /**
     * Writes an invoice, and that it was paid where it was. Refuses a number that one of the tenant's has already ({@code AlreadyExists}), be it void:
     * gateways number theirs by themselves.
     *
     * @param forSubscription whether it is for the present period of the account's subscription, which no gateway bills
     */
    public Invoice create(
            TenantId tenant,
            AccountId account,
            ManualInvoice wanted,
            boolean forSubscription,
            Optional<Payment> payment) {
        acting.requireOperator(tenant);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            var now = moments.now();
            var present = accounts.open(tenant, account, now);
            Optional<Subscription> subscription = forSubscription
                    ? Optional.of(present.subscription()
                            .orElseThrow(() -> new NotFound("subscription", "of account " + account))
                            .requireOurs())
                    : Optional.empty();
            var invoice = wanted.open(tenant, new InvoiceId(ids.next()), account, subscription, now);
            persistence.invoices().insert(invoice);
            record("invoice.created", invoice);
            return payment.map(seen -> paid(invoice, seen, now)).orElse(invoice);
        });
    }

    /**
     * The operator was paid for an invoice of theirs. What waits for the payment goes on, what expired without it begins anew, and the credits of the period that it is for
     * come once. Of what was not to go on, or was ended by somebody, the invoice stays with the period it was written for.
     * Told again it changes nothing; refuses one that is void, was paid by something else, or is a gateway's ({@code InvoiceNotOpen}).
     */
    public Invoice paid(TenantId tenant, AccountId account, InvoiceId id, Payment payment) {
        acting.requireOperator(tenant);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            var now = moments.now();
            accounts.open(tenant, account, now);
            return paid(persistence.invoices().get(tenant, account, id), payment, now);
        });
    }

    /** Nobody is to pay an invoice of the operator's. One that is void stays so; refuses one that is paid, or a gateway's ({@code InvoiceNotOpen}). */
    public Invoice makeVoid(TenantId tenant, AccountId account, InvoiceId id) {
        acting.requireOperator(tenant);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            accounts.open(tenant, account, moments.now());
            var open = persistence.invoices().get(tenant, account, id);
            var voided = open.voidedByHand(moments.now());
            if (!voided.equals(open)) {
                persistence.invoices().update(voided);
                record("invoice.voided", voided);
            }
            return voided;
        });
    }

    private Invoice paid(Invoice open, Payment payment, Instant now) {
        var paid = open.paidByHand(payment.reference(), payment.at().orElse(now), now);
        if (paid.equals(open)) {
            return open;
        }
        record("invoice.paid", paid);
        // What had expired without the payment begins anew: that is what was paid for then.
        var settled = paid.told()
                .subscriptionId()
                .map(SubscriptionId::of)
                .flatMap(id -> subscriptions.paid(paid.tenantId(), paid.accountId(), id))
                .map(paid::forPeriodOf)
                .orElse(paid);
        events.following().paidByHand(settled);
        return persistence.invoices().get(settled.tenantId(), settled.accountId(), settled.id());
    }

    private void record(String action, Invoice invoice) {
        var told = invoice.told();
        acting.record(
                invoice.tenantId(),
                AuditEvent.of(action, "invoice", invoice.id())
                        .to(AuditValues.of("account", invoice.accountId())
                                .and("status", told.status())
                                .and("number", told.number())
                                .and("totalMinor", told.totalMinor())
                                .and("currency", told.currency())
                                .and("subscription", told.subscriptionId())
                                .and("paymentReference", invoice.paymentReference())
                                .and("paidAt", told.paidAt())
                                .map()));
    }
}
