package io.allotment.persistence.memory;

import io.allotment.domain.usage.MeteredUse;
import io.allotment.domain.usage.MeteredUses;
import java.util.List;

final class MemoryMeteredUses implements MeteredUses {

    private final Tables tables;

    MemoryMeteredUses(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void append(MeteredUse use) {
        tables.meteredUses.requireToWrite(use);
        if (tables.meteredUses.holds(key(use))) {
            throw new IllegalStateException("There is a use " + use.number() + " of " + use.cause() + " already");
        }
        tables.meteredUses.put(key(use), use);
    }

    @Override
    public List<MeteredUse> take(int limit) {
        tables.requirePlatform("making reports of metered usage");
        var some = tables.meteredUses.all().limit(limit).toList();
        some.forEach(use -> tables.meteredUses.remove(key(use)));
        return some;
    }

    private static Key key(MeteredUse use) {
        return Key.of(use.tenantId(), use.cause(), use.number());
    }
}
