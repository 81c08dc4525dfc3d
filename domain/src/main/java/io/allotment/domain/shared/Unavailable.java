package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/** The store, or what is asked besides, cannot be reached or is overloaded. Repeat with the same idempotency key: it is safe. */
public class Unavailable extends Refusal {

    private final Duration retryAfter;

    public Unavailable(String message, Duration retryAfter, Throwable cause) {
        super(Kind.UNAVAILABLE, "unavailable", null, message);
        this.retryAfter = requireNonNull(retryAfter, "retryAfter");
        initCause(cause);
    }

    /** When it makes sense to try again. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
