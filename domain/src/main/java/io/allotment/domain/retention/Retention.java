package io.allotment.domain.retention;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;

/**
 * How long a tenant's rows are kept, and the checkpoint: what was made before it may be gone, and verification starts there. A checkpoint
 * never goes back, also where rows are to be kept for longer from now on. When something was made is when its id was.
 *
 * @param keysFrom decisions and requests made before may be gone; to a millisecond
 * @param usageFrom usage events made before may be gone; never after {@code keysFrom}
 * @param dueAt when there may be something to remove
 */
public record Retention(
        TenantId tenantId,
        RetentionTerms terms,
        Optional<Instant> keysFrom,
        Optional<Instant> usageFrom,
        Instant dueAt) {

    /** A tenant with something to remove is seen to no more often. */
    public static final Duration SHORTEST_PAUSE = Duration.ofDays(1);

    public Retention {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(terms, "terms");
        requireNonNull(keysFrom, "keysFrom");
        requireNonNull(usageFrom, "usageFrom");
        requireNonNull(dueAt, "dueAt");
        if (usageFrom
                .filter(usage -> keysFrom.filter(keys -> !keys.isBefore(usage)).isEmpty())
                .isPresent()) {
            throw new IllegalArgumentException("usage is kept for as long as the keys that it answers");
        }
    }

    /** A tenant that has said nothing and lost nothing. */
    public static Retention initial(TenantId tenant) {
        return new Retention(tenant, RetentionTerms.DEFAULT, Optional.empty(), Optional.empty(), Instant.EPOCH);
    }

    /** With other terms from now on. */
    public Retention with(RetentionTerms changed, Instant now) {
        return new Retention(tenantId, changed, keysFrom, usageFrom, now);
    }

    /** From when keys are to be kept at this time. */
    public Instant keysWanted(Instant now) {
        return kept(terms.keyDays(), now);
    }

    /** From when usage is to be kept at this time. */
    public Instant usageWanted(Instant now) {
        return kept(terms.usageDays(), now);
    }

    /** From when notices are to be kept at this time. */
    public Instant noticesWanted(Instant now) {
        return kept(terms.noticeDays(), now);
    }

    private static Instant kept(int days, Instant now) {
        return now.truncatedTo(ChronoUnit.MILLIS).minus(Duration.ofDays(days));
    }

    /** The checkpoint of keys moved on to a time; as it is where it is there already. */
    public Retention keysFrom(Instant moved) {
        return new Retention(tenantId, terms, Optional.of(later(keysFrom, moved)), usageFrom, dueAt);
    }

    /** The checkpoint of usage moved on to a time; as it is where it is there already. */
    public Retention usageFrom(Instant moved) {
        return new Retention(tenantId, terms, keysFrom, Optional.of(later(usageFrom, moved)), dueAt);
    }

    /** To be seen to again at a time, but not at once. */
    public Retention next(Instant wanted, Instant now) {
        var soonest = now.plus(SHORTEST_PAUSE);
        return new Retention(tenantId, terms, keysFrom, usageFrom, wanted.isBefore(soonest) ? soonest : wanted);
    }

    private static Instant later(Optional<Instant> present, Instant moved) {
        return present.filter(at -> at.isAfter(moved)).orElse(moved);
    }

    /** Below all ids that were made then or later, and above all that were made before. */
    public static UUID firstIdAt(Instant time) {
        return new UUID(time.toEpochMilli() << 16, 0);
    }

    /** When an id was made, to a millisecond. */
    public static Instant madeAt(UUID id) {
        return Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16);
    }
}
