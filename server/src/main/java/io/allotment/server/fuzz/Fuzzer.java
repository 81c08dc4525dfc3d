package io.allotment.server.fuzz;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.allotment.server.fuzz.ApiDocument.Operation;
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
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Sends requests made from a server's own {@code openapi.yaml} to it, right ones and wrong ones, and looks for answers that
 * must never be: a failure of the server, a status that is not documented, the inside of the program.
 */
public final class Fuzzer {

    private static final int CALLERS = 8;
    private static final int MAX_FINDINGS = 20;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final List<String> CONTENT_TYPES =
            List.of("text/plain", "application/xml", "application/json; charset=utf-16", "multipart/form-data", "x");

    /** A trace of Java, or of SQL. */
    private static final Pattern INSIDE =
            Pattern.compile("\\bat (io\\.allotment|java|org|com)\\.|Exception\\b|org\\.jooq|PSQL|SQLSTATE");

    /** Java's client sends nothing else in headers. */
    private static final Pattern INVISIBLE = Pattern.compile("[^!-~]");

    private static final ObjectMapper JSON = new ObjectMapper();

    private enum Fault {
        SERVER_ERROR,
        UNDOCUMENTED,
        LEAK
    }

    private final URI server;
    private final Optional<String> bearer;
    private final long seed;
    private final ApiDocument api;
    private final Known known = new Known();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    /** The operations that need not be asked often. */
    private final Set<String> seldom = ConcurrentHashMap.newKeySet();

