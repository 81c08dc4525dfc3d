package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.allotment.testkit.Fixtures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Calls a server and holds all that goes to and fro against {@code openapi.yaml}: every request but those that are meant
 * to be {@link Request#bad bad}, and every answer.
 */
final class Client {

    static final String ROOT_KEY = "allot_root_of_the_tests";

    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final String origin;
    /** The operations that were answered with success, as {@code POST /v1/tenants}. */
    private final Set<String> succeeded;

    private final String token;

    Client(int port) {
        this("http://127.0.0.1:" + port, ROOT_KEY, new TreeSet<>());
    }

    private Client(String origin, String token, Set<String> succeeded) {
        this.origin = origin;
        this.token = token;
        this.succeeded = succeeded;
    }

    /** The same for somebody else; what succeeds is counted together. */
    Client as(String bearer) {
        return new Client(origin, bearer, succeeded);
    }

    /** What came back. */
    record Answer(HttpResponse<String> response, JsonNode json) {

        int status() {
            return response.statusCode();
        }

        String text() {
            return response.body();
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse(null);
        }

        /** The text at a JSON pointer, numbers and booleans as text too; null where there is nothing. */
        String at(String pointer) {
            var node = json.at(pointer);
            return node.isMissingNode() ? null : node.asText();
        }

        JsonNode items() {
            return json.path("items");
        }

        /** What the items have at a pointer. */
        Stream<String> each(String pointer) {
            var values = Stream.<String>builder();
            items().forEach(item -> values.add(item.at(pointer).asText()));
            return values.build();
        }

        Answer is(int status) {
            assertThat(status()).as(text()).isEqualTo(status);
            return this;
        }

        /** A problem of this kind about this input; null for none. */
        Answer isProblem(int status, String code, String field) {
            is(status);
            assertThat(at("/type")).isEqualTo("urn:allotment:problem:" + code);
            assertThat(at("/errors/0/field")).as(text()).isEqualTo(field);
            assertThat(at("/requestId")).isEqualTo(header("X-Request-Id"));
            return this;
        }

        boolean isReplayed() {
            return "true".equals(header("Idempotent-Replayed"));
        }
    }

    /** A request to be sent. */
    final class Request {
        private final String method;
        private final String target;
        private final TreeMap<String, String> headers = new TreeMap<>();
        private String body;
        private boolean bad;

        private Request(String method, String target) {
            this.method = method;
            this.target = target;
            headers.put("Authorization", "Bearer " + token);
        }

        Request body(String json) {
            body = json;
            headers.putIfAbsent("Content-Type", "application/json");
            return this;
        }

        Request key(String key) {
            return header("Idempotency-Key", key);
        }

        Request header(String name, String value) {
            headers.put(name, value);
            return this;
        }

        Request without(String header) {
            headers.remove(header);
            return this;
        }

        /** The request breaks the contract on purpose; its answer may not. */
        Request bad() {
            bad = true;
            return this;
        }

        Answer send() {
            var operation = Contract.OPENAPI.operation(method, path());
            if (!bad) {
                Contract.OPENAPI.requireDocumentedRequest(
                        operation, queryNames(), headers.keySet(), body == null ? null : parsed(body));
            }
            var answer = sendUnchecked();
            Contract.OPENAPI.requireDocumentedResponse(
                    operation,
                    answer.status(),
                    answer.response().headers().map().keySet(),
                    answer.header("Content-Type"),
                    answer.json());
            if (answer.status() < 300) {
                succeeded.add(operation.name());
            }
            return answer;
        }

        /** For what has no operation to be held against. */
        Answer sendUnchecked() {
            var request = HttpRequest.newBuilder(URI.create(origin + target))
                    .method(
                            method,
                            body == null
                                    ? HttpRequest.BodyPublishers.noBody()
                                    : HttpRequest.BodyPublishers.ofString(body));
            headers.forEach(request::header);
            try {
                var response = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
                assertThat(response.headers().firstValue("X-Request-Id")).isPresent();
                var type = response.headers().firstValue("Content-Type").orElse("");
                var isJson = type.contains("json") && !response.body().isEmpty();
                return new Answer(response, isJson ? parsed(response.body()) : JSON.missingNode());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private String path() {
            return target.split("\\?")[0];
        }

        private Set<String> queryNames() {
            return target.contains("?")
                    ? Stream.of(target.split("\\?")[1].split("&"))
                            .map(parameter -> parameter.split("=")[0])
                            .collect(Collectors.toSet())
                    : Set.of();
        }
    }

    Request request(String method, String target) {
        return new Request(method, target);
    }

    Answer get(String target) {
        return request("GET", target).send();
    }

    /** Under a key of its own. */
    Answer post(String target, String json) {
        return request("POST", target).key(Fixtures.word()).body(json).send();
    }

    /** Without a body, under a key of its own. */
    Answer post(String target) {
        return request("POST", target).key(Fixtures.word()).send();
    }

    /** What needs neither a token nor a key. */
    Answer open(String target, String json) {
        return request("POST", target).without("Authorization").body(json).send();
    }

    /** What the contract forbids, under a key of its own. */
    Answer postBad(String target, String json) {
        return request("POST", target).key(Fixtures.word()).body(json).bad().send();
    }

    Answer patch(String target, String json) {
        return request("PATCH", target).body(json).send();
    }

    Answer put(String target, String json) {
        return request("PUT", target).body(json).send();
    }

    Answer delete(String target) {
        return request("DELETE", target).send();
    }

    Set<String> succeeded() {
        return succeeded;
    }

    static JsonNode parsed(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(json, e);
        }
    }
}
