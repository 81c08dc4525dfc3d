package io.allotment.domain.usage;

import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import java.util.Optional;

/** Port: what was used. The gate's store writes the events; here they are read. */
public interface UsageEvents {

    Optional<UsageEvent> find(TenantId tenant, DecisionId id);

    /** Newest first. */
    Page<UsageEvent> list(TenantId tenant, UsageFilter filter, PageRequest page);
}
