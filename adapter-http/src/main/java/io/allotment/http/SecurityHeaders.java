package io.allotment.http;

import io.javalin.http.Context;
import java.util.Map;

/** What every answer tells browsers not to do with it. */
final class SecurityHeaders {

    /** A page of our own says otherwise, for itself. */
    static final Map<String, String> ALWAYS = Map.of(
            "X-Content-Type-Options", "nosniff",
            "Referrer-Policy", "no-referrer",
            "Cross-Origin-Resource-Policy", "same-origin",
            "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");

    private static final String TWO_YEARS = "max-age=63072000";

    private final RemoteAddresses addresses;
    private final boolean isReachedByHttps;

    /** @param isReachedByHttps whether all requests come by https, whatever they look like here */
    SecurityHeaders(RemoteAddresses addresses, boolean isReachedByHttps) {
        this.addresses = addresses;
        this.isReachedByHttps = isReachedByHttps;
    }

    void put(Context context) {
        ALWAYS.forEach(context::header);
        if (isReachedByHttps || addresses.isHttps(context)) {
            context.header("Strict-Transport-Security", TWO_YEARS);
        }
    }
}
