package io.allotment.http;

import io.allotment.application.shared.RequestService;
import io.allotment.domain.shared.TenantId;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.util.Optional;
import java.util.function.Function;

/**
 * Declares the routes under {@code /v1}. A POST that changes something is declared as the platform's or a tenant's: it
 * then needs an idempotency key, and is done and answered once for it, in one transaction with its answer.
 */
final class Routes {

    static final String ROOT = "/v1";

    private final RoutesConfig config;
    private final Json json;
    private final RequestService requests;
    private final int maxBodyBytes;

    Routes(RoutesConfig config, Json json, RequestService requests, int maxBodyBytes) {
        this.config = config;
        this.json = json;
        this.requests = requests;
        this.maxBodyBytes = maxBodyBytes;
    }

    /** Answers one request. */
    interface Handler extends Function<Call, Reply> {}

    /** What a changing request was answered, as it is kept; the body as it was sent, character by character. */
    record Kept(int status, Optional<String> location, String body) {}

    void get(String path, Handler handler) {
        add(HandlerType.GET, path, handler);
        add(HandlerType.HEAD, path, handler);
    }

    void patch(String path, Handler handler) {
        add(HandlerType.PATCH, path, handler);
    }

    void put(String path, Handler handler) {
        add(HandlerType.PUT, path, handler);
    }

    void delete(String path, Handler handler) {
        add(HandlerType.DELETE, path, handler);
    }

    /** A POST that changes nothing, or whose service sees to its idempotency key. */
    void post(String path, Handler handler) {
        add(HandlerType.POST, path, handler);
    }

    /** A POST that changes what belongs to no tenant, or tenants as such. */
    void postForPlatform(String path, Handler handler) {
        post(path, call -> once(call, Optional.empty(), handler));
    }

    /** A POST that changes something within the tenant of its path. */
    void postForTenant(String path, Handler handler) {
        post(path, call -> once(call, Optional.of(call.tenant()), handler));
    }

    private Reply once(Call call, Optional<TenantId> tenant, Handler handler) {
        var answer = requests.once(tenant, call.idempotencyKey(), call.fingerprint(), () -> {
            var reply = handler.apply(call);
            return json.write(new Kept(
                    reply.status(), reply.location(), json.write(reply.body().orElseThrow())));
        });
        var kept = json.reread(answer.text(), Kept.class);
        return new Reply(kept.status(), Optional.of(kept.body()), kept.location(), answer.replayed());
    }

    private void add(HandlerType method, String path, Handler handler) {
        config.addHttpHandler(method, ROOT + path, context -> {
            var call = new Call(context, json, maxBodyBytes);
            boolean changes = method != HandlerType.GET && method != HandlerType.HEAD;
            if (changes) {
                call.refuseUnreadQuery();
            }
            var reply = handler.apply(call);
            if (!changes) {
                call.refuseUnreadQuery();
            }
            send(context, reply);
        });
    }

    private void send(Context context, Reply reply) {
        context.status(reply.status());
        reply.location().ifPresent(path -> context.header("Location", ROOT + path));
        if (reply.replayed()) {
            context.header("Idempotent-Replayed", "true");
        }
        reply.body()
                .ifPresentOrElse(
                        body -> context.result(body instanceof String text ? text : json.write(body))
                                .contentType("application/json"),
                        () -> context.res().setContentType(null));
    }
}
