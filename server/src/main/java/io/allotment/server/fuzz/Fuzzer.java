package io.allotment.server.fuzz;

import static java.util.concurrent.CompletableFuture.runAsync;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Sends requests made from a server's own {@code openapi.yaml} to it, right ones and wrong ones, and looks for answers that
 * must never be: a failure of the server, a status that is not documented, the inside of the program.
 */
public final class Fuzzer {

    private static final int CALLERS = 8;
    private static final int MAX_FINDINGS = 20;
    private static final int NO_ANSWER = 599;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final List<String> CONTENT_TYPES =
            List.of("text/plain", "application/xml", "application/json; charset=utf-16", "multipart/form-data", "x");

    /** A password is hashed slowly on purpose, after a tenant that is gone nothing is found, and the manual is long. */
    private static final Pattern SELDOM =
            Pattern.compile("password|sign-up|^DELETE /v1/tenants/\\{tenant}$|^GET /[^/]+$");

    /** A trace of Java, or of SQL. */
    private static final Pattern INSIDE =
            Pattern.compile("\\bat (io\\.allotment|java|org|com)\\.|Exception\\b|org\\.jooq|PSQL|SQLSTATE");

    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI server;
    private final Optional<String> bearer;
    private final long seed;
    private final JsonNode document;
    private final List<String> hostile;
    private final List<Operation> operations = new ArrayList<>();
    private final Known known = new Known();
    /** What comes is read by the thread that hears of it: to wake another one costs more. */
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(Runnable::run)
            .build();

    private final Map<Integer, Long> statuses = new TreeMap<>();
    private final Set<String> succeeded = ConcurrentHashMap.newKeySet();
    private final List<String> findings = new ArrayList<>();
    private long undocumented;
    private long leaks;

