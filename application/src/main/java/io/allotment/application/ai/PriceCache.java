package io.allotment.application.ai;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.allotment.domain.Persistence;
import io.allotment.domain.ai.AiModel;
import io.allotment.domain.ai.ModelPrice;
import io.allotment.domain.ai.PriceBook;
import io.allotment.domain.ai.TenantPrices;
import io.allotment.domain.shared.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The price book and what was agreed with tenants, kept in the process by the version of the prices. Which that is at a version
 * of the catalogue, which each change of a price counts up too, is asked once: a change of the catalogue that has nothing to do
 * with prices costs one small read. One for a process. Thread-safe.
 */
public final class PriceCache {

    private final Persistence persistence;
    /** Of the versions of the catalogue. */
    private final Cache<Long, Long> versions = cache(100);
    /** Few: of the present version, and of the one before while something is decided on it. */
    private final Cache<Long, PriceBook> books = cache(3);

    private final Cache<OfTenant, PriceBook> agreed = cache(100_000);
    private final Cache<Named, Optional<AiModel>> models = cache(100_000);

    private record OfTenant(long version, TenantId tenant) {}

    private record Named(long version, PriceBook.Asked model) {}

    public PriceCache(Persistence persistence) {
        this.persistence = persistence;
    }

    private static <K, V> Cache<K, V> cache(long size) {
        return Caffeine.newBuilder()
                .maximumSize(size)
                .expireAfterAccess(Duration.ofMinutes(10))
                .executor(Runnable::run)
                .build();
    }

    /**
     * The whole book, as new as what was committed before this was asked: which version it has is read each time. Inside of
     * somebody's unit of work it is read whole, since what that changes may be undone.
     */
    public PriceBook book() {
        var units = persistence.unitOfWork();
        if (units.isOpen()) {
            return persistence.aiCatalog().book();
        }
        // Before what it counts the changes of: that is at least as new as it says.
        long version = units.forPlatform(() -> persistence.aiCatalog().version());
        return kept(
                books,
                version,
                () -> units.forPlatform(() -> persistence.aiCatalog().book()));
    }

    /**
     * What a model's price is for a tenant, at a version of the catalogue.
     *
     * @param reading in whose unit of work what is missing is read, where none is open
     */
    public Optional<ModelPrice> at(
            long catalogVersion, TenantId tenant, TenantId reading, PriceBook.Asked asked, Instant time) {
        // Before what it counts the changes of: that is at least as new as it says.
        long version = kept(
                versions,
                catalogVersion,
                () -> read(reading, () -> persistence.aiCatalog().version()));
        var model = kept(
                models, new Named(version, asked), () -> book(version, reading).model(asked));
        return model.flatMap(
                known -> new TenantPrices(book(version, reading), agreed(version, tenant)).price(known.ref(), time));
    }

    private PriceBook book(long version, TenantId reading) {
        return kept(
                books,
                version,
                () -> read(reading, () -> persistence.aiCatalog().book()));
    }

    private PriceBook agreed(long version, TenantId tenant) {
        return kept(
                agreed,
                new OfTenant(version, tenant),
                () -> PriceBook.ofPrices(
                        read(tenant, () -> persistence.aiCatalog().pricesOf(tenant))));
    }

    /** Read outside of the cache's own locks: who waits for a unit of work must not make others wait for the cache. */
    private static <K, V> V kept(Cache<K, V> cache, K key, Supplier<V> read) {
        var known = cache.getIfPresent(key);
        if (known == null) {
            known = read.get();
            cache.put(key, known);
        }
        return known;
    }

    private <T> T read(TenantId tenant, Supplier<T> work) {
        var units = persistence.unitOfWork();
        return units.isOpen() ? work.get() : units.forTenant(tenant, work);
    }
}
