package io.allotment.domain.billing;

import io.allotment.domain.shared.Unavailable;
import java.time.Duration;

/** The gateway cannot be reached, or answers nobody at the moment: no fault of what was asked. A right that is missing to us there is another matter ({@link RightMissing}). */
public final class GatewayAway extends Unavailable {

    public GatewayAway(String message, Duration retryAfter, Throwable cause) {
        super(message, retryAfter, cause);
    }
}
