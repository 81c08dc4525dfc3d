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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** An issuer on this machine: its discovery document and its keys. */
final class IssuerDouble implements AutoCloseable {

    private final HttpServer server;
    private final AtomicInteger asked = new AtomicInteger();
    private volatile JWKSet keys = new JWKSet();
    private volatile boolean failing;
    private volatile String pretended;
    private volatile boolean hanging;
    private volatile boolean trickling;
    private final CountDownLatch hangs = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private IssuerDouble(HttpServer server) {
        this.server = server;
        serve("/.well-known/openid-configuration", () -> {
            asked.incrementAndGet();
            return "{\"issuer\": \"%s\", \"jwks_uri\": \"%s/keys\"}"
                    .formatted(pretended == null ? name() : pretended, name());
        });
        serve("/keys", () -> keys.toString());
        server.setExecutor(threads);
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
            if (hanging) {
                hang();
            }
            if (trickling) {
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body, 0, 1);
                exchange.getResponseBody().flush();
                hang();
                exchange.close();
                return;
            }
            exchange.sendResponseHeaders(failing ? 503 : 200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
    }

    private void hang() {
        hangs.countDown();
        await(released);
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(1, TimeUnit.MINUTES)) {
                throw new IllegalStateException("waited a minute in vain");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
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

    /** Answers nobody until it is released. */
    void hangUntilReleased() {
        hanging = true;
    }

    /** Sends the beginning of its answers alone until it is released. */
    void trickleUntilReleased() {
        trickling = true;
    }

    /** Waits until somebody waits for it. */
    void awaitHanging() {
        await(hangs);
    }

    void release() {
        hanging = false;
        trickling = false;
        released.countDown();
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
        release();
        server.stop(0);
        threads.shutdownNow();
    }
}
