package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.Times;
import io.allotment.domain.subscription.BillingCycle;
import io.allotment.domain.subscription.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * An invoice in an account's billing history: what is known of it at the gateway, and what came of it here.
 *
 * @param told as the gateway has it, or the operator where there is none
 * @param purchase what was bought with it
 * @param grant the credits that its payment brought
 * @param reference what the operator wrote to find its payment again by, such as a bank's; empty of a gateway's
 * @param refundedMinor what of it went back, by refunds and disputes that stand
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
        Optional<String> reference,
        long refundedMinor,
        Instant createdAt) {

    /** What the operator's own invoices name in place of a gateway. */
    public static final String MANUAL = "manual";

    public Invoice {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(id, "id");
        requireNonNull(accountId, "accountId");
        gateway = Text.key("gateway", gateway);
        requireNonNull(told, "told");
        requireNonNull(purchase, "purchase");
        requireNonNull(grant, "grant");
        reference = reference.map(text -> Text.name("paymentReference", text, 255));
        if (reference.isPresent() && !gateway.equals(MANUAL)) {
            throw new InvalidValue("paymentReference", "is the gateway's to say");
        }
        if (refundedMinor < 0) {
            throw new InvalidValue("refundedMinor", "must not be less than nothing");
        }
        requireNonNull(createdAt, "createdAt");
    }

    /** What its payment is found again by: what the operator wrote, and of a gateway's its payment there. */
    public Optional<String> paymentReference() {
        return gateway.equals(MANUAL) ? reference : told.paymentId();
    }

    /** Whether it stands in for one that the gateway has not told of yet: written when the payment was known. */
    public boolean isStandIn() {
        return told.asOf().equals(Instant.EPOCH);
    }

    /** With the credits that came. */
    public Invoice bringing(GrantId credits) {
        return changed(told, purchase, Optional.of(credits), reference);
    }

    /** For what was bought, with the credits that came. */
    public Invoice of(PurchaseId bought, GrantId credits) {
        return changed(told, Optional.of(bought), Optional.of(credits), reference);
    }

    /** Its credits hang on another payment for the same period. */
    public Invoice withoutCredits() {
        return changed(told, purchase, Optional.empty(), reference);
    }

    /** With what of it went back until now. */
    public Invoice refunded(long amountMinor) {
        return new Invoice(tenantId, id, accountId, gateway, told, purchase, grant, reference, amountMinor, createdAt);
    }

    /** As it is now told to be; what was known and is not told this time stays known. */
    public Invoice as(GatewayInvoice now) {
        return changed(now.completedBy(told), purchase, grant, reference);
    }

    /** Without what leads to who paid: they are not to be known any more. */
    public Invoice withoutPages() {
        return changed(told.withoutPages(), purchase, grant, reference);
    }

    /** So long before its invoice somebody may have paid. */
    private static final Duration PAID_AHEAD = Duration.ofDays(366);

    /** For the present period of one of our own subscriptions. */
    public Invoice forPeriodOf(Subscription subscription) {
        return changed(
                told.forPeriod(subscription.id().toString(), subscription.currentPeriod()), purchase, grant, reference);
    }

    /**
     * The operator was paid. Told again it changes nothing; refuses one that is void, was paid by something else, or is a gateway's
     * ({@link InvoiceNotOpen}).
     *
     * @param seen what the payment is found again by
     * @param at when it came; not in the future, and no more than a year before the invoice was issued
     */
    public Invoice paidByHand(Optional<String> seen, Instant at, Instant now) {
        requireManual("paid");
        if (at.isAfter(now)) {
            throw new InvalidValue("paidAt", "must not be in the future");
        }
        if (at.isBefore(told.createdAt().minus(PAID_AHEAD))) {
            throw new InvalidValue(
                    "paidAt", "must be no more than a year before the invoice was issued, at " + told.createdAt());
        }
        return switch (told.status()) {
            case PAID -> {
                if (!reference.equals(seen)) {
                    throw new InvoiceNotOpen("The invoice " + id + " was paid by "
                            + reference.orElse("something unnamed") + " already.");
                }
                yield this;
            }
            case VOID -> throw new InvoiceNotOpen("The invoice " + id + " is void: write another one for the payment.");
            case DRAFT, OPEN, UNCOLLECTIBLE ->
                changed(told.paid(Optional.of(id.toString()), told.receiptUrl(), at, now), purchase, grant, seen);
        };
    }

    /** Nobody is to pay it; one that is void stays so. Refuses one that is paid, or a gateway's ({@link InvoiceNotOpen}). */
    public Invoice voidedByHand(Instant now) {
        requireManual("made void");
        return switch (told.status()) {
            case VOID -> this;
            case PAID -> throw new InvoiceNotOpen("The invoice " + id + " is paid: pay it back instead.");
            case DRAFT, OPEN, UNCOLLECTIBLE -> changed(told.voided(now), purchase, grant, reference);
        };
    }

    private void requireManual(String what) {
        if (!gateway.equals(MANUAL)) {
            throw new InvoiceNotOpen("The invoice " + id + " is of " + gateway + ": it is " + what + " there.");
        }
    }

    private Invoice changed(
            GatewayInvoice now, Optional<PurchaseId> bought, Optional<GrantId> credits, Optional<String> wrote) {
        return new Invoice(tenantId, id, accountId, gateway, now, bought, credits, wrote, refundedMinor, createdAt);
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

    /** Whether the credits of a purchase are still to hang on it: those of a void one that had them were taken. */
    public boolean isToBringPurchase() {
        return grant.isEmpty() && (purchase.isEmpty() || told.status() != GatewayInvoice.Status.VOID);
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
