package io.allotment.domain.quota;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Quantity;
import java.util.Optional;

/**
 * What one line did to a quota, or would do.
 *
 * @param used in the period, after it; for a hold, with all that is held
 * @param limit empty for no limit
 * @param above the part of the line's quantity that lies above the limit
 */
public record QuotaUse(FeatureKey feature, Quantity used, Optional<Quantity> limit, Quantity above, Period period) {

    public QuotaUse {
        requireNonNull(feature, "feature");
        requireNonNull(used, "used");
        requireNonNull(limit, "limit");
        requireNonNull(above, "above");
        requireNonNull(period, "period");
    }

    /** So much more, after what is used already. */
    public static QuotaUse after(
            Quantity usedBefore, Optional<Quantity> limit, Quantity quantity, FeatureKey feature, Period period) {
        var used = usedBefore.plus(quantity);
        var above = limit.map(l -> used.minusOrZero(l).min(quantity)).orElse(Quantity.ZERO);
        return new QuotaUse(feature, used, limit, above, period);
    }
}
