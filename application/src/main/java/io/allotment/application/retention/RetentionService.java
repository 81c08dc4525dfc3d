package io.allotment.application.retention;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Right;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.retention.Retention;
import io.allotment.domain.retention.RetentionTerms;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.TenantId;
import java.util.Map;

/** How long a tenant's rows are kept that grow with its use. Methods refuse a tenant that does not exist ({@link NotFound}). Thread-safe. */
public final class RetentionService {

    private final Persistence persistence;
    private final Moments moments;
    private final Acting acting;

    public RetentionService(Persistence persistence, Moments moments, Acting acting) {
        this.persistence = persistence;
        this.moments = moments;
        this.acting = acting;
    }

    /** How long rows are kept, and from when on they are there. */
    public Retention get(TenantId tenant) {
        acting.require(tenant, Right.TENANT_READ);
        return persistence
                .unitOfWork()
                .forTenant(
                        tenant,
                        () -> persistence.retentions().find(tenant).orElseThrow(() -> new NotFound("tenant", tenant)));
    }

    /** Sets how long rows are kept from now on. What is gone does not come back. */
    public Retention set(TenantId tenant, RetentionTerms terms) {
        acting.require(tenant, Right.TENANT_UPDATE);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            var present = persistence.retentions().lock(tenant).orElseThrow(() -> new NotFound("tenant", tenant));
            if (present.terms().equals(terms)) {
                return present;
            }
            var changed = present.with(terms, moments.now());
            persistence.retentions().save(changed);
            acting.record(
                    tenant,
                    AuditEvent.of("tenant.retention-changed", "tenant", tenant)
                            .from(told(present.terms()))
                            .to(told(terms)));
            return changed;
        });
    }

    private static Map<String, Object> told(RetentionTerms terms) {
        return AuditValues.of("usageDays", terms.usageDays())
                .and("keyDays", terms.keyDays())
                .and("noticeDays", terms.noticeDays())
                .map();
    }
}
