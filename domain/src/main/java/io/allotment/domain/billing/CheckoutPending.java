package io.allotment.domain.billing;

import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.Refusal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A subscription may still begin by a checkout: of two that are open both could be paid. */
public final class CheckoutPending extends Refusal {

    private final CheckoutId id;
    private final SubscriptionCheckout.Status status;
    private final String url;
    private final Instant expiresAt;

    public CheckoutPending(SubscriptionCheckout open, Instant now) {
        super(
                Kind.CONFLICT,
                "checkout-pending",
                null,
                "The account " + open.accountId() + " has the checkout " + open.id() + told(open, now));
        this.id = open.id();
        this.status = open.statusAt(now);
        this.url = open.urlAt(now).orElse(null);
        this.expiresAt = open.expiresAt();
    }

    /** The one that is waited for. */
    public CheckoutId id() {
        return id;
    }

    /** How it stands. */
    public SubscriptionCheckout.Status status() {
        return status;
    }

    /** Where it can be paid; empty where it cannot, or the gateway has not said. */
    public Optional<String> url() {
        return Optional.ofNullable(url);
    }

    /** Until when it is waited for. */
    public Instant expiresAt() {
        return expiresAt;
    }

    /** In {@code checkout} its id, how it stands, where and until when it can be paid. */
    @Override
    public Map<String, Object> facts() {
        var checkout = new LinkedHashMap<String, Object>();
        checkout.put("id", id);
        checkout.put("status", status);
        url().ifPresent(page -> checkout.put("url", page));
        checkout.put("expiresAt", expiresAt);
        return Map.of("checkout", checkout);
    }

    private static String told(SubscriptionCheckout open, Instant now) {
        return switch (open.status()) {
            case PAID -> ", which was paid: its subscription begins in a moment.";
            case PAYING ->
                ", where a payment is under way at the gateway, which can take days and cannot be canceled: wait for it. Its subscription begins "
                        + "when the money comes, until " + open.expiresAt()
                        + "; if it does not come, another checkout can be ordered.";
            default ->
                unpaid(open, now) + ", or cancel it: POST /billing/checkouts/" + open.id() + "/cancel of the account.";
        };
    }

    private static String unpaid(SubscriptionCheckout open, Instant now) {
        if (open.gatewayId().isEmpty()) {
            return ", which the gateway has not answered yet: order it again under its key";
        }
        if (!open.isPayableAt(now)) {
            return ", whose time was over at " + open.expiresAt()
                    + ", and which may have been paid in the last moment: try again at " + open.pendingUntil();
        }
        return open.url().map(url -> " at " + url + ", until ").orElse(" at the gateway, until ") + open.expiresAt()
                + ": pay there";
    }
}
