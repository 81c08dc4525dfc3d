package io.allotment.domain.catalog;

import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PlanVersionId;
import java.util.Optional;

/** Port: the parts of the catalogue that every decision needs, as they were at one version of it. Quick to ask. */
public interface Definitions {

    Optional<Operation> operation(OperationKey key);

    Optional<Feature> feature(FeatureKey key);

    Optional<PlanVersion> planVersion(PlanVersionId id);
}
