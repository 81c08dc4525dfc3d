package io.allotment.domain.quota;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.catalog.Quota;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Quantity;
import java.util.Optional;

/**
 * What one line did to a quota, or would do.
 *
 * @param used in the period, after it
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

    public static QuotaUse of(Quota quota, QuotaCounter counter, Quantity quantity) {
        var used = counter.used().plus(quantity);
        var above = quota.limit()
                .map(limit -> used.minusOrZero(limit).min(quantity))
                .orElse(Quantity.ZERO);
        return new QuotaUse(counter.feature(), used, quota.limit(), above, counter.period());
    }

    /** Whether the quota refuses it: above its ceiling, and its policy blocks. */
    public boolean isBlockedBy(Quota quota) {
        return quota.overage() == Quota.Overage.BLOCK
                && quota.ceiling().map(ceiling -> used.compareTo(ceiling) > 0).orElse(false);
    }
}
