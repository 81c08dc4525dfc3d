package io.allotment.http;

import java.util.Optional;

/**
 * What a PATCH says of a field that can be cleared: nothing, null, or a value.
 *
 * @param given whether the field is there at all
 * @param value empty for null
 */
record Change<T>(boolean given, Optional<T> value) {

    static <T> Change<T> none() {
        return new Change<>(false, Optional.empty());
    }

    static <T> Change<T> cleared() {
        return new Change<>(true, Optional.empty());
    }

    static <T> Change<T> to(T value) {
        return new Change<>(true, Optional.of(value));
    }

    /** The field as it is after the change. */
    Optional<T> from(Optional<T> present) {
        return given ? value : present;
    }
}
