package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.Text;
import java.time.Instant;
import java.util.Optional;

/**
 * Money that goes back to who paid.
 *
 * @param paymentId the payment it goes back from
 */
public record GatewayRefund(
        String id,
        Optional<String> customerId,
        String paymentId,
        Money amount,
        Status status,
        Optional<String> reason,
        Instant asOf)
        implements GatewayReversal {

    /** How it stands. */
    public enum Status {
        PENDING,
        /** The money is under way or there; it can still fail. */
        SUCCEEDED,
        /** It came back: nobody has it but us. */
        FAILED,
        CANCELED
    }

    public GatewayRefund {
        id = Text.name("refundId", id, 255);
        customerId = customerId.map(name -> Text.name("customerId", name, 255));
        paymentId = Text.name("paymentId", paymentId, 255);
        requireNonNull(amount, "amount");
        requireNonNull(status, "status");
        reason = reason.map(text -> Text.prose("reason", text, 500));
        requireNonNull(asOf, "asOf");
    }

    @Override
    public Refund.Status standing() {
        return switch (status) {
            case PENDING -> Refund.Status.PENDING;
            case SUCCEEDED -> Refund.Status.SUCCEEDED;
            case FAILED -> Refund.Status.FAILED;
            case CANCELED -> Refund.Status.CANCELED;
        };
    }

    @Override
    public Kind kind() {
        return Kind.REFUND;
    }

    /** One that succeeded can fail later. */
    @Override
    public boolean isFinal() {
        return status == Status.FAILED || status == Status.CANCELED;
    }
}
