package io.allotment.http;

import io.allotment.domain.shared.Page;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A listing as it is answered.
 *
 * @param next what to send as {@code after} to go on; absent on the last page
 */
record Items<T>(List<T> items, Optional<String> next) {

    static <D, T> Items<T> of(Page<D> page, Function<D, T> view) {
        return new Items<>(page.items().stream().map(view).toList(), page.next());
    }

    /** A listing that is short by nature and has no pages. */
    static <D, T> Items<T> all(List<D> values, Function<D, T> view) {
        return new Items<>(values.stream().map(view).toList(), Optional.empty());
    }
}
