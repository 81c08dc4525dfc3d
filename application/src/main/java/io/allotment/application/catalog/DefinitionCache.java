package io.allotment.application.catalog;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.allotment.application.access.AccessCache;
import io.allotment.application.ai.PriceCache;
import io.allotment.domain.Persistence;
import io.allotment.domain.ai.ModelPrice;
import io.allotment.domain.ai.PriceBook;
import io.allotment.domain.catalog.Catalog;
import io.allotment.domain.catalog.Definitions;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * The catalogue's definitions, kept in the process by the version of the catalogue they belong to. Every decision reads
 * that version together with its account, or compares it when it is written, so none stands on a definition that was changed
 * before it began, in this process or in another. Thread-safe.
 */
public final class DefinitionCache {

    private final Persistence persistence;
    private final AccessCache access;
    private final Kept<OperationKey, Operation> operations = new Kept<>(Catalog::findOperation);
    private final Kept<FeatureKey, Feature> features = new Kept<>(Catalog::findFeature);
    private final Kept<PlanVersionId, PlanVersion> planVersions = new Kept<>(Catalog::findVersion);
    private final PriceCache prices;
    private volatile long lastVersion;

    public DefinitionCache(Persistence persistence, AccessCache access, PriceCache prices) {
        this.persistence = persistence;
        this.access = access;
        this.prices = prices;
    }

    /**
     * The definitions, and who may what, at the versions of a state that was read or will be compared; for one thread, which
     * mostly asks for the same ones again.
     *
     * @param tenant in whose unit of work what is missing is read, where none is open
     */
    public Definitions at(GateState state, TenantId tenant) {
        return at(state, tenant, false);
    }

    /** The same inside somebody's unit of work, which may have changed who may what, and may be undone: that is not kept. */
    public Definitions joining(GateState state, TenantId tenant) {
        return at(state, tenant, true);
    }

    /**
     * Reads what the charge's actor may, if one of its operations is known to need a permission: so that whoever decides on it
     * while accounts are locked has nothing left to read, as a rule. Outside of units of work.
     */
    public void prepare(TenantId tenant, Charge charge) {
        boolean asksForRights = !(charge.actor() instanceof Actor.System)
                && charge.lines().stream()
                        .anyMatch(line -> operations
                                .known(lastVersion, line.operation())
                                .flatMap(Operation::permission)
                                .isPresent());
        if (asksForRights) {
            access.prepare(tenant, charge.actor());
        }
    }

    private Definitions at(GateState state, TenantId tenant, boolean joining) {
        long catalogVersion = state.catalogVersion();
        lastVersion = catalogVersion;
        return new Definitions() {
            private final Map<OperationKey, Optional<Operation>> askedOperations = new HashMap<>();
            private final Map<FeatureKey, Optional<Feature>> askedFeatures = new HashMap<>();
            private final Map<PlanVersionId, Optional<PlanVersion>> askedVersions = new HashMap<>();

            @Override
            public Optional<Operation> operation(OperationKey key) {
                return askedOperations.computeIfAbsent(key, asked -> operations.get(catalogVersion, tenant, asked));
            }

            @Override
            public Optional<Feature> feature(FeatureKey key) {
                return askedFeatures.computeIfAbsent(key, asked -> features.get(catalogVersion, tenant, asked));
            }

            @Override
            public Optional<PlanVersion> planVersion(PlanVersionId id) {
                return askedVersions.computeIfAbsent(id, asked -> planVersions.get(catalogVersion, tenant, asked));
            }

            @Override
            public Optional<ModelPrice> modelPrice(TenantId of, PriceBook.Asked model, Instant time) {
                return prices.at(catalogVersion, of, tenant, model, time);
            }

            @Override
            public boolean holds(TenantId of, Actor actor, PermissionKey permission, Instant now) {
                return (joining ? access.apart() : access)
                        .at(state.rightsVersions().get(of), catalogVersion, of, actor)
                        .filter(rights -> rights.holds(permission, now))
                        .isPresent();
            }
        };
    }

    private record At<K>(long catalogVersion, K key) {}

    /** Definitions of one kind; also that there is none. */
    private final class Kept<K, V> {

        private final Cache<At<K>, Optional<V>> values = Caffeine.newBuilder()
                .maximumSize(100_000)
                .expireAfterAccess(Duration.ofMinutes(10))
                // It tidies up in the thread that comes by: to wake another one costs more.
                .executor(Runnable::run)
                .build();
        private final BiFunction<Catalog, K, Optional<V>> find;

        Kept(BiFunction<Catalog, K, Optional<V>> find) {
            this.find = find;
        }

        /** Read outside of the cache's own locks: who waits for a unit of work must not make others wait for the cache. */
        Optional<V> get(long catalogVersion, TenantId tenant, K key) {
            var at = new At<>(catalogVersion, key);
            var known = values.getIfPresent(at);
            if (known == null) {
                known = read(tenant, key);
                values.put(at, known);
            }
            return known;
        }

        /** Empty also for what there is and nobody has asked for. */
        Optional<V> known(long catalogVersion, K key) {
            var known = values.getIfPresent(new At<>(catalogVersion, key));
            return known == null ? Optional.empty() : known;
        }

        private Optional<V> read(TenantId tenant, K key) {
            var units = persistence.unitOfWork();
            return units.isOpen()
                    ? find.apply(persistence.catalog(), key)
                    : units.forTenant(tenant, () -> find.apply(persistence.catalog(), key));
        }
    }
}
