package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Where an account can pay for a subscription, or could. An account has one at a time: of two that are open both can be paid.
 *
 * @param order what is to be subscribed to; empty of one that was ordered before that was written down
 * @param gatewayId what the gateway calls it; empty until the gateway has answered
 * @param url where the payer goes
 * @param subscriptionId what the gateway calls the subscription that it began
 * @param expiresAt until when it is waited for: of one that is open that somebody pays, of one that is being paid that the money comes, of one that was
 *     paid that its subscription is told of
 * @param canceledAt when it was first to be canceled, whatever came of it
 */
public record SubscriptionCheckout(
        TenantId tenantId,
        CheckoutId id,
        AccountId accountId,
        Optional<Order> order,
        Status status,
        String gateway,
        Optional<String> gatewayId,
        Optional<String> url,
        Optional<String> subscriptionId,
        Instant expiresAt,
        Optional<Instant> canceledAt,
        Instant createdAt) {

    /** So long a gateway may take to answer, and a subscription that was paid for to be told of. */
    private static final Duration PATIENCE = Duration.ofDays(1);

    /** So long money can be under way. */
    static final Duration TRANSFER = Duration.ofDays(14);

    /** Who pays in the last moment has paid, and nobody's clock is right. */
    private static final Duration MARGIN = Duration.ofMinutes(10);

    /**
     * What is to be subscribed to.
     *
     * @param version the number within the plan
     * @param quantity how many, such as seats
     */
    public record Order(PlanVersionId planVersionId, PlanKey plan, int version, PriceKey price, int quantity) {
        public Order {
            requireNonNull(planVersionId, "planVersionId");
            requireNonNull(plan, "plan");
            requireNonNull(price, "price");
        }

        public static Order of(PlanVersion version, PriceKey price, int quantity) {
            return new Order(version.id(), version.plan(), version.number(), price, quantity);
        }
    }

    /** How it stands. */
    public enum Status {
        /** It can be paid. */
        OPEN,
        /** The payer is done and the money is under way: it can still fail. */
        PAYING,
        /** Paid; its subscription is not known yet. */
        PAID,
        /** Its subscription has begun. */
        SUBSCRIBED,
        /** Nobody paid before it was canceled. */
        CANCELED,
        /** The gateway did not open it. */
        REFUSED,
        /** Nobody paid in time. */
        EXPIRED,
        /** The money did not come. */
        FAILED;

        /** Whether no subscription begins by it any more. */
        public boolean isOver() {
            return switch (this) {
                case OPEN, PAYING, PAID -> false;
                case SUBSCRIBED, CANCELED, REFUSED, EXPIRED, FAILED -> true;
            };
        }
    }

    public SubscriptionCheckout {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(id, "id");
        requireNonNull(accountId, "accountId");
        requireNonNull(order, "order");
        requireNonNull(status, "status");
        gateway = Text.key("gateway", gateway);
        gatewayId = gatewayId.map(name -> Text.name("checkoutId", name, 255));
        url = url.map(address -> Text.name("url", address, 2_000));
        subscriptionId = subscriptionId.map(name -> Text.name("subscriptionId", name, 255));
        requireNonNull(expiresAt, "expiresAt");
        requireNonNull(canceledAt, "canceledAt");
        requireNonNull(createdAt, "createdAt");
    }

    /** One that the gateway has not answered yet. */
    public static SubscriptionCheckout ordered(
            TenantId tenant, CheckoutId id, AccountId account, String gateway, Instant now) {
        return new SubscriptionCheckout(
                tenant,
                id,
                account,
                Optional.empty(),
                Status.OPEN,
                gateway,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                now.plus(PATIENCE),
                Optional.empty(),
                now);
    }

    /** For this. */
    public SubscriptionCheckout of(Order what) {
        return new SubscriptionCheckout(
                tenantId,
                id,
                accountId,
                Optional.of(what),
                status,
                gateway,
                gatewayId,
                url,
                subscriptionId,
                expiresAt,
                canceledAt,
                createdAt);
    }

    /** Where it can be paid, as the gateway says; one that was canceled by then {@linkplain #isToBeClosed is to be closed}, and one that is over otherwise has no page. */
    public SubscriptionCheckout at(Checkout place) {
        var page = place.url().filter(address -> !status.isOver() || status == Status.CANCELED);
        return as(status, Optional.of(place.id()), page, subscriptionId, place.expiresAt());
    }

    /** With what the gateway tells of it: what was paid stays so. */
    public SubscriptionCheckout told(GatewayCheckout state) {
        return switch (state.status()) {
            case OPEN -> this;
            case PAYING ->
                status == Status.OPEN
                        ? as(
                                Status.PAYING,
                                gatewayId,
                                url,
                                subscriptionId,
                                state.asOf().plus(TRANSFER))
                        : closed();
            case PAID, NOTHING_DUE ->
                as(
                        Status.PAID,
                        gatewayId,
                        url,
                        state.subscriptionId(),
                        state.asOf().plus(PATIENCE));
            case FAILED -> unpaid(Status.FAILED);
            case EXPIRED -> unpaid(canceledAt.isPresent() ? Status.CANCELED : Status.EXPIRED);
        };
    }

    private SubscriptionCheckout unpaid(Status how) {
        return status == Status.OPEN || status == Status.PAYING ? over(how) : closed();
    }

    /** One that was over before the gateway answered has a page until that is closed. */
    private SubscriptionCheckout closed() {
        return status.isOver() ? withoutPage() : this;
    }

    /** Whether nobody is to pay it any more, and somebody still can, as far as is known: its page is to be closed. */
    public boolean isToBeClosed(Instant now) {
        return canceledAt.isPresent()
                && (status == Status.OPEN || status == Status.CANCELED)
                && gatewayId.isPresent()
                && url.isPresent()
                && now.isBefore(expiresAt);
    }

    /** Its subscription has begun. */
    public SubscriptionCheckout begun() {
        return over(Status.SUBSCRIBED);
    }

    /** Without the gateway's page, which names who was to pay. */
    private SubscriptionCheckout over(Status how) {
        return as(how, gatewayId, Optional.empty(), subscriptionId, expiresAt);
    }

    /** The gateway does not open it; one that it has opened, or that is over, stays. */
    public SubscriptionCheckout refused() {
        return gatewayId.isPresent() || status.isOver() ? this : over(Status.REFUSED);
    }

    /**
     * To be canceled: over at once where the gateway has not answered, else when it says that nobody can pay there any more. One that is over
     * stays as it is, but one that was paid is refused ({@link CheckoutOver}), or is being paid ({@link CheckoutPending}).
     */
    public SubscriptionCheckout canceled(Instant now) {
        if (status == Status.PAID || status == Status.SUBSCRIBED) {
            throw CheckoutOver.paid(id);
        }
        if (status == Status.PAYING && isPendingAt(now)) {
            throw new CheckoutPending(this, now);
        }
        if (status.isOver()) {
            return this;
        }
        var next = canceledAt.isPresent() ? this : canceledSince(now);
        return gatewayId.isPresent() ? next : next.over(Status.CANCELED);
    }

    private SubscriptionCheckout canceledSince(Instant now) {
        return new SubscriptionCheckout(
                tenantId,
                id,
                accountId,
                order,
                status,
                gateway,
                gatewayId,
                url,
                subscriptionId,
                expiresAt,
                Optional.of(now),
                createdAt);
    }

    /** Without the gateway's page. */
    public SubscriptionCheckout withoutPage() {
        return as(status, gatewayId, Optional.empty(), subscriptionId, expiresAt);
    }

    private SubscriptionCheckout as(
            Status now, Optional<String> named, Optional<String> place, Optional<String> begun, Instant until) {
        return new SubscriptionCheckout(
                tenantId, id, accountId, order, now, gateway, named, place, begun, until, canceledAt, createdAt);
    }

    /** How it stands: time alone makes one expire that nobody paid, or whose money was under way for too long. */
    public Status statusAt(Instant now) {
        boolean isUnpaid = status == Status.OPEN || status == Status.PAYING;
        return isUnpaid && !isPendingAt(now) ? Status.EXPIRED : status;
    }

    /** Whether a subscription may begin by it that is not known yet. */
    public boolean isPendingAt(Instant now) {
        return !status.isOver() && now.isBefore(pendingUntil());
    }

    /** From when on nobody waits for it. */
    Instant pendingUntil() {
        return expiresAt.plus(MARGIN);
    }

    /** Whether it was made before a time, and was over or had expired by then: nobody asks for it any more. */
    public boolean isOverSince(Instant time) {
        return createdAt.isBefore(time) && (status.isOver() || expiresAt.isBefore(time));
    }

    /** Whether it can be paid. */
    public boolean isPayableAt(Instant now) {
        return status == Status.OPEN && now.isBefore(expiresAt);
    }

    /** Where it can be paid, as long as it can. */
    public Optional<String> urlAt(Instant now) {
        return url.filter(page -> isPayableAt(now));
    }
}
