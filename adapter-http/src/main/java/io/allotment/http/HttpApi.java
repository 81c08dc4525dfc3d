package io.allotment.http;

import static java.util.Objects.requireNonNull;

import io.allotment.Allotment;
import io.allotment.application.apikey.RootKeyForm;
import io.allotment.application.shared.Tokens;
import io.allotment.application.shared.UuidV7;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.IpRange;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;

/**
 * Allotment over HTTP: {@code HttpApi.of(allotment).port(8080).start()}. What it serves is written in {@code openapi.yaml},
 * which it serves too, at {@code /openapi.yaml} and for reading at {@code /docs}.
 *
 * <p>Everything under {@code /v1} but the way in needs a bearer token. {@code /livez}, {@code /readyz}, {@code /metrics} and
 * the manual are open to everybody who reaches the port: it listens on loopback alone unless told otherwise.
 *
 * <p>Every POST that changes something, but those of signing in, needs an {@code Idempotency-Key}, and is done and answered
 * once for it. What goes wrong is answered as RFC 9457 has it, with the request's id, which is on every answer as {@code X-Request-Id}.
 *
 * <p>It owns its threads and its port, and not the {@link Allotment} it serves.
 */
public final class HttpApi implements AutoCloseable {

    private static final long IDLE_MILLIS = 50;
    private static final Pattern ORIGIN = Pattern.compile("https?://[a-z0-9.:\\[\\]-]+");

    private final Javalin server;
    private final Metrics metrics;
    private final Allotment allotment;

    private HttpApi(Javalin server, Metrics metrics, Allotment allotment) {
        this.server = server;
        this.metrics = metrics;
        this.allotment = allotment;
    }

    /**
     * How many requests callers may send in a minute, evenly or at once; 0 for any number. An API key may have a limit of its
     * own beside these. The bearer of a root key and operators are held to none.
     *
     * @param tenantPerMinute with all API keys of a tenant together
     * @param userPerMinute of somebody who signed in
     * @param strangerPerMinute from one address, of those who show no key or token that is known
     */
    public record RateLimits(int tenantPerMinute, int userPerMinute, int strangerPerMinute) {

        public static final RateLimits DEFAULT = new RateLimits(60_000, 1_200, 300);
        public static final RateLimits NONE = new RateLimits(0, 0, 0);

        public RateLimits {
            if (tenantPerMinute < 0 || userPerMinute < 0 || strangerPerMinute < 0) {
                throw new IllegalArgumentException("a rate limit is 0 or more");
            }
        }
    }

    /** Pages that are shown to browsers beside the API. */
    public interface Pages {

        /**
         * Answers a request.
         *
         * @param method of HTTP
         * @param path below the one they are shown at
         * @param form what was sent with it
         */
        Page answer(String method, String path, Map<String, String> form);
    }

    /**
     * A page.
     *
     * @param status of HTTP
     */
    public record Page(int status, String html) {}

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
        private RateLimits rateLimits = RateLimits.DEFAULT;
        private LongSupplier nanoseconds = System::nanoTime;
        private Duration webhookPatience = WebhookRoutes.PATIENCE;
        private final Set<String> allowedOrigins = new LinkedHashSet<>();
        private final List<IpRange> trustedProxies = new ArrayList<>();
        private boolean reachedByHttps;
        private final List<MeterBinder> meters = new ArrayList<>();
        private final Map<String, Pages> pages = new LinkedHashMap<>();
        private Duration requestTimeout = Duration.ofSeconds(30);

        private Builder(Allotment allotment) {
            this.allotment = requireNonNull(allotment, "allotment");
        }

