package io.allotment.domain.notification;

import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;

/** Port: what others must hear of. The gate's store writes its own with the decisions. */
public interface Outbox {

    /** One that no decision brought about. */
    void append(Notice notice);

    /** Oldest first, by the decisions' ids. */
    Page<Notice> list(TenantId tenant, PageRequest page);
}
