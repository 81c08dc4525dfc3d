package io.allotment.domain.subscription;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import java.util.Optional;

/** Port: who can hold subscriptions, credits and quotas. */
public interface BillingAccounts {

    /** Opens the account with an empty credit ledger. Refuses one that is there already ({@code AlreadyExists}), and a tenant that is not there ({@code Unknown}). */
    void insert(BillingAccount account);

    Optional<BillingAccount> find(TenantId tenant, AccountId account);

    /** The tenant's account and its members', in the order of ids. */
    Page<BillingAccount> list(TenantId tenant, PageRequest page);

    /**
     * Locks the account until the unit of work ends; false where there is none. Whatever the gate reads of an account
     * (subscription, credits, quotas) changes under this lock alone.
     */
    boolean lock(TenantId tenant, AccountId account);

    /** Locks all of the tenant's accounts that there are, in the gate's order, until the unit of work ends. */
    void lockAll(TenantId tenant);
}
