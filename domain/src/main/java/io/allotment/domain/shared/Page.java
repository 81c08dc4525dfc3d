package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One page of a listing.
 *
 * @param next what to ask for as {@link PageRequest#after()} to go on; empty on the last page
 */
public record Page<T>(List<T> items, Optional<String> next) {

    public Page {
        items = List.copyOf(items);
        requireNonNull(next, "next");
    }

    /**
     * Cuts a page out of rows read in the listing's order.
     *
     * @param rows up to one more than the limit; the one more tells that there is a next page
     * @param position what a row is found again by
     */
    public static <T> Page<T> of(List<T> rows, PageRequest request, Function<T, String> position) {
        if (rows.size() <= request.limit()) {
            return new Page<>(rows, Optional.empty());
        }
        var items = rows.subList(0, request.limit());
        return new Page<>(items, Optional.of(position.apply(items.get(items.size() - 1))));
    }

    public <R> Page<R> map(Function<T, R> change) {
        return new Page<>(items.stream().map(change).toList(), next);
    }
}
