package io.allotment.domain.subscription;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;
import java.util.Optional;

/**
 * A change of plan that waits for the period's end.
 *
 * @param months the length of a period from then on
 */
public record ScheduledChange(PlanVersionId planVersionId, Optional<PriceKey> price, int months) {

    public ScheduledChange {
        requireNonNull(planVersionId, "planVersionId");
        requireNonNull(price, "price");
        if (months < 1) {
            throw new InvalidValue("months", "must be at least 1");
        }
    }
}
