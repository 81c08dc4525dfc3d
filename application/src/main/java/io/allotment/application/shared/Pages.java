package io.allotment.application.shared;

import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Listings as a whole. */
public final class Pages {

    private Pages() {}

    /** All of a listing: the first page now, so that what is refused is refused at once, the others when they are needed. */
    public static <T> Stream<T> all(Function<PageRequest, Page<T>> listing) {
        var first = Optional.of(listing.apply(PageRequest.first(PageRequest.MAX_LIMIT)));
        return Stream.iterate(
                        first,
                        Optional::isPresent,
                        page -> page.flatMap(Page::next)
                                .map(after ->
                                        listing.apply(new PageRequest(PageRequest.MAX_LIMIT, Optional.of(after)))))
                .flatMap(page -> page.orElseThrow().items().stream());
    }
}
