package io.allotment.persistence.memory;

import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.subscription.BillingAccounts;
import java.util.Optional;

final class MemoryBillingAccounts implements BillingAccounts {

    private final Tables tables;

    MemoryBillingAccounts(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void insert(BillingAccount account) {
        tables.accounts.requireToWrite(account);
        if (find(account.tenantId(), account.id()).isPresent()) {
            throw new AlreadyExists("account", "userId", account.id());
        }
        if (!tables.tenants.holds(Key.of(account.tenantId()))) {
            throw new Unknown("tenant", "tenantId", account.tenantId());
        }
        var key = Key.of(account.tenantId(), account.id());
        tables.accounts.put(key, account);
        tables.ledgers.put(key, Tables.Ledger.of(CreditAccount.empty(account.tenantId(), account.id())));
    }

    @Override
    public Optional<BillingAccount> find(TenantId tenant, AccountId account) {
        return tables.accounts.find(Key.of(tenant, account));
    }

    @Override
    public Page<BillingAccount> list(TenantId tenant, PageRequest page) {
        return tables.accounts.page(Key.of(tenant), Position.ID, page);
    }

    @Override
    public boolean lock(TenantId tenant, AccountId account) {
        // No other unit of work is open while this one is: the account is locked already.
        return find(tenant, account).isPresent();
    }

    @Override
    public void lockAll(TenantId tenant) {
        // They are locked already, by the unit of work that must be open.
        tables.requireUnit();
    }
}
