package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.Text;
import java.time.Instant;
import java.util.Optional;

/**
 * A payment that the payer's bank disputes.
 *
 * @param paymentId the payment it is about
 */
public record GatewayDispute(
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
        /** The bank asks; no money has moved. */
        INQUIRY,
        /** The money is gone until it is decided. */
        OPEN,
        WON,
        LOST
    }

    public GatewayDispute {
        id = Text.name("disputeId", id, 255);
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
            case INQUIRY -> Refund.Status.INQUIRY;
            case OPEN -> Refund.Status.DISPUTED;
            case WON -> Refund.Status.WON;
            case LOST -> Refund.Status.LOST;
        };
    }

    @Override
    public Kind kind() {
        return Kind.DISPUTE;
    }

    @Override
    public boolean isFinal() {
        return status == Status.WON || status == Status.LOST;
    }
}
