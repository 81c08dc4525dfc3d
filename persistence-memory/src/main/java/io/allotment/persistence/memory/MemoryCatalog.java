package io.allotment.persistence.memory;

import io.allotment.domain.catalog.Catalog;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.PlanVersionInUse;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.Unknown;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

final class MemoryCatalog implements Catalog {

    private final Tables tables;

    MemoryCatalog(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void lock() {
        // Units of work run one at a time.
        tables.requirePlatform("the catalogue");
    }

    @Override
    public void insert(Feature feature, Instant now) {
        tables.features.requireToWrite(feature);
        if (findFeature(feature.key()).isPresent()) {
            throw new AlreadyExists("feature", "key", feature.key());
        }
        tables.features.put(Key.of(feature.key()), feature);
    }

    @Override
    public boolean update(Feature feature, Instant now) {
        tables.features.requireToWrite(feature);
        var stored = findFeature(feature.key());
        stored.ifPresent(present -> tables.features.put(
                Key.of(feature.key()),
                new Feature(feature.key(), feature.name(), feature.description(), present.kind(), feature.unit())));
        return stored.isPresent();
    }

    @Override
    public Optional<Feature> findFeature(FeatureKey key) {
        return tables.features.find(Key.of(key));
    }

    @Override
    public Page<Feature> listFeatures(PageRequest page) {
        return tables.features.page(Key.of(), Position.KEY, page);
    }

    @Override
    public void insert(Operation operation, Instant now) {
        tables.operations.requireToWrite(operation);
        if (findOperation(operation.key()).isPresent()) {
            throw new AlreadyExists("operation", "key", operation.key());
        }
        operation.permission().ifPresent(this::requirePermission);
        operation.feature().ifPresent(feature -> requireFeature("feature", feature));
        tables.operations.put(Key.of(operation.key()), operation);
    }

    @Override
    public boolean update(Operation operation, Instant now) {
        tables.operations.requireToWrite(operation);
        if (findOperation(operation.key()).isEmpty()) {
            return false;
        }
        operation.permission().ifPresent(this::requirePermission);
        operation.feature().ifPresent(feature -> requireFeature("feature", feature));
        tables.operations.put(Key.of(operation.key()), operation);
        return true;
    }

    @Override
    public Optional<Operation> findOperation(OperationKey key) {
        return tables.operations.find(Key.of(key));
    }

    @Override
    public Page<Operation> listOperations(PageRequest page) {
        return tables.operations.page(Key.of(), Position.KEY, page);
    }

    @Override
    public void insert(Plan plan, Instant now) {
        tables.plans.requireToWrite(plan);
        if (findPlan(plan.key()).isPresent()) {
            throw new AlreadyExists("plan", "key", plan.key());
        }
        requireUnique(plan);
        tables.plans.put(Key.of(plan.key()), plan);
    }

    @Override
    public boolean update(Plan plan, Instant now) {
        tables.plans.requireToWrite(plan);
        if (findPlan(plan.key()).isEmpty()) {
            return false;
        }
        requireUnique(plan);
        tables.plans.put(Key.of(plan.key()), plan);
        return true;
    }

    @Override
    public Optional<Plan> findPlan(PlanKey key) {
        return tables.plans.find(Key.of(key));
    }

    @Override
    public Optional<Plan> findDefaultPlan() {
        return tables.plans
                .all()
                .filter(plan -> plan.defaultPlan() && plan.active())
                .findFirst();
    }

    @Override
    public Page<Plan> listPlans(PageRequest page) {
        return tables.plans.page(Key.of(), Position.KEY, page);
    }

    @Override
    public void insert(PlanVersion version) {
        tables.planVersions.requireToWrite(version);
        if (findPlan(version.plan()).isEmpty()) {
            throw new Unknown("plan", "plan", version.plan());
        }
        if (listVersions(version.plan()).stream().anyMatch(v -> v.number() == version.number())) {
            throw new AlreadyExists("plan version", "number", version.number());
        }
        var entitlements = version.terms().entitlements();
        for (int i = 0; i < entitlements.size(); i++) {
            requireFeature(
                    "entitlements[" + i + "].feature", entitlements.get(i).feature());
        }
        tables.planVersions.put(Key.of(version.id()), version);
    }

    @Override
    public Optional<PlanVersion> findVersion(PlanVersionId id) {
        return tables.planVersions.find(Key.of(id));
    }

    @Override
    public Optional<PlanVersion> findVersionPriced(String gatewayPriceId) {
        return tables.planVersions
                .all()
                .filter(version -> version.terms().prices().stream()
                        .anyMatch(price -> price.stripePriceId()
                                .filter(gatewayPriceId::equals)
                                .isPresent()))
                .max(Comparator.comparing(version -> version.id().toString()));
    }

    @Override
    public List<PlanVersion> listVersions(PlanKey plan) {
        return tables.planVersions
                .all()
                .filter(version -> version.plan().equals(plan))
                .sorted(Comparator.comparingInt(PlanVersion::number))
                .toList();
    }

    @Override
    public boolean deleteVersion(PlanKey plan, int number) {
        var version =
                listVersions(plan).stream().filter(v -> v.number() == number).findFirst();
        if (version.isEmpty()) {
            return false;
        }
        tables.planVersions.requireToWrite(version.get());
        if (isNamed(version.get().id())) {
            throw new PlanVersionInUse(plan, number);
        }
        return tables.planVersions.remove(Key.of(version.get().id()));
    }

    private boolean isNamed(PlanVersionId version) {
        return tables.subscriptions
                        .everyRow()
                        .anyMatch(one -> one.planVersionId().equals(version)
                                || one.scheduled()
                                        .filter(next -> next.planVersionId().equals(version))
                                        .isPresent())
                || tables.subscriptionCheckouts
                        .everyRow()
                        .anyMatch(one -> one.order()
                                .filter(order -> order.planVersionId().equals(version))
                                .isPresent())
                || tables.billingOrders
                        .everyRow()
                        .anyMatch(one -> MemoryBillingOrders.planVersion(one)
                                .filter(version::equals)
                                .isPresent());
    }

    private void requirePermission(PermissionKey permission) {
        if (tables.permissions.find(Key.of(permission)).isEmpty()) {
            throw new Unknown("permission", "permission", permission);
        }
    }

    private void requireFeature(String field, FeatureKey feature) {
        if (findFeature(feature).isEmpty()) {
            throw new Unknown("feature", field, feature);
        }
    }

    private void requireUnique(Plan plan) {
        tables.plans.all().filter(other -> !other.key().equals(plan.key())).forEach(other -> {
            if (other.name().equals(plan.name())) {
                throw new AlreadyExists("plan", "name", plan.name());
            }
            if (plan.defaultPlan() && other.defaultPlan()) {
                throw new AlreadyExists("plan", "defaultPlan", other.key());
            }
        });
    }

    @Override
    public long version() {
        tables.requireUnit();
        return tables.catalogVersion();
    }
}
