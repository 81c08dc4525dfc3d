package io.allotment.application.notification;

import io.allotment.application.access.Acting;
import io.allotment.domain.Persistence;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;

/** What others must hear of: thresholds that were passed, billable overage, low credits; for operators and support. Thread-safe. */
public final class OutboxService {

    private final Persistence persistence;
    private final Acting acting;

    public OutboxService(Persistence persistence, Acting acting) {
        this.persistence = persistence;
        this.acting = acting;
    }

    /** The tenant's notices, oldest first; refuses an unknown tenant ({@link NotFound}). */
    public Page<Notice> list(TenantId tenant, PageRequest page) {
        acting.requireMember(tenant);
        acting.requireReadsAll();
        return persistence.unitOfWork().forTenant(tenant, () -> {
            if (persistence.tenants().find(tenant).isEmpty()) {
                throw new NotFound("tenant", tenant);
            }
            return persistence.outbox().list(tenant, page);
        });
    }
}
