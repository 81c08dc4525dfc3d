package io.allotment.server.fuzz;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Sends requests made from a server's own {@code openapi.yaml} to it, right ones and wrong ones, and looks for answers that
 * must never be: a failure of the server, a status that is not documented, the inside of the program.
 */
public final class Fuzzer {

    private static final int CALLERS = 4;
    private static final int MAX_FINDINGS = 20;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final List<String> CONTENT_TYPES =
            List.of("text/plain", "application/xml", "application/json; charset=utf-16", "multipart/form-data", "x");

    /** A trace of Java, or of SQL. */
    private static final Pattern INSIDE =
            Pattern.compile("\\bat (io\\.allotment|java|org|com)\\.|Exception\\b|org\\.jooq|PSQL|SQLSTATE", 0);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI server;
    private final Optional<String> bearer;
    private final long seed;
    private final ApiDocument api;
    private final Known known = new Known();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    private final Map<Integer, Long> statuses = new TreeMap<>();
    /** The operations that were answered with success. */
    private final Set<String> succeeded = ConcurrentHashMap.newKeySet();

    private final List<String> findings = new ArrayList<>();
    private final AtomicLong serverErrors = new AtomicLong();
    private final AtomicLong undocumented = new AtomicLong();
    private final AtomicLong leaks = new AtomicLong();

    /**
     * What came of it.
     *
     * @param requests without those that were answered 401 or 429, which reach nothing
     * @param refused those
     * @param operations how many the document has
     * @param succeeded how many of them were answered with success at least once
     * @param findings the first of them, as sentences
     */
    public record Report(
            long seed,
            long requests,
            long refused,
            long serverErrors,
            long undocumented,
            long leaks,
            int operations,
            int succeeded,
            Map<Integer, Long> statuses,
            List<String> findings) {

        public boolean isClean() {
            return serverErrors == 0 && undocumented == 0 && leaks == 0;
        }
    }

    /**
     * Reads the server's document. Throws {@link IOException} where there is none.
     *
     * @param bearer sent with each request but a few
     */
    public Fuzzer(URI server, Optional<String> bearer, long seed) throws IOException, InterruptedException {
        this.server = server;
        this.bearer = bearer;
        this.seed = seed;
        var answer = http.send(
                HttpRequest.newBuilder(server.resolve("/openapi.yaml"))
                        .timeout(PATIENCE)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException(server + " answers " + answer.statusCode() + " for /openapi.yaml");
        }
        this.api = new ApiDocument(answer.body());
    }

