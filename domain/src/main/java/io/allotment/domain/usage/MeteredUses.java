package io.allotment.domain.usage;

import java.util.List;

/** Port: billable overage that is in no report yet. The gate's store writes its own with the decisions. */
public interface MeteredUses {

    /** One that no decision brought about. */
    void append(MeteredUse use);

    /**
     * Takes some, so that they are gone with this unit of work, the platform's: tenant by tenant, and each of them once. One at a time does
     * so: empty where somebody else is at it.
     */
    List<MeteredUse> take(int limit);
}