        /** Accepts this key, and the others given like this. Where none is given, those that {@code rootKeys()} made. */
        public Builder rootKey(String key) {
            if (RootKeyForm.isAnothers(key)) {
                throw new IllegalArgumentException("a root key must not look like another key or token");
            }
            return rootKeySha256(Tokens.sha256(key));
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

        /** How many requests callers may send in a minute; {@link RateLimits#DEFAULT} where nothing is said. */
        public Builder rateLimits(RateLimits limits) {
            this.rateLimits = requireNonNull(limits, "limits");
            return this;
        }

        /** What the limits measure time by. */
        Builder nanoseconds(LongSupplier source) {
            this.nanoseconds = requireNonNull(source, "source");
            return this;
        }

        /** How long an event of a gateway is waited for, until it is applied. */
        Builder webhookPatience(Duration time) {
            this.webhookPatience = requireNonNull(time, "time");
            return this;
        }

        /**
         * Lets pages of this origin call the API from a browser, as others given like this; where none is given, no page of
         * another origin can.
         *
         * @param origin exactly as browsers send it, such as {@code https://app.example.com}
         */
        public Builder allowedOrigin(String origin) {
            if (!ORIGIN.matcher(origin).matches()) {
                throw new IllegalArgumentException(
                        "an origin has the form https://app.example.com, without a path or a slash at its end: "
                                + origin);
            }
            allowedOrigins.add(origin);
            return this;
        }

        /**
         * Believes what this proxy says of where a request came from ({@code X-Forwarded-For}, {@code X-Forwarded-Proto}), as
         * others given like this; where none is given, a request comes from where its connection does.
         *
         * @param addresses one address, or a block such as {@code 10.0.0.0/8}
         */
        public Builder trustedProxy(String addresses) {
            try {
                trustedProxies.add(IpRange.of(addresses));
            } catch (InvalidValue wrong) {
                throw new IllegalArgumentException("a trusted proxy " + wrong.problem() + ": " + addresses, wrong);
            }
            return this;
        }

        /** Says that everybody reaches it by https alone, and has browsers keep to that, also where it cannot tell. */
        public Builder reachedByHttps(boolean always) {
            this.reachedByHttps = always;
            return this;
        }

        /** How long a request may take to arrive, and a connection to be silent: 30 seconds where nothing is said. */
        public Builder requestTimeout(Duration time) {
            if (time.toMillis() < 1) {
                throw new IllegalArgumentException("at least a millisecond, not " + time);
            }
            this.requestTimeout = time;
            return this;
        }

        /** Tells of these at {@code /metrics}, too, as of others given like this. */
        public Builder meters(MeterBinder more) {
            meters.add(requireNonNull(more, "more"));
            return this;
        }

        /**
         * Shows pages of somebody else's below the path, open to everybody who reaches the port.
         *
         * @param path such as {@code /sandbox}
         */
        public Builder pages(String path, Pages answering) {
            this.pages.put(requireNonNull(path, "path"), requireNonNull(answering, "answering"));
            return this;
        }

        /** Listens from now on, until it is closed. Throws {@link IllegalStateException} where the port is taken. */
        public HttpApi start() {
            var metrics = new Metrics();
            meters.forEach(metrics::add);
            var server = Javalin.create(config -> configure(config, metrics));
            try {
                server.start(host, port);
                bound(server);
                return new HttpApi(server, metrics, allotment);
            } catch (RuntimeException e) {
                metrics.close();
                throw new IllegalStateException("cannot listen on " + host + ":" + port + ": " + e.getMessage(), e);
            }
        }

        private void bound(Javalin server) {
            for (var connector : server.jettyServer().server().getConnectors()) {
                ((AbstractConnector) connector).setIdleTimeout(requestTimeout.toMillis());
                connector.addEventListener(new RequestDeadline(connector.getScheduler(), requestTimeout));
            }
        }

        private void configure(JavalinConfig config, Metrics metrics) {
            var json = new Json();
            var requestIds = new RequestIds(new UuidV7(allotment.clock(), new SecureRandom()));
            var addresses = new RemoteAddresses(trustedProxies);
            var headers = new SecurityHeaders(addresses, reachedByHttps);
            var cors = new Cors(allowedOrigins);
            var access = new Access(
                    allotment,
                    rootKeys.isEmpty() ? allotment.rootKeys()::accepts : given(),
                    addresses,
                    new Throttle(rateLimits, nanoseconds));

            config.startup.showJavalinBanner = false;
            config.startup.showOldJavalinVersionWarning = false;
            config.startup.startupWatcherEnabled = false;
            config.http.prefer405over404 = true;
            config.http.maxRequestSize = maxBodyBytes;
            config.router.ignoreTrailingSlashes = false;
            config.jetty.modifyHttpConfiguration(http -> {
                http.setSendServerVersion(false);
                // Else a header that a connection had before stands for one that differs in case alone: a token does
                // too.
                http.setHeaderCacheCaseSensitive(true);
            });
            config.jetty.modifyServer(jetty -> {
                jetty.setErrorHandler(new UnreadableRequests(json, requestIds));
                jetty.setStopTimeout(STOP_MILLIS);
                var lingering = new LingeringClose(requestTimeout);
                lingering.setHandler(new GracefulHandler());
                jetty.setHandler(lingering);
            });
            config.requestLogger.http(metrics::answered);

            config.routes.before(context -> {
                requestIds.assign(context);
                headers.put(context);
                if (cors.answers(context)) {
                    context.skipRemainingHandlers();
                } else {
                    access.check(context);
                }
            });
            new Problems(json).addTo(config);
            new ServerRoutes(json, metrics, readiness).addTo(config.routes);
            pages.forEach((path, answering) -> new PageRoutes(path, answering).addTo(config.routes));

            var routes = new Routes(config.routes, json, maxBodyBytes);
            new TenancyRoutes().addTo(routes);
            new MemberRoutes().addTo(routes);
            new TeamRoutes().addTo(routes);
            new InvitationRoutes(routes).add();
            new BillingRoutes(routes).add();
            new PaymentRoutes(routes).add();
            new MeteringRoutes().addTo(routes);
            new WebhookRoutes(access, webhookPatience).addTo(routes);
            new IdentityRoutes().addTo(routes);
            new MeRoutes().addTo(routes);
            new SignInRoutes().addTo(routes);
            new AccessRoutes().addTo(routes);
            new CatalogRoutes().addTo(routes);
            new AiRoutes().addTo(routes);
            new SubscriptionRoutes().addTo(routes);
            new PlanMigrationRoutes().addTo(routes);
            new CreditRoutes().addTo(routes);
            new SpendLimitRoutes().addTo(routes);
            new ApiKeyRoutes().addTo(routes);
            new QuotaRoutes().addTo(routes);
            new UsageRoutes(metrics).addTo(routes);
            new GateRoutes(metrics).addTo(routes);
            new ReservationRoutes(metrics).addTo(routes);
            new NotificationRoutes().addTo(routes);
            new AuditRoutes().addTo(routes);
            new RetentionRoutes().addTo(routes);
            new PersonalDataRoutes().addTo(routes);
            new DeadLetterRoutes().addTo(routes);
            new CustomerErasureRoutes().addTo(routes);
        }

        /** Compares with every key given, so that the time tells nothing. */
        private Predicate<String> given() {
            var digests = List.copyOf(rootKeys);
            return key -> {
                var presented = Tokens.sha256(key);
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
        allotment.apiKeys().writeUses();
    }
}
