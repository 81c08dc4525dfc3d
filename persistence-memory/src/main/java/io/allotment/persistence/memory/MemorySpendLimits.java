package io.allotment.persistence.memory;

import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.credit.SpendLimits;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.usage.UsageEvent;
import java.util.List;
import java.util.Optional;

final class MemorySpendLimits implements SpendLimits {

    private final Tables tables;

    MemorySpendLimits(Tables tables) {
        this.tables = tables;
    }

    @Override
    public Optional<SpendLimit> lock(SpendLimit.Ref limit) {
        // No other unit of work is open while this one is: the limit is locked already.
        return tables.spendLimits.find(key(limit));
    }

    @Override
    public void save(SpendLimit limit) {
        tables.spendLimits.requireToWrite(limit);
        if (!tables.tenants.holds(Key.of(limit.tenantId()))) {
            throw new Unknown("tenant", "tenantId", limit.tenantId());
        }
        tables.spendLimits.put(key(limit.ref()), limit);
    }

    @Override
    public boolean remove(SpendLimit.Ref limit) {
        return tables.spendLimits.find(key(limit)).isPresent() && tables.spendLimits.remove(key(limit));
    }

    @Override
    public Page<SpendLimit> list(TenantId tenant, PageRequest page) {
        return tables.spendLimits.page(Key.of(tenant), Position.SPEND_LIMIT, page);
    }

    @Override
    public Credits spentIn(TenantId tenant, SpendLimit.Spender spender, Period period) {
        return tables.events
                .under(Key.of(tenant))
                .filter(event -> period.contains(event.at())
                        && SpendLimit.Spender.of(event.actor()).contains(spender)
                        && !tables.refunds.holds(Key.of(tenant, event.id())))
                .map(UsageEvent::credits)
                .reduce(Credits.ZERO, Credits::plus);
    }

    /** The spender's, one for each window at the most. */
    List<SpendLimit> of(TenantId tenant, SpendLimit.Spender spender) {
        return tables.spendLimits
                .under(Key.of(tenant, spender.kind(), spender.id()))
                .toList();
    }

    private static Key key(SpendLimit.Ref limit) {
        return Key.of(limit.tenantId(), limit.spender().kind(), limit.spender().id(), limit.window());
    }
}
