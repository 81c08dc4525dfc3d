package io.allotment.domain.gate;

import io.allotment.domain.catalog.Quota;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import java.util.Optional;

/** Quotas for the gate's tests: a billing cycle's, where nothing else is said. */
final class SomeQuota {

    private SomeQuota() {}

    static Quota of(Quota.Overage overage, String limit) {
        return of(overage, limit, 0);
    }

    /** @param limit {@code unlimited} for no limit */
    static Quota of(Quota.Overage overage, String limit, int gracePercent) {
        Optional<Quantity> some = limit.equals("unlimited") ? Optional.empty() : Optional.of(Quantity.of(limit));
        return new Quota(some, Quota.Reset.BILLING_CYCLE, Optional.empty(), overage, gracePercent);
    }

    static Quota blockingAt(long limit) {
        return of(Quota.Overage.BLOCK, Long.toString(limit));
    }

    static Quota resetting(Quota.Reset reset, long limit) {
        return new Quota(Optional.of(Quantity.of(limit)), reset, Optional.empty(), Quota.Overage.BLOCK, 0);
    }

    static Quota everySeconds(long windowSeconds, long limit) {
        return new Quota(
                Optional.of(Quantity.of(limit)),
                Quota.Reset.FIXED_WINDOW,
                Optional.of(windowSeconds),
                Quota.Overage.BLOCK,
                0);
    }

    /** A counter of which nothing is held and nothing was told. */
    static QuotaCounter counter(
            TenantId tenant, AccountId account, FeatureKey feature, Period period, Quantity used, Quantity overage) {
        return new QuotaCounter(tenant, account, feature, period, used, overage, Quantity.ZERO, 0);
    }
}
