package io.allotment.domain.ai;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;

/** When a price of a list holds. Days and times of day are UTC's. */
public sealed interface PriceCondition {

    boolean holdsAt(Instant time);

    /** At any time. */
    record Always() implements PriceCondition {
        @Override
        public boolean holdsAt(Instant time) {
            return true;
        }
    }

    /** From the beginning of a day on. */
    record From(LocalDate day) implements PriceCondition {
        public From {
            requireNonNull(day, "day");
        }

        @Override
        public boolean holdsAt(Instant time) {
            return !time.isBefore(day.atStartOfDay(ZoneOffset.UTC).toInstant());
        }
    }

    /**
     * Each day between two times; over midnight, where the end comes before the start.
     *
     * @param end no longer in it
     */
    record Daily(LocalTime start, LocalTime end) implements PriceCondition {
        public Daily {
            requireNonNull(start, "start");
            requireNonNull(end, "end");
        }

        @Override
        public boolean holdsAt(Instant time) {
            var clock = time.atOffset(ZoneOffset.UTC).toLocalTime();
            return end.isBefore(start)
                    ? !clock.isBefore(start) || clock.isBefore(end)
                    : !clock.isBefore(start) && clock.isBefore(end);
        }
    }
}
