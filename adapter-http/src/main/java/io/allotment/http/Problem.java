package io.allotment.http;

import java.util.List;
import java.util.Optional;

/**
 * What went wrong, as RFC 9457 has it.
 *
 * @param type names the rule, stable across releases
 * @param detail what was wrong this time and what would be right
 * @param requestId as in the header {@code X-Request-Id}, and in the server's log where it logged something
 * @param errors the inputs at fault, where there are any
 */
record Problem(
        String type, String title, int status, String detail, String requestId, Optional<List<FieldError>> errors) {

    static final String CONTENT_TYPE = "application/problem+json";

    /**
     * An input at fault.
     *
     * @param field a path in the body such as {@code lines[0].quantity}, a query parameter or a header
     */
    record FieldError(String field, String message) {}

    static Problem of(int status, String code, String detail, String requestId, Optional<FieldError> error) {
        var words = code.replace('-', ' ').replace("json", "JSON");
        return new Problem(
                "urn:allotment:problem:" + code,
                Character.toUpperCase(words.charAt(0)) + words.substring(1),
                status,
                detail,
                requestId,
                error.map(List::of));
    }
}
