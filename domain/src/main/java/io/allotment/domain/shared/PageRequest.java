package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * Which part of a listing is wanted.
 *
 * @param limit 1 to 200 items
 * @param after where the last page ended ({@link Page#next()}); empty for the first page
 */
public record PageRequest(int limit, Optional<String> after) {

    public static final int MAX_LIMIT = 200;

    public PageRequest {
        requireNonNull(after, "after");
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new InvalidValue("limit", "must be from 1 to " + MAX_LIMIT);
        }
    }

    public static PageRequest first(int limit) {
        return new PageRequest(limit, Optional.empty());
    }
}
