package io.allotment.domain.notification;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.TenantId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/**
 * What others must hear of, written in the transaction of what brought it about.
 *
 * @param decision that brought it about; where none did, an id of the notice's own
 * @param number 0, 1, 2 … within the decision
 * @param feature whose quota it is about
 * @param percent the threshold that was reached
 * @param amount used of the quota, billable above its limit, available of the credits, or the days that are left to pay or to try
 * @param limit of the quota, or the threshold of the credits
 * @param period of the quota, of the grace, or of the trial
 */
public record Notice(
        TenantId tenantId,
        DecisionId decision,
        int number,
        Kind kind,
        AccountId accountId,
        Optional<FeatureKey> feature,
        Optional<Integer> percent,
        BigDecimal amount,
        Optional<BigDecimal> limit,
        Optional<Period> period,
        Instant at) {

    /** What it tells. */
    public enum Kind {
        /** A part of a quota is used; told once in each period and threshold. */
        QUOTA_THRESHOLD,
        /** The available credits fell below the tenant's threshold; told again after they were above it. */
        LOW_CREDITS,
        /** A decision used billable overage; told for each such decision. */
        OVERAGE,
        /** The payment of a subscription is missing; told at some days of its grace. */
        PAYMENT_MISSING,
        /** The trial of a subscription ends soon; told once for each end. */
        TRIAL_ENDING
    }

    public Notice {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(decision, "decision");
        requireNonNull(kind, "kind");
        requireNonNull(accountId, "accountId");
        requireNonNull(feature, "feature");
        requireNonNull(percent, "percent");
        requireNonNull(amount, "amount");
        requireNonNull(limit, "limit");
        requireNonNull(period, "period");
        requireNonNull(at, "at");
    }
}
