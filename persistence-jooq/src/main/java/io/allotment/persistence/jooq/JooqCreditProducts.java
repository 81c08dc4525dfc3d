package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.CREDIT_PRODUCTS;

import io.allotment.domain.billing.CreditExpiry;
import io.allotment.domain.billing.CreditProduct;
import io.allotment.domain.billing.CreditProducts;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.ProductKey;
import java.time.Instant;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;

final class JooqCreditProducts implements CreditProducts {

    private final DSLContext db;

    JooqCreditProducts(DSLContext db) {
        this.db = db;
    }

    @Override
    public void insert(CreditProduct product, Instant now) {
        int rows = db.insertInto(CREDIT_PRODUCTS)
                .set(CREDIT_PRODUCTS.KEY, product.key().value())
                .set(CREDIT_PRODUCTS.NAME, product.name())
                .set(CREDIT_PRODUCTS.DESCRIPTION, product.description().orElse(null))
                .set(CREDIT_PRODUCTS.CREDITS, product.credits().value())
                .set(CREDIT_PRODUCTS.AMOUNT_MINOR, product.price().amountMinor())
                .set(CREDIT_PRODUCTS.CURRENCY, product.price().currency())
                .set(CREDIT_PRODUCTS.EXPIRY, product.expiry().kind().name())
                .set(CREDIT_PRODUCTS.EXPIRY_COUNT, product.expiry().count().orElse(null))
                .set(CREDIT_PRODUCTS.ACTIVE, product.active())
                .set(CREDIT_PRODUCTS.STRIPE_PRICE_ID, product.stripePriceId().orElse(null))
                .set(
                        CREDIT_PRODUCTS.STRIPE_PRODUCT_ID,
                        product.stripeProductId().orElse(null))
                .set(CREDIT_PRODUCTS.CREATED_AT, now)
                .set(CREDIT_PRODUCTS.UPDATED_AT, now)
                .onConflict(CREDIT_PRODUCTS.KEY)
                .doNothing()
                .execute();
        if (rows == 0) {
            throw new AlreadyExists("credit product", "key", product.key());
        }
    }

    @Override
    public boolean update(CreditProduct product, Instant now) {
        return db.update(CREDIT_PRODUCTS)
                        .set(CREDIT_PRODUCTS.NAME, product.name())
                        .set(CREDIT_PRODUCTS.DESCRIPTION, product.description().orElse(null))
                        .set(CREDIT_PRODUCTS.ACTIVE, product.active())
                        .set(
                                CREDIT_PRODUCTS.STRIPE_PRICE_ID,
                                product.stripePriceId().orElse(null))
                        .set(
                                CREDIT_PRODUCTS.STRIPE_PRODUCT_ID,
                                product.stripeProductId().orElse(null))
                        .set(CREDIT_PRODUCTS.UPDATED_AT, now)
                        .where(CREDIT_PRODUCTS.KEY.eq(product.key().value()))
                        .execute()
                == 1;
    }

    @Override
    public Optional<CreditProduct> find(ProductKey key) {
        return db.selectFrom(CREDIT_PRODUCTS)
                .where(CREDIT_PRODUCTS.KEY.eq(key.value()))
                .fetchOptional(JooqCreditProducts::product);
    }

    @Override
    public Optional<CreditProduct> lock(ProductKey key) {
        return db.selectFrom(CREDIT_PRODUCTS)
                .where(CREDIT_PRODUCTS.KEY.eq(key.value()))
                .forUpdate()
                .fetchOptional(JooqCreditProducts::product);
    }

    @Override
    public Page<CreditProduct> list(PageRequest page) {
        var rows = db.selectFrom(CREDIT_PRODUCTS)
                .where(page.after()
                        .<Condition>map(after -> CREDIT_PRODUCTS.KEY.gt(Columns.key(after)))
                        .orElse(DSL.noCondition()))
                .orderBy(CREDIT_PRODUCTS.KEY)
                .limit(page.limit() + 1)
                .fetch(JooqCreditProducts::product);
        return Page.of(rows, page, product -> product.key().value());
    }

    private static CreditProduct product(Record row) {
        return new CreditProduct(
                new ProductKey(row.get(CREDIT_PRODUCTS.KEY)),
                row.get(CREDIT_PRODUCTS.NAME),
                Columns.optional(row, CREDIT_PRODUCTS.DESCRIPTION),
                new Credits(row.get(CREDIT_PRODUCTS.CREDITS)),
                new Money(row.get(CREDIT_PRODUCTS.AMOUNT_MINOR), row.get(CREDIT_PRODUCTS.CURRENCY)),
                new CreditExpiry(
                        CreditExpiry.Kind.valueOf(row.get(CREDIT_PRODUCTS.EXPIRY)),
                        Columns.optional(row, CREDIT_PRODUCTS.EXPIRY_COUNT)),
                row.get(CREDIT_PRODUCTS.ACTIVE),
                Columns.optional(row, CREDIT_PRODUCTS.STRIPE_PRICE_ID),
                Columns.optional(row, CREDIT_PRODUCTS.STRIPE_PRODUCT_ID));
    }
}
