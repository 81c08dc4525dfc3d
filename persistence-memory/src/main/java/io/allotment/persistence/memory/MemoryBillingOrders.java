package io.allotment.persistence.memory;

import io.allotment.domain.billing.BillingOrder;
import io.allotment.domain.billing.BillingOrders;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.util.Optional;

final class MemoryBillingOrders implements BillingOrders {

    private final Tables tables;

    MemoryBillingOrders(Tables tables) {
        this.tables = tables;
    }

    @Override
    public boolean insert(BillingOrder order) {
        tables.billingOrders.requireToWrite(order);
        if (!tables.accounts.holds(Key.of(order.tenantId(), order.accountId()))) {
            throw new Unknown("account", "accountId", order.accountId());
        }
        if (tables.billingOrders.holds(key(order))) {
            return false;
        }
        planVersion(order)
                .filter(version -> tables.planVersions.find(Key.of(version)).isEmpty())
                .ifPresent(version -> {
                    throw new Unknown("plan version", "version", version);
                });
        tables.billingOrders.put(key(order), order);
        return true;
    }

    /** What a change is to. */
    static Optional<PlanVersionId> planVersion(BillingOrder order) {
        return order.wish() instanceof BillingOrder.Change change ? change.planVersion() : Optional.empty();
    }

    @Override
    public void update(BillingOrder order) {
        tables.billingOrders.requireToWrite(order);
        if (!tables.billingOrders.holds(key(order))) {
            throw new IllegalStateException("There is no order " + order.id() + " to update");
        }
        tables.billingOrders.put(key(order), order);
    }

    @Override
    public Optional<BillingOrder> find(TenantId tenant, IdempotencyKey key) {
        return tables.billingOrders.find(Key.of(tenant, key));
    }

    private static Key key(BillingOrder order) {
        return Key.of(order.tenantId(), order.key());
    }
}
