package io.allotment.persistence.memory;

import io.allotment.domain.quota.Allocation;
import io.allotment.domain.quota.Allocations;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TenantId;
import java.util.List;

final class MemoryAllocations implements Allocations {

    private final Tables tables;

    MemoryAllocations(Tables tables) {
        this.tables = tables;
    }

    @Override
    public Page<Allocation> list(TenantId tenant, AccountId account, FeatureKey feature, PageRequest page) {
        return tables.allocations.page(Key.of(tenant, account, feature), Position.TEXTS, page);
    }

    /** All that something holds, of any feature and account. */
    List<Allocation> of(TenantId tenant, RelatedEntity entity) {
        return tables.allocationsByEntity
                .under(Key.of(tenant, Key.bytes(entity.type()), Key.bytes(entity.id())))
                .toList();
    }

    /** Writes an allocation, new or changed; one of which nothing is left goes. */
    void put(Allocation allocation) {
        var tenant = allocation.tenantId();
        var account = allocation.accountId();
        var feature = allocation.feature();
        var type = Key.bytes(allocation.relatedTo().type());
        var id = Key.bytes(allocation.relatedTo().id());
        put(tables.allocations, Key.of(tenant, account, feature, type, id), allocation);
        put(tables.allocationsByEntity, Key.of(tenant, type, id, account, feature), allocation);
    }

    private static void put(Table<Allocation> table, Key key, Allocation allocation) {
        if (allocation.quantity().isZero()) {
            table.remove(key);
        } else {
            table.put(key, allocation);
        }
    }
}
