package io.allotment.domain.catalog;

import io.allotment.domain.ai.ModelPrice;
import io.allotment.domain.ai.PriceBook;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.Optional;

/** Port: the parts of the catalogue that every decision needs, and who may what, as they were at one moment. Quick to ask. */
public interface Definitions {

    Optional<Operation> operation(OperationKey key);

    Optional<Feature> feature(FeatureKey key);

    Optional<PlanVersion> planVersion(PlanVersionId id);

    /**
     * What a model costs a tenant at a time, by any of its names: the row that was agreed with the tenant, else the price
     * book's. None where nothing has that name, or no price then.
     */
    Optional<ModelPrice> modelPrice(TenantId tenant, PriceBook.Asked model, Instant at);

    /** Whether the actor holds the permission in the tenant at the time. The system holds all. */
    boolean holds(TenantId tenant, Actor actor, PermissionKey permission, Instant now);
}
