package io.allotment.domain.quota;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;

/** Port: what holds allocated features. The gate's store writes them; here they are read. */
public interface Allocations {

    /** Those of the account's feature that hold something, in the order of the related entities' types and ids. */
    Page<Allocation> list(TenantId tenant, AccountId account, FeatureKey feature, PageRequest page);
}