    /** @param progress is told now and then how far it is */
    public Report run(Duration time, Consumer<String> progress) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        var callers = Executors.newFixedThreadPool(CALLERS);
        try {
            for (int i = 0; i < CALLERS; i++) {
                var random = new SplittableRandom(seed + i);
                callers.execute(() -> call(random, end));
            }
            callers.shutdown();
            long each = Math.max(1, time.toSeconds() / 10);
            while (!callers.awaitTermination(each, TimeUnit.SECONDS)) {
                progress.accept(count() + " requests, " + findings().size() + " findings");
            }
        } finally {
            callers.shutdownNow();
        }
        return report();
    }

    private void call(SplittableRandom random, long end) {
        var values = new Values(api, known, random);
        while (System.nanoTime() < end && !Thread.currentThread().isInterrupted()) {
            var operation = api.operations().get(random.nextInt(api.operations().size()));
            if (isSeldom(operation) && random.nextInt(20) > 0) {
                continue;
            }
            try {
                send(operation, values, random);
            } catch (InterruptedException stopped) {
                return;
            } catch (IOException gone) {
                serverErrors.incrementAndGet();
                find(operation + ": no answer, " + gone);
            }
        }
    }

    /** A tenant that is gone teaches nothing, and a password is hashed slowly on purpose. */
    private boolean isSeldom(ApiDocument.Operation operation) {
        return operation.toString().equals("DELETE /v1/tenants/{tenant}")
                || operation.body().stream()
                        .flatMap(schema -> api.resolved(schema).path("properties").properties().stream())
                        .anyMatch(property ->
                                property.getKey().toLowerCase(Locale.ROOT).endsWith("password"));
    }

    private void send(ApiDocument.Operation operation, Values values, SplittableRandom random)
            throws IOException, InterruptedException {
        boolean careful = random.nextInt(10) < 7;
        values.begin(careful);
        var query = new ArrayList<String>();
        var path = operation.path();
        var request = HttpRequest.newBuilder().timeout(PATIENCE);
        for (var parameter : operation.parameters()) {
            if (!parameter.required() && random.nextInt(careful ? 10 : 3) > 0) {
                continue;
            }
            var value = values.text(parameter.name(), parameter.schema());
            switch (parameter.in()) {
                case "path" -> {
                    path = path.replace("{" + parameter.name() + "}", encoded(cut(value)));
                    if (parameter.name().equals("tenant")) {
                        values.within(value);
                    }
                }
                case "query" -> query.add(parameter.name() + "=" + encoded(cut(value)));
                default -> {
                    if (random.nextInt(30) > 0) {
                        request.header(
                                parameter.name(),
                                visible(
                                        parameter.name().equals("Idempotency-Key") && random.nextInt(4) > 0
                                                ? "key-" + random.nextInt(1_000_000)
                                                : value));
                    }
                }
            }
        }
        if (!careful && random.nextInt(20) == 0) {
            query.add("unknown=" + random.nextInt());
        }
        var uri = server.resolve(path + (query.isEmpty() ? "" : "?" + String.join("&", query)));
        if (random.nextInt(100) > 0) {
            bearer.ifPresent(token -> request.header("Authorization", "Bearer " + token));
        }
        var body = body(operation, values, careful, random);
        body.ifPresent(text -> request.header(
                "Content-Type",
                !careful && random.nextInt(30) == 0
                        ? CONTENT_TYPES.get(random.nextInt(CONTENT_TYPES.size()))
                        : "application/json"));
        request.method(
                operation.method(),
                body.map(HttpRequest.BodyPublishers::ofByteArray).orElseGet(HttpRequest.BodyPublishers::noBody));
        var answer = answer(request.uri(uri).build());
        judge(operation, uri, body, answer);
        if (answer.statusCode() < 300) {
            succeeded.add(operation.toString());
            learn(operation, values.tenant(), answer.body());
        }
    }

    private void learn(ApiDocument.Operation operation, String tenant, String answer) {
        try {
            known.learn(tenant, api.partsOf(operation.path()), JSON.readTree(answer));
        } catch (IOException notJson) {
            // Other answers teach nothing.
        }
    }

    /** Sent once more where the connection had just been closed: that may happen to a connection that is used again. */
    private HttpResponse<String> answer(HttpRequest request) throws IOException, InterruptedException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (HttpTimeoutException late) {
            throw late;
        } catch (IOException closed) {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        }
    }

    private Optional<byte[]> body(
            ApiDocument.Operation operation, Values values, boolean careful, SplittableRandom random) {
        if (operation.body().isEmpty() && (careful || random.nextInt(20) > 0) || !careful && random.nextInt(30) == 0) {
            return Optional.empty();
        }
        var text = operation.body().map(schema -> values.json("", schema)).orElse("{}");
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        if (!careful && random.nextInt(30) == 0 && bytes.length > 0) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return Optional.of(bytes);
    }

    private void judge(ApiDocument.Operation operation, URI uri, Optional<byte[]> body, HttpResponse<String> answer) {
        int status = answer.statusCode();
        synchronized (statuses) {
            statuses.merge(status, 1L, Long::sum);
        }
        if (status >= 500) {
            serverErrors.incrementAndGet();
            find(told(operation, uri, body, answer));
        } else if (!operation.statuses().contains(Integer.toString(status))) {
            undocumented.incrementAndGet();
            find(told(operation, uri, body, answer));
        }
        if (status >= 400 && INSIDE.matcher(answer.body()).find()) {
            leaks.incrementAndGet();
            find(told(operation, uri, body, answer));
        }
    }

    private static String told(
            ApiDocument.Operation operation, URI uri, Optional<byte[]> body, HttpResponse<String> answer) {
        return operation + " answers " + answer.statusCode() + " to " + shown(uri.getRawPath())
                + Optional.ofNullable(uri.getRawQuery())
                        .map(query -> "?" + shown(query))
                        .orElse("")
                + body.map(bytes -> " with " + shown(new String(bytes, StandardCharsets.UTF_8)))
                        .orElse("")
                + ": " + shown(answer.body());
    }

    private static String shown(String text) {
        return text.length() <= 400 ? text : text.substring(0, 400) + "…";
    }

    private void find(String finding) {
        synchronized (findings) {
            if (findings.size() < MAX_FINDINGS) {
                findings.add(finding);
            }
        }
    }

    private List<String> findings() {
        synchronized (findings) {
            return List.copyOf(findings);
        }
    }

    private long count() {
        synchronized (statuses) {
            return statuses.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    private Report report() {
        synchronized (statuses) {
            long refused = statuses.getOrDefault(401, 0L) + statuses.getOrDefault(429, 0L);
            return new Report(
                    seed,
                    count() - refused,
                    refused,
                    serverErrors.get(),
                    undocumented.get(),
                    leaks.get(),
                    api.operations().size(),
                    succeeded.size(),
                    Map.copyOf(statuses),
                    findings());
        }
    }

    /** What is longer is refused by the connection, before any route is looked for. */
    private static String cut(String value) {
        return value.substring(0, Math.min(value.length(), 300));
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value.isEmpty() ? "x" : value, StandardCharsets.UTF_8)
                .replace("+", "%20");
    }

    /** Java's client sends nothing else in headers. */
    private static String visible(String value) {
        var text = cut(value)
                .codePoints()
                .filter(c -> c >= '!' && c <= '~')
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
        return text.isEmpty() ? "x" : text;
    }
}
