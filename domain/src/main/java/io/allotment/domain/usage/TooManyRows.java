package io.allotment.domain.usage;

import io.allotment.domain.shared.Refusal;

/** A summary would have more rows than one answer holds. */
public final class TooManyRows extends Refusal {

    public TooManyRows(int most) {
        super(
                Kind.INVALID,
                "too-many-rows",
                "by",
                "The summary has more than " + most
                        + " rows: ask for a shorter range, longer units, fewer groups, or the top of them.");
    }
}
