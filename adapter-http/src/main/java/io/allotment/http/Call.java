package io.allotment.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.allotment.Allotment;
import io.allotment.application.shared.Tokens;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.TenantId;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** A request as a handler sees it: typed, and refused where it does not fit. */
final class Call {

    private static final int MAX_NAME_SHOWN = 100;
    private static final Pattern JSON =
            Pattern.compile("\\s*application/json\\s*(;\\s*charset=\"?utf-8\"?\\s*)?", Pattern.CASE_INSENSITIVE);

    private record NoFields() {}

    private final Allotment allotment;
    private final Context context;
    private final Json json;
    private final int maxBodyBytes;
    private Optional<JsonNode> body;
    private boolean queryRead;

    /** @param allotment acting for who calls */
    Call(Allotment allotment, Context context, Json json, int maxBodyBytes) {
        this.allotment = allotment;
        this.context = context;
        this.json = json;
        this.maxBodyBytes = maxBodyBytes;
    }

    Context context() {
        return context;
    }

    /** Acting for who calls. */
    Allotment allotment() {
        return allotment;
    }

    /** The token that was sent; empty where the route needs none. */
    String bearer() {
        return Access.bearer(context);
    }

    TenantId tenant() {
        return path("tenant", TenantId::of);
    }

    AccountId account() {
        return path("account", AccountId::of);
    }

    FeatureKey feature() {
        return path("feature", FeatureKey::new);
    }

    /** A part of the path. What cannot be a name of the kind names nothing: it is not found, like one that could be. */
    <T> T path(String what, Function<String, T> read) {
        var text = context.pathParam(what);
        try {
            return read.apply(text);
        } catch (InvalidValue noSuchName) {
            throw new NotFound(what, shown(text));
        }
    }

    /** A part of the path that is one of a few words; whoever gives another is told which. */
    <E extends Enum<E>> E path(String what, Class<E> words) {
        var text = context.pathParam(what);
        return Arrays.stream(words.getEnumConstants())
                .filter(word -> word.name().equals(text))
                .findFirst()
                .orElseThrow(() -> Rejected.noneOf(what, shown(text), words.getEnumConstants()));
    }

    private static String shown(String text) {
        return text.substring(0, Math.min(text.length(), MAX_NAME_SHOWN));
    }

    /** A whole number in a path; refuses other text, as a name. */
    static int wholeNumber(String text) {
        if (!text.matches("[0-9]{1,9}")) {
            throw new InvalidValue("number", "must be a whole number");
        }
        return Integer.parseInt(text);
    }

    /** The query parameters as a record; any other is refused. */
    <T> T query(Class<T> type) {
        queryRead = true;
        var given = new HashMap<String, String>();
        parameters().forEach((name, values) -> {
            if (values.size() != 1 || values.get(0).isEmpty()) {
                throw Rejected.unusableParameter(name);
            }
            given.put(name, values.get(0));
        });
        return json.bind(given, type);
    }

    /** Refuses parameters that no {@link #query} asked for. */
    void refuseUnreadQuery() {
        if (!queryRead) {
            parameters().keySet().stream().findFirst().ifPresent(name -> {
                throw Rejected.unknownParameter(name);
            });
        }
    }

    /** Without what stands between two {@code &} and is nothing. */
    private Map<String, List<String>> parameters() {
        var parameters = new HashMap<>(context.queryParamMap());
        parameters.remove("");
        return parameters;
    }

    /** A body of JSON that is written as it is sent: for one that may be long. */
    Reply.Sent sent(Object body) {
        return json.sent(body);
    }

    /** The body as a record. */
    <T> T body(Class<T> type) {
        return body().map(tree -> json.bind(tree, type))
                .orElseThrow(() -> Rejected.malformedJson("The body is empty; it must be a JSON object."));
    }

    /** The body as a record, or what no body means. */
    <T> T bodyOr(T nothing, Class<T> type) {
        return body().map(tree -> json.bind(tree, type)).orElse(nothing);
    }

    /** Refuses a body that says something. */
    void refuseBody() {
        bodyOr(new NoFields(), NoFields.class);
    }

    /** The body as it came: for what was signed. */
    byte[] raw() {
        return bytes();
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(context.header(name));
    }

    /** Refuses a request without a key, before anything is done for it. */
    void requireIdempotencyKey() {
        idempotencyKey();
    }

    IdempotencyKey idempotencyKey() {
        var key = context.header("Idempotency-Key");
        if (key == null) {
            throw Rejected.missingIdempotencyKey();
        }
        return new IdempotencyKey(key);
    }

    /** SHA-256 in hex over method, path and body; spaces and the order of fields make no difference. */
    String fingerprint() {
        var text = Access.name(allotment.caller()) + context.method().name() + "\n" + context.path() + "\n"
                + body().map(json::canonical).orElse("");
        return Tokens.hex(Tokens.sha256(text));
    }

    private Optional<JsonNode> body() {
        if (body == null) {
            var bytes = bytes();
            if (bytes.length > 0) {
                requireJson();
            }
            body = json.read(bytes);
        }
        return body;
    }

    private byte[] bytes() {
        var request = context.req();
        try {
            if (request.getContentLengthLong() > maxBodyBytes) {
                throw Rejected.bodyTooLarge(maxBodyBytes);
            }
            var bytes = request.getInputStream().readNBytes(maxBodyBytes + 1);
            if (bytes.length > maxBodyBytes) {
                throw Rejected.bodyTooLarge(maxBodyBytes);
            }
            return bytes;
        } catch (IOException incomplete) {
            throw Rejected.malformedJson("The body ended before it was complete.");
        }
    }

    private void requireJson() {
        var type = context.contentType();
        if (type == null || !JSON.matcher(type).matches()) {
            throw Rejected.notJson();
        }
    }
}
