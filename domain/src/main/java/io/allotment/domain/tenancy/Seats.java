package io.allotment.domain.tenancy;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.catalog.Entitlement;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.shared.FeatureKey;
import java.math.RoundingMode;
import java.util.Optional;

/**
 * How many active members a tenant has, and may have.
 *
 * @param limit empty for no limit
 */
public record Seats(long used, Optional<Long> limit) {

    /** A plan that gives this allocated feature limits seats by its quota. */
    public static final FeatureKey FEATURE = new FeatureKey("seats");

    public Seats {
        requireNonNull(limit, "limit");
    }

    /**
     * What a plan version allows: the quota of the feature {@code seats} where it has one, as far as that blocks, else its
     * seat limit.
     */
    public static Optional<Long> limit(PlanVersionTerms terms) {
        var quota = terms.entitlement(FEATURE)
                .filter(Entitlement.Metered.class::isInstance)
                .map(entitlement -> ((Entitlement.Metered) entitlement).quota());
        return quota.isPresent() ? limit(quota.get()) : terms.seatLimit().map(Integer::longValue);
    }

    private static Optional<Long> limit(Quota quota) {
        return quota.overage() == Quota.Overage.BLOCK
                ? quota.ceiling()
                        .map(ceiling ->
                                ceiling.value().setScale(0, RoundingMode.DOWN).longValueExact())
                : Optional.empty();
    }

    /** Refuses where all are taken. */
    public void requireFree() {
        if (limit.isPresent() && used >= limit.get()) {
            throw new SeatsTaken(limit.get());
        }
    }
}
