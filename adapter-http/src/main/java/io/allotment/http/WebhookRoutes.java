package io.allotment.http;

import io.allotment.domain.billing.EventRefused;
import io.allotment.domain.shared.NotFound;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where gateways tell what happens. An event that is kept is acknowledged, whatever comes of it: how it is applied is waited for no longer than
 * gateways wait for us. What is not signed is counted by the address it came from, as wrong keys are; what is signed is always heard.
 */
final class WebhookRoutes {

    static final String PATH = "/webhooks";

    /** Gateways give up after ten seconds, and more come meanwhile. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    /** So many are applied at once; others wait for the job. */
    private static final int APPLYING = 4;

    private static final int IDLE_SECONDS = 10;

    private static final Logger LOG = LoggerFactory.getLogger(WebhookRoutes.class);

    private final Access access;
    private final Duration patience;
    private final ThreadPoolExecutor threads =
            new ThreadPoolExecutor(0, APPLYING, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
                var thread = new Thread(work, "webhook");
                thread.setDaemon(true);
                return thread;
            });

    WebhookRoutes(Access access, Duration patience) {
        this.access = access;
        this.patience = patience;
    }

    void addTo(Routes routes) {
        routes.post(PATH + "/{gateway}", this::receive);
    }

    record Received(boolean known) {}

    private Reply receive(Call call) {
        var gateway = call.path("gateway", text -> text);
        var signature = call.header(gateway + "-Signature");
        try {
            // What nobody has signed need not be read.
            var body = signature.isPresent() ? call.raw() : new byte[0];
            var fresh = call.allotment().paymentEvents().receive(gateway, body, signature, this::apply);
            return Reply.ok(new Received(fresh.isEmpty()));
        } catch (EventRefused | NotFound stranger) {
            access.countStranger(call);
            throw stranger;
        }
    }

    private void apply(Runnable event) {
        try {
            CompletableFuture.runAsync(event, threads).get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | RejectedExecutionException | ExecutionException later) {
            LOG.info("An event is acknowledged before it is applied: {}", later.toString());
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }
}
