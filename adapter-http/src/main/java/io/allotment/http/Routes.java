package io.allotment.http;

import io.allotment.application.shared.RequestService;
import io.allotment.domain.shared.TenantId;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Declares the routes under {@code /v1}. A POST that changes something is declared as the platform's or a tenant's: it
 * then needs an idempotency key, and is done and answered once for it, in one transaction with its answer.
 */
final class Routes {

    static final String ROOT = "/v1";

    private final RoutesConfig config;
    private final Json json;
    private final int maxBodyBytes;

    Routes(RoutesConfig config, Json json, int maxBodyBytes) {
        this.config = config;
        this.json = json;
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

    /** One that reads its query parameters before it does anything. */
    void deleteWithQuery(String path, Handler handler) {
        add(HandlerType.DELETE, path, false, handler);
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

    /**
     * A POST of the operator's about the tenant of its path, which the platform does. Who may not see the tenant is told that
     * there is none.
     */
    void postForOperator(String path, Handler handler) {
        post(path, call -> {
            call.idempotencyKey();
            call.allotment().tenants().get(call.tenant());
            return once(call, Optional.empty(), handler);
        });
    }

    /**
     * Answers once for the request's idempotency key: for a handler that has something to do before or after the
     * transaction.
     */
    Reply once(Call call, Optional<TenantId> tenant, Handler handler) {
        var toldOnce = new AtomicReference<Optional<Object>>(Optional.empty());
        var answer = call.allotment().requests().once(tenant, call.idempotencyKey(), call.fingerprint(), () -> {
            var reply = handler.apply(call);
            toldOnce.set(reply.toldOnce());
            return json.write(new Kept(
                    reply.status(), reply.location(), json.write(reply.body().orElseThrow())));
        });
        return reply(answer, toldOnce.get());
    }

    /** What {@link #once} has answered for the request's idempotency key; empty while it has not. */
    Optional<Reply> answered(Call call, Optional<TenantId> tenant) {
        return call.allotment()
                .requests()
                .answered(tenant, call.idempotencyKey(), call.fingerprint())
                .map(answer -> reply(answer, Optional.empty()));
    }

    private Reply reply(RequestService.Answer answer, Optional<Object> toldOnce) {
        var kept = json.reread(answer.text(), Kept.class);
        var body = toldOnce.orElse(kept.body());
        return new Reply(kept.status(), Optional.of(body), kept.location(), answer.replayed(), Optional.empty());
    }

    private void add(HandlerType method, String path, Handler handler) {
        add(method, path, method != HandlerType.GET && method != HandlerType.HEAD, handler);
    }

    /** @param refusesQuery whether it takes no parameters, and says so before it does anything */
    private void add(HandlerType method, String path, boolean refusesQuery, Handler handler) {
        config.addHttpHandler(method, ROOT + path, context -> {
            var call = new Call(Access.allotment(context), context, json, maxBodyBytes);
            if (refusesQuery) {
                call.refuseUnreadQuery();
            }
            var reply = handler.apply(call);
            if (!refusesQuery) {
                call.refuseUnreadQuery();
            }
            send(context, reply);
        });
    }

    /** What has begun cannot become another answer: where it breaks off, the problem is the last line. */
    private void sendLines(Context context, Stream<?> lines) {
        context.contentType("application/x-ndjson");
        if (context.method() == HandlerType.HEAD) {
            return;
        }
        var out = context.outputStream();
        lines.forEach(line -> {
            try {
                out.write((json.write(line) + "\n").getBytes(StandardCharsets.UTF_8));
            } catch (IOException callerIsGone) {
                throw new UncheckedIOException(callerIsGone);
            }
        });
    }

    private static void sendAsItIsWritten(Context context, Reply.Sent body) {
        context.contentType(body.contentType());
        if (context.method() == HandlerType.HEAD) {
            return;
        }
        try {
            body.to(context.outputStream());
        } catch (IOException callerIsGone) {
            throw new UncheckedIOException(callerIsGone);
        }
    }

    private void send(Context context, Reply reply) {
        context.status(reply.status());
        reply.location().ifPresent(path -> context.header("Location", ROOT + path));
        if (reply.replayed()) {
            context.header("Idempotent-Replayed", "true");
        }
        if (reply.body().orElse(null) instanceof Stream<?> lines) {
            sendLines(context, lines);
            return;
        }
        if (reply.body().orElse(null) instanceof Reply.Sent body) {
            sendAsItIsWritten(context, body);
            return;
        }
        reply.body()
                .ifPresentOrElse(
                        body -> context.result(body instanceof String text ? text : json.write(body))
                                .contentType("application/json"),
                        () -> context.res().setContentType(null));
    }
}
