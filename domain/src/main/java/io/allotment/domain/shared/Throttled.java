package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/** Asked too often: nothing was done. */
public final class Throttled extends Refusal {

    private final Duration retryAfter;

    /** @param code what is asked too often, in kebab case */
    public Throttled(String code, String message, Duration retryAfter) {
        super(Kind.THROTTLED, code, null, message);
        this.retryAfter = requireNonNull(retryAfter, "retryAfter");
    }

    /** When it makes sense to ask again. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
