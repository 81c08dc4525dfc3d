package io.allotment.domain.credit;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.TenantId;
import java.util.Optional;

/** Port: credit accounts with their grants and ledgers. Changes happen under the account's lock. */
public interface CreditAccounts {

    /** The account with the grants that still hold something. */
    Optional<CreditAccount> find(TenantId tenant, AccountId account);

    /**
     * Writes the state, its entries and its grants. Refuses an entry whose idempotency key another entry of the tenant has
     * ({@code IdempotencyKeyReused}).
     */
    void save(CreditAccount.Movement movement);

    Optional<CreditGrant> findGrant(TenantId tenant, GrantId grant);

    /**
     * The account's grants, newest first.
     *
     * @param expiring only those that still hold something and expire after its start and before its end
     */
    Page<CreditGrant> listGrants(TenantId tenant, AccountId account, Optional<Period> expiring, PageRequest page);

    /** The entry that was written under the key, in any account of the tenant. */
    Optional<CreditEntry> findEntry(TenantId tenant, IdempotencyKey key);

    /** The account's ledger, newest first. */
    Page<CreditEntry> listEntries(TenantId tenant, AccountId account, EntryFilter filter, PageRequest page);
}
