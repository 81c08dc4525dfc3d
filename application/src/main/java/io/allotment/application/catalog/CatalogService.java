package io.allotment.application.catalog;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.audit.AuditEvent;
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
import io.allotment.domain.shared.Text;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The catalogue: what can be used ({@link Operation}), what is sold ({@link Feature}) and how ({@link Plan}). Shared by
 * all tenants, kept by the platform's operator, and no secret: everybody may read it. Methods refuse what does not exist
 * ({@link NotFound}). Thread-safe.
 */
public final class CatalogService {

    private final Persistence persistence;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;

    public CatalogService(Persistence persistence, Ids ids, Moments moments, Acting acting) {
        this.persistence = persistence;
        this.ids = ids;
        this.moments = moments;
        this.acting = acting;
    }

    /** Refuses a taken key. */
    public Feature create(Feature feature) {
        acting.requireOperator();
        persistence.unitOfWork().forPlatform(() -> {
            persistence.catalog().insert(feature, moments.now());
            acting.record(
                    AuditEvent.of("feature.created", "feature", feature.key()).to(CatalogValues.of(feature)));
        });
        return feature;
    }

    /** Changes name, description and unit; a change of key or kind is refused. */
    public Feature updateFeature(FeatureKey key, UnaryOperator<Feature> change) {
        acting.requireOperator();
        return persistence.unitOfWork().forPlatform(() -> {
            persistence.catalog().lock();
            var present = feature(key);
            var changed = present.changedTo(change.apply(present));
            persistence.catalog().update(changed, moments.now());
            recordChange("feature", key, CatalogValues.of(present), CatalogValues.of(changed));
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
        acting.requireOperator();
        persistence.unitOfWork().forPlatform(() -> {
            persistence.catalog().insert(operation, moments.now());
            acting.record(AuditEvent.of("operation.created", "operation", operation.key())
                    .to(CatalogValues.of(operation)));
        });
        return operation;
    }

    /** Changes anything but the key. From then on: what was decided before stays as it was. */
    public Operation updateOperation(OperationKey key, UnaryOperator<Operation> change) {
        acting.requireOperator();
        return persistence.unitOfWork().forPlatform(() -> {
            persistence.catalog().lock();
            var present = operation(key);
            var changed = present.changedTo(change.apply(present));
            persistence.catalog().update(changed, moments.now());
            recordChange("operation", key, CatalogValues.of(present), CatalogValues.of(changed));
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
        acting.requireOperator();
        return persistence.unitOfWork().forPlatform(() -> {
            persistence.catalog().lock();
            persistence.catalog().insert(plan, moments.now());
            var version = insertVersion(plan.key(), terms);
            acting.record(AuditEvent.of("plan.created", "plan", plan.key()).to(CatalogValues.of(plan, version)));
            return version;
        });
    }

    /** Changes how the plan is shown and sold; what it gives changes by a new version alone. */
    public Plan updatePlan(PlanKey key, UnaryOperator<Plan> change) {
        acting.requireOperator();
        return persistence.unitOfWork().forPlatform(() -> {
            persistence.catalog().lock();
            var present = plan(key);
            var changed = present.changedTo(change.apply(present));
            persistence.catalog().update(changed, moments.now());
            recordChange("plan", key, CatalogValues.of(present), CatalogValues.of(changed));
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
        acting.requireOperator();
        return persistence.unitOfWork().forPlatform(() -> {
            persistence.catalog().lock();
            var version = insertVersion(key, terms);
            acting.record(AuditEvent.of("plan-version.created", "plan-version", key + "." + version.number())
                    .to(CatalogValues.of(version)));
            return version;
        });
    }

    private PlanVersion insertVersion(PlanKey key, PlanVersionTerms terms) {
        plan(key);
        terms.requireFitting(persistence.catalog()::findFeature);
        terms.requireCurrencies();
        var versions = persistence.catalog().listVersions(key);
        int number = versions.isEmpty() ? 1 : versions.get(versions.size() - 1).number() + 1;
        var version = new PlanVersion(new PlanVersionId(ids.next()), key, number, terms, moments.now());
        persistence.catalog().insert(version);
        return version;
    }

    /** A plan's versions, oldest first. */
    public List<PlanVersion> listVersions(PlanKey key) {
        return persistence.unitOfWork().forPlatform(() -> {
            plan(key);
            return persistence.catalog().listVersions(key);
        });
    }

    /**
     * Deletes a version that nothing names: no subscription, running or over, is to it or is to be changed to it, and no checkout is for it. Refuses any other ({@code
     * PlanVersionInUse}).
     */
    public void deleteVersion(PlanKey key, int number) {
        acting.requireOperator();
        persistence.unitOfWork().forPlatform(() -> {
            var version = persistence.catalog().listVersions(key).stream()
                    .filter(one -> one.number() == number)
                    .findFirst();
            if (version.isEmpty() || !persistence.catalog().deleteVersion(key, number)) {
                throw new NotFound("plan version", key + " " + number);
            }
            acting.record(AuditEvent.of("plan-version.deleted", "plan-version", key + "." + number)
                    .from(CatalogValues.of(version.get())));
        });
    }

    private void recordChange(String entity, Text key, Map<String, Object> before, Map<String, Object> after) {
        if (!before.equals(after)) {
            acting.record(AuditEvent.of(entity + ".updated", entity, key).changing(before, after));
        }
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
