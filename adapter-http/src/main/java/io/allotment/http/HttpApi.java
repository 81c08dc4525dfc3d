package io.allotment.http;

import static java.util.Objects.requireNonNull;

import io.allotment.Allotment;
import io.allotment.application.shared.UuidV7;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;

/**
 * Allotment over HTTP: {@code HttpApi.of(allotment).port(8080).start()}. What it serves is written in {@code openapi.yaml},
 * which it serves too, at {@code /openapi.yaml} and for reading at {@code /docs}.
 *
 * <p>Everything under {@code /v1} needs a root key as bearer token. {@code /livez}, {@code /readyz}, {@code /metrics} and
 * the manual are open to everybody who reaches the port: it listens on loopback alone unless told otherwise.
 *
 * <p>Every POST that changes something needs an {@code Idempotency-Key}, and is done and answered once for it. What goes
 * wrong is answered as RFC 9457 has it, with the request's id, which is on every answer as {@code X-Request-Id}.
 *
 * <p>It owns its threads and its port, and not the {@link Allotment} it serves.
 */
public final class HttpApi implements AutoCloseable {

    private static final long IDLE_MILLIS = 50;

    private final Javalin server;
    private final Metrics metrics;

    private HttpApi(Javalin server, Metrics metrics) {
        this.server = server;
        this.metrics = metrics;
    }

    public static Builder of(Allotment allotment) {
        return new Builder(allotment);
    }

    /** What can be chosen; all of it has a default. */
    public static final class Builder {

        /** No body is larger, unless said otherwise. */
        public static final int DEFAULT_MAX_BODY_BYTES = 1 << 20;

        /** How long requests under way may take when it is closed. */
        private static final long STOP_MILLIS = 10_000;

        private final Allotment allotment;
        private final List<byte[]> rootKeys = new ArrayList<>();
        private String host = "127.0.0.1";
        private int port;
        private Supplier<Optional<String>> readiness = Optional::empty;
        private int maxBodyBytes = DEFAULT_MAX_BODY_BYTES;

        private Builder(Allotment allotment) {
            this.allotment = requireNonNull(allotment, "allotment");
        }

        /** Accepts this key, and the others given like this. Where none is given, those that {@code rootKeys()} made. */
        public Builder rootKey(String key) {
            return rootKeySha256(Sha256.of(key));
        }

        /** Accepts the key of which this is the SHA-256, 32 bytes, as {@link #rootKey} does. */
        public Builder rootKeySha256(byte[] digest) {
            if (digest.length != 32) {
                throw new IllegalArgumentException("a SHA-256 has 32 bytes, not " + digest.length);
            }
            rootKeys.add(digest.clone());
            return this;
        }

        /** Where it listens: {@code 127.0.0.1} where nothing is said, {@code 0.0.0.0} for every interface. */
        public Builder host(String address) {
            this.host = requireNonNull(address, "address");
            return this;
        }

        /** Which port it listens on; 0, the default, for any that is free. */
        public Builder port(int number) {
            this.port = number;
            return this;
        }

        /** What keeps it from serving at the moment, as a sentence for {@code /readyz}; empty where nothing does. */
        public Builder readiness(Supplier<Optional<String>> problem) {
            this.readiness = requireNonNull(problem, "problem");
            return this;
        }

        /** How large a request's body may be: 1 MiB where nothing is said. */
        public Builder maxBodyBytes(int bytes) {
            if (bytes < 1) {
                throw new IllegalArgumentException("at least 1 byte, not " + bytes);
            }
            this.maxBodyBytes = bytes;
            return this;
        }

        /** Listens from now on, until it is closed. Throws {@link IllegalStateException} where the port is taken. */
        public HttpApi start() {
            var metrics = new Metrics();
            var server = Javalin.create(config -> configure(config, metrics));
            try {
                return new HttpApi(server.start(host, port), metrics);
            } catch (RuntimeException e) {
                metrics.close();
                throw new IllegalStateException("cannot listen on " + host + ":" + port + ": " + e.getMessage(), e);
            }
        }

        private void configure(JavalinConfig config, Metrics metrics) {
            var json = new Json();
            var requestIds = new RequestIds(new UuidV7(allotment.clock(), new SecureRandom()));
            var access = new Access(rootKeys.isEmpty() ? allotment.rootKeys()::accepts : given());

            config.startup.showJavalinBanner = false;
            config.startup.showOldJavalinVersionWarning = false;
            config.startup.startupWatcherEnabled = false;
            config.http.prefer405over404 = true;
            config.http.maxRequestSize = maxBodyBytes;
            config.router.ignoreTrailingSlashes = false;
            config.jetty.modifyHttpConfiguration(http -> http.setSendServerVersion(false));
            config.jetty.modifyServer(jetty -> {
                jetty.setErrorHandler(new UnreadableRequests(json, requestIds));
                jetty.setStopTimeout(STOP_MILLIS);
                jetty.setHandler(new GracefulHandler());
            });
            config.requestLogger.http(metrics::answered);

            config.routes.before(context -> {
                requestIds.assign(context);
                context.header("X-Content-Type-Options", "nosniff");
                access.check(context);
            });
            new Problems(json).addTo(config);
            new ServerRoutes(json, metrics, readiness).addTo(config.routes);

            var routes = new Routes(config.routes, json, allotment.requests(), maxBodyBytes);
            new TenancyRoutes(allotment.tenants()).addTo(routes);
            new IdentityRoutes(allotment.users()).addTo(routes);
            new CatalogRoutes(allotment.catalog()).addTo(routes);
            new SubscriptionRoutes(allotment.subscriptions()).addTo(routes);
            new CreditRoutes(allotment.credits()).addTo(routes);
            new SpendLimitRoutes(allotment.spendLimits()).addTo(routes);
            new QuotaRoutes(allotment.quotas()).addTo(routes);
            new UsageRoutes(allotment.usage()).addTo(routes);
            new GateRoutes(allotment.gate(), metrics).addTo(routes);
            new ReservationRoutes(allotment.gate(), metrics).addTo(routes);
            new NotificationRoutes(allotment.outbox()).addTo(routes);
        }

        /** Compares with every key given, so that the time tells nothing. */
        private Predicate<String> given() {
            var digests = List.copyOf(rootKeys);
            return key -> {
                var presented = Sha256.of(key);
                boolean known = false;
                for (var digest : digests) {
                    known |= MessageDigest.isEqual(digest, presented);
                }
                return known;
            };
        }
    }

    /** The port it listens on. */
    public int port() {
        return server.port();
    }

    /** What it answers, as {@code GET /livez}. */
    Set<String> routes() {
        return server.unsafe.internalRouter.allHttpHandlers().stream()
                .map(route -> route.endpoint)
                .filter(endpoint -> endpoint.method.isHttpMethod())
                .map(endpoint -> endpoint.method.name() + " " + endpoint.path)
                .collect(Collectors.toSet());
    }

    /** Stops listening; requests under way are answered first. */
    @Override
    public void close() {
        for (var connector : server.jettyServer().server().getConnectors()) {
            // Connections that wait for a next request need not wait long.
            ((AbstractConnector) connector).setShutdownIdleTimeout(IDLE_MILLIS);
        }
        server.stop();
        metrics.close();
    }
}
