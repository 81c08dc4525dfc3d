package io.allotment.domain.credit;

import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.TenantId;
import java.util.Optional;

/** Port: spend limits of members and keys. The gate's store counts what is spent, under the limit's own lock. */
public interface SpendLimits {

    /** Locks the limit until the unit of work ends, and gives it, where there is one. */
    Optional<SpendLimit> lock(SpendLimit.Ref limit);

    /** Writes the limit, new or changed. */
    void save(SpendLimit limit);

    /** False where there is none. */
    boolean remove(SpendLimit.Ref limit);

    /** In the order of kinds, ids and windows. */
    Page<SpendLimit> list(TenantId tenant, PageRequest page);

    /** What the spender's usage events of a period drew, less what was refunded: for a limit that begins in its middle. */
    Credits spentIn(TenantId tenant, SpendLimit.Spender spender, Period period);
}
