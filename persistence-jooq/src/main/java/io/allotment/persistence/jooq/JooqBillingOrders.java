package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.BILLING_ORDERS;

import io.allotment.domain.billing.BillingOrder;
import io.allotment.domain.billing.BillingOrders;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.BillingOrderId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;

final class JooqBillingOrders implements BillingOrders {

    private enum Verb {
        CHANGE,
        CANCEL,
        RESUME
    }

    private final DSLContext db;

    JooqBillingOrders(DSLContext db) {
        this.db = db;
    }

    @Override
    public boolean insert(BillingOrder order) {
        try {
            return db.insertInto(BILLING_ORDERS)
                            .set(BILLING_ORDERS.TENANT_ID, order.tenantId().value())
                            .set(BILLING_ORDERS.ID, order.id().value())
                            .set(BILLING_ORDERS.ACCOUNT_ID, order.accountId().value())
                            .set(
                                    BILLING_ORDERS.SUBSCRIPTION_ID,
                                    order.subscription().value())
                            .set(BILLING_ORDERS.IDEMPOTENCY_KEY, order.key().value())
                            .set(BILLING_ORDERS.FINGERPRINT, order.fingerprint())
                            .set(BILLING_ORDERS.CREATED_AT, order.createdAt())
                            .set(BILLING_ORDERS.REFUSAL, order.refusal().orElse(null))
                            .set(BILLING_ORDERS.DONE_AT, order.doneAt().orElse(null))
                            .set(columns(order.wish()))
                            .onConflict(BILLING_ORDERS.TENANT_ID, BILLING_ORDERS.IDEMPOTENCY_KEY)
                            .doNothing()
                            .execute()
                    == 1;
        } catch (IntegrityConstraintViolationException missing) {
            // Under its lock the account is there, and a version may have been deleted meanwhile.
            throw SqlErrors.isForeignKeyViolation(missing)
                    ? planVersion(order.wish())
                            .map(version -> new Unknown("plan version", "version", version))
                            .orElseGet(() -> new Unknown("account", "accountId", order.accountId()))
                    : missing;
        }
    }

    private static Optional<PlanVersionId> planVersion(BillingOrder.Wish wish) {
        return wish instanceof BillingOrder.Change change ? change.planVersion() : Optional.empty();
    }

    private static Map<Field<?>, Object> columns(BillingOrder.Wish wish) {
        var columns = new HashMap<Field<?>, Object>();
        if (wish instanceof BillingOrder.Change change) {
            columns.put(BILLING_ORDERS.VERB, Verb.CHANGE.name());
            columns.put(
                    BILLING_ORDERS.PLAN_VERSION_ID,
                    change.planVersion().map(PlanVersionId::value).orElse(null));
            columns.put(BILLING_ORDERS.PRICE_ID, change.priceId());
            columns.put(BILLING_ORDERS.QUANTITY, change.quantity());
            columns.put(BILLING_ORDERS.PRORATED, change.prorated());
        } else if (wish instanceof BillingOrder.Cancel cancel) {
            columns.put(BILLING_ORDERS.VERB, Verb.CANCEL.name());
            columns.put(BILLING_ORDERS.AT_PERIOD_END, cancel.atPeriodEnd());
        } else {
            columns.put(BILLING_ORDERS.VERB, Verb.RESUME.name());
        }
        return columns;
    }

    @Override
    public void update(BillingOrder order) {
        int rows = db.update(BILLING_ORDERS)
                .set(BILLING_ORDERS.REFUSAL, order.refusal().orElse(null))
                .set(BILLING_ORDERS.DONE_AT, order.doneAt().orElse(null))
                .where(BILLING_ORDERS.TENANT_ID.eq(order.tenantId().value()))
                .and(BILLING_ORDERS.ID.eq(order.id().value()))
                .execute();
        if (rows != 1) {
            throw new IllegalStateException("An order to be changed is not there: " + order.id());
        }
    }

    @Override
    public Optional<BillingOrder> find(TenantId tenant, IdempotencyKey key) {
        return db.selectFrom(BILLING_ORDERS)
                .where(BILLING_ORDERS.TENANT_ID.eq(tenant.value()))
                .and(BILLING_ORDERS.IDEMPOTENCY_KEY.eq(key.value()))
                .fetchOptional(JooqBillingOrders::order);
    }

    private static BillingOrder order(Record row) {
        return new BillingOrder(
                new TenantId(row.get(BILLING_ORDERS.TENANT_ID)),
                new BillingOrderId(row.get(BILLING_ORDERS.ID)),
                new AccountId(row.get(BILLING_ORDERS.ACCOUNT_ID)),
                new SubscriptionId(row.get(BILLING_ORDERS.SUBSCRIPTION_ID)),
                new IdempotencyKey(row.get(BILLING_ORDERS.IDEMPOTENCY_KEY)),
                row.get(BILLING_ORDERS.FINGERPRINT),
                wish(row),
                Columns.optional(row, BILLING_ORDERS.REFUSAL),
                row.get(BILLING_ORDERS.CREATED_AT),
                Columns.optional(row, BILLING_ORDERS.DONE_AT));
    }

    private static BillingOrder.Wish wish(Record row) {
        return switch (Verb.valueOf(row.get(BILLING_ORDERS.VERB))) {
            case CHANGE ->
                new BillingOrder.Change(
                        Columns.optional(row, BILLING_ORDERS.PLAN_VERSION_ID).map(PlanVersionId::new),
                        row.get(BILLING_ORDERS.PRICE_ID),
                        row.get(BILLING_ORDERS.QUANTITY),
                        row.get(BILLING_ORDERS.PRORATED));
            case CANCEL -> new BillingOrder.Cancel(row.get(BILLING_ORDERS.AT_PERIOD_END));
            case RESUME -> new BillingOrder.Resume();
        };
    }
}
