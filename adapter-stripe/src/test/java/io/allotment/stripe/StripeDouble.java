package io.allotment.stripe;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server on this machine that keeps what it is asked, and answers what it was told to, one answer after the other; the last one stays. */
final class StripeDouble implements AutoCloseable {

    /** What came: the form's fields, or the query's where there is no body. */
    record Call(String method, String path, Map<String, String> fields, Map<String, String> headers) {

        String header(String name) {
            return headers.get(name.toLowerCase(java.util.Locale.ROOT));
        }
    }

    private record Answer(int status, String body, Map<String, String> headers) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final ConcurrentLinkedQueue<Call> calls = new ConcurrentLinkedQueue<>();
    private final Map<String, Deque<Answer>> answers = new LinkedHashMap<>();

    StripeDouble() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    String base() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** The next answer to this method and path. */
    StripeDouble answering(String route, int status, String body, String... headers) {
        var named = new LinkedHashMap<String, String>();
        for (int i = 0; i < headers.length; i += 2) {
            named.put(headers[i], headers[i + 1]);
        }
        synchronized (answers) {
            answers.computeIfAbsent(route, any -> new ArrayDeque<>()).add(new Answer(status, body, named));
        }
        return this;
    }

    StripeDouble answering(String route, String body) {
        return answering(route, 200, body);
    }

    /** Every call since the start, in order. */
    List<Call> calls() {
        return List.copyOf(calls);
    }

    Call onlyCall() {
        var all = calls();
        if (all.size() != 1) {
            throw new AssertionError("one call was expected, not " + all);
        }
        return all.get(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            var uri = exchange.getRequestURI();
            var headers = new LinkedHashMap<String, String>();
            exchange.getRequestHeaders()
                    .forEach((name, values) ->
                            headers.put(name.toLowerCase(java.util.Locale.ROOT), String.join(",", values)));
            calls.add(new Call(
                    exchange.getRequestMethod(),
                    uri.getPath(),
                    fields(body.isEmpty() ? uri.getRawQuery() : body),
                    headers));
            var answer = next(exchange.getRequestMethod() + " " + uri.getPath());
            answer.headers()
                    .forEach((name, value) -> exchange.getResponseHeaders().add(name, value));
            exchange.getResponseHeaders().putIfAbsent("Request-Id", List.of("req_double"));
            var bytes = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private Answer next(String route) {
        synchronized (answers) {
            var waiting = answers.get(route);
            if (waiting == null) {
                return new Answer(
                        404,
                        "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"resource_missing\",\"message\":\"No such: "
                                + route + "\"}}",
                        Map.of());
            }
            return waiting.size() > 1 ? waiting.remove() : waiting.element();
        }
    }

    private static Map<String, String> fields(String form) {
        var fields = new LinkedHashMap<String, String>();
        if (form == null || form.isEmpty()) {
            return fields;
        }
        for (var pair : form.split("&")) {
            var parts = pair.split("=", 2);
            fields.put(decoded(parts[0]), parts.length > 1 ? decoded(parts[1]) : "");
        }
        return fields;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
