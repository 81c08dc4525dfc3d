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
 * @param canceledAt when it was first to be canceled, whatever came of it
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
        Optional<Instant> canceledAt,
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
        /** Over: its subscription has begun, it was canceled, refused or has expired, or the money did not come. */
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
                Status.OPEN,
                gateway,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                now.plus(PATIENCE),
                Optional.empty(),
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

    /** Over, and without the gateway's page, which names who was to pay. */
    public SubscriptionCheckout closed() {
        return as(Status.CLOSED, gatewayId, Optional.empty(), subscriptionId, expiresAt);
    }

    /** The gateway does not open it; one that it has opened stays. */
    public SubscriptionCheckout refused() {
        return gatewayId.isPresent() ? this : closed();
    }

    /**
     * To be canceled: over at once where the gateway has not answered, else when it says that nobody can pay there any more. One that is closed
     * stays as it is; refuses one that was paid ({@link CheckoutOver}).
     */
    public SubscriptionCheckout canceled(Instant now) {
        return switch (status) {
            case OPEN -> {
                var next = canceledAt.isPresent() ? this : canceledSince(now);
                yield gatewayId.isPresent() ? next : next.closed();
            }
            case DONE -> throw CheckoutOver.paid(id);
            case CLOSED -> this;
        };
    }

    private SubscriptionCheckout canceledSince(Instant now) {
        return new SubscriptionCheckout(
                tenantId,
                id,
                accountId,
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
                tenantId, id, accountId, now, gateway, named, place, begun, until, canceledAt, createdAt);
    }

    /** Whether a subscription may begin by it that is not known yet. */
    public boolean isPendingAt(Instant now) {
        return status != Status.CLOSED && now.isBefore(expiresAt.plus(MARGIN));
    }

    /** Whether it was made before a time, and was closed or had expired by then: nobody asks for it any more. */
    public boolean isOverSince(Instant time) {
        return createdAt.isBefore(time) && (status == Status.CLOSED || expiresAt.isBefore(time));
    }

    /** Whether it can be paid. */
    public boolean isPayableAt(Instant now) {
        return status == Status.OPEN && now.isBefore(expiresAt);
    }
}
