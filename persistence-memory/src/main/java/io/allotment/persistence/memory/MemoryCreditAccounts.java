package io.allotment.persistence.memory;

import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.credit.CreditAccounts;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.EntryFilter;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.util.Optional;

final class MemoryCreditAccounts implements CreditAccounts {

    private final Tables tables;

    MemoryCreditAccounts(Tables tables) {
        this.tables = tables;
    }

    @Override
    public Optional<CreditAccount> find(TenantId tenant, AccountId account) {
        var key = Key.of(tenant, account);
        return tables.ledgers
                .find(key)
                .map(ledger -> ledger.with(tables.liveGrants.under(key).toList()));
    }

    @Override
    public void save(CreditAccount.Movement movement) {
        var account = movement.account();
        var key = Key.of(account.tenantId(), account.id());
        var ledger = Tables.Ledger.of(account);
        tables.ledgers.requireToWrite(ledger);
        if (!tables.ledgers.holds(key)) {
            throw new Unknown("account", "accountId", account.id());
        }
        tables.ledgers.put(key, ledger);
        movement.touched().forEach(this::put);
        movement.entries().forEach(this::append);
    }

    @Override
    public Optional<CreditGrant> findGrant(TenantId tenant, GrantId grant) {
        return tables.grants
                .under(Key.of(tenant))
                .filter(g -> g.id().equals(grant))
                .findFirst();
    }

    @Override
    public Page<CreditGrant> listGrants(
            TenantId tenant, AccountId account, Optional<Period> expiring, PageRequest page) {
        return tables.grants.pageBackwards(
                Key.of(tenant, account),
                Position.ID,
                page,
                grant -> expiring.map(period -> expiresWithin(grant, period)).orElse(true));
    }

    @Override
    public Optional<CreditEntry> findEntry(TenantId tenant, IdempotencyKey key) {
        return tables.entriesByKey.find(Key.of(tenant, key));
    }

    @Override
    public Page<CreditEntry> listEntries(TenantId tenant, AccountId account, EntryFilter filter, PageRequest page) {
        return tables.entries.pageBackwards(Key.of(tenant, account), Position.NUMBER, page, filter::matches);
    }

    private void put(CreditGrant grant) {
        var key = Key.of(grant.tenantId(), grant.accountId(), grant.id());
        tables.grants.put(key, grant);
        if (grant.remaining().isPositive()) {
            tables.liveGrants.put(key, grant);
        } else {
            tables.liveGrants.remove(key);
        }
    }

    private void append(CreditEntry entry) {
        var key = Key.of(entry.tenantId(), entry.accountId(), entry.sequence());
        if (tables.entries.holds(key)) {
            throw new IllegalStateException("The ledger of the account " + entry.accountId() + " has an entry "
                    + entry.sequence() + " already: it was changed without its lock");
        }
        tables.entries.put(key, entry);
        entry.reason().idempotencyKey().ifPresent(idempotencyKey -> {
            var byKey = Key.of(entry.tenantId(), idempotencyKey);
            if (tables.entriesByKey.holds(byKey)) {
                throw new IdempotencyKeyReused(idempotencyKey);
            }
            tables.entriesByKey.put(byKey, entry);
        });
    }

    private static boolean expiresWithin(CreditGrant grant, Period period) {
        return grant.remaining().isPositive()
                && grant.terms()
                        .expiresAt()
                        .map(end -> end.isAfter(period.start()) && !period.hasEndedAt(end))
                        .orElse(false);
    }
}
