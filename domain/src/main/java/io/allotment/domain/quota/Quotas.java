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

    /**
     * Writes the counter, new or changed, and the history that led to it. Refuses a change whose idempotency key another
     * change of the tenant has ({@code IdempotencyKeyReused}).
     */
    void save(QuotaCounter counter, List<QuotaChange> changes);

    /** The manual change that was written under the key, in any account of the tenant. */
    Optional<QuotaChange> findChange(TenantId tenant, IdempotencyKey key);

    /**
     * Everything that happened to a feature's used count, newest first by id. A line that the gate let pass appears as an
     * increment with its decision's id, the operation as its reason and no idempotency key; lines of one decision stand
     * last line first, a reset that the decision met after them.
     */
    Page<QuotaChange> history(TenantId tenant, AccountId account, FeatureKey feature, PageRequest page);
}
