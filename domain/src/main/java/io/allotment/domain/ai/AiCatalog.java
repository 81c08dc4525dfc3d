package io.allotment.domain.ai;

import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Port: providers, models and their prices, shared by all tenants, and the prices that were agreed with one. Every unit of
 * work reads the shared ones; the platform's alone writes. Each write counts as a change of the catalogue.
 */
public interface AiCatalog {

    /** Whoever writes the catalogue after this waits for this unit of work: what was read since is still so. */
    void lock();

    /** New ones, and present ones as they are now. */
    void saveProviders(List<AiProvider> providers, Instant now);

    /** New ones, and present ones as they are now. Refuses a provider that is none ({@code Unknown}). */
    void saveModels(List<AiModel> models, Instant now);

    /**
     * Adds rows to the book. Refuses a model that is none ({@code Unknown}), and a place in a list that is taken ({@code
     * AlreadyExists}).
     */
    void insertPrices(List<ModelPrice> prices);

    /**
     * Counts the changes of providers, models and prices, of the book and of tenants. What is read after it is at least as
     * new.
     */
    long version();

    /** Everything. */
    PriceBook book();

    Optional<AiProvider> findProvider(String key);

    /** By key. */
    Page<AiProvider> listProviders(PageRequest page);

    Optional<AiModel> findModel(ModelRef ref);

    /** A provider's, by name. */
    Page<AiModel> listModels(String provider, PageRequest page);

    /** Adds rows agreed with a tenant; refuses as {@link #insertPrices} does. */
    void insertPricesOf(TenantId tenant, List<ModelPrice> prices);

    /** All that was ever agreed with a tenant, oldest first. */
    List<ModelPrice> pricesOf(TenantId tenant);
}
