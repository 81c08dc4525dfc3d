package io.allotment.domain.gate;

import io.allotment.domain.ai.ModelPrice;
import io.allotment.domain.ai.PriceBook;
import io.allotment.domain.catalog.Definitions;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A catalogue that a test fills. */
final class SomeDefinitions implements Definitions {

    private final Map<OperationKey, Operation> operations = new HashMap<>();
    private final Map<FeatureKey, Feature> features = new HashMap<>();
    private final Map<PlanVersionId, PlanVersion> planVersions = new HashMap<>();
    private PriceBook book = PriceBook.EMPTY;

    void put(Operation operation) {
        operations.put(operation.key(), operation);
    }

    void put(Feature feature) {
        features.put(feature.key(), feature);
    }

    void put(PlanVersion version) {
        planVersions.put(version.id(), version);
    }

    /** A feature that is held while something exists, in plain words. */
    void putAllocated(String feature) {
        put(new Feature(
                new FeatureKey(feature), feature, Optional.empty(), Feature.Kind.ALLOCATED, Optional.of("unit")));
    }

    @Override
    public Optional<Operation> operation(OperationKey key) {
        return Optional.ofNullable(operations.get(key));
    }

    @Override
    public Optional<Feature> feature(FeatureKey key) {
        return Optional.ofNullable(features.get(key));
    }

    @Override
    public Optional<PlanVersion> planVersion(PlanVersionId id) {
        return Optional.ofNullable(planVersions.get(id));
    }

    void put(PriceBook prices) {
        book = prices;
    }

    @Override
    public Optional<ModelPrice> modelPrice(TenantId tenant, PriceBook.Asked model, Instant at) {
        return book.model(model).flatMap(found -> book.price(found.ref(), at));
    }

    /** Nobody does. */
    @Override
    public boolean holds(TenantId tenant, Actor actor, PermissionKey permission, Instant now) {
        return actor instanceof Actor.System;
    }
}
