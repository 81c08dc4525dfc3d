package io.allotment.domain.usage;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Comparator;

/**
 * What was used in one stretch of time by one group.
 *
 * @param start of the hour, day or month, or of what of it is in the range
 */
public record UsageSummary(Instant start, UsageGroup group, UsageAmounts amounts) {

    /** By time, and then by group. */
    public static final Comparator<UsageSummary> ORDER =
            Comparator.comparing(UsageSummary::start).thenComparing(UsageSummary::group, UsageGroup.ORDER);

    public UsageSummary {
        requireNonNull(start, "start");
        requireNonNull(group, "group");
        requireNonNull(amounts, "amounts");
    }
}
