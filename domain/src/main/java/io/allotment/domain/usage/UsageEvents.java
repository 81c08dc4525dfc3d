package io.allotment.domain.usage;

import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/** Port: what was used. The gate's store writes the events; here they are read. */
public interface UsageEvents {

    Optional<UsageEvent> find(TenantId tenant, DecisionId id);

    /** Newest first. */
    Page<UsageEvent> list(TenantId tenant, UsageFilter filter, PageRequest page);

    /**
     * Summed by day and operation, in this order; days are those of the zone. Where the filter names an operation, its lines
     * alone.
     */
    List<UsageTotal> totals(TenantId tenant, UsageFilter filter, ZoneId zone);
}