    private final Set<String> succeeded = ConcurrentHashMap.newKeySet();
    private final Map<Integer, Long> statuses = new ConcurrentHashMap<>();
    private final Map<Fault, Long> faults = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> findings = new ConcurrentLinkedQueue<>();

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
        var answer = answer(HttpRequest.newBuilder(server.resolve("/openapi.yaml"))
                .timeout(PATIENCE)
                .build());
        if (answer.statusCode() != 200) {
            throw new IOException(server + " answers " + answer.statusCode() + " for /openapi.yaml");
        }
        this.api = new ApiDocument(answer.body());
        api.operations().stream()
                .filter(this::teachesLittle)
                .map(Operation::name)
                .forEach(seldom::add);
    }

    /**
     * There is one way alone to ask what takes nothing, after a tenant that is gone nothing is found, and a password is hashed
     * slowly on purpose.
     */
    private boolean teachesLittle(Operation operation) {
        Predicate<String> isPassword = field -> field.toLowerCase(Locale.ROOT).endsWith("password");
        var fields = operation.body().map(schema -> api.resolved(schema).path("properties"));
        return operation.parameters().isEmpty() && operation.body().isEmpty()
                || operation.name().equals("DELETE /v1/tenants/{tenant}")
                || fields.stream()
                        .flatMap(all -> all.properties().stream())
                        .anyMatch(field -> isPassword.test(field.getKey()));
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
                progress.accept(count() + " requests, " + findings.size() + " findings");
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
            if (seldom.contains(operation.name()) && random.nextInt(20) > 0) {
                continue;
            }
            try {
                send(operation, values, random);
            } catch (InterruptedException stopped) {
                return;
            } catch (IOException gone) {
                find(Fault.SERVER_ERROR, () -> operation.name() + ": no answer, " + gone);
            }
        }
    }

    /** Half of the requests are as they should be; in the others something is missing, hostile or too much. */
    private void send(Operation operation, Values values, SplittableRandom random)
            throws IOException, InterruptedException {
        boolean careful = random.nextBoolean();
        values.begin(careful);
        var path = operation.path();
        var query = new ArrayList<String>();
        var request = HttpRequest.newBuilder().timeout(PATIENCE);
        for (var parameter : operation.parameters()) {
            int inTen = parameter.required() ? (careful ? 10 : 9) : (careful ? 1 : 3);
            if (!parameter.in().equals("path") && random.nextInt(10) >= inTen) {
                continue;
            }
            var value = values.text(parameter.name(), parameter.schema());
            switch (parameter.in()) {
                case "path" -> path = path.replace("{" + parameter.name() + "}", encoded(value));
                case "query" -> query.add(parameter.name() + "=" + encoded(value));
                default ->
                    request.header(
                            parameter.name(),
                            filled(INVISIBLE.matcher(cut(value)).replaceAll("")));
            }
            if (parameter.name().equals("tenant")) {
                values.within(value);
            }
        }
        if (!careful && random.nextInt(20) == 0) {
            query.add("unknown=" + random.nextInt());
        }
        if (random.nextInt(100) > 0) {
            bearer.ifPresent(token -> request.header("Authorization", "Bearer " + token));
        }
        var body = body(operation, values, careful, random);
        if (body.length > 0) {
            boolean asItIs = careful || random.nextInt(30) > 0;
            request.header(
                    "Content-Type",
                    asItIs ? "application/json" : CONTENT_TYPES.get(random.nextInt(CONTENT_TYPES.size())));
        }
        var uri = server.resolve(path + (query.isEmpty() ? "" : "?" + String.join("&", query)));
        var answer = answer(request.uri(uri)
                .method(operation.method(), HttpRequest.BodyPublishers.ofByteArray(body))
                .build());
        judge(operation, body, answer);
        if (answer.statusCode() < 300) {
            succeeded.add(operation.name());
            learn(operation, values.tenant(), answer.body());
        }
    }

    /** None where the operation takes none, mostly; now and then with a byte that is not the right one. */
    private static byte[] body(Operation operation, Values values, boolean careful, SplittableRandom random) {
        if (!careful && random.nextInt(30) == 0) {
            return new byte[0];
        }
        var none = careful || random.nextInt(20) > 0 ? "" : "{}";
        var bytes = operation.body().map(values::json).orElse(none).getBytes(StandardCharsets.UTF_8);
        if (!careful && random.nextInt(30) == 0 && bytes.length > 0) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
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

    private void learn(Operation operation, String tenant, String answer) {
        try {
            known.learn(tenant, operation.part(), JSON.readTree(answer));
        } catch (IOException notJson) {
            // Other answers teach nothing.
        }
    }

    private void judge(Operation operation, byte[] body, HttpResponse<String> answer) {
        int status = answer.statusCode();
        statuses.merge(status, 1L, Long::sum);
        Supplier<String> finding = () -> operation.name() + " answers " + status + " to "
                + shown(answer.uri().toString())
                + (body.length == 0 ? "" : " with " + shown(new String(body, StandardCharsets.UTF_8)))
                + ": " + shown(answer.body());
        if (status >= 500) {
            find(Fault.SERVER_ERROR, finding);
        } else if (!operation.statuses().contains(Integer.toString(status))) {
            find(Fault.UNDOCUMENTED, finding);
        }
        if (status >= 400 && INSIDE.matcher(answer.body()).find()) {
            find(Fault.LEAK, finding);
        }
    }

    private void find(Fault fault, Supplier<String> finding) {
        faults.merge(fault, 1L, Long::sum);
        if (findings.size() < MAX_FINDINGS) {
            findings.add(finding.get());
        }
    }

    private long count() {
        return statuses.values().stream().mapToLong(Long::longValue).sum();
    }

    private Report report() {
        long refused = statuses.getOrDefault(401, 0L) + statuses.getOrDefault(429, 0L);
        return new Report(
                seed,
                count() - refused,
                refused,
                faults.getOrDefault(Fault.SERVER_ERROR, 0L),
                faults.getOrDefault(Fault.UNDOCUMENTED, 0L),
                faults.getOrDefault(Fault.LEAK, 0L),
                api.operations().size(),
                succeeded.size(),
                new TreeMap<>(statuses),
                List.copyOf(findings));
    }

    private static String shown(String text) {
        return text.length() <= 400 ? text : text.substring(0, 400) + "…";
    }

    /** What is longer is refused by the connection, before any route is looked for. */
    private static String cut(String value) {
        return value.substring(0, Math.min(value.length(), 300));
    }

    private static String filled(String value) {
        return value.isEmpty() ? "x" : value;
    }

    private static String encoded(String value) {
        return URLEncoder.encode(filled(cut(value)), StandardCharsets.UTF_8).replace("+", "%20");
    }
}
