package io.allotment.persistence.memory;

import io.allotment.domain.billing.Refund;
import io.allotment.domain.billing.Refunds;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.util.List;
import java.util.Optional;

final class MemoryRefunds implements Refunds {

    private final Tables tables;

    MemoryRefunds(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void insert(Refund refund) {
        tables.moneyBack.requireToWrite(refund);
        if (!tables.accounts.holds(Key.of(refund.tenantId(), refund.accountId()))) {
            throw new Unknown("account", "accountId", refund.accountId());
        }
        if (findNamed(refund.tenantId(), refund.gateway(), refund.gatewayId()).isPresent()) {
            throw new AlreadyExists("refund", "id", refund.gatewayId());
        }
        tables.moneyBack.put(key(refund), refund);
    }

    @Override
    public void update(Refund refund) {
        tables.moneyBack.requireToWrite(refund);
        if (!tables.moneyBack.holds(key(refund))) {
            throw new IllegalStateException("There is no refund " + refund.id() + " to update");
        }
        tables.moneyBack.put(key(refund), refund);
    }

    @Override
    public Optional<Refund> findNamed(TenantId tenant, String gateway, String gatewayId) {
        return tables.moneyBack
                .under(Key.of(tenant))
                .filter(refund ->
                        refund.gateway().equals(gateway) && refund.gatewayId().equals(gatewayId))
                .findFirst();
    }

    @Override
    public List<Refund> listOf(TenantId tenant, String gateway, String paymentId) {
        return tables.moneyBack
                .under(Key.of(tenant))
                .filter(refund ->
                        refund.gateway().equals(gateway) && refund.paymentId().equals(paymentId))
                .toList();
    }

    @Override
    public Page<Refund> list(TenantId tenant, Filter filter, PageRequest page) {
        return tables.moneyBack.pageBackwards(Key.of(tenant), Position.ID, page, filter::matches);
    }

    private static Key key(Refund refund) {
        return Key.of(refund.tenantId(), refund.id());
    }
}
