package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.Times;
import io.allotment.domain.subscription.BillingCycle;
import java.time.Instant;
import java.util.Optional;

/**
 * An invoice in an account's billing history: what is known of it at the gateway, and what came of it here.
 *
 * @param told as the gateway has it, or the operator where there is none
 * @param purchase what was bought with it
 * @param grant the credits that its payment brought
 * @param createdAt when we heard of it
 */
public record Invoice(
        TenantId tenantId,
        InvoiceId id,
        AccountId accountId,
        String gateway,
        GatewayInvoice told,
        Optional<PurchaseId> purchase,
        Optional<GrantId> grant,
        Instant createdAt) {

    public Invoice {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(id, "id");
        requireNonNull(accountId, "accountId");
        gateway = Text.key("gateway", gateway);
        requireNonNull(told, "told");
        requireNonNull(purchase, "purchase");
        requireNonNull(grant, "grant");
        requireNonNull(createdAt, "createdAt");
    }

    /** Whether it stands in for one that the gateway has not told of yet: written when the payment was known. */
    public boolean isStandIn() {
        return told.asOf().equals(Instant.EPOCH);
    }

    /** With the credits that came. */
    public Invoice bringing(GrantId credits) {
        return new Invoice(tenantId, id, accountId, gateway, told, purchase, Optional.of(credits), createdAt);
    }

    /** For what was bought, with the credits that came. */
    public Invoice of(PurchaseId bought, GrantId credits) {
        return new Invoice(
                tenantId, id, accountId, gateway, told, Optional.of(bought), Optional.of(credits), createdAt);
    }

    /** Its credits hang on another payment for the same period. */
    public Invoice withoutCredits() {
        return new Invoice(tenantId, id, accountId, gateway, told, purchase, Optional.empty(), createdAt);
    }

    /** As it is now told to be; what was known and is not told this time stays known. */
    public Invoice as(GatewayInvoice now) {
        return new Invoice(tenantId, id, accountId, gateway, now.completedBy(told), purchase, grant, createdAt);
    }

    /**
     * Whether it has paid for a subscription's period, and so for the credits that it includes.
     *
     * @param months the length of a period of what it is for
     */
    public boolean hasPaidForPeriod(int months) {
        return told.status() == GatewayInvoice.Status.PAID
                && told.subscriptionId().isPresent()
                && told.period().isPresent()
                && switch (told.reason()) {
                    case SUBSCRIPTION_START, SUBSCRIPTION_CYCLE -> true;
                    case SUBSCRIPTION_CHANGE -> beginsPeriod(months);
                    case PURCHASE, MANUAL -> false;
                };
    }

    /**
     * A change within a period is the beginning of none; where periods become longer or shorter the gateway begins one at once. One that cost
     * nothing brings nothing: who changes to and fro would have its credits each time.
     */
    private boolean beginsPeriod(int months) {
        var period = told.period().orElseThrow();
        return told.paidMinor() > 0
                && new BillingCycle(period.start(), months)
                        .at(period.start(), Times.UTC)
                        .equals(period);
    }

    /**
     * Whether its payment is still to bring the included credits of a subscription's period.
     *
     * @param months the length of a period of what it is for
     */
    public boolean isToBringCredits(int months) {
        return grant.isEmpty() && hasPaidForPeriod(months);
    }
}
