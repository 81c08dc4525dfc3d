package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.CREDIT_PURCHASES;

import io.allotment.domain.billing.Checkout;
import io.allotment.domain.billing.CreditExpiry;
import io.allotment.domain.billing.CreditPurchase;
import io.allotment.domain.billing.CreditPurchase.Payment;
import io.allotment.domain.billing.CreditPurchase.Progress;
import io.allotment.domain.billing.CreditPurchases;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.ProductKey;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;

final class JooqCreditPurchases implements CreditPurchases {

    private final DSLContext db;

    JooqCreditPurchases(DSLContext db) {
        this.db = db;
    }

    @Override
    public void insert(CreditPurchase purchase) {
        try {
            db.insertInto(CREDIT_PURCHASES)
                    .set(CREDIT_PURCHASES.TENANT_ID, purchase.tenantId().value())
                    .set(CREDIT_PURCHASES.ID, purchase.id().value())
                    .set(CREDIT_PURCHASES.ACCOUNT_ID, purchase.accountId().value())
                    .set(CREDIT_PURCHASES.PRODUCT_KEY, purchase.product().value())
                    .set(CREDIT_PURCHASES.PRODUCT_NAME, purchase.productName())
                    .set(CREDIT_PURCHASES.CREDITS, purchase.credits().value())
                    .set(CREDIT_PURCHASES.AMOUNT_MINOR, purchase.price().amountMinor())
                    .set(CREDIT_PURCHASES.CURRENCY, purchase.price().currency())
                    .set(CREDIT_PURCHASES.EXPIRY, purchase.expiry().kind().name())
                    .set(
                            CREDIT_PURCHASES.EXPIRY_COUNT,
                            purchase.expiry().count().orElse(null))
                    .set(columns(purchase))
                    .set(CREDIT_PURCHASES.CREATED_AT, purchase.createdAt())
                    .execute();
        } catch (IntegrityConstraintViolationException missing) {
            throw SqlErrors.isForeignKeyViolation(missing)
                    ? new Unknown("account", "accountId", purchase.accountId())
                    : missing;
        }
    }

    @Override
    public void update(CreditPurchase purchase) {
        int rows = db.update(CREDIT_PURCHASES)
                .set(columns(purchase))
                .where(CREDIT_PURCHASES.TENANT_ID.eq(purchase.tenantId().value()))
                .and(CREDIT_PURCHASES.ID.eq(purchase.id().value()))
                .execute();
        if (rows != 1) {
            throw new IllegalStateException("A purchase to be changed is not there: " + purchase.id());
        }
    }

    /** What changes. */
    private static Map<Field<?>, Object> columns(CreditPurchase purchase) {
        var columns = new HashMap<Field<?>, Object>();
        var checkout = purchase.checkout();
        columns.put(CREDIT_PURCHASES.GATEWAY, checkout.map(Checkout::gateway).orElse(null));
        columns.put(CREDIT_PURCHASES.CHECKOUT_ID, checkout.map(Checkout::id).orElse(null));
        columns.put(
                CREDIT_PURCHASES.CHECKOUT_URL, checkout.flatMap(Checkout::url).orElse(null));
        columns.put(
                CREDIT_PURCHASES.CHECKOUT_INSTRUCTIONS,
                checkout.flatMap(Checkout::instructions).orElse(null));
        columns.put(CREDIT_PURCHASES.EXPIRES_AT, purchase.expiresAt());
        columns.put(
                CREDIT_PURCHASES.PROGRESS, purchase.progress().map(Enum::name).orElse(null));
        var payment = purchase.payment();
        columns.put(
                CREDIT_PURCHASES.PAYMENT_REFERENCE,
                payment.map(Payment::reference).orElse(null));
        columns.put(CREDIT_PURCHASES.PAID_AT, payment.map(Payment::at).orElse(null));
        columns.put(
                CREDIT_PURCHASES.GRANT_ID,
                payment.map(Payment::grant).map(GrantId::value).orElse(null));
        columns.put(CREDIT_PURCHASES.CANCELED_AT, purchase.canceledAt().orElse(null));
        return columns;
    }

    @Override
    public Optional<CreditPurchase> find(TenantId tenant, PurchaseId id) {
        return db.selectFrom(CREDIT_PURCHASES)
                .where(CREDIT_PURCHASES.TENANT_ID.eq(tenant.value()))
                .and(CREDIT_PURCHASES.ID.eq(id.value()))
                .fetchOptional(JooqCreditPurchases::purchase);
    }

    @Override
    public Page<CreditPurchase> list(TenantId tenant, AccountId account, PageRequest page) {
        var rows = db.selectFrom(CREDIT_PURCHASES)
                .where(CREDIT_PURCHASES.TENANT_ID.eq(tenant.value()))
                .and(CREDIT_PURCHASES.ACCOUNT_ID.eq(account.value()))
                .and(Columns.before(CREDIT_PURCHASES.ID, page))
                .orderBy(CREDIT_PURCHASES.ID.desc())
                .limit(page.limit() + 1)
                .fetch(JooqCreditPurchases::purchase);
        return Page.of(rows, page, purchase -> purchase.id().toString());
    }

