package io.allotment.domain.billing;

import io.allotment.domain.shared.Unavailable;
import java.time.Duration;
import java.util.Optional;

/** Our key at the gateway may not do this, until its operator has given it the right: no outage. */
public final class RightMissing extends Unavailable {

    private final String right;

    /** @param right what the gateway calls it, where it says so */
    public RightMissing(String message, Duration retryAfter, Optional<String> right) {
        super(message, retryAfter, null);
        this.right = right.orElse(null);
    }

    /** What the gateway calls it; empty where it did not say so. */
    public Optional<String> right() {
        return Optional.ofNullable(right);
    }
}
