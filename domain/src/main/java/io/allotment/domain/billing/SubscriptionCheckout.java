package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Where an account can pay for a subscription, or could. An account has one at a time: of two that are open both can be paid.
 *
 * @param gatewayId what the gateway calls it; empty until the gateway has answered
 * @param url where the payer goes
 * @param subscriptionId what the gateway calls the subscription that it began
 * @param expiresAt until when it is waited for
 */
public record SubscriptionCheckout(
        TenantId tenantId,
        CheckoutId id,
        AccountId accountId,
        Status status,
        String gateway,
        Optional<String> gatewayId,
        Optional<String> url,
        Optional<String> subscriptionId,
        Instant expiresAt,
        Instant createdAt) {

    /** So long a gateway may take to answer, and a subscription that was paid for to be told of. */
    private static final Duration PATIENCE = Duration.ofDays(1);

    /** So long money can be under way. */
    private static final Duration TRANSFER = Duration.ofDays(14);

    /** Who pays in the last moment has paid, and nobody's clock is right. */
    private static final Duration MARGIN = Duration.ofMinutes(10);

    /** How it stands. */
    public enum Status {
        OPEN,
        /** Paid; its subscription is not known yet. */
        DONE,
        /** Over: its subscription has begun, it was given up or has expired, or the money did not come. */
        CLOSED
    }

    public SubscriptionCheckout {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(id, "id");
        requireNonNull(accountId, "accountId");
        requireNonNull(status, "status");
        gateway = Text.key("gateway", gateway);
        gatewayId = gatewayId.map(name -> Text.name("checkoutId", name, 255));
        url = url.map(address -> Text.name("url", address, 2_000));
        subscriptionId = subscriptionId.map(name -> Text.name("subscriptionId", name, 255));
        requireNonNull(expiresAt, "expiresAt");
        requireNonNull(createdAt, "createdAt");
    }

    /** One that the gateway has not answered yet. */
    public static SubscriptionCheckout ordered(
            TenantId tenant, CheckoutId id, AccountId account, String gateway, Instant now) {
        return new SubscriptionCheckout(
                tenant,
                id,
                account,
                Status.OPEN,
                gateway,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                now.plus(PATIENCE),
                now);
    }

    /** Where it can be paid, as the gateway says. */
    public SubscriptionCheckout at(Checkout place) {
        return as(status, Optional.of(place.id()), place.url(), subscriptionId, place.expiresAt());
    }

    /** Where it can be paid, or could; empty until the gateway has answered. */
    public Optional<Checkout> place() {
        return gatewayId.map(name -> new Checkout(gateway, name, url, Optional.empty(), expiresAt));
    }

    /** With what the gateway tells of it: what was paid stays so. */
    public SubscriptionCheckout told(GatewayCheckout state) {
        return switch (state.status()) {
            case OPEN -> this;
            case PAYING ->
                status == Status.OPEN
                        ? as(
                                status,
                                gatewayId,
                                url,
                                subscriptionId,
                                state.asOf().plus(TRANSFER))
                        : this;
            case PAID, NOTHING_DUE ->
                as(
                        Status.DONE,
                        gatewayId,
                        url,
                        state.subscriptionId(),
                        state.asOf().plus(PATIENCE));
            case FAILED, EXPIRED -> status == Status.DONE ? this : closed();
        };
    }

    public SubscriptionCheckout closed() {
        return as(Status.CLOSED, gatewayId, url, subscriptionId, expiresAt);
    }

    private SubscriptionCheckout as(
            Status now, Optional<String> named, Optional<String> place, Optional<String> begun, Instant until) {
        return new SubscriptionCheckout(tenantId, id, accountId, now, gateway, named, place, begun, until, createdAt);
    }

    /** Whether a subscription may begin by it that is not known yet. */
    public boolean isPendingAt(Instant now) {
        return status != Status.CLOSED && now.isBefore(expiresAt.plus(MARGIN));
    }

    /** Whether it can be paid. */
    public boolean isPayableAt(Instant now) {
        return status == Status.OPEN && now.isBefore(expiresAt);
    }
}