    @Override
    public List<CreditPurchase> listPending(TenantId tenant, AccountId account, Instant now) {
        return db.selectFrom(CREDIT_PURCHASES)
                .where(CREDIT_PURCHASES.TENANT_ID.eq(tenant.value()))
                .and(CREDIT_PURCHASES.ACCOUNT_ID.eq(account.value()))
                .and(is(CreditPurchase.Status.PENDING, now))
                .orderBy(CREDIT_PURCHASES.ID.desc())
                .fetch(JooqCreditPurchases::purchase);
    }

    @Override
    public List<CreditPurchase> listToClose(String gateway, Instant now, int limit) {
        return db.selectFrom(CREDIT_PURCHASES)
                .where(CREDIT_PURCHASES.GATEWAY.eq(gateway))
                .and(CREDIT_PURCHASES.PAID_AT.isNotNull().or(CREDIT_PURCHASES.CANCELED_AT.isNotNull()))
                .and(CREDIT_PURCHASES.CHECKOUT_URL.isNotNull())
                .and(CREDIT_PURCHASES.EXPIRES_AT.gt(now))
                .orderBy(CREDIT_PURCHASES.EXPIRES_AT, CREDIT_PURCHASES.ID)
                .limit(limit)
                .fetch(JooqCreditPurchases::purchase);
    }

    @Override
    public Page<CreditPurchase> listAll(Filter filter, Instant now, PageRequest page) {
        var rows = db.selectFrom(CREDIT_PURCHASES)
                .where(filter.checkout()
                        .<Condition>map(CREDIT_PURCHASES.CHECKOUT_ID::eq)
                        .orElse(DSL.noCondition()))
                .and(filter.status().map(status -> is(status, now)).orElse(DSL.noCondition()))
                .and(Columns.before(CREDIT_PURCHASES.ID, page))
                .orderBy(CREDIT_PURCHASES.ID.desc())
                .limit(page.limit() + 1)
                .fetch(JooqCreditPurchases::purchase);
        return Page.of(rows, page, purchase -> purchase.id().toString());
    }

    private static Condition is(CreditPurchase.Status status, Instant now) {
        var open = CREDIT_PURCHASES.PAID_AT.isNull().and(CREDIT_PURCHASES.CANCELED_AT.isNull());
        return switch (status) {
            case PENDING -> open.and(CREDIT_PURCHASES.PROGRESS.isNull()).and(CREDIT_PURCHASES.EXPIRES_AT.gt(now));
            case PAYING ->
                open.and(CREDIT_PURCHASES.PROGRESS.eq(Progress.PAYING.name())).and(CREDIT_PURCHASES.EXPIRES_AT.gt(now));
            case FAILED -> open.and(CREDIT_PURCHASES.PROGRESS.eq(Progress.FAILED.name()));
            case EXPIRED ->
                open.and(CREDIT_PURCHASES.PROGRESS.isDistinctFrom(Progress.FAILED.name()))
                        .and(CREDIT_PURCHASES.EXPIRES_AT.le(now));
            case PAID -> CREDIT_PURCHASES.PAID_AT.isNotNull();
            case CANCELED -> CREDIT_PURCHASES.CANCELED_AT.isNotNull();
        };
    }

    private static CreditPurchase purchase(Record row) {
        return new CreditPurchase(
                new TenantId(row.get(CREDIT_PURCHASES.TENANT_ID)),
                new PurchaseId(row.get(CREDIT_PURCHASES.ID)),
                new AccountId(row.get(CREDIT_PURCHASES.ACCOUNT_ID)),
                new ProductKey(row.get(CREDIT_PURCHASES.PRODUCT_KEY)),
                row.get(CREDIT_PURCHASES.PRODUCT_NAME),
                new Credits(row.get(CREDIT_PURCHASES.CREDITS)),
                new Money(row.get(CREDIT_PURCHASES.AMOUNT_MINOR), row.get(CREDIT_PURCHASES.CURRENCY)),
                new CreditExpiry(
                        CreditExpiry.Kind.valueOf(row.get(CREDIT_PURCHASES.EXPIRY)),
                        Columns.optional(row, CREDIT_PURCHASES.EXPIRY_COUNT)),
                checkout(row),
                Columns.optional(row, CREDIT_PURCHASES.PROGRESS).map(Progress::valueOf),
                payment(row),
                Columns.optional(row, CREDIT_PURCHASES.CANCELED_AT),
                row.get(CREDIT_PURCHASES.CREATED_AT));
    }

    private static Optional<Checkout> checkout(Record row) {
        return Columns.optional(row, CREDIT_PURCHASES.CHECKOUT_ID)
                .map(id -> new Checkout(
                        row.get(CREDIT_PURCHASES.GATEWAY),
                        id,
                        Columns.optional(row, CREDIT_PURCHASES.CHECKOUT_URL),
                        Columns.optional(row, CREDIT_PURCHASES.CHECKOUT_INSTRUCTIONS),
                        row.get(CREDIT_PURCHASES.EXPIRES_AT)));
    }

    private static Optional<Payment> payment(Record row) {
        return Columns.optional(row, CREDIT_PURCHASES.PAYMENT_REFERENCE)
                .map(reference -> new Payment(
                        reference, row.get(CREDIT_PURCHASES.PAID_AT), new GrantId(row.get(CREDIT_PURCHASES.GRANT_ID))));
    }
}
