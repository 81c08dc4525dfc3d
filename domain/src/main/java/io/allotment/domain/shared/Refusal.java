package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A rule said no. Its message is written for the person who reads it: what was wrong, and what would be right. Each
 * rule has its own small subclass with the facts in fields; {@link #kind()} is all a border needs to translate it.
 */
public abstract class Refusal extends RuntimeException {

    /** What a border makes of a refusal. */
    public enum Kind {
        /** The input is wrong whatever the state: it will never work as it is. */
        INVALID,
        /** It was not shown who asks. */
        UNAUTHENTICATED,
        /** The caller may not: the right for it is missing. */
        FORBIDDEN,
        /** What the request names does not exist, or not for this caller. */
        NOT_FOUND,
        /** The input is fine, the present state forbids it. */
        CONFLICT,
        /** Asked too often; the same request may work after a while. */
        THROTTLED,
        /** The service cannot answer now; the same request may work in a moment. */
        UNAVAILABLE
    }

    private final Kind kind;
    private final String code;
    private final String field;

    /**
     * @param code the rule in kebab case, stable across releases, such as {@code insufficient-credits}
     * @param field the input at fault as a path ({@code lines[0].quantity}), or null where none is
     */
    protected Refusal(Kind kind, String code, String field, String message) {
        super(requireNonNull(message, "message"));
        this.kind = requireNonNull(kind, "kind");
        this.code = requireNonNull(code, "code");
        this.field = field;
    }

    /** The kind of a thing as codes have it: {@code api-key} of {@code API key}. */
    static String code(String what) {
        return what.toLowerCase(Locale.ROOT).replace(' ', '-');
    }

    public Kind kind() {
        return kind;
    }

    /** The rule in kebab case, stable across releases. */
    public String code() {
        return code;
    }

    /** What programs are told beside the sentence, by the name of the field in which it is answered; nothing where the sentence says all. */
    public Map<String, Object> facts() {
        return Map.of();
    }

    /** The input at fault as a path such as {@code lines[0].quantity}, where one input is. */
    public Optional<String> field() {
        return Optional.ofNullable(field);
    }
}
