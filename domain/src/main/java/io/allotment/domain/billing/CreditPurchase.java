package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.ProductKey;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import io.allotment.domain.subscription.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;

/**
 * Credits that an account ordered, at the price and on the terms of that moment. It is paid for once, and then its credits are granted once.
 *
 * @param productName what the product was called
 * @param checkout where it can be paid; empty until the gateway has said
 * @param progress what the gateway told of its payment before the money came; empty where it told nothing, and once it is paid
 * @param payment by what it was paid
 * @param canceledAt when the buyer gave it up
 */
public record CreditPurchase(
        TenantId tenantId,
        PurchaseId id,
        AccountId accountId,
        ProductKey product,
        String productName,
        Credits credits,
        Money price,
        CreditExpiry expiry,
        Optional<Checkout> checkout,
        Optional<Progress> progress,
        Optional<Payment> payment,
        Optional<Instant> canceledAt,
        Instant createdAt) {

    /** So long an order waits for its checkout. */
    private static final Duration WITHOUT_CHECKOUT = Duration.ofDays(1);

    /** How it stands. */
    public enum Status {
        /** Waits for the payment. */
        PENDING,
        /** The payer is done and the money is under way: it can still fail. */
        PAYING,
        PAID,
        /** The money did not come. */
        FAILED,
        /** Was not paid in time. A payment that comes late all the same counts. */
        EXPIRED,
        /** Given up by the buyer. A payment that comes all the same counts. */
        CANCELED
    }

    /** How far its payment has come. */
    public enum Progress {
        PAYING,
        FAILED
    }

    /**
     * That it was paid.
     *
     * @param reference what the payment is found again by, such as a bank's
     * @param grant the credits it brought
     */
    public record Payment(String reference, Instant at, GrantId grant) {
        public Payment {
            reference = Text.name("paymentReference", reference, 255);
            requireNonNull(at, "at");
            requireNonNull(grant, "grant");
        }
    }

    public CreditPurchase {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(id, "id");
        requireNonNull(accountId, "accountId");
        requireNonNull(product, "product");
        requireNonNull(productName, "productName");
        credits = credits.requirePositive("credits");
        requireNonNull(price, "price");
        requireNonNull(expiry, "expiry");
        requireNonNull(checkout, "checkout");
        requireNonNull(progress, "progress");
        requireNonNull(payment, "payment");
        requireNonNull(canceledAt, "canceledAt");
        requireNonNull(createdAt, "createdAt");
    }

    /** A new one, not paid. */
    public static CreditPurchase of(
            CreditProduct product, TenantId tenant, PurchaseId id, AccountId account, Instant now) {
        return new CreditPurchase(
                tenant,
                id,
                account,
                product.key(),
                product.name(),
                product.credits(),
                product.price(),
                product.expiry(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                now);
    }

    /** Time alone makes one that waits expire. */
    public Status statusAt(Instant now) {
        if (payment.isPresent()) {
            return Status.PAID;
        }
        if (canceledAt.isPresent()) {
            return Status.CANCELED;
        }
        if (progress.equals(Optional.of(Progress.FAILED))) {
            return Status.FAILED;
        }
        if (!now.isBefore(expiresAt())) {
            return Status.EXPIRED;
        }
        return progress.isPresent() ? Status.PAYING : Status.PENDING;
    }

    /** Until when its payment is waited for: that somebody pays, or that the money comes that is under way. */
    public Instant expiresAt() {
        return checkout.map(Checkout::expiresAt).orElseGet(() -> createdAt.plus(WITHOUT_CHECKOUT));
    }

    /** Where it can be paid; one that has a checkout keeps it. */
    public CreditPurchase with(Checkout opened) {
        return checkout.isPresent() ? this : changed(Optional.of(opened), payment, canceledAt);
    }

    /**
     * With what the gateway tells of its payment. What was paid stays so, and what has failed does until it is paid. The page goes when nobody
     * can pay there any more.
     */
    public CreditPurchase told(GatewayCheckout state) {
        if (state.status() == GatewayCheckout.Status.OPEN) {
            return this;
        }
        var closed = withoutPage();
        if (payment.isPresent()) {
            return closed;
        }
        return switch (state.status()) {
            case PAYING ->
                progress.isPresent() ? closed : closed.paying(state.asOf().plus(SubscriptionCheckout.TRANSFER));
            case FAILED -> closed.progressed(closed.checkout(), Progress.FAILED);
            case OPEN, PAID, NOTHING_DUE, EXPIRED -> closed;
        };
    }

    /** Whether nobody is to pay it any more, and somebody still can, as far as is known: its page is to be closed. */
    public boolean isToBeClosed(Instant now) {
        return (payment.isPresent() || canceledAt.isPresent())
                && checkout.filter(place -> place.url().isPresent() && now.isBefore(place.expiresAt()))
                        .isPresent();
    }

    private CreditPurchase paying(Instant until) {
        return progressed(
                checkout.map(
                        place -> new Checkout(place.gateway(), place.id(), place.url(), place.instructions(), until)),
                Progress.PAYING);
    }

    private CreditPurchase progressed(Optional<Checkout> at, Progress told) {
        return with(at, Optional.of(told), payment, canceledAt);
    }

    /**
     * Refuses where somebody can pay at a gateway that does not run here ({@link PayableElsewhere}): its checkout cannot be closed.
     *
     * @param here the gateway that runs
     */
    public void requireNotPayableElsewhere(String here, Instant now) {
        checkout.filter(place ->
                        !place.gateway().equals(here) && !place.gateway().equals(Invoice.MANUAL))
                .filter(place -> {
                    var status = statusAt(now);
                    return status == Status.PENDING || status == Status.PAYING;
                })
                .ifPresent(place -> {
                    throw new PayableElsewhere(id, place, here);
                });
    }

    /** Given up; refuses one that is paid ({@link AlreadyPaid}). */
    public CreditPurchase canceled(Instant now) {
        requireUnpaid();
        return changed(checkout, payment, canceledAt.or(() -> Optional.of(now)));
    }

    /** Without the gateway's page, where whoever has its address can pay. */
    public CreditPurchase withoutPage() {
        return changed(checkout.map(Checkout::withoutPage), payment, canceledAt);
    }

    /** Refuses one that is paid ({@link AlreadyPaid}). */
    public void requireUnpaid() {
        payment.ifPresent(paid -> {
            throw new AlreadyPaid(id, paid.reference());
        });
    }

    /** Whether this payment is known already; refuses another one of what is paid ({@link AlreadyPaid}). */
    public boolean isPaidBy(String reference) {
        var told = Text.name("paymentReference", reference, 255);
        payment.filter(paid -> !paid.reference().equals(told)).ifPresent(paid -> {
            throw new AlreadyPaid(id, paid.reference());
        });
        return payment.isPresent();
    }

    /** Paid, late or not: money that came is not ignored. */
    public CreditPurchase paid(Payment by) {
        return changed(checkout, Optional.of(by), Optional.empty());
    }

    /**
     * The credits it brings when it is paid now.
     *
     * @param subscription of the account, as it is now
     */
    public GrantTerms terms(String reference, Instant now, ZoneId zone, Optional<Subscription> subscription) {
        return new GrantTerms(
                credits,
                GrantSource.PURCHASE,
                Optional.of(id.toString()),
                GrantTerms.DEFAULT_PRIORITY,
                Optional.empty(),
                expiry.endsAt(now, zone, subscription),
                Optional.of(reference),
                Optional.of(productName),
                Document.EMPTY,
                Optional.empty());
    }

    private CreditPurchase changed(Optional<Checkout> at, Optional<Payment> by, Optional<Instant> canceled) {
        return with(at, by.isPresent() ? Optional.empty() : progress, by, canceled);
    }

    private CreditPurchase with(
            Optional<Checkout> at, Optional<Progress> told, Optional<Payment> by, Optional<Instant> canceled) {
        return new CreditPurchase(
                tenantId,
                id,
                accountId,
                product,
                productName,
                credits,
                price,
                expiry,
                at,
                told,
                by,
                canceled,
                createdAt);
    }
}
