package io.allotment.http;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What went wrong, as RFC 9457 has it.
 *
 * @param type names the rule, stable across releases
 * @param detail what was wrong this time and what would be right
 * @param requestId as in the header {@code X-Request-Id}, and in the server's log where it logged something
 * @param errors the inputs at fault, where there are any
 * @param facts what the rule tells beside that, each in a member of its own
 */
record Problem(
        String type,
        String title,
        int status,
        String detail,
        String requestId,
        Optional<List<FieldError>> errors,
        @JsonAnyGetter Map<String, Object> facts) {

    static final String CONTENT_TYPE = "application/problem+json";

    /** The words of codes that a title has in capitals. */
    private static final Set<String> ACRONYMS = Set.of("api", "json");

    /**
     * An input at fault.
     *
     * @param field a path in the body such as {@code lines[0].quantity}, a query parameter or a header
     */
    record FieldError(String field, String message) {}

    static Problem of(int status, String code, String detail, String requestId, Optional<FieldError> error) {
        return new Problem(
                "urn:allotment:problem:" + code, title(code), status, detail, requestId, error.map(List::of), Map.of());
    }

    Problem with(Map<String, Object> told) {
        return new Problem(type, title, status, detail, requestId, errors, told);
    }

    private static String title(String code) {
        var words = Arrays.stream(code.split("-"))
                .map(word -> ACRONYMS.contains(word) ? word.toUpperCase(Locale.ROOT) : word)
                .collect(Collectors.joining(" "));
        return Character.toUpperCase(words.charAt(0)) + words.substring(1);
    }
}
