package io.allotment.domain.gate;

import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.RelatedEntity;

/** What is to be given back of an allocated feature is not held. */
public final class NothingAllocated extends Refusal {

    public NothingAllocated(FeatureKey feature, RelatedEntity relatedTo, Object held) {
        super(
                Kind.CONFLICT,
                "nothing-allocated",
                "relatedTo",
                "The " + relatedTo.type() + " " + relatedTo.id() + " holds " + held + " of the feature " + feature
                        + " on this account: more cannot be given back.");
    }
}
