package io.allotment.http;

import io.javalin.http.Context;
import java.util.function.Predicate;

/** Lets the bearer of a root key in, and nobody else, to everything under {@code /v1}. */
final class Access {

    private static final String SCHEME = "Bearer ";

    private final Predicate<String> accepts;

    /** @param accepts whether a key is a root key, in a time that tells nothing of a wrong one */
    Access(Predicate<String> accepts) {
        this.accepts = accepts;
    }

    /** Refuses a call without a root key, whether its route exists or not. */
    void check(Context context) {
        // Routes are found by this same text, so what does not begin like this reaches none of them.
        var path = context.path();
        if (path.equals(Routes.ROOT) || path.startsWith(Routes.ROOT + "/")) {
            context.header("Cache-Control", "no-store");
            requireKey(context.header("Authorization"));
        }
    }

    private void requireKey(String authorization) {
        if (authorization == null) {
            throw Rejected.unauthorized("A root key is needed, sent as Authorization: Bearer <key>.");
        }
        if (!authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw Rejected.unauthorized("The header Authorization must have the form Bearer <key>.");
        }
        if (!accepts.test(authorization.substring(SCHEME.length()).strip())) {
            throw Rejected.unauthorized("The root key is not known.");
        }
    }
}
