package io.allotment.signin;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** An issuer on this machine: its discovery document and its keys. */
final class IssuerDouble implements AutoCloseable {

    private final HttpServer server;
    private final AtomicInteger asked = new AtomicInteger();
    private volatile JWKSet keys = new JWKSet();
    private volatile boolean failing;
    private volatile String pretended;

    private IssuerDouble(HttpServer server) {
        this.server = server;
        serve("/.well-known/openid-configuration", () -> {
            asked.incrementAndGet();
            return "{\"issuer\": \"%s\", \"jwks_uri\": \"%s/keys\"}"
                    .formatted(pretended == null ? name() : pretended, name());
        });
        serve("/keys", () -> keys.toString());
        server.start();
    }

    static IssuerDouble start() {
        try {
            return new IssuerDouble(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Text {
        String get();
    }

    private void serve(String path, Text text) {
        server.createContext(path, exchange -> {
            var body = text.get().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(failing ? 503 : 200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
    }

    String name() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** These alone from now on. */
    void publish(JWK... published) {
        keys = new JWKSet(List.of(published));
        failing = false;
    }

    void fail() {
        failing = true;
    }

    void pretendToBe(String other) {
        pretended = other;
    }

    /** How often it was asked for its document. */
    int asked() {
        return asked.get();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
