package io.allotment.server.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Collections.nCopies;
import static java.util.concurrent.CompletableFuture.runAsync;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Sends requests made from a server's own {@code openapi.yaml} to it, right ones and wrong ones, and looks for answers that
 * must never be: a failure of the server, a status that is not documented, the inside of the program.
 */
public final class Fuzzer {

    private static final int CALLERS = 8;
    private static final int REMEMBERED = 4;
    private static final int MAX_FINDINGS = 20;
    private static final int NO_ANSWER = 599;
    private static final List<String> CONTENT_TYPES =
            List.of("text/plain", "application/xml", "application/json; charset=utf-16", "multipart/form-data", "x");

    /** A password is hashed slowly on purpose, after a tenant that is gone nothing is found, and the manual is long. */
    private static final Pattern SELDOM =
            Pattern.compile("password|sign-up|^DELETE /v1/tenants/\\{tenant}$|^GET /[^/]+$");

    /** A trace of Java, or of SQL. */
    private static final Pattern INSIDE =
            Pattern.compile("\\bat (io\\.allotment|java|org|com)\\.|Exception\\b|org\\.jooq|PSQL|SQLSTATE");

    /** Leaves {@code user} of {@code userId}, {@code users} and {@code /v1/users/{user}}. */
    private static final Pattern AROUND = Pattern.compile("^.*[-/]|[{}]|(Id|s)$");

    private static final Pattern PERSON = Pattern.compile("^(owner|ownerUser|spender|from|to)$");
    private static final List<String> CHOICES = List.of("enum", "examples", "oneOf", "anyOf", "allOf");
    private static final JsonMapper JSON = new JsonMapper();

    private final URI server;
    private final Optional<String> bearer;
    private final long seed;
    private final List<String> hostile;
    private final JsonNode document;
    private final List<Operation> operations = new ArrayList<>();
    /** Some texts of answers, by what they name, in one tenant and in any: so that requests are about things that there are. */
    private final Map<String, String> known = new ConcurrentHashMap<>();
    /** What comes is read by the thread that hears of it: to wake another one costs more. */
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(Runnable::run)
            .build();

    private final Set<String> succeeded = new TreeSet<>();
    private final List<String> findings = new ArrayList<>();
    private long requests;
    private long failures;
    private long undocumented;
    private long leaks;

    private record Operation(String name, String method, String path, JsonNode described) {}

    /** What came of it. Requests that were answered 401 or 429 do not count: they reach nothing. Of findings it has the first. */
    public record Report(
            long seed,
            long requests,
            long serverErrors,
            long undocumented,
            long leaks,
            int operations,
            int succeeded,
            List<String> findings) {}

    /** Reads the server's document; throws {@link IOException} where there is none. A few requests go without the bearer. */
    public Fuzzer(URI server, Optional<String> bearer, long seed) throws IOException {
        this.server = server;
        this.bearer = bearer;
        this.seed = seed;
        var yaml = new YAMLMapper();
        hostile = List.of(yaml.readValue(Fuzzer.class.getResourceAsStream("hostile-values.yaml"), String[].class));
        document = yaml.readTree(server.resolve("/openapi.yaml").toURL().openStream());
        document.path("paths")
                .forEachEntry((path, item) -> item.forEachEntry((key, described) -> {
                    var method = key.toUpperCase(Locale.ROOT);
                    if (described.isObject()) {
                        item.path("parameters").forEach(described.withArrayProperty("parameters")::add);
                        operations.add(new Operation(method + " " + path, method, path, described));
                    }
                }));
    }

    /** Sends for so long; each caller at least once. */
    public Report run(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        IntStream.range(0, CALLERS)
                .mapToObj(i -> new Caller(new SplittableRandom(seed + i)))
                .map(caller -> runAsync(() -> caller.call(end), work -> new Thread(work, "fuzz").start()))
                .toList()
                .forEach(CompletableFuture::join);
        return new Report(seed, requests, failures, undocumented, leaks, operations.size(), succeeded.size(), findings);
    }

