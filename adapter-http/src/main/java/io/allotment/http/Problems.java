package io.allotment.http;

import io.allotment.domain.billing.EventRefused;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.Throttled;
import io.allotment.domain.shared.Unavailable;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.MethodNotAllowedResponse;
import io.javalin.http.NotFoundResponse;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one table of what a failure becomes on the wire. */
final class Problems {

    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
    private static final Duration SOON = Duration.ofSeconds(1);

    private final Json json;

    Problems(Json json) {
        this.json = json;
    }

    void addTo(JavalinConfig config) {
        config.routes.exception(Refusal.class, this::refused);
        config.routes.exception(Rejected.class, this::rejected);
        config.routes.exception(NotFoundResponse.class, this::noSuchRoute);
        config.routes.exception(MethodNotAllowedResponse.class, this::methodNotAllowed);
        config.routes.exception(HttpResponseException.class, this::otherwise);
        config.routes.exception(Exception.class, this::failed);
        config.router.javaLangErrorHandler(this::failed);
    }

    private void refused(Refusal refusal, Context context) {
        int status = switch (refusal.kind()) {
            // What a gateway did not sign is no request that could be put right.
            case INVALID -> refusal instanceof EventRefused ? 400 : 422;
            case UNAUTHENTICATED -> 401;
            case FORBIDDEN -> 403;
            case NOT_FOUND -> 404;
            case CONFLICT -> 409;
            case THROTTLED -> 429;
            case UNAVAILABLE -> 503;
        };
        if (refusal.kind() == Refusal.Kind.UNAUTHENTICATED) {
            context.header("WWW-Authenticate", Rejected.BEARER);
        }
        if (refusal instanceof Throttled throttled) {
            context.header("Retry-After", wholeSeconds(throttled.retryAfter()));
        }
        if (refusal.kind() == Refusal.Kind.UNAVAILABLE) {
            LOG.warn("request {}: {}", RequestIds.of(context), refusal.getMessage());
            LOG.debug("request {} could not be served", RequestIds.of(context), refusal);
            var wait = refusal instanceof Unavailable unavailable ? unavailable.retryAfter() : SOON;
            context.header("Retry-After", wholeSeconds(wait));
        }
        var message = refusal instanceof InvalidValue invalid ? invalid.problem() : refusal.getMessage();
        var problem =
                problem(context, status, refusal.code(), sentence(refusal.getMessage()), refusal.field(), message);
        send(context, problem.with(refusal.facts()));
    }

    private void rejected(Rejected rejected, Context context) {
        rejected.headers().forEach(context::header);
        answer(
                context,
                rejected.status().getCode(),
                rejected.code(),
                rejected.getMessage(),
                rejected.field(),
                rejected.problem());
    }

    private void noSuchRoute(NotFoundResponse e, Context context) {
        answer(context, 404, "route-not-found", "There is no route " + context.path() + ".");
    }

    private void methodNotAllowed(MethodNotAllowedResponse e, Context context) {
        context.header("Allow", String.join(", ", e.getDetails().values()));
        answer(
                context,
                405,
                "method-not-allowed",
                "The route " + context.path() + " does not take " + context.method()
                        + "; the header Allow says what it takes.");
    }

    private void otherwise(HttpResponseException e, Context context) {
        answer(context, e.getStatus(), "bad-request", "The request cannot be served.");
    }

    private void failed(Exception e, Context context) {
        LOG.error(
                "request {} failed: {} {}",
                RequestIds.of(context),
                context.method(),
                Secrets.masked(context.path()),
                e);
        send(context, internal(RequestIds.of(context)));
    }

    private void failed(HttpServletResponse response, Error error) {
        var id = response.getHeader(RequestIds.HEADER);
        LOG.error("request {} failed", id, error);
        try {
            response.setStatus(500);
            response.setContentType(Problem.CONTENT_TYPE);
            response.getOutputStream().write(json.write(internal(id)).getBytes(StandardCharsets.UTF_8));
        } catch (IOException callerIsGone) {
            LOG.debug("request {} got no answer", id, callerIsGone);
        }
    }

    private static Problem internal(String requestId) {
        return Problem.of(
                500,
                "internal-error",
                "The server failed. Its log says why, under the request id.",
                requestId,
                Optional.empty());
    }

    private void answer(Context context, int status, String code, String detail) {
        answer(context, status, code, detail, Optional.empty(), detail);
    }

    private void answer(
            Context context, int status, String code, String detail, Optional<String> field, String message) {
        send(context, problem(context, status, code, detail, field, message));
    }

    private static Problem problem(
            Context context, int status, String code, String detail, Optional<String> field, String message) {
        var error = field.map(name -> new Problem.FieldError(Secrets.masked(name), Secrets.masked(message)));
        return Problem.of(status, code, Secrets.masked(detail), RequestIds.of(context), error);
    }

    private void send(Context context, Problem problem) {
        context.status(problem.status()).result(json.write(problem)).contentType(Problem.CONTENT_TYPE);
    }

    private static String sentence(String message) {
        return message.endsWith(".") ? message : message + ".";
    }

    private static String wholeSeconds(Duration time) {
        return Long.toString(Math.max(1, time.plusMillis(999).toSeconds()));
    }
}
