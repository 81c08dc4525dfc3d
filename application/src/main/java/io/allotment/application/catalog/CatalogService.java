package io.allotment.application.catalog;

import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PlanVersionId;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The catalogue: what can be used ({@link Operation}), what is sold ({@link Feature}) and how ({@link Plan}). Shared by
 * all tenants, kept by the platform's operator. Methods refuse what does not exist ({@link NotFound}). Thread-safe.
 */
public final class CatalogService {

    private final Persistence persistence;
    private final Ids ids;
    private final Moments moments;

    public CatalogService(Persistence persistence, Ids ids, Moments moments) {
        this.persistence = persistence;
        this.ids = ids;
        this.moments = moments;
    }

    /** Refuses a taken key. */
    public Feature create(Feature feature) {
        persistence.unitOfWork().forPlatform(() -> persistence.catalog().insert(feature, moments.now()));
        return feature;
    }

    /** Changes name, description and unit; a change of key or kind is refused. */
    public Feature updateFeature(FeatureKey key, UnaryOperator<Feature> change) {
        return persistence.unitOfWork().forPlatform(() -> {
            var present = feature(key);
            var changed = present.changedTo(change.apply(present));
            persistence.catalog().update(changed, moments.now());
            return changed;
        });
    }

    public Feature getFeature(FeatureKey key) {
        return persistence.unitOfWork().forPlatform(() -> feature(key));
    }

    public Page<Feature> listFeatures(PageRequest page) {
        return persistence.unitOfWork().forPlatform(() -> persistence.catalog().listFeatures(page));
    }

    /** Refuses a taken key and an unknown feature. */
    public Operation create(Operation operation) {
        persistence.unitOfWork().forPlatform(() -> persistence.catalog().insert(operation, moments.now()));
        return operation;
    }

    /** Changes anything but the key. From then on: what was decided before stays as it was. */
    public Operation updateOperation(OperationKey key, UnaryOperator<Operation> change) {
        return persistence.unitOfWork().forPlatform(() -> {
            var present = operation(key);
            var changed = present.changedTo(change.apply(present));
            persistence.catalog().update(changed, moments.now());
            return changed;
        });
    }

    public Operation getOperation(OperationKey key) {
        return persistence.unitOfWork().forPlatform(() -> operation(key));
    }

    public Page<Operation> listOperations(PageRequest page) {
        return persistence.unitOfWork().forPlatform(() -> persistence.catalog().listOperations(page));
    }

    /** A plan with its first version. Refuses a taken key or name, and a second default plan. */
    public PlanVersion create(Plan plan, PlanVersionTerms terms) {
        return persistence.unitOfWork().forPlatform(() -> {
            persistence.catalog().insert(plan, moments.now());
            return addVersion(plan.key(), terms);
        });
    }

    /** Changes how the plan is shown and sold; what it gives changes by a new version alone. */
    public Plan updatePlan(PlanKey key, UnaryOperator<Plan> change) {
        return persistence.unitOfWork().forPlatform(() -> {
            var present = plan(key);
            var changed = present.changedTo(change.apply(present));
            persistence.catalog().update(changed, moments.now());
            return changed;
        });
    }

    public Plan getPlan(PlanKey key) {
        return persistence.unitOfWork().forPlatform(() -> plan(key));
    }

    public Page<Plan> listPlans(PageRequest page) {
        return persistence.unitOfWork().forPlatform(() -> persistence.catalog().listPlans(page));
    }

    /** The plan's next version: new subscriptions get it, present ones stay on theirs. */
    public PlanVersion addVersion(PlanKey key, PlanVersionTerms terms) {
        return persistence.unitOfWork().forPlatform(() -> {
            plan(key);
            terms.requireFitting(persistence.catalog()::findFeature);
            var versions = persistence.catalog().listVersions(key);
            int number =
                    versions.isEmpty() ? 1 : versions.get(versions.size() - 1).number() + 1;
            var version = new PlanVersion(new PlanVersionId(ids.next()), key, number, terms, moments.now());
            persistence.catalog().insert(version);
            return version;
        });
    }

    /** A plan's versions, oldest first. */
    public List<PlanVersion> listVersions(PlanKey key) {
        return persistence.unitOfWork().forPlatform(() -> {
            plan(key);
            return persistence.catalog().listVersions(key);
        });
    }

    /** Deletes a version that no subscription ever named. */
    public void deleteVersion(PlanKey key, int number) {
        persistence.unitOfWork().forPlatform(() -> {
            if (!persistence.catalog().deleteVersion(key, number)) {
                throw new NotFound("plan version", key + " " + number);
            }
        });
    }

    private Feature feature(FeatureKey key) {
        return persistence.catalog().findFeature(key).orElseThrow(() -> new NotFound("feature", key));
    }

    private Operation operation(OperationKey key) {
        return persistence.catalog().findOperation(key).orElseThrow(() -> new NotFound("operation", key));
    }

    private Plan plan(PlanKey key) {
        return persistence.catalog().findPlan(key).orElseThrow(() -> new NotFound("plan", key));
    }
}
