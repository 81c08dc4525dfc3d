package io.allotment.persistence.memory;

import io.allotment.domain.billing.Checkout;
import io.allotment.domain.billing.CreditPurchase;
import io.allotment.domain.billing.CreditPurchases;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Id;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

final class MemoryCreditPurchases implements CreditPurchases {

    private final Tables tables;

    MemoryCreditPurchases(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void insert(CreditPurchase purchase) {
        tables.creditPurchases.requireToWrite(purchase);
        if (!tables.accounts.holds(Key.of(purchase.tenantId(), purchase.accountId()))) {
            throw new Unknown("account", "accountId", purchase.accountId());
        }
        tables.creditPurchases.put(key(purchase), purchase);
    }

    @Override
    public void update(CreditPurchase purchase) {
        tables.creditPurchases.requireToWrite(purchase);
        if (!tables.creditPurchases.holds(key(purchase))) {
            throw new IllegalStateException("There is no purchase " + purchase.id() + " to update");
        }
        tables.creditPurchases.put(key(purchase), purchase);
    }

    @Override
    public Optional<CreditPurchase> find(TenantId tenant, PurchaseId id) {
        return tables.creditPurchases.find(Key.of(tenant, id));
    }

    @Override
    public Page<CreditPurchase> list(TenantId tenant, AccountId account, PageRequest page) {
        return tables.creditPurchases.pageBackwards(
                Key.of(tenant),
                Position.ID,
                page,
                purchase -> purchase.accountId().equals(account));
    }

    @Override
    public List<CreditPurchase> listPending(TenantId tenant, AccountId account, Instant now) {
        return tables.creditPurchases
                .under(Key.of(tenant))
                .filter(purchase ->
                        purchase.accountId().equals(account) && purchase.statusAt(now) == CreditPurchase.Status.PENDING)
                .sorted(Comparator.comparing(
                                (CreditPurchase purchase) -> purchase.id().toString())
                        .reversed())
                .toList();
    }

    @Override
    public List<CreditPurchase> listToClose(String gateway, Instant now, int limit) {
        return tables.creditPurchases
                .all()
                .filter(purchase -> purchase.isToBeClosed(now)
                        && purchase.checkout().map(Checkout::gateway).equals(Optional.of(gateway)))
                .sorted(Comparator.comparing(CreditPurchase::expiresAt)
                        .thenComparing(purchase -> purchase.id().toString()))
                .limit(limit)
                .toList();
    }

    @Override
    public Page<CreditPurchase> listAll(Filter filter, Instant now, PageRequest page) {
        tables.requirePlatform("purchases of all tenants");
        var before = page.after().map(told -> Id.parse("after", told).toString());
        var rows = tables.creditPurchases
                .all()
                .filter(purchase -> filter.status()
                                .filter(status -> status != purchase.statusAt(now))
                                .isEmpty()
                        && filter.checkout()
                                .filter(id ->
                                        !purchase.checkout().map(Checkout::id).equals(Optional.of(id)))
                                .isEmpty())
                .filter(purchase -> before.filter(
                                last -> purchase.id().toString().compareTo(last) >= 0)
                        .isEmpty())
                .sorted(Comparator.comparing(
                                (CreditPurchase purchase) -> purchase.id().toString())
                        .reversed())
                .limit(page.limit() + 1L)
                .toList();
        return Page.of(rows, page, purchase -> purchase.id().toString());
    }

    private static Key key(CreditPurchase purchase) {
        return Key.of(purchase.tenantId(), purchase.id());
    }
}
