package io.allotment.http;

import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.util.Set;

/** Lets pages of named origins read what they are answered; pages of all others cannot. */
final class Cors {

    private static final String METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";
    private static final String REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, X-Request-Id";
    private static final String ANSWER_HEADERS =
            "Idempotent-Replayed, Location, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id";
    private static final String MAX_AGE_SECONDS = "600";

    private final Set<String> origins;

    /** @param origins exactly as browsers send them, such as {@code https://app.example.com} */
    Cors(Set<String> origins) {
        this.origins = Set.copyOf(origins);
    }

    /** Says to a browser what its page may; true for a question that is answered with that. */
    boolean answers(Context context) {
        if (origins.isEmpty()) {
            return false;
        }
        context.res().addHeader("Vary", "Origin");
        var origin = context.header("Origin");
        if (origin == null || !origins.contains(origin)) {
            return false;
        }
        context.header("Access-Control-Allow-Origin", origin);
        context.header("Access-Control-Expose-Headers", ANSWER_HEADERS);
        if (context.method() != HandlerType.OPTIONS || context.header("Access-Control-Request-Method") == null) {
            return false;
        }
        context.header("Access-Control-Allow-Methods", METHODS);
        context.header("Access-Control-Allow-Headers", REQUEST_HEADERS);
        context.header("Access-Control-Max-Age", MAX_AGE_SECONDS);
        context.status(204);
        return true;
    }
}
