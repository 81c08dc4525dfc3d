package io.allotment.domain.subscription;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Text;
import java.time.Instant;

/**
 * That a gateway bills a subscription, and which of its states is known.
 *
 * @param gatewayId what the gateway calls it
 * @param quantity how many are paid for, such as seats
 * @param asOf when it was as it is known
 * @param over whether the gateway said that it has ended for good
 */
public record Billed(String gateway, String gatewayId, int quantity, Instant asOf, boolean over) {

    public Billed {
        gateway = Text.key("gateway", gateway);
        gatewayId = Text.name("gatewayId", gatewayId, 255);
        requireNonNull(asOf, "asOf");
    }
}
