package io.allotment.domain.usage;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Decimals;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import io.allotment.domain.subscription.Subscription;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/**
 * Billable overage that came about or was taken back, of an account whose subscription a gateway bills. Written in the transaction of
 * what brought it about, and gone in the one that makes a report of it.
 *
 * @param cause the decision, or the change of a quota, that brought it about
 * @param number 0, 1, 2 … within the cause
 * @param feature whose quota it lies above: its meter counts it
 * @param quantity so much more, or less where it is negative; not zero
 * @param periodStart of the quota's period that it was counted in; for what was taken back of one that is over, when that was
 * @param billingPeriodStart of the subscription's period that it is billed with
 */
public record MeteredUse(
        TenantId tenantId,
        DecisionId cause,
        int number,
        AccountId accountId,
        String gateway,
        FeatureKey feature,
        BigDecimal quantity,
        Instant periodStart,
        Instant billingPeriodStart,
        Instant at) {

    public MeteredUse {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(cause, "cause");
        requireNonNull(accountId, "accountId");
        gateway = Text.key("gateway", gateway);
        requireNonNull(feature, "feature");
        if (quantity.signum() == 0) {
            throw new InvalidValue("quantity", "must not be zero");
        }
        quantity = Decimals.plain(quantity);
        requireNonNull(periodStart, "periodStart");
        requireNonNull(billingPeriodStart, "billingPeriodStart");
        requireNonNull(at, "at");
    }

    /** Empty where no gateway bills the subscription, and where nothing changed. */
    public static Optional<MeteredUse> of(
            Subscription subscription,
            DecisionId cause,
            int number,
            FeatureKey feature,
            BigDecimal quantity,
            Instant periodStart,
            Instant now) {
        return subscription
                .billed()
                .filter(billed -> quantity.signum() != 0)
                .map(billed -> new MeteredUse(
                        subscription.tenantId(),
                        cause,
                        number,
                        subscription.accountId(),
                        billed.gateway(),
                        feature,
                        quantity,
                        periodStart,
                        subscription.currentPeriod().start(),
                        now));
    }
}
