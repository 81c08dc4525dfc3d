package io.allotment.domain.catalog;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PlanVersionId;
import java.time.Instant;

/**
 * What a plan gives, from one day on. Never changed: a new version is added, and subscribers stay on theirs.
 *
 * @param number 1, 2, 3 … within the plan
 */
public record PlanVersion(PlanVersionId id, PlanKey plan, int number, PlanVersionTerms terms, Instant createdAt) {

    public PlanVersion {
        requireNonNull(id, "id");
        requireNonNull(plan, "plan");
        if (number < 1) {
            throw new InvalidValue("number", "must be 1 or more");
        }
        requireNonNull(terms, "terms");
        requireNonNull(createdAt, "createdAt");
    }
}
