package io.allotment.http;

import io.allotment.domain.shared.Unavailable;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** What is open to everybody who reaches the server: its health, its metrics and its manual. */
final class ServerRoutes {

    private static final Duration UNTIL_READY = Duration.ofSeconds(2);

    /** The reference page loads nothing from anywhere else, and sends nothing there. */
    private static final String ONLY_FROM_HERE =
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
                    + " img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:;"
                    + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final Json json;
    private final Metrics metrics;
    private final Supplier<Optional<String>> readiness;

    /** @param readiness what keeps the server from serving, as a sentence; empty where nothing does */
    ServerRoutes(Json json, Metrics metrics, Supplier<Optional<String>> readiness) {
        this.json = json;
        this.metrics = metrics;
        this.readiness = readiness;
    }

    void addTo(RoutesConfig routes) {
        get(routes, "/livez", this::live);
        get(routes, "/readyz", this::ready);
        get(routes, "/metrics", this::metrics);
        get(routes, "/openapi.yaml", file("/io/allotment/http/openapi.yaml", "application/yaml; charset=utf-8", 60));
        get(routes, "/", context -> context.redirect("/docs"));
        get(routes, "/docs", this::docs);
        get(routes, "/docs/docs.js", file("/io/allotment/http/docs.js", "text/javascript; charset=utf-8", 60));
        get(routes, "/docs/docs.css", file("/io/allotment/http/docs.css", "text/css; charset=utf-8", 60));
        get(
                routes,
                "/docs/scalar.js",
                file("/META-INF/resources/webjars/scalar/scalar.js", "text/javascript; charset=utf-8", 3_600));
    }

    private static void get(RoutesConfig routes, String path, Handler handler) {
        routes.get(path, handler).head(path, handler);
    }

    private void live(Context context) {
        status(context, "live");
    }

    private void ready(Context context) {
        readiness.get().ifPresent(problem -> {
            throw new Unavailable(problem, UNTIL_READY, null);
        });
        status(context, "ready");
    }

    private void status(Context context, String status) {
        context.header("Cache-Control", "no-store")
                .result(json.write(Map.of("status", status)))
                .contentType("application/json");
    }

    private void metrics(Context context) {
        context.header("Cache-Control", "no-store").result(metrics.scrape()).contentType(Metrics.CONTENT_TYPE);
    }

    private void docs(Context context) throws Exception {
        context.header("Content-Security-Policy", ONLY_FROM_HERE);
        file("/io/allotment/http/docs.html", "text/html; charset=utf-8", 60).handle(context);
    }

    private static Handler file(String resource, String contentType, int seconds) {
        var bytes = bytes(resource);
        return context -> context.header("Cache-Control", "public, max-age=" + seconds)
                .result(bytes)
                .contentType(contentType);
    }

    private static byte[] bytes(String resource) {
        try (var stream = ServerRoutes.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException("not on the class path: " + resource);
            }
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
