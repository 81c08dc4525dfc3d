package io.allotment.persistence.memory;

import io.allotment.domain.billing.CreditPurchase;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.gate.Violation;
import io.allotment.domain.shared.TenantId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is paid has brought its credits, once, and what is not has brought none. Credits that were bought elsewhere, and granted by
 * hand, name no purchase.
 */
final class PurchaseChecks {

    private static final String INVARIANT = "purchases-bring-their-credits";

    private final Tables tables;
    private final List<Violation> violations;
    private final Map<Key, CreditGrant> grants = new HashMap<>();

    PurchaseChecks(Tables tables, List<Violation> violations) {
        this.tables = tables;
        this.violations = violations;
    }

    void run() {
        tables.grants.all().forEach(grant -> grants.put(Key.of(grant.tenantId(), grant.id()), grant));
        Map<Key, CreditPurchase> purchases = new HashMap<>();
        tables.creditPurchases.all().forEach(purchase -> {
            purchases.put(Key.of(purchase.tenantId(), purchase.id().toString()), purchase);
            check(purchase);
        });
        grants.values().stream()
                .filter(grant -> grant.terms().source() == GrantSource.PURCHASE)
                .forEach(grant -> grant.terms()
                        .sourceId()
                        .flatMap(source -> Optional.ofNullable(purchases.get(Key.of(grant.tenantId(), source))))
                        .ifPresent(purchase -> check(grant, purchase)));
    }

    private void check(CreditPurchase purchase) {
        purchase.payment().ifPresent(payment -> {
            var grant = Optional.ofNullable(grants.get(Key.of(purchase.tenantId(), payment.grant())));
            if (grant.filter(found -> isOf(purchase, payment, found)).isEmpty()) {
                violated(
                        purchase.tenantId(),
                        "purchase " + purchase.id(),
                        purchase.credits() + " credits for account " + purchase.accountId() + ", paid by "
                                + payment.reference() + "; grant " + payment.grant() + " is "
                                + grant.map(found -> "of " + found.terms().amount() + " for account "
                                                + found.accountId() + ", "
                                                + found.terms().source())
                                        .orElse("not there"));
            }
        });
    }

    private static boolean isOf(CreditPurchase purchase, CreditPurchase.Payment payment, CreditGrant grant) {
        var terms = grant.terms();
        return grant.accountId().equals(purchase.accountId())
                && terms.amount().equals(purchase.credits())
                && terms.source() == GrantSource.PURCHASE
                && terms.sourceId().equals(Optional.of(purchase.id().toString()))
                && terms.paymentReference().equals(Optional.of(payment.reference()));
    }

    private void check(CreditGrant grant, CreditPurchase purchase) {
        var brought = purchase.payment().map(CreditPurchase.Payment::grant);
        if (!brought.equals(Optional.of(grant.id()))) {
            violated(
                    grant.tenantId(),
                    "grant " + grant.id(),
                    "it is for purchase " + purchase.id() + ", which "
                            + brought.map(other -> "brought grant " + other).orElse("is not paid"));
        }
    }

    private void violated(TenantId tenant, String subject, String detail) {
        violations.add(new Violation(INVARIANT, tenant, subject, detail));
    }
}
