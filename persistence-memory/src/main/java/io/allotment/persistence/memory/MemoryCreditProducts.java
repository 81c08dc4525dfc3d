package io.allotment.persistence.memory;

import io.allotment.domain.billing.CreditProduct;
import io.allotment.domain.billing.CreditProducts;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.ProductKey;
import java.time.Instant;
import java.util.Optional;

final class MemoryCreditProducts implements CreditProducts {

    private final Tables tables;

    MemoryCreditProducts(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void insert(CreditProduct product, Instant now) {
        tables.creditProducts.requireToWrite(product);
        if (find(product.key()).isPresent()) {
            throw new AlreadyExists("credit product", "key", product.key());
        }
        tables.creditProducts.put(Key.of(product.key()), product);
    }

    @Override
    public boolean update(CreditProduct product, Instant now) {
        tables.creditProducts.requireToWrite(product);
        var stored = find(product.key());
        stored.ifPresent(present -> tables.creditProducts.put(
                Key.of(product.key()),
                new CreditProduct(
                        present.key(),
                        product.name(),
                        product.description(),
                        present.credits(),
                        present.price(),
                        present.expiry(),
                        product.active(),
                        product.stripePriceId(),
                        product.stripeProductId())));
        return stored.isPresent();
    }

    @Override
    public Optional<CreditProduct> find(ProductKey key) {
        return tables.creditProducts.find(Key.of(key));
    }

    /** Units of work of the platform run one at a time here. */
    @Override
    public Optional<CreditProduct> lock(ProductKey key) {
        tables.requirePlatform("changing credit products");
        return find(key);
    }

    @Override
    public Page<CreditProduct> list(PageRequest page) {
        return tables.creditProducts.page(Key.of(), Position.KEY, page);
    }
}
