package io.allotment.application.billing;

import io.allotment.application.access.Acting;
import io.allotment.domain.Persistence;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.billing.CreditPurchase;
import io.allotment.domain.billing.SubscriptionCheckout;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;

/** What waits to be paid is given up, and the audit log has it once. Under the account's lock; the gateway is told by whoever asks for it. Thread-safe. */
public final class GivingUp {

    private final Persistence persistence;
    private final Acting acting;

    public GivingUp(Persistence persistence, Acting acting) {
        this.persistence = persistence;
        this.acting = acting;
    }

    /** All that can be paid for an account; money that is under way comes, or does not. */
    public void allOf(TenantId tenant, AccountId account, Instant now) {
        persistence.creditPurchases().listPending(tenant, account, now).forEach(purchase -> purchase(purchase, now));
        persistence.subscriptionCheckouts().listNotOver(tenant, account).stream()
                .filter(checkout -> checkout.isPayableAt(now))
                .forEach(checkout -> checkout(checkout, now));
    }

    /** Refuses what {@link CreditPurchase#canceled} does. */
    CreditPurchase purchase(CreditPurchase present, Instant now) {
        var givenUp = present.canceled(now);
        if (!givenUp.equals(present)) {
            persistence.creditPurchases().update(givenUp);
            acting.record(
                    present.tenantId(),
                    AuditEvent.of("credit-purchase.canceled", "credit-purchase", present.id())
                            .from(AuditValues.of("status", present.statusAt(now))
                                    .map())
                            .to(AuditValues.of("status", givenUp.statusAt(now)).map()));
        }
        return givenUp;
    }

    /** Refuses what {@link SubscriptionCheckout#canceled} does. */
    SubscriptionCheckout checkout(SubscriptionCheckout present, Instant now) {
        var ordered = present.canceled(now);
        if (!ordered.equals(present)) {
            persistence.subscriptionCheckouts().update(ordered);
            acting.record(
                    present.tenantId(),
                    AuditEvent.of("checkout.canceled", "checkout", present.id())
                            .to(AuditValues.of("account", present.accountId()).map()));
        }
        return ordered;
    }
}
