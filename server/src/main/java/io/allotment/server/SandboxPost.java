package io.allotment.server;

import io.allotment.Allotment;
import io.allotment.http.HttpApi;
import io.allotment.sandbox.SandboxPayments;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries what the sandbox tells to where a gateway's events arrive, and shows its pages. */
final class SandboxPost implements AutoCloseable, HttpApi.Pages {

    private static final Logger LOG = LoggerFactory.getLogger(SandboxPost.class);

    private final SandboxPayments sandbox;
    private final ScheduledExecutorService seconds = Executors.newSingleThreadScheduledExecutor(work -> {
        var thread = new Thread(work, "sandbox");
        thread.setDaemon(true);
        return thread;
    });

    SandboxPost(SandboxPayments sandbox, Allotment allotment) {
        this.sandbox = sandbox;
        sandbox.deliverTo((body, signature) ->
                allotment.paymentEvents().receive(SandboxPayments.NAME, body, Optional.of(signature)));
    }

    /** From now on, every second. */
    void start() {
        seconds.scheduleWithFixedDelay(this::carry, 1, 1, TimeUnit.SECONDS);
    }

    private void carry() {
        try {
            sandbox.advance();
            sandbox.deliver();
        } catch (RuntimeException again) {
            LOG.warn("What the sandbox tells could not be delivered; it is tried again", again);
        }
    }

    /** Who pays sees at once what came of it. */
    @Override
    public HttpApi.Page answer(String method, String path, Map<String, String> form) {
        var shown = sandbox.page(method, path, form);
        if (method.equals("POST")) {
            carry();
        }
        return new HttpApi.Page(shown.status(), shown.body());
    }

    @Override
    public void close() {
        seconds.shutdown();
        try {
            seconds.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }
}
