package io.allotment.http;

import io.allotment.domain.gate.Decision;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What the server counts and times, for Prometheus. Labels are bounded: routes, not paths; no tenants. */
final class Metrics implements AutoCloseable {

    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2_500),
        Duration.ofSeconds(5)
    };

    private static final Set<HandlerType> KNOWN_METHODS = Set.copyOf(HandlerType.commonHttp());

    private record Answered(String method, String route, int status) {}

    /** The registry finds them too, but not as fast as each request wants it. */
    private final Map<Answered, Timer> timers = new ConcurrentHashMap<>();

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();

    Metrics() {
        new ClassLoaderMetrics().bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        collections.bindTo(registry);
    }

    /** Times an answered request by its route's template. */
    void answered(Context context, float milliseconds) {
        var route = context.endpoints().matchedHttpEndpoint();
        var method = KNOWN_METHODS.contains(context.method()) ? context.method().name() : "OTHER";
        var answered = new Answered(method, route == null ? "none" : route.path, context.statusCode());
        timers.computeIfAbsent(answered, this::timer).record(Duration.ofNanos((long) (milliseconds * 1_000_000)));
    }

    private Timer timer(Answered answered) {
        return Timer.builder("http.server.requests")
                .description("Requests answered, by route")
                .tag("method", answered.method())
                .tag("route", answered.route())
                .tag("status", Integer.toString(answered.status()))
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    /** Counts a new decision of the gate. */
    void decided(Decision decision) {
        registry.counter(
                        "allotment.gate.decisions",
                        "verb",
                        decision.verb().name(),
                        "outcome",
                        decision.allowed() ? "ALLOWED" : "DENIED",
                        "reason",
                        decision.denial().map(denial -> denial.reason().name()).orElse("NONE"))
                .increment();
    }

    /** Tells of these, too. */
    void add(MeterBinder meters) {
        meters.bindTo(registry);
    }

    String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}
