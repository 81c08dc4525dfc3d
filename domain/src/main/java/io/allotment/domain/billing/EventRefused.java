package io.allotment.domain.billing;

import io.allotment.domain.shared.Refusal;

/** What was posted is no event of the gateway's: not signed by it, too old, or not readable. */
public final class EventRefused extends Refusal {

    public EventRefused(String why) {
        super(Kind.INVALID, "event-refused", null, why);
    }
}
