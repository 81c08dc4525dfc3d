package io.allotment.persistence.memory;

import io.allotment.domain.ai.AiCatalog;
import io.allotment.domain.ai.AiModel;
import io.allotment.domain.ai.AiProvider;
import io.allotment.domain.ai.ModelPrice;
import io.allotment.domain.ai.ModelRef;
import io.allotment.domain.ai.PriceBook;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

final class MemoryAiCatalog implements AiCatalog {

    private final Tables tables;

    MemoryAiCatalog(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void lock() {
        // Units of work run one at a time.
        tables.requirePlatform("the AI catalogue");
    }

    @Override
    public void saveProviders(List<AiProvider> providers, Instant now) {
        for (var provider : providers) {
            tables.aiProviders.put(Key.of(provider.key()), provider);
        }
    }

    @Override
    public void saveModels(List<AiModel> models, Instant now) {
        for (var model : models) {
            tables.aiModels.requireToWrite(model);
            if (findProvider(model.ref().provider()).isEmpty()) {
                throw new Unknown("provider", "provider", models.get(0).ref().provider());
            }
            tables.aiModels.put(key(model.ref()), model);
        }
    }

    @Override
    public void insertPrices(List<ModelPrice> prices) {
        for (var price : prices) {
            tables.modelPrices.requireToWrite(price);
            requireNew(price, tables.modelPrices.everyRow().toList());
            tables.modelPrices.put(Key.of(price.id()), price);
        }
    }

    @Override
    public void insertPricesOf(TenantId tenant, List<ModelPrice> prices) {
        for (var price : prices) {
            var row = new Tables.TenantPrice(tenant, price);
            tables.tenantModelPrices.requireToWrite(row);
            tables.requirePlatform("prices of a tenant");
            requireNew(
                    price,
                    tables.tenantModelPrices
                            .under(Key.of(tenant))
                            .map(Tables.TenantPrice::price)
                            .toList());
            tables.tenantModelPrices.put(Key.of(tenant, price.id()), row);
            tables.countPriceChange();
        }
    }

    private void requireNew(ModelPrice price, List<ModelPrice> present) {
        if (findModel(price.model()).isEmpty()) {
            throw new Unknown("model", "model", price.model());
        }
        boolean taken = present.stream()
                .anyMatch(other -> other.model().equals(price.model())
                        && other.effectiveFrom().equals(price.effectiveFrom())
                        && other.position() == price.position());
        if (taken) {
            throw new AlreadyExists(
                    "price",
                    "effectiveFrom",
                    price.effectiveFrom().map(Instant::toString).orElse("always"));
        }
    }

    @Override
    public long version() {
        tables.requireUnit();
        return tables.pricesVersion();
    }

    @Override
    public PriceBook book() {
        return new PriceBook(
                tables.aiProviders.all().toList(),
                tables.aiModels.all().toList(),
                tables.modelPrices.all().toList());
    }

    @Override
    public Optional<AiProvider> findProvider(String key) {
        return tables.aiProviders.find(Key.of(key));
    }

    @Override
    public Page<AiProvider> listProviders(PageRequest page) {
        return tables.aiProviders.page(Key.of(), Position.KEY, page);
    }

    @Override
    public Optional<AiModel> findModel(ModelRef ref) {
        return tables.aiModels.find(key(ref));
    }

    @Override
    public Page<AiModel> listModels(String provider, PageRequest page) {
        return tables.aiModels.page(Key.of(provider), Position.TEXT, page);
    }

    @Override
    public List<ModelPrice> pricesOf(TenantId tenant) {
        return tables.tenantModelPrices
                .under(Key.of(tenant))
                .map(Tables.TenantPrice::price)
                .toList();
    }

    private static Key key(ModelRef ref) {
        return Key.of(ref.provider(), Key.bytes(ref.model()));
    }
}
