package io.allotment.persistence.memory;

import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.TenantId;

/** What a counter counts: of an account's feature, in one period. */
record CountedPeriod(TenantId tenantId, AccountId accountId, FeatureKey feature, Period period) {

    static CountedPeriod of(QuotaCounter counter) {
        return new CountedPeriod(counter.tenantId(), counter.accountId(), counter.feature(), counter.period());
    }

    @Override
    public String toString() {
        return "quota of " + feature + " of account " + accountId;
    }
}
