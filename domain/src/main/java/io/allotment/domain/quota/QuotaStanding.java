package io.allotment.domain.quota;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.catalog.Entitlement;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Quantity;
import java.util.Optional;

/**
 * A quota and how much of it is used.
 *
 * @param remaining up to the limit, without the grace; empty for no limit
 */
public record QuotaStanding(
        FeatureKey feature, Quota quota, Quantity used, Quantity overage, Optional<Quantity> remaining, Period period) {

    public QuotaStanding {
        requireNonNull(feature, "feature");
        requireNonNull(quota, "quota");
        requireNonNull(used, "used");
        requireNonNull(overage, "overage");
        requireNonNull(remaining, "remaining");
        requireNonNull(period, "period");
    }

    public static QuotaStanding of(Entitlement.Metered metered, QuotaCounter counter) {
        return new QuotaStanding(
                metered.feature(),
                metered.quota(),
                counter.used(),
                counter.overage(),
                metered.quota().limit().map(limit -> limit.minusOrZero(counter.used())),
                counter.period());
    }
}
