package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.allotment.testkit.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The server as its operator runs it: a process of its own that is talked to over HTTP, stopped, killed, and started again. */
@Timeout(180)
class ServeCommandTest {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:\\d+");
    private static final Pattern ROOT_KEY = Pattern.compile("allot_root_\\w+");

    @TempDir
    Path directory;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void endWhatStillRuns() throws InterruptedException {
        for (var process : started) {
            process.destroy();
            process.waitFor();
        }
    }

    /** A server that listens, and what it printed until then. */
    private record Running(Process process, String address, String printed) {

        String shownRootKey() {
            var found = ROOT_KEY.matcher(printed);
            assertThat(found.find()).as("a root key in: " + printed).isTrue();
            return found.group();
        }

        HttpResponse<String> get(String path, String key) throws IOException, InterruptedException {
            return send(HttpRequest.newBuilder().GET(), path, key);
        }

        HttpResponse<String> post(String path, String key, String idempotencyKey, String body)
                throws IOException, InterruptedException {
            var request = HttpRequest.newBuilder()
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .header("Content-Type", "application/json")
                    .header("Idempotency-Key", idempotencyKey);
            return send(request, path, key);
        }

        private HttpResponse<String> send(HttpRequest.Builder request, String path, String key)
                throws IOException, InterruptedException {
            return CLIENT.send(
                    request.uri(URI.create(address + path))
                            .header("Authorization", "Bearer " + key)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    private Process process(Map<String, String> environment, String... options) throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                // The server's own, not the tests'.
                "-Dlogback.configurationFile=logback.xml",
                Main.class.getName(),
                "serve"));
        command.addAll(List.of(options));
        var builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("ALLOTMENT_"));
        builder.environment().putAll(environment);
        var process =
                builder.redirectError(directory.resolve("err.txt").toFile()).start();
        started.add(process);
        return process;
    }

    private Running serve(Map<String, String> environment, String... options) throws IOException {
        var process = process(environment, options);
        var printed = new StringBuilder();
        var reader = process.inputReader();
        for (var line = reader.readLine(); line != null; line = reader.readLine()) {
            printed.append(line).append('\n');
            if (line.contains("-d '{")) {
                var address = ADDRESS.matcher(printed);
                assertThat(address.find()).as("an address in: " + printed).isTrue();
                return new Running(process, address.group(), printed.toString());
            }
        }
        throw new AssertionError("It ended, saying: " + printed + Files.readString(directory.resolve("err.txt")));
    }

    private Running serve() throws IOException {
        return serve(Map.of(), "--data", "data", "--port", "0");
    }

    private static JsonNode json(HttpResponse<String> response) throws IOException {
        assertThat(response.statusCode()).as(response.body()).isBetween(200, 299);
        return new JsonMapper().readTree(response.body());
    }

    /** While its database is there: without one it would look for it for a while. */
    private static void stop(Running server) throws InterruptedException {
        server.process().destroy();
        assertThat(server.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
    }

    private static void kill(Running server) throws InterruptedException {
        server.process().destroyForcibly();
        assertThat(server.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void from_an_empty_directory_to_a_durable_decision_over_http() throws Exception {
        var first = serve();
        var key = first.shownRootKey();
        assertThat(first.get("/readyz", "nobody").statusCode()).isEqualTo(200);
        assertThat(first.get("/v1/tenants", "nobody").statusCode()).isEqualTo(401);

        json(first.post("/v1/features", key, "feature", """
                {"key": "minutes", "name": "Minutes", "kind": "CONSUMED", "unit": "minute"}"""));
        json(first.post("/v1/operations", key, "operation", """
                {"key": "transcribe.minute", "category": "transcription", "creditRate": "0.5", "feature": "minutes"}"""));
        json(first.post("/v1/plans", key, "plan", """
                {"key": "pro", "name": "Pro", "entitlements": [
                 {"feature": "minutes", "quota": {"limit": "1000", "reset": "BILLING_CYCLE"}}]}"""));
        var tenant =
                json(first.post("/v1/tenants", key, "tenant", """
                {"name": "Acme", "slug": "acme"}""")).get("id").asText();
        var account = "/v1/tenants/" + tenant + "/accounts/" + tenant;
        json(first.post(account + "/subscription", key, "subscription", """
                {"plan": "pro"}"""));
        json(first.post(account + "/grants", key, "grant", """
                {"amount": "10", "source": "PURCHASE"}"""));

        var consume = "/v1/tenants/" + tenant + "/gate/consume";
        var charge = """
                {"lines": [{"operation": "transcribe.minute", "quantity": "12"}]}""";
        var decision = first.post(consume, key, "call-1", charge);
        assertThat(json(decision).get("allowed").asBoolean()).isTrue();
        assertThat(first.post(consume, key, "call-1", charge).body()).isEqualTo(decision.body());
        var denied = json(first.post(consume, key, "call-2", charge));
        assertThat(denied.get("allowed").asBoolean()).isFalse();
        assertThat(denied.toString()).contains("6 credits are needed, 4 are available");
        var balance = first.get(account + "/credits", key).body();
        assertThat(balance).contains("\"4\"");

        kill(first);
        var second = serve();

        assertThat(second.printed()).doesNotContain("allot_root_");
        assertThat(second.get(account + "/credits", key).body()).isEqualTo(balance);
        assertThat(second.post(consume, key, "call-1", charge).body()).isEqualTo(decision.body());

        stop(second);
        var verified = CommandRun.of(
                Map.of(), "verify", "--data", directory.resolve("data").toString(), "--json");
        assertThat(verified.exitCode()).as(verified.err()).isZero();
        assertThat(verified.json().get("decisions").asInt()).isEqualTo(2);
    }

    @Test
    void a_lost_root_key_is_replaced_by_a_new_one() throws Exception {
        try (var database = TestDatabase.create()) {
            var environment = CommandRun.environment(database);
            var first = serve(environment, "--port", "0");
            var lost = first.shownRootKey();
            stop(first);

            var second = serve(environment, "--port", "0", "--new-root-key");

            assertThat(second.shownRootKey()).isNotEqualTo(lost);
            assertThat(second.get("/v1/tenants", second.shownRootKey()).statusCode())
                    .isEqualTo(200);
            assertThat(second.get("/v1/tenants", lost).statusCode()).isEqualTo(401);
            stop(second);
        }
    }

    @Test
    void a_given_root_key_is_the_one_that_is_accepted_and_is_never_printed() throws Exception {
        try (var database = TestDatabase.create()) {
            var environment = new HashMap<>(CommandRun.environment(database));
            environment.put("ALLOTMENT_ROOT_KEY", "given-by-the-operator");

            var server = serve(environment, "--port", "0");

            assertThat(server.get("/v1/tenants", "given-by-the-operator").statusCode())
                    .isEqualTo(200);
            assertThat(server.printed()).doesNotContain("allot_root_").doesNotContain("given-by-the-operator");
            stop(server);
        }
    }

    @Test
    void a_port_in_use_is_named_and_nothing_stays_behind() throws Exception {
        try (var database = TestDatabase.create();
                var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            var run = CommandRun.on(database, "serve", "--port", Integer.toString(taken.getLocalPort()));

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err()).contains("Cannot listen at 127.0.0.1 port " + taken.getLocalPort(), "--port");
            // The root key is shown once: so it was not made for a server that never ran.
            var server = serve(CommandRun.environment(database), "--port", "0");
            assertThat(server.shownRootKey()).isNotBlank();
            stop(server);
        }
    }

    @Test
    void without_migrating_a_database_that_is_not_up_to_date_is_refused() {
        try (var database = TestDatabase.empty()) {
            var run = CommandRun.on(database, "serve", "--port", "0", "--no-migrate");

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err()).contains("not up to date; not applied yet: 1");
        }
    }

    @Test
    void a_host_nobody_has_is_named() {
        try (var database = TestDatabase.create()) {
            var run = CommandRun.on(database, "serve", "--port", "0", "--host", "no-such-host.invalid");

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err()).contains("Cannot listen at no-such-host.invalid");
        }
    }
}
