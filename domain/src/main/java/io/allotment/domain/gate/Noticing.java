package io.allotment.domain.gate;

import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.MeteredUse;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/** What one decision brings about that others must hear of. */
final class Noticing {

    private final Tenant tenant;
    private final DecisionId decision;
    private final DecidingAccount account;
    private final Instant now;
    private final Deciding all;
    private int number;
    private int metered;

    Noticing(Tenant tenant, DecisionId decision, DecidingAccount account, Deciding all) {
        this.tenant = tenant;
        this.decision = decision;
        this.account = account;
        this.now = all.now();
        this.all = all;
    }

    /** A counter has gone up: thresholds that were passed are told once in its period, each by itself. */
    void used(QuotaCounter counter, Optional<Quantity> limit, Quantity billable) {
        int percent = counter.usedPercent(limit).orElse(0);
        int highest = counter.noticedPercent();
        for (int threshold : tenant.thresholds().quotaPercents()) {
            if (threshold <= percent && threshold > highest) {
                highest = threshold;
                add(
                        Notice.Kind.QUOTA_THRESHOLD,
                        Optional.of(counter.feature()),
                        Optional.of(threshold),
                        counter.used().value(),
                        limit.map(Quantity::value),
                        Optional.of(counter.period()));
            }
        }
        if (highest > counter.noticedPercent()) {
            account.put(counter.noticed(highest));
        }
        if (!billable.isZero()) {
            overage(counter.feature(), billable, limit, counter.period());
        }
    }

    void overage(FeatureKey feature, Quantity billable, Optional<Quantity> limit, Period period) {
        add(
                Notice.Kind.OVERAGE,
                Optional.of(feature),
                Optional.empty(),
                billable.value(),
                limit.map(Quantity::value),
                Optional.of(period));
        account.subscription()
                .flatMap(subscription -> MeteredUse.of(
                        subscription, decision, metered++, feature, billable.value(), period.start(), now))
                .ifPresent(all::add);
    }

    /** Credits went down. */
    void drawn() {
        if (account.noticesLow()) {
            CreditAccount credits = account.credits();
            add(
                    Notice.Kind.LOW_CREDITS,
                    Optional.empty(),
                    Optional.empty(),
                    credits.available(now).value(),
                    tenant.thresholds().lowCredits().map(threshold -> threshold.value()),
                    Optional.empty());
        }
    }

    private void add(
            Notice.Kind kind,
            Optional<FeatureKey> feature,
            Optional<Integer> percent,
            BigDecimal amount,
            Optional<BigDecimal> limit,
            Optional<Period> period) {
        all.add(new Notice(
                tenant.id(), decision, number++, kind, account.id(), feature, percent, amount, limit, period, now));
    }
}
