package io.allotment.persistence.memory;

import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.domain.usage.UsageEvents;
import io.allotment.domain.usage.UsageFilter;
import java.util.Optional;

final class MemoryUsageEvents implements UsageEvents {

    private final Tables tables;

    MemoryUsageEvents(Tables tables) {
        this.tables = tables;
    }

    @Override
    public Optional<UsageEvent> find(TenantId tenant, DecisionId id) {
        return tables.events.find(Key.of(tenant, id));
    }

    @Override
    public Page<UsageEvent> list(TenantId tenant, UsageFilter filter, PageRequest page) {
        return tables.events.pageBackwards(Key.of(tenant), Position.ID, page, filter::matches);
    }
}
