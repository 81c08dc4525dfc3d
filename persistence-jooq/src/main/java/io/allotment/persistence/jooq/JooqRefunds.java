package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.REFUNDS;

import io.allotment.domain.billing.Refund;
import io.allotment.domain.billing.Refunds;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.RefundId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.util.Arrays;
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

final class JooqRefunds implements Refunds {

    private final DSLContext db;

    JooqRefunds(DSLContext db) {
        this.db = db;
    }

    @Override
    public void insert(Refund refund) {
        try {
            int rows = db.insertInto(REFUNDS)
                    .set(REFUNDS.TENANT_ID, refund.tenantId().value())
                    .set(REFUNDS.ID, refund.id().value())
                    .set(REFUNDS.ACCOUNT_ID, refund.accountId().value())
                    .set(REFUNDS.GATEWAY, refund.gateway())
                    .set(REFUNDS.GATEWAY_ID, refund.gatewayId())
                    .set(REFUNDS.CREATED_AT, refund.createdAt())
                    .set(columns(refund))
                    .onConflict(REFUNDS.TENANT_ID, REFUNDS.GATEWAY, REFUNDS.GATEWAY_ID)
                    .doNothing()
                    .execute();
            if (rows == 0) {
                throw new AlreadyExists("refund", "id", refund.gatewayId());
            }
        } catch (IntegrityConstraintViolationException missing) {
            throw SqlErrors.isForeignKeyViolation(missing)
                    ? new Unknown("account", "accountId", refund.accountId())
                    : missing;
        }
    }

    @Override
    public void update(Refund refund) {
        int rows = db.update(REFUNDS)
                .set(columns(refund))
                .where(REFUNDS.TENANT_ID.eq(refund.tenantId().value()))
                .and(REFUNDS.ID.eq(refund.id().value()))
                .execute();
        if (rows != 1) {
            throw new IllegalStateException("A refund to be changed is not there: " + refund.id());
        }
    }

    /** What changes. */
    private static Map<Field<?>, Object> columns(Refund refund) {
        var columns = new HashMap<Field<?>, Object>();
        columns.put(REFUNDS.PAYMENT_ID, refund.paymentId());
        columns.put(REFUNDS.INVOICE_ID, refund.invoice().map(InvoiceId::value).orElse(null));
        columns.put(REFUNDS.AMOUNT_MINOR, refund.amount().amountMinor());
        columns.put(REFUNDS.CURRENCY, refund.amount().currency());
        columns.put(REFUNDS.STATUS, refund.status().name());
        columns.put(REFUNDS.REASON, refund.reason().orElse(null));
        columns.put(REFUNDS.AS_OF, refund.asOf());
        columns.put(REFUNDS.TAKEN, refund.taken().map(Credits::value).orElse(null));
        columns.put(REFUNDS.ATTEMPTS, refund.attempts());
        return columns;
    }

    @Override
    public Optional<Refund> findNamed(TenantId tenant, String gateway, String gatewayId) {
        return db.selectFrom(REFUNDS)
                .where(REFUNDS.TENANT_ID.eq(tenant.value()))
                .and(REFUNDS.GATEWAY.eq(gateway))
                .and(REFUNDS.GATEWAY_ID.eq(gatewayId))
                .fetchOptional(JooqRefunds::refund);
    }

    @Override
    public List<Refund> listOf(TenantId tenant, String gateway, String paymentId) {
        return db.selectFrom(REFUNDS)
                .where(REFUNDS.TENANT_ID.eq(tenant.value()))
                .and(REFUNDS.GATEWAY.eq(gateway))
                .and(REFUNDS.PAYMENT_ID.eq(paymentId))
                .orderBy(REFUNDS.ID)
                .fetch(JooqRefunds::refund);
    }

    @Override
    public Page<Refund> list(TenantId tenant, Filter filter, PageRequest page) {
        var rows = db.selectFrom(REFUNDS)
                .where(REFUNDS.TENANT_ID.eq(tenant.value()))
                .and(filter.account()
                        .<Condition>map(account -> REFUNDS.ACCOUNT_ID.eq(account.value()))
                        .orElse(DSL.noCondition()))
                .and(filter.status()
                        .<Condition>map(status -> REFUNDS.STATUS.eq(status.name()))
                        .orElse(DSL.noCondition()))
                .and(filter.kind()
                        .<Condition>map(kind -> REFUNDS.STATUS.in(standings(kind)))
                        .orElse(DSL.noCondition()))
                .and(filter.invoice()
                        .<Condition>map(invoice -> REFUNDS.INVOICE_ID.eq(invoice.value()))
                        .orElse(DSL.noCondition()))
                .and(Columns.in(filter.heard(), REFUNDS.CREATED_AT))
                .and(Columns.before(REFUNDS.ID, page))
                .orderBy(REFUNDS.ID.desc())
                .limit(page.limit() + 1)
                .fetch(JooqRefunds::refund);
        return Page.of(rows, page, refund -> refund.id().toString());
    }

    private static List<String> standings(Refund.Kind kind) {
        return Arrays.stream(Refund.Status.values())
                .filter(status -> status.kind() == kind)
                .map(Refund.Status::name)
                .toList();
    }

    private static Refund refund(Record row) {
        return new Refund(
                new TenantId(row.get(REFUNDS.TENANT_ID)),
                new RefundId(row.get(REFUNDS.ID)),
                new AccountId(row.get(REFUNDS.ACCOUNT_ID)),
                row.get(REFUNDS.GATEWAY),
                row.get(REFUNDS.GATEWAY_ID),
                row.get(REFUNDS.PAYMENT_ID),
                Columns.optional(row, REFUNDS.INVOICE_ID).map(InvoiceId::new),
                new Money(row.get(REFUNDS.AMOUNT_MINOR), row.get(REFUNDS.CURRENCY)),
                Refund.Status.valueOf(row.get(REFUNDS.STATUS)),
                Columns.optional(row, REFUNDS.REASON),
                row.get(REFUNDS.AS_OF),
                Columns.optional(row, REFUNDS.TAKEN).map(Credits::new),
                row.get(REFUNDS.ATTEMPTS),
                row.get(REFUNDS.CREATED_AT));
    }
}
