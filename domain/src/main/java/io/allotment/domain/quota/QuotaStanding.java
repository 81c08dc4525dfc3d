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
 * @param held set aside for work under way, beside what is used
 * @param remaining up to the limit, without the grace, less what is held; empty for no limit
 */
public record QuotaStanding(
        FeatureKey feature,
        Quota quota,
        Quantity used,
        Quantity overage,
        Quantity held,
        Optional<Quantity> remaining,
        Period period) {

    public QuotaStanding {
        requireNonNull(feature, "feature");
        requireNonNull(quota, "quota");
        requireNonNull(used, "used");
        requireNonNull(overage, "overage");
        requireNonNull(held, "held");
        requireNonNull(remaining, "remaining");
        requireNonNull(period, "period");
    }

    public static QuotaStanding of(Entitlement.Metered metered, QuotaCounter counter) {
        return new QuotaStanding(
                metered.feature(),
                metered.quota(),
                counter.used(),
                counter.overage(),
                counter.held(),
                metered.quota()
                        .limit()
                        .map(limit -> limit.minusOrZero(counter.used().plus(counter.held()))),
                counter.period());
    }
}