    /** @param part what a thing that it answers is called in the paths that go on: {@code tenant} for {@code /v1/tenants} */
    private record Operation(String name, String method, String path, JsonNode described, String part) {}

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
        var answer = answer(HttpRequest.newBuilder(server.resolve("/openapi.yaml")));
        if (answer.statusCode() != 200) {
            throw new IOException(server + " answers " + answer.statusCode() + " for /openapi.yaml");
        }
        document = new YAMLMapper().readTree(answer.body());
        for (var path : document.path("paths").properties()) {
            for (var method : path.getValue().properties()) {
                if (method.getValue() instanceof ObjectNode described) {
                    path.getValue()
                            .path("parameters")
                            .forEach(shared -> described.withArray("parameters").add(shared));
                    operations.add(operation(method.getKey().toUpperCase(Locale.ROOT), path.getKey(), described));
                }
            }
        }
        try (var table = Fuzzer.class.getResourceAsStream("hostile-values.txt")) {
            var lines = new String(table.readAllBytes(), StandardCharsets.UTF_8).lines();
            hostile = lines.filter(line -> !line.matches("#.*|")).toList();
        }
    }

    private Operation operation(String method, String path, JsonNode described) {
        var parts = document.path("paths")
                .propertyStream()
                .filter(longer -> longer.getKey().startsWith(path + "/{"))
                .map(longer -> longer.getKey().substring(path.length() + 2).replaceFirst("}.*", ""));
        return new Operation(
                method + " " + path, method, path, described, parts.findFirst().orElse(""));
    }

    /** @param progress is told now and then how far it is */
    public Report run(Duration time, Consumer<String> progress) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        var threads = Executors.newFixedThreadPool(CALLERS);
        try {
            var callers = IntStream.range(0, CALLERS)
                    .mapToObj(i -> runAsync(() -> call(new SplittableRandom(seed + i), end), threads))
                    .toList();
            threads.shutdown();
            while (!threads.awaitTermination(Math.max(1, time.toSeconds() / 10), TimeUnit.SECONDS)) {
                progress.accept(report().requests() + " requests, "
                        + report().findings().size() + " findings");
            }
            callers.forEach(CompletableFuture::join);
        } finally {
            threads.shutdownNow();
        }
        return report();
    }

    private void call(SplittableRandom random, long end) {
        while (System.nanoTime() < end && !Thread.currentThread().isInterrupted()) {
            var operation = operations.get(random.nextInt(operations.size()));
            if (SELDOM.matcher(operation.name()).find() && random.nextInt(20) > 0) {
                continue;
            }
            try {
                // Half of the requests are as they should be.
                send(operation, new Values(document, hostile, known, random, random.nextBoolean()));
            } catch (InterruptedException stopped) {
                return;
            } catch (IOException gone) {
                judge(operation, NO_ANSWER, "a request", "none, " + gone.getMessage());
            }
        }
    }

    private void send(Operation operation, Values values) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder();
        var tenant = "";
        var path = operation.path();
        var query = values.wrong(20) ? "?unknown=1" : "?";
        for (var reference : operation.described().path("parameters")) {
            var parameter = values.resolved(reference);
            var name = parameter.path("name").asText();
            var text = values.text(tenant, name, parameter.path("schema"));
            tenant = name.equals("tenant") ? text : tenant;
            if (parameter.path("in").asText().equals("path")) {
                path = path.replace("{" + name + "}", encoded(text));
            } else if (parameter.path("required").asBoolean() ? values.wrong(10) : !values.oneIn(6)) {
                continue;
            } else if (parameter.path("in").asText().equals("query")) {
                query += "&" + name + "=" + encoded(text);
            } else {
                // Java's client sends nothing else in headers.
                request.header(name, text.replaceAll("[^!-~]", "x"));
            }
        }
        if (bearer.isPresent() && !values.oneIn(100)) {
            request.header("Authorization", "Bearer " + bearer.get());
        }
        var body = body(operation, tenant, values);
        if (body.length > 0) {
            request.header("Content-Type", values.wrong(30) ? values.any(CONTENT_TYPES) : "application/json");
        }
        var uri = server.resolve(path + (query.length() > 1 ? query : ""));
        var answer = answer(request.uri(uri).method(operation.method(), HttpRequest.BodyPublishers.ofByteArray(body)));
        var asked = uri + " with " + new String(body, StandardCharsets.UTF_8);
        judge(operation, answer.statusCode(), asked, answer.body());
        if (answer.statusCode() < 300) {
            learn(operation, tenant, answer.body());
        }
    }

    /** None where the operation takes none, mostly; now and then with a byte that is not the right one. */
    private static byte[] body(Operation operation, String tenant, Values values) {
        var content = values.resolved(operation.described().path("requestBody")).path("content");
        var json = content.has("application/json")
                ? values.json(tenant, content.at("/application~1json/schema"))
                : values.wrong(20) ? "{}" : "";
        var bytes = (values.wrong(30) ? "" : json).getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 0 && values.wrong(30)) {
            bytes[values.random().nextInt(bytes.length)] =
                    (byte) values.random().nextInt();
        }
        return bytes;
    }

    /** Asked once more where the connection had just been closed: that may happen to one that is used again. */
    private HttpResponse<String> answer(HttpRequest.Builder asked) throws IOException, InterruptedException {
        var request = asked.timeout(PATIENCE).build();
        try {
            return http.send(request, BodyHandlers.ofString());
        } catch (IOException closed) {
            return http.send(request, BodyHandlers.ofString());
        }
    }

    private synchronized void judge(Operation operation, int status, String asked, String answer) {
        boolean fails = status >= 500;
        boolean surprises = !fails && !operation.described().path("responses").has(Integer.toString(status));
        boolean tells = status >= 400 && INSIDE.matcher(answer).find();
        statuses.merge(status, 1L, Long::sum);
        undocumented += surprises ? 1 : 0;
        leaks += tells ? 1 : 0;
        if ((fails || surprises || tells) && findings.size() < MAX_FINDINGS) {
            findings.add(operation.name() + " answers " + status + " to " + shown(asked) + ": " + shown(answer));
        }
    }

    private void learn(Operation operation, String tenant, String answer) {
        succeeded.add(operation.name());
        try {
            known.learn(tenant, operation.part(), JSON.readTree(answer));
        } catch (JsonProcessingException notJson) {
            // Other answers teach nothing.
        }
    }

    private synchronized Report report() {
        long refused = count(Set.of(401, 429)::contains);
        return new Report(
                seed,
                count(status -> true) - refused,
                refused,
                count(status -> status >= 500),
                undocumented,
                leaks,
                operations.size(),
                succeeded.size(),
                new TreeMap<>(statuses),
                List.copyOf(findings));
    }

    private long count(Predicate<Integer> which) {
        return statuses.keySet().stream().filter(which).mapToLong(statuses::get).sum();
    }

    private static String shown(String text) {
        return text.length() <= 400 ? text : text.substring(0, 400) + "…";
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
