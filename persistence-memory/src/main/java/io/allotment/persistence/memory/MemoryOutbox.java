package io.allotment.persistence.memory;

import io.allotment.domain.notification.Notice;
import io.allotment.domain.notification.Outbox;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;

final class MemoryOutbox implements Outbox {

    private final Tables tables;

    MemoryOutbox(Tables tables) {
        this.tables = tables;
    }

    @Override
    public Page<Notice> list(TenantId tenant, PageRequest page) {
        return tables.notices.page(Key.of(tenant), Position.ID_AND_NUMBER, page);
    }

    @Override
    public void append(Notice notice) {
        tables.notices.requireToWrite(notice);
        var key = Key.of(notice.tenantId(), notice.decision(), notice.number());
        if (tables.notices.holds(key)) {
            throw new IllegalStateException(
                    "There is a notice " + notice.number() + " of the decision " + notice.decision() + " already");
        }
        tables.notices.put(key, notice);
    }
}
