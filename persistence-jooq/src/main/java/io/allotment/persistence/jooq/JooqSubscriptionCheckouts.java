package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.PLAN_VERSIONS;
import static io.allotment.persistence.jooq.generated.Tables.SUBSCRIPTION_CHECKOUTS;

import io.allotment.domain.billing.SubscriptionCheckout;
import io.allotment.domain.billing.SubscriptionCheckouts;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SelectJoinStep;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;

final class JooqSubscriptionCheckouts implements SubscriptionCheckouts {

    static final List<String> NOT_OVER = Arrays.stream(SubscriptionCheckout.Status.values())
            .filter(status -> !status.isOver())
            .map(Enum::name)
            .toList();

    private final DSLContext db;

    JooqSubscriptionCheckouts(DSLContext db) {
        this.db = db;
    }

    @Override
    public void insert(SubscriptionCheckout checkout) {
        var order = checkout.order();
        try {
            db.insertInto(SUBSCRIPTION_CHECKOUTS)
                    .set(SUBSCRIPTION_CHECKOUTS.TENANT_ID, checkout.tenantId().value())
                    .set(SUBSCRIPTION_CHECKOUTS.ID, checkout.id().value())
                    .set(SUBSCRIPTION_CHECKOUTS.ACCOUNT_ID, checkout.accountId().value())
                    .set(SUBSCRIPTION_CHECKOUTS.GATEWAY, checkout.gateway())
                    .set(SUBSCRIPTION_CHECKOUTS.CREATED_AT, checkout.createdAt())
                    .set(
                            SUBSCRIPTION_CHECKOUTS.PLAN_VERSION_ID,
                            order.map(what -> what.planVersionId().value()).orElse(null))
                    .set(
                            SUBSCRIPTION_CHECKOUTS.PRICE_KEY,
                            order.map(what -> what.price().value()).orElse(null))
                    .set(
                            SUBSCRIPTION_CHECKOUTS.QUANTITY,
                            order.map(SubscriptionCheckout.Order::quantity).orElse(null))
                    .set(columns(checkout))
                    .execute();
        } catch (IntegrityConstraintViolationException missing) {
            // Under its lock the account is there, and a version may have been deleted meanwhile.
            throw SqlErrors.isForeignKeyViolation(missing)
                    ? order.map(what -> new Unknown("plan version", "version", what.version()))
                            .orElseGet(() -> new Unknown("account", "accountId", checkout.accountId()))
                    : missing;
        }
    }

    @Override
    public void update(SubscriptionCheckout checkout) {
        int rows = db.update(SUBSCRIPTION_CHECKOUTS)
                .set(columns(checkout))
                .where(SUBSCRIPTION_CHECKOUTS.TENANT_ID.eq(checkout.tenantId().value()))
                .and(SUBSCRIPTION_CHECKOUTS.ID.eq(checkout.id().value()))
                .execute();
        if (rows != 1) {
            throw new IllegalStateException("A checkout to be changed is not there: " + checkout.id());
        }
    }

    /** What changes. */
    private static Map<Field<?>, Object> columns(SubscriptionCheckout checkout) {
        var columns = new HashMap<Field<?>, Object>();
        columns.put(SUBSCRIPTION_CHECKOUTS.STATUS, checkout.status().name());
        columns.put(SUBSCRIPTION_CHECKOUTS.GATEWAY_ID, checkout.gatewayId().orElse(null));
        columns.put(SUBSCRIPTION_CHECKOUTS.URL, checkout.url().orElse(null));
        columns.put(
                SUBSCRIPTION_CHECKOUTS.SUBSCRIPTION_ID,
                checkout.subscriptionId().orElse(null));
        columns.put(SUBSCRIPTION_CHECKOUTS.EXPIRES_AT, checkout.expiresAt());
        columns.put(SUBSCRIPTION_CHECKOUTS.CANCELED_AT, checkout.canceledAt().orElse(null));
        return columns;
    }

    @Override
    public Optional<SubscriptionCheckout> find(TenantId tenant, CheckoutId id) {
        return checkouts()
                .where(SUBSCRIPTION_CHECKOUTS.TENANT_ID.eq(tenant.value()))
                .and(SUBSCRIPTION_CHECKOUTS.ID.eq(id.value()))
                .fetchOptional(JooqSubscriptionCheckouts::checkout);
    }

    @Override
    public Page<SubscriptionCheckout> list(TenantId tenant, AccountId account, PageRequest page) {
        var rows = checkouts()
                .where(SUBSCRIPTION_CHECKOUTS.TENANT_ID.eq(tenant.value()))
                .and(SUBSCRIPTION_CHECKOUTS.ACCOUNT_ID.eq(account.value()))
                .and(Columns.before(SUBSCRIPTION_CHECKOUTS.ID, page))
                .orderBy(SUBSCRIPTION_CHECKOUTS.ID.desc())
                .limit(page.limit() + 1)
                .fetch(JooqSubscriptionCheckouts::checkout);
        return Page.of(rows, page, checkout -> checkout.id().toString());
    }

