package io.allotment.domain.catalog;

import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PlanVersionId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Port: features, operations and plans, shared by all tenants. Every unit of work reads it; the platform's alone writes.
 * Listings go by key.
 */
public interface Catalog {

    /** Whoever writes the catalogue after this waits for this unit of work: what was read since is still so. */
    void lock();

    /** Refuses a taken key ({@code AlreadyExists}). */
    void insert(Feature feature, Instant now);

    /** Changes name, description and unit; the kind stays. False where there is none. */
    boolean update(Feature feature, Instant now);

    Optional<Feature> findFeature(FeatureKey key);

    Page<Feature> listFeatures(PageRequest page);

    /** Refuses a taken key ({@code AlreadyExists}) and an unknown feature ({@code Unknown}). */
    void insert(Operation operation, Instant now);

    /** Refuses an unknown feature. False where there is no such operation. */
    boolean update(Operation operation, Instant now);

    Optional<Operation> findOperation(OperationKey key);

    Page<Operation> listOperations(PageRequest page);

    /** Refuses a taken key or name, and a second default plan ({@code AlreadyExists}). */
    void insert(Plan plan, Instant now);

    /** Refuses a taken name and a second default plan. False where there is no such plan. */
    boolean update(Plan plan, Instant now);

    Optional<Plan> findPlan(PlanKey key);

    /** The plan new accounts start on, where there is one and it is active. */
    Optional<Plan> findDefaultPlan();

    Page<Plan> listPlans(PageRequest page);

    /** Refuses a taken number ({@code AlreadyExists}) and unknown features. */
    void insert(PlanVersion version);

    Optional<PlanVersion> findVersion(PlanVersionId id);

    /** The newest version with a price that Stripe, or another gateway, calls so. */
    Optional<PlanVersion> findVersionPriced(String gatewayPriceId);

    /** A plan's versions, oldest first. */
    List<PlanVersion> listVersions(PlanKey plan);

    /** Refuses a version that a subscription, a checkout or a change names ({@link PlanVersionInUse}). False where there is none. */
    boolean deleteVersion(PlanKey plan, int number);

    /** Counts the changes of the catalogue, permissions and system roles among them. */
    long version();
}
