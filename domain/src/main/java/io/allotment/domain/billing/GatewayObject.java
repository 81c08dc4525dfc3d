package io.allotment.domain.billing;

import java.time.Instant;
import java.util.Optional;

/**
 * How something stands at a gateway, whole, at one time: not what happened to it. What is told late, twice or out of order is
 * told for what it is, since the newest state of all that are known is the present one.
 */
public sealed interface GatewayObject permits GatewayCheckout, GatewaySubscription, GatewayInvoice, GatewayReversal {

    /** What kinds there are. */
    enum Kind {
        CHECKOUT,
        SUBSCRIPTION,
        INVOICE,
        REFUND,
        DISPUTE
    }

    Kind kind();

    /** What the gateway calls it. */
    String id();

    /** Whose it is, as the gateway calls them; empty where it does not say. */
    Optional<String> customerId();

    /** When it was so, in whole seconds: two states of one time may differ. */
    Instant asOf();

    /** Whether it stays as it is: whatever is told besides comes from before. */
    boolean isFinal();
}