    private synchronized void judge(Operation operation, int status, String asked, String answer) {
        boolean surprises =
                status < 500 && !operation.described().path("responses").has("" + status);
        boolean tells = status >= 400 && INSIDE.matcher(answer).find();
        requests += status == 401 || status == 429 ? 0 : 1;
        failures += status >= 500 ? 1 : 0;
        undocumented += surprises ? 1 : 0;
        leaks += tells ? 1 : 0;
        succeeded.addAll(status < 300 ? Set.of(operation.name()) : Set.of());
        if ((status >= 500 || surprises || tells) && findings.size() < MAX_FINDINGS) {
            findings.add(operation.name() + " answers %d to %.400s: %.400s".formatted(status, asked, answer));
        }
    }

    /** Sends samples of what the document describes: every other request as it should be, the rest spoiled here and there. */
    private final class Caller {
        private final SplittableRandom random;
        private boolean careful;
        private String tenant = "";

        private Caller(SplittableRandom random) {
            this.random = random;
        }

        private void call(long end) {
            do {
                var operation = any(operations);
                if (!SELDOM.matcher(operation.name()).find() || oneIn(20)) {
                    careful = random.nextBoolean();
                    tenant = operation.path().contains("{tenant}") ? known.getOrDefault(slot("tenant"), "") : "";
                    send(operation);
                }
            } while (System.nanoTime() < end);
        }

        private void send(Operation operation) {
            var request = HttpRequest.newBuilder().timeout(Duration.ofSeconds(30));
            // The tenant's own account has its id.
            var path = operation.path().replaceAll("\\{(tenant|account)}", wrong(20) ? "$0" : tenant);
            var query = wrong(20) ? "?unknown=1" : "";
            for (var reference : operation.described().path("parameters")) {
                var parameter = resolved(reference);
                var name = parameter.path("name").asText();
                var text = text(name, parameter.path("schema"));
                if (parameter.path("in").asText().equals("path")) {
                    path = path.replace("{" + name + "}", text);
                } else if (parameter.path("required").asBoolean() ? wrong(10) : !oneIn(6)) {
                    continue;
                } else if (parameter.path("in").asText().equals("query")) {
                    query += (query.isEmpty() ? "?" : "&") + name + "=" + text;
                } else {
                    // Hardly ever a key that was used before.
                    request.header(name, text + (oneIn(20) ? "" : random.nextInt()));
                }
            }
            bearer.filter(key -> !oneIn(100)).ifPresent(key -> request.header("Authorization", "Bearer " + key));
            request.header("Content-Type", wrong(30) ? any(CONTENT_TYPES) : "application/json");
            var schema = operation.described().at("/requestBody/content/application~1json/schema");
            var json = schema.isMissingNode() ? wrong(20) ? "{}" : "" : wrong(30) ? "" : told("", sample(schema));
            var body = json.getBytes(UTF_8);
            if (body.length > 0 && wrong(30)) {
                body[random.nextInt(body.length)] = (byte) random.nextInt();
            }
            request.method(operation.method(), BodyPublishers.ofByteArray(body));
            var sent = request.uri(server.resolve(path + query)).build();
            var asked = sent.uri() + " with " + new String(body, UTF_8);
            try {
                // Once more where the connection had just been closed: that may happen to one that is used again.
                var answer = http.sendAsync(sent, BodyHandlers.ofString())
                        .exceptionallyCompose(closed -> http.sendAsync(sent, BodyHandlers.ofString()))
                        .join();
                judge(operation, answer.statusCode(), asked, answer.body());
                if (answer.statusCode() < 300 && answer.body().startsWith("{")) {
                    learn(operation.path(), JSON.readTree(answer.body()));
                }
            } catch (CompletionException | JsonProcessingException none) {
                judge(operation, NO_ANSWER, asked, none.toString());
            }
        }

        /** As it stands in paths, queries and headers: not empty, and no longer than connections let through. */
        private String text(String name, JsonNode schema) {
            var text = told(name, sample(schema)).replaceAll("(?<=.)\"$|^\"(?=.)", "");
            return URLEncoder.encode(text.substring(0, Math.min(text.length(), 300)), UTF_8)
                    .replace("+", "%20");
        }

