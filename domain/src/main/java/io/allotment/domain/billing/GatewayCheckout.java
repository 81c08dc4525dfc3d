package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Text;
import java.time.Instant;
import java.util.Optional;

/**
 * A checkout at a gateway.
 *
 * @param subscriptionId what it began, once it did
 * @param invoiceId what it was paid by, where there is an invoice
 * @param paymentId the payment that refunds name; empty before it was paid, and where nothing was due
 */
public record GatewayCheckout(
        String id,
        Optional<String> customerId,
        Status status,
        Optional<String> subscriptionId,
        Optional<String> invoiceId,
        Optional<String> paymentId,
        Instant asOf)
        implements GatewayObject {

    /** How it stands. */
    public enum Status {
        OPEN,
        /** The payer is done, the money is under way: it can still fail. */
        PAYING,
        PAID,
        /** Done, and nothing was to be paid: a trial, or a coupon for all of it. */
        NOTHING_DUE,
        /** The money did not come. */
        FAILED,
        /** Its time was over before anybody paid. */
        EXPIRED
    }

    public GatewayCheckout {
        id = Text.name("checkoutId", id, 255);
        customerId = customerId.map(name -> Text.name("customerId", name, 255));
        requireNonNull(status, "status");
        subscriptionId = subscriptionId.map(name -> Text.name("subscriptionId", name, 255));
        invoiceId = invoiceId.map(name -> Text.name("invoiceId", name, 255));
        paymentId = paymentId.map(name -> Text.name("paymentId", name, 255));
        requireNonNull(asOf, "asOf");
    }

    /** One that is not at the gateway any more: nobody can pay there. */
    public static GatewayCheckout gone(String id, Instant now) {
        return new GatewayCheckout(
                id, Optional.empty(), Status.EXPIRED, Optional.empty(), Optional.empty(), Optional.empty(), now);
    }

    @Override
    public Kind kind() {
        return Kind.CHECKOUT;
    }

    /** Whether what was ordered is to be had. */
    public boolean isDone() {
        return status == Status.PAID || status == Status.NOTHING_DUE;
    }

    @Override
    public boolean isFinal() {
        return status != Status.OPEN && status != Status.PAYING;
    }
}
