package io.allotment.domain.subscription;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.Times;
import java.time.Instant;
import java.util.Optional;

/**
 * What a gateway says of a subscription that it bills, in our words.
 *
 * @param months the length of a period
 * @param endedAt when it stopped, for a status that is an end
 */
public record BilledState(
        Billed billed,
        PlanVersionId planVersionId,
        Optional<PriceKey> price,
        int months,
        SubscriptionStatus status,
        Period currentPeriod,
        Optional<Period> trial,
        boolean cancelAtPeriodEnd,
        Optional<Instant> canceledAt,
        Optional<Instant> resumesAt,
        Optional<Instant> endedAt) {

    public BilledState {
        requireNonNull(billed, "billed");
        requireNonNull(planVersionId, "planVersionId");
        requireNonNull(price, "price");
        requireNonNull(status, "status");
        requireNonNull(currentPeriod, "currentPeriod");
        requireNonNull(trial, "trial");
        requireNonNull(canceledAt, "canceledAt");
        requireNonNull(resumesAt, "resumesAt");
        requireNonNull(endedAt, "endedAt");
    }

    /** The same, as it was at another time. */
    public BilledState asOf(Instant time) {
        var by = new Billed(billed.gateway(), billed.gatewayId(), billed.quantity(), time, billed.over());
        return new BilledState(
                by,
                planVersionId,
                price,
                months,
                status,
                currentPeriod,
                trial,
                cancelAtPeriodEnd,
                canceledAt,
                resumesAt,
                endedAt);
    }

    /** Where periods are counted from: as before, where that gives this period; gateways count in UTC. */
    BillingCycle cycle(BillingCycle known) {
        if (status == SubscriptionStatus.TRIALING) {
            return new BillingCycle(currentPeriod.end().orElseThrow(), months);
        }
        var start = currentPeriod.start();
        boolean fits = known.months() == months
                && !start.isBefore(known.anchor())
                && known.at(start, Times.UTC).equals(currentPeriod);
        return fits ? known : new BillingCycle(start, months);
    }
}
