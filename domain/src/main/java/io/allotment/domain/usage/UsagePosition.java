package io.allotment.domain.usage;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.InvalidValue;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Comparator;

/** What a listing of usage by time goes on after. */
public record UsagePosition(Instant at, DecisionId id) implements Comparable<UsagePosition> {

    private static final Comparator<UsagePosition> ORDER =
            Comparator.comparing(UsagePosition::at).thenComparing(position -> position.id.toString());

    public UsagePosition {
        requireNonNull(at, "at");
        requireNonNull(id, "id");
    }

    public static UsagePosition of(UsageEvent event) {
        return new UsagePosition(event.at(), event.id());
    }

    /** Reads what {@link #toString} wrote; refuses anything else. */
    public static UsagePosition read(String after) {
        try {
            var parts = after.split("~", 2);
            return new UsagePosition(Instant.parse(parts[0]), DecisionId.of(parts[1]));
        } catch (DateTimeException | ArrayIndexOutOfBoundsException | InvalidValue notOurs) {
            throw new InvalidValue("after", "is not of this listing");
        }
    }

    @Override
    public int compareTo(UsagePosition other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return at + "~" + id;
    }
}