    @Override
    public List<SubscriptionCheckout> listNotOver(TenantId tenant, AccountId account) {
        return notOver(tenant, SUBSCRIPTION_CHECKOUTS.ACCOUNT_ID.eq(account.value()));
    }

    @Override
    public List<SubscriptionCheckout> listNotOver(TenantId tenant) {
        return notOver(tenant, DSL.noCondition());
    }

    private List<SubscriptionCheckout> notOver(TenantId tenant, Condition whose) {
        return checkouts()
                .where(SUBSCRIPTION_CHECKOUTS.TENANT_ID.eq(tenant.value()))
                .and(whose)
                .and(SUBSCRIPTION_CHECKOUTS.STATUS.in(NOT_OVER))
                .orderBy(SUBSCRIPTION_CHECKOUTS.ID)
                .fetch(JooqSubscriptionCheckouts::checkout);
    }

    @Override
    public Page<SubscriptionCheckout> listUnpaid(String gateway, PageRequest page) {
        var rows = checkouts()
                .where(SUBSCRIPTION_CHECKOUTS.GATEWAY.eq(gateway))
                .and(SUBSCRIPTION_CHECKOUTS.STATUS.in(
                        DSL.inline(SubscriptionCheckout.Status.OPEN.name()),
                        DSL.inline(SubscriptionCheckout.Status.PAYING.name())))
                .and(SUBSCRIPTION_CHECKOUTS.GATEWAY_ID.isNotNull())
                .and(Columns.after(SUBSCRIPTION_CHECKOUTS.ID, page))
                .orderBy(SUBSCRIPTION_CHECKOUTS.ID)
                .limit(page.limit() + 1)
                .fetch(JooqSubscriptionCheckouts::checkout);
        return Page.of(rows, page, checkout -> checkout.id().toString());
    }

    @Override
    public List<SubscriptionCheckout> listToClose(String gateway, Instant now, int limit) {
        return checkouts()
                .where(SUBSCRIPTION_CHECKOUTS.GATEWAY.eq(gateway))
                .and(SUBSCRIPTION_CHECKOUTS.CANCELED_AT.isNotNull())
                .and(SUBSCRIPTION_CHECKOUTS.STATUS.in(
                        SubscriptionCheckout.Status.OPEN.name(), SubscriptionCheckout.Status.CANCELED.name()))
                .and(SUBSCRIPTION_CHECKOUTS.GATEWAY_ID.isNotNull())
                .and(SUBSCRIPTION_CHECKOUTS.URL.isNotNull())
                .and(SUBSCRIPTION_CHECKOUTS.EXPIRES_AT.gt(now))
                .orderBy(SUBSCRIPTION_CHECKOUTS.EXPIRES_AT, SUBSCRIPTION_CHECKOUTS.ID)
                .limit(limit)
                .fetch(JooqSubscriptionCheckouts::checkout);
    }

    private SelectJoinStep<?> checkouts() {
        return db.select(SUBSCRIPTION_CHECKOUTS.fields())
                .select(PLAN_VERSIONS.PLAN_KEY, PLAN_VERSIONS.NUMBER)
                .from(SUBSCRIPTION_CHECKOUTS)
                .leftJoin(PLAN_VERSIONS)
                .on(PLAN_VERSIONS.ID.eq(SUBSCRIPTION_CHECKOUTS.PLAN_VERSION_ID));
    }

    private static Optional<SubscriptionCheckout.Order> order(Record row) {
        return Columns.optional(row, SUBSCRIPTION_CHECKOUTS.PLAN_VERSION_ID)
                .map(version -> new SubscriptionCheckout.Order(
                        new PlanVersionId(version),
                        new PlanKey(row.get(PLAN_VERSIONS.PLAN_KEY)),
                        row.get(PLAN_VERSIONS.NUMBER),
                        new PriceKey(row.get(SUBSCRIPTION_CHECKOUTS.PRICE_KEY)),
                        row.get(SUBSCRIPTION_CHECKOUTS.QUANTITY)));
    }

    private static SubscriptionCheckout checkout(Record row) {
        return new SubscriptionCheckout(
                new TenantId(row.get(SUBSCRIPTION_CHECKOUTS.TENANT_ID)),
                new CheckoutId(row.get(SUBSCRIPTION_CHECKOUTS.ID)),
                new AccountId(row.get(SUBSCRIPTION_CHECKOUTS.ACCOUNT_ID)),
                order(row),
                SubscriptionCheckout.Status.valueOf(row.get(SUBSCRIPTION_CHECKOUTS.STATUS)),
                row.get(SUBSCRIPTION_CHECKOUTS.GATEWAY),
                Columns.optional(row, SUBSCRIPTION_CHECKOUTS.GATEWAY_ID),
                Columns.optional(row, SUBSCRIPTION_CHECKOUTS.URL),
                Columns.optional(row, SUBSCRIPTION_CHECKOUTS.SUBSCRIPTION_ID),
                row.get(SUBSCRIPTION_CHECKOUTS.EXPIRES_AT),
                Columns.optional(row, SUBSCRIPTION_CHECKOUTS.CANCELED_AT),
                row.get(SUBSCRIPTION_CHECKOUTS.CREATED_AT));
    }
}
