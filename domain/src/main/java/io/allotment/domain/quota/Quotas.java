package io.allotment.domain.quota;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import java.util.List;
import java.util.Optional;

/** Port: used counts and their history. Changes happen under the account's lock. */
public interface Quotas {

    /** The account's counters, in the order of feature keys; a feature never used has none. */
    List<QuotaCounter> list(TenantId tenant, AccountId account);

    /** Writes the counter, new or changed, and the history that led to it. */
    void save(QuotaCounter counter, List<QuotaChange> changes);

    /** The manual change that was written under the key, in any account of the tenant. */
    Optional<QuotaChange> findChange(TenantId tenant, IdempotencyKey key);

    /** Everything that happened to a feature's used count, consumption included, newest first. */
    Page<QuotaChange> history(TenantId tenant, AccountId account, FeatureKey feature, PageRequest page);
}
