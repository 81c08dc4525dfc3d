package io.allotment.domain.notification;

import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;

/** Port: what others must hear of. The gate's store writes it with the decisions; here it is read. */
public interface Outbox {

    /** Oldest first, by the decisions' ids. */
    Page<Notice> list(TenantId tenant, PageRequest page);
}
