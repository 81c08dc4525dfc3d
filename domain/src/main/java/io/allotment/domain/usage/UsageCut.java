package io.allotment.domain.usage;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/**
 * What usage is rolled up by. The quarters of an hour know all that summaries ask for; the others are quicker, each for
 * what is asked most. In this order the first that knows enough is the best.
 */
public enum UsageCut {
    /** Days in the tenant's time zone. */
    DAY_MODELS(true, UsageDimension.OPERATION, UsageDimension.MODEL, UsageDimension.PROVIDER),
    /** The same by who used it. */
    DAY_ACTORS(
            true,
            UsageDimension.OPERATION,
            UsageDimension.MODEL,
            UsageDimension.PROVIDER,
            UsageDimension.ACCOUNT,
            UsageDimension.USER,
            UsageDimension.KEY),
    /** The same by what it was for. */
    DAY_ENTITIES(
            true,
            UsageDimension.OPERATION,
            UsageDimension.MODEL,
            UsageDimension.PROVIDER,
            UsageDimension.RELATED_ENTITY),
    /** Quarters of an hour, the same in every zone. */
    QUARTER_MODELS(false, UsageDimension.OPERATION, UsageDimension.MODEL, UsageDimension.PROVIDER),
    /** The same with all that is known: what the others can be made of. */
    QUARTER_ALL(false, UsageDimension.values());

    private final boolean daily;
    private final Set<UsageDimension> dimensions;

    UsageCut(boolean daily, UsageDimension... dimensions) {
        this.daily = daily;
        this.dimensions = EnumSet.copyOf(Arrays.asList(dimensions));
    }

    /** Whether it is of days, which are those of a time zone. */
    public boolean isDaily() {
        return daily;
    }

    /** What its rows are told apart by. */
    public Set<UsageDimension> dimensions() {
        return EnumSet.copyOf(dimensions);
    }

    public boolean knows(Set<UsageDimension> wanted) {
        return dimensions.containsAll(wanted);
    }

    /** The one of quarters of an hour that answers best. */
    public static UsageCut ofQuarters(Set<UsageDimension> wanted) {
        return QUARTER_MODELS.knows(wanted) ? QUARTER_MODELS : QUARTER_ALL;
    }
}
