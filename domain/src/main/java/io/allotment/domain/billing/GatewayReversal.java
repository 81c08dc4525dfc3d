package io.allotment.domain.billing;

import io.allotment.domain.shared.Money;
import java.util.Optional;

/** Money of a payment that leaves again: who paid gets it back, or their bank takes it. */
public sealed interface GatewayReversal extends GatewayObject permits GatewayRefund, GatewayDispute {

    /** The payment it is of. */
    String paymentId();

    Money amount();

    Optional<String> reason();

    /** How it stands, in our words. */
    Refund.Status standing();
}
