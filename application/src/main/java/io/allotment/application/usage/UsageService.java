package io.allotment.application.usage;

import io.allotment.application.access.Acting;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Right;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.SummaryRequest;
import io.allotment.domain.usage.TooManyRows;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.domain.usage.UsageEvents;
import io.allotment.domain.usage.UsageFilter;
import io.allotment.domain.usage.UsageSummary;
import java.time.ZoneId;
import java.util.List;

/** What was used. Methods refuse an unknown tenant ({@link NotFound}). Thread-safe. */
public final class UsageService {

    private final Persistence persistence;
    private final Acting acting;

    public UsageService(Persistence persistence, Acting acting) {
        this.persistence = persistence;
        this.acting = acting;
    }

    /** The event of an allowed decision; refuses an unknown one ({@link NotFound}). */
    public UsageEvent get(TenantId tenant, DecisionId id) {
        acting.require(tenant, Right.USAGE_READ);
        return persistence
                .unitOfWork()
                .forTenant(
                        tenant,
                        () -> events(tenant).find(tenant, id).orElseThrow(() -> new NotFound("usage event", id)));
    }

    /** Newest first. */
    public Page<UsageEvent> list(TenantId tenant, UsageFilter filter, PageRequest page) {
        acting.require(tenant, Right.USAGE_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> events(tenant).list(tenant, filter, page));
    }

    /**
     * What was used, summed by the tenant's hours, days or months: all of it, also what was used a moment ago. Refuses a
     * summary of more than {@link SummaryRequest#MAX_ROWS} rows ({@link TooManyRows}).
     */
    public Summary summarize(TenantId tenant, SummaryRequest request) {
        acting.require(tenant, Right.USAGE_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            var zone = require(tenant).timeZone();
            var rows = persistence.usageSummaries().summarize(tenant, request, zone, SummaryRequest.MAX_ROWS + 1);
            if (rows.size() > SummaryRequest.MAX_ROWS) {
                throw new TooManyRows(SummaryRequest.MAX_ROWS);
            }
            return new Summary(zone, rows);
        });
    }

    /**
     * What a summary came to.
     *
     * @param zone whose hours, days and months
     */
    public record Summary(ZoneId zone, List<UsageSummary> rows) {
        public Summary {
            rows = List.copyOf(rows);
        }
    }

    private UsageEvents events(TenantId tenant) {
        require(tenant);
        return persistence.usage();
    }

    private Tenant require(TenantId tenant) {
        return persistence.tenants().find(tenant).orElseThrow(() -> new NotFound("tenant", tenant));
    }
}