        /** One that fits: an example, a bound, or made of its parts. */
        private JsonNode sample(JsonNode reference) {
            var schema = resolved(reference);
            var choice = CHOICES.stream().filter(schema::has).findFirst().orElse("");
            if (schema.has(choice) && (!schema.has("properties") || choice.equals("examples") && oneIn(2))) {
                var one = any(schema.path(choice).valueStream().toList());
                return choice.endsWith("Of") ? sample(one) : one;
            }
            var required = schema.path("required").toString();
            var object = JSON.createObjectNode();
            schema.path("properties").forEachEntry((name, property) -> {
                if (required.contains('"' + name + '"') || oneIn(careful ? 5 : 3)) {
                    object.set(name, sample(property));
                }
            });
            long least = schema.path("minimum").asLong(0) - (careful ? 0 : 1);
            long most = schema.path("maximum").asLong(least + 1_000) + (careful ? 0 : 1);
            var type = schema.path("type");
            return switch (type.path(0).asText(type.asText())) {
                case "object" -> object;
                case "array" -> object.arrayNode().add(sample(schema.path("items")));
                case "integer", "number" -> object.numberNode(random.nextLong(least, most + 1));
                case "boolean" -> object.booleanNode(random.nextBoolean());
                default -> object.textNode("x");
            };
        }

        /** In the text of JSON; where it is wrong, with a field that nobody knows, or all of them twice. */
        private String told(String name, JsonNode value) {
            if (wrong(20)) {
                int many = 1 << random.nextInt(17);
                return any(hostile).replace("OPEN", "[".repeat(many)).replace("SHUT", "]".repeat(many));
            } else if (value.isObject()) {
                var fields = new ArrayList<String>(wrong(20) ? List.of("\"unknown\":1") : List.of());
                value.forEachEntry((field, part) -> fields.add('"' + field + "\":" + told(field, part)));
                fields.removeIf(field -> wrong(20));
                fields.addAll(wrong(30) ? fields : List.of());
                return "{" + String.join(",", fields) + "}";
            } else if (value.isArray()) {
                var all = value.valueStream().map(one -> told(name, one)).toList();
                return "[" + String.join(",", nCopies(wrong(30) ? 300 : 1, String.join(",", all))) + "]";
            } else if (!value.isTextual()) {
                return value.toString();
            }
            var slot = slot(name);
            var like = value.textValue();
            var there = oneIn(8) ? like : known.getOrDefault(tenant + slot, known.getOrDefault(slot, like));
            boolean isNew = List.of("key", "slug", "name", "email").contains(name) && !oneIn(8);
            return TextNode.valueOf(isNew ? "x" + random.nextInt(1_000_000) + like : there)
                    .toString();
        }

        private String slot(String name) {
            var kind = AROUND.matcher(name).replaceAll("");
            return PERSON.matcher(kind).replaceAll("user") + random.nextInt(REMEMBERED);
        }

        /** A thing is named by its first field, a list by anything in it. */
        private void learn(String name, JsonNode value) {
            if (value.isTextual()) {
                var slot = slot(name);
                known.put(slot, value.textValue());
                known.put(tenant + slot, value.textValue());
            } else if (!value.isEmpty()) {
                var parts = value.valueStream().toList();
                learn(name, value.isArray() ? any(parts) : parts.get(0));
            }
            value.forEachEntry(this::learn);
        }

        /** Whether something is wrong this time: now and then, and never in a careful request. */
        private boolean wrong(int times) {
            return !careful && oneIn(times);
        }

        private boolean oneIn(int times) {
            return random.nextInt(times) == 0;
        }

        private <T> T any(List<T> list) {
            return list.get(random.nextInt(list.size()));
        }
    }

    /** What a reference stands for; anything else is itself. */
    private JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? document.at(node.path("$ref").asText().substring(1)) : node;
    }
}
