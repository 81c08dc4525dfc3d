package io.allotment.http;

import io.javalin.http.HttpStatus;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A request that is wrong as HTTP or as JSON, whatever it asks for. What a rule of the domain refuses is a
 * {@code Refusal} instead.
 */
final class Rejected extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** How to authenticate. */
    static final String BEARER = "Bearer realm=\"allotment\"";

    private final HttpStatus status;
    private final String code;
    private final String field;
    private final String problem;
    private final transient Map<String, String> headers;

    private Rejected(HttpStatus status, String code, String message) {
        this(status, code, null, message, message, Map.of());
    }

    private Rejected(
            HttpStatus status, String code, String field, String problem, String message, Map<String, String> headers) {
        super(message);
        this.status = status;
        this.code = code;
        this.field = field;
        this.problem = problem;
        this.headers = headers;
    }

    static Rejected malformedJson(String message) {
        return new Rejected(HttpStatus.BAD_REQUEST, "malformed-json", message);
    }

    static Rejected unknownField(String field) {
        return badRequest("unknown-field", field, "is not a field of this request");
    }

    static Rejected missing(String field) {
        return badRequest("missing-field", field, "is missing");
    }

    static Rejected missingIdempotencyKey() {
        return badRequest(
                "missing-field",
                "Idempotency-Key",
                "is missing: send this header with a text of your choice, such as a UUID; a new one for each new request, and the same one to repeat a request");
    }

    /** Neither way of saying what is used was taken. */
    static Rejected missingLines() {
        return new Rejected(
                HttpStatus.BAD_REQUEST,
                "missing-field",
                "lines",
                "is needed, or else operation and quantity",
                "The body needs lines, or else operation and quantity.",
                Map.of());
    }

    static Rejected wrongType(String field, String expected) {
        return badRequest("wrong-type", field, "must be " + expected);
    }

    static Rejected unknownParameter(String name) {
        return badRequest("unknown-parameter", name, "is not a query parameter of this route");
    }

    static Rejected unusableParameter(String name) {
        return badRequest("unusable-parameter", name, "must be given once and with a value");
    }

    /** A part of the path that must be one of a few words: there is nothing at any other. */
    static Rejected noneOf(String what, String text, Enum<?>... words) {
        var known = Arrays.stream(words).map(Enum::name).collect(Collectors.joining(", "));
        return new Rejected(
                HttpStatus.NOT_FOUND,
                what + "-not-found",
                "There is no " + what + " " + text + "; it must be one of " + known + ".");
    }

    static Rejected unauthorized(String message) {
        return new Rejected(
                HttpStatus.UNAUTHORIZED, "unauthorized", null, message, message, Map.of("WWW-Authenticate", BEARER));
    }

    /** More than the limit allows; it may come again in so many seconds. */
    static Rejected tooManyRequests(long seconds) {
        var message =
                "There were too many requests; come again in " + seconds + (seconds == 1 ? " second." : " seconds.");
        return new Rejected(
                HttpStatus.TOO_MANY_REQUESTS,
                "too-many-requests",
                null,
                message,
                message,
                Map.of("Retry-After", Long.toString(seconds)));
    }

    static Rejected bodyTooLarge(int maxBytes) {
        return new Rejected(
                HttpStatus.CONTENT_TOO_LARGE, "body-too-large", "The body is larger than " + maxBytes + " bytes.");
    }

    static Rejected notJson() {
        var problem = "must be application/json, in UTF-8";
        return new Rejected(
                HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "Content-Type",
                problem,
                "Content-Type " + problem + ".",
                Map.of("Accept", "application/json"));
    }

    private static Rejected badRequest(String code, String field, String problem) {
        return new Rejected(HttpStatus.BAD_REQUEST, code, field, problem, field + " " + problem + ".", Map.of());
    }

    HttpStatus status() {
        return status;
    }

    String code() {
        return code;
    }

    /** The input at fault: a path in the body, a query parameter or a header. */
    Optional<String> field() {
        return Optional.ofNullable(field);
    }

    /** The message without the field's name. */
    String problem() {
        return problem;
    }

    Map<String, String> headers() {
        return headers;
    }
}
