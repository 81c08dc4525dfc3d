package io.allotment.persistence.memory;

import io.allotment.domain.billing.SubscriptionCheckout;
import io.allotment.domain.billing.SubscriptionCheckouts;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.util.List;
import java.util.Optional;

final class MemorySubscriptionCheckouts implements SubscriptionCheckouts {

    private final Tables tables;

    MemorySubscriptionCheckouts(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void insert(SubscriptionCheckout checkout) {
        tables.subscriptionCheckouts.requireToWrite(checkout);
        if (!tables.accounts.holds(Key.of(checkout.tenantId(), checkout.accountId()))) {
            throw new Unknown("account", "accountId", checkout.accountId());
        }
        tables.subscriptionCheckouts.put(key(checkout), checkout);
    }

    @Override
    public void update(SubscriptionCheckout checkout) {
        tables.subscriptionCheckouts.requireToWrite(checkout);
        if (!tables.subscriptionCheckouts.holds(key(checkout))) {
            throw new IllegalStateException("There is no checkout " + checkout.id() + " to update");
        }
        tables.subscriptionCheckouts.put(key(checkout), checkout);
    }

    @Override
    public Optional<SubscriptionCheckout> find(TenantId tenant, CheckoutId id) {
        return tables.subscriptionCheckouts.find(Key.of(tenant, id));
    }

    @Override
    public List<SubscriptionCheckout> listUnclosed(TenantId tenant, AccountId account) {
        return listUnclosed(tenant).stream()
                .filter(checkout -> checkout.accountId().equals(account))
                .toList();
    }

    @Override
    public List<SubscriptionCheckout> listUnclosed(TenantId tenant) {
        return tables.subscriptionCheckouts
                .under(Key.of(tenant))
                .filter(checkout -> checkout.status() != SubscriptionCheckout.Status.CLOSED)
                .toList();
    }

    private static Key key(SubscriptionCheckout checkout) {
        return Key.of(checkout.tenantId(), checkout.id());
    }
}
