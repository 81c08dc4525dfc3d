package io.allotment.persistence.memory;

import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.billing.Refund;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.gate.Violation;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.TenantId;
import java.util.List;

/** What was paid for is there, and what went back is not. */
final class BillingChecks {

    private final Tables tables;
    private final List<Violation> violations;

    BillingChecks(Tables tables, List<Violation> violations) {
        this.tables = tables;
        this.violations = violations;
    }

    void run() {
        tables.invoices
                .all()
                .forEach(invoice -> invoice.grant()
                        .filter(grant -> invoice.told().status() != GatewayInvoice.Status.PAID
                                || tables.grants
                                        .find(Key.of(invoice.tenantId(), invoice.accountId(), grant))
                                        .isEmpty())
                        .ifPresent(grant -> broken(
                                "paid-invoices-have-their-credits",
                                invoice.tenantId(),
                                "invoice " + invoice.id(),
                                "brought the grant " + grant
                                        + (invoice.told().status() == GatewayInvoice.Status.PAID
                                                ? ", which is not there"
                                                : ", and is not paid but "
                                                        + invoice.told().status()))));
        tables.invoices.all().forEach(this::check);
        tables.moneyBack.all().forEach(this::check);
    }

    private void check(Invoice invoice) {
        var back = tables.moneyBack
                .under(Key.of(invoice.tenantId()))
                .filter(refund -> refund.gateway().equals(invoice.gateway())
                        && invoice.told()
                                .paymentId()
                                .filter(refund.paymentId()::equals)
                                .isPresent())
                .toList();
        long strangers =
                back.stream().filter(refund -> refund.invoice().isEmpty()).count();
        if (invoice.refundedMinor() != Refund.standing(back) || strangers > 0) {
            broken(
                    "invoices-know-what-went-back",
                    invoice.tenantId(),
                    "invoice " + invoice.id(),
                    "tells of " + invoice.refundedMinor()
                            + " minor units that went back; its refunds and disputes come to "
                            + Refund.standing(back)
                            + (strangers > 0 ? ", and " + strangers + " of them do not name it" : ""));
        }
    }

    private void check(Refund refund) {
        var byLedger = tables.entriesByKey
                .find(Key.of(refund.tenantId(), refund.takenKey()))
                .filter(entry -> entry.type() == CreditEntry.Type.TAKEN_BACK)
                .map(entry -> entry.amount().negated())
                .orElse(Credits.ZERO);
        var taken = refund.taken().orElse(Credits.ZERO);
        boolean hasCredits = tables.invoices
                .under(Key.of(refund.tenantId()))
                .anyMatch(invoice -> invoice.grant().isPresent()
                        && invoice.gateway().equals(refund.gateway())
                        && invoice.told()
                                .paymentId()
                                .filter(refund.paymentId()::equals)
                                .isPresent());
        if (!taken.equals(byLedger) || refund.isToRestore() || refund.isToTake() && hasCredits) {
            broken(
                    "refunds-took-their-credits",
                    refund.tenantId(),
                    "refund " + refund.id(),
                    refund.status() + ", and of its credits were taken " + taken + ", by the ledger " + byLedger);
        }
    }

    private void broken(String invariant, TenantId tenant, String subject, String detail) {
        violations.add(new Violation(invariant, tenant, subject, detail));
    }
}
