package io.allotment.domain.shared;

import java.time.Instant;
import java.util.Optional;

/**
 * Of which time something is wanted; what is empty does not matter.
 *
 * @param from included
 * @param to excluded; after {@code from}
 */
public record TimeRange(Optional<Instant> from, Optional<Instant> to) {

    public static final TimeRange ALL = new TimeRange(Optional.empty(), Optional.empty());

    public TimeRange {
        from = from.map(time -> Times.stored("from", time));
        to = to.map(time -> Times.stored("to", time));
        if (from.isPresent() && to.isPresent() && !from.get().isBefore(to.get())) {
            throw new InvalidValue("to", "must be after from");
        }
    }

    public boolean holds(Instant time) {
        return from.filter(time::isBefore).isEmpty() && to.map(time::isBefore).orElse(true);
    }
}
