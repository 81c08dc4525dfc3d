package io.allotment.domain.subscription;

import io.allotment.domain.shared.Refusal;

/** What a gateway bills is changed there, and followed here. */
public final class BilledByGateway extends Refusal {

    public BilledByGateway(String gateway) {
        super(
                Kind.CONFLICT,
                "billed-by-gateway",
                null,
                "The subscription is billed by " + gateway
                        + ": it is changed, canceled and resumed there, under /billing.");
    }
}
