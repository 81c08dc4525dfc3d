package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.INVOICES;

import io.allotment.domain.billing.BillingMonths;
import io.allotment.domain.billing.BillingTotal;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.billing.Invoices;
import io.allotment.domain.billing.Refund;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

final class JooqInvoices implements Invoices {

    /** Each amount at the time that it counts at. The condition of a tenant stands twice, and each has its account's after it. */
    private static final String TOTALS = """
            select width_bucket(at, ?) as bucket, currency, sum(invoiced) as invoiced, sum(paid) as paid,
                sum(refunded) as refunded, sum(open) as open
            from (
                select issued_at as at, currency, total_minor as invoiced, 0 as paid, 0 as refunded,
                    case when status = 'OPEN' then total_minor - paid_minor else 0 end as open
                from allotment.invoices
                where %1$s issued_at >= ? and issued_at < ? and status not in ('DRAFT', 'VOID')
                union all
                select coalesce(paid_at, issued_at), currency, 0, paid_minor, 0, 0
                from allotment.invoices
                where %1$s coalesce(paid_at, issued_at) >= ? and coalesce(paid_at, issued_at) < ? and paid_minor <> 0
                union all
                select created_at, currency, 0, 0, amount_minor, 0
                from allotment.refunds
                where %1$s created_at >= ? and created_at < ? and status in (%2$s)
            ) m
            group by 1, currency
            order by 1, currency
            """;

    private static final String TAKING = Arrays.stream(Refund.Status.values())
            .filter(Refund.Status::takes)
            .map(status -> "'" + status + "'")
            .collect(Collectors.joining(", "));

    private static final Field<Integer> BUCKET = DSL.field("bucket", SQLDataType.INTEGER);
    private static final Field<String> CURRENCY = DSL.field("currency", SQLDataType.CLOB);
    private static final Field<BigDecimal> INVOICED = DSL.field("invoiced", SQLDataType.NUMERIC);
    private static final Field<BigDecimal> PAID = DSL.field("paid", SQLDataType.NUMERIC);
    private static final Field<BigDecimal> REFUNDED = DSL.field("refunded", SQLDataType.NUMERIC);
    private static final Field<BigDecimal> OPEN = DSL.field("open", SQLDataType.NUMERIC);

    private final DSLContext db;
    private final JooqUnits units;

    JooqInvoices(DSLContext db, JooqUnits units) {
        this.db = db;
        this.units = units;
    }

    @Override
    public void insert(Invoice invoice) {
        try {
            int rows = db.insertInto(INVOICES)
                    .set(INVOICES.TENANT_ID, invoice.tenantId().value())
                    .set(INVOICES.ID, invoice.id().value())
                    .set(INVOICES.ACCOUNT_ID, invoice.accountId().value())
                    .set(INVOICES.GATEWAY, invoice.gateway())
                    .set(INVOICES.CREATED_AT, invoice.createdAt())
                    .set(columns(invoice))
                    .onConflict(INVOICES.TENANT_ID, INVOICES.GATEWAY, INVOICES.GATEWAY_ID)
                    .doNothing()
                    .execute();
            if (rows == 0) {
                throw new AlreadyExists("invoice", "id", invoice.told().id());
            }
        } catch (IntegrityConstraintViolationException refused) {
            if (SqlErrors.isForeignKeyViolation(refused)) {
                throw new Unknown("account", "accountId", invoice.accountId());
            }
            // The id is new, and a name that is taken at the gateway is no error to the database: it is the number.
            throw invoice.told()
                    .number()
                    .filter(number -> SqlErrors.isUniqueViolation(refused))
                    .<RuntimeException>map(number -> new AlreadyExists("invoice", "number", number))
                    .orElse(refused);
        }
    }

    @Override
    public void update(Invoice invoice) {
        int rows;
        try {
            rows = db.update(INVOICES)
                    .set(columns(invoice))
                    .where(INVOICES.TENANT_ID.eq(invoice.tenantId().value()))
                    .and(INVOICES.ID.eq(invoice.id().value()))
                    .execute();
        } catch (IntegrityConstraintViolationException taken) {
            throw SqlErrors.isUniqueViolation(taken)
                    ? new AlreadyExists("invoice", "id", invoice.told().id())
                    : taken;
        }
        if (rows != 1) {
            throw new IllegalStateException("An invoice to be changed is not there: " + invoice.id());
        }
    }

    @Override
    public void withdraw(Invoice invoice) {
        db.deleteFrom(INVOICES)
                .where(INVOICES.TENANT_ID.eq(invoice.tenantId().value()))
                .and(INVOICES.ID.eq(invoice.id().value()))
                .execute();
    }

    /** What changes. */
    private static Map<Field<?>, Object> columns(Invoice invoice) {
        var told = invoice.told();
        var columns = new HashMap<Field<?>, Object>();
        columns.put(INVOICES.GATEWAY_ID, told.id());
        columns.put(INVOICES.CUSTOMER_ID, told.customerId().orElse(null));
        columns.put(INVOICES.SUBSCRIPTION_ID, told.subscriptionId().orElse(null));
        columns.put(INVOICES.NUMBER, told.number().orElse(null));
        columns.put(INVOICES.STATUS, told.status().name());
        columns.put(INVOICES.REASON, told.reason().name());
        columns.put(INVOICES.PERIOD_START, told.period().map(Period::start).orElse(null));
        columns.put(INVOICES.PERIOD_END, told.period().flatMap(Period::end).orElse(null));
        columns.put(INVOICES.CURRENCY, told.currency());
        columns.put(INVOICES.TOTAL_MINOR, told.totalMinor());
        columns.put(INVOICES.PAID_MINOR, told.paidMinor());
        columns.put(INVOICES.TAX_MINOR, told.taxMinor());
        columns.put(INVOICES.PAYMENT_ID, told.paymentId().orElse(null));
        columns.put(INVOICES.ATTEMPTS, told.attempts());
        columns.put(INVOICES.HOSTED_URL, told.hostedUrl().orElse(null));
        columns.put(INVOICES.RECEIPT_URL, told.receiptUrl().orElse(null));
        columns.put(INVOICES.LINES, lines(told.lines()));
        columns.put(INVOICES.ISSUED_AT, told.createdAt());
        columns.put(INVOICES.PAID_AT, told.paidAt().orElse(null));
        columns.put(INVOICES.AS_OF, told.asOf());
        columns.put(
                INVOICES.PURCHASE_ID, invoice.purchase().map(PurchaseId::value).orElse(null));
        columns.put(INVOICES.REFERENCE, invoice.reference().orElse(null));
        columns.put(INVOICES.REFUNDED_MINOR, invoice.refundedMinor());
        columns.put(INVOICES.GRANT_ID, invoice.grant().map(GrantId::value).orElse(null));
        return columns;
    }

    @Override
    public Optional<Invoice> find(TenantId tenant, InvoiceId id) {
        return db.selectFrom(INVOICES)
                .where(INVOICES.TENANT_ID.eq(tenant.value()))
                .and(INVOICES.ID.eq(id.value()))
                .fetchOptional(JooqInvoices::invoice);
    }

    @Override
    public Optional<Invoice> findNamed(TenantId tenant, String gateway, String gatewayId) {
        return db.selectFrom(INVOICES)
                .where(INVOICES.TENANT_ID.eq(tenant.value()))
                .and(INVOICES.GATEWAY.eq(gateway))
                .and(INVOICES.GATEWAY_ID.eq(gatewayId))
                .fetchOptional(JooqInvoices::invoice);
    }

    @Override
    public Optional<Invoice> findPaidBy(TenantId tenant, String gateway, String paymentId) {
        return db.selectFrom(INVOICES)
                .where(INVOICES.TENANT_ID.eq(tenant.value()))
                .and(INVOICES.GATEWAY.eq(gateway))
                .and(INVOICES.PAYMENT_ID.eq(paymentId))
                .orderBy(INVOICES.ID)
                .limit(1)
                .fetchOptional(JooqInvoices::invoice);
    }

    @Override
    public List<Invoice> listPaidFor(TenantId tenant, String gateway, String subscriptionId, Instant periodStart) {
        return db.selectFrom(INVOICES)
                .where(INVOICES.TENANT_ID.eq(tenant.value()))
                .and(INVOICES.GATEWAY.eq(gateway))
                .and(INVOICES.SUBSCRIPTION_ID.eq(subscriptionId))
                .and(INVOICES.STATUS.eq(GatewayInvoice.Status.PAID.name()))
                .and(INVOICES.PERIOD_START.eq(periodStart))
                .orderBy(INVOICES.ID)
                .fetch(JooqInvoices::invoice);
    }

    @Override
    public List<Invoice> listWithoutCredits(TenantId tenant, String gateway, String subscriptionId) {
        return db.selectFrom(INVOICES)
                .where(INVOICES.TENANT_ID.eq(tenant.value()))
                .and(INVOICES.GATEWAY.eq(gateway))
                .and(INVOICES.SUBSCRIPTION_ID.eq(subscriptionId))
                .and(INVOICES.STATUS.eq(GatewayInvoice.Status.PAID.name()))
                .and(INVOICES.GRANT_ID.isNull())
                .orderBy(INVOICES.ID)
                .fetch(JooqInvoices::invoice);
    }

    @Override
    public Page<Invoice> list(TenantId tenant, Filter filter, PageRequest page) {
        var rows = db.selectFrom(INVOICES)
                .where(INVOICES.TENANT_ID.eq(tenant.value()))
                .and(filter.account()
                        .<Condition>map(account -> INVOICES.ACCOUNT_ID.eq(account.value()))
                        .orElse(DSL.noCondition()))
                .and(filter.status()
                        .<Condition>map(status -> INVOICES.STATUS.eq(status.name()))
                        .orElse(DSL.noCondition()))
                .and(filter.reason()
                        .<Condition>map(reason -> INVOICES.REASON.eq(reason.name()))
                        .orElse(DSL.noCondition()))
                .and(filter.subscription()
                        .<Condition>map(INVOICES.SUBSCRIPTION_ID::eq)
                        .orElse(DSL.noCondition()))
                .and(Columns.in(filter.issued(), INVOICES.ISSUED_AT))
                .and(Columns.before(INVOICES.ID, page))
                .orderBy(INVOICES.ID.desc())
                .limit(page.limit() + 1)
                .fetch(JooqInvoices::invoice);
        return Page.of(rows, page, invoice -> invoice.id().toString());
    }

    @Override
    public List<BillingTotal> totals(TenantId tenant, Optional<AccountId> account, BillingMonths months) {
        var whose = new ArrayList<Object>(List.of(tenant.value()));
        account.map(AccountId::value).ifPresent(whose::add);
        return totals(
                "tenant_id = ? and" + account.map(one -> " account_id = ? and").orElse(""), whose, months);
    }

    @Override
    public List<BillingTotal> totalsOfAll(BillingMonths months) {
        units.requirePlatform("billing of all tenants");
        return totals("", List.of(), months);
    }

    private List<BillingTotal> totals(String whose, List<Object> values, BillingMonths months) {
        var bounds = months.bounds();
        var all = new ArrayList<Object>();
        all.add(JooqUsageSummaries.times(bounds));
        for (int part = 0; part < 3; part++) {
            all.addAll(values);
            all.add(bounds.get(0));
            all.add(bounds.get(bounds.size() - 1));
        }
        var totals = new ArrayList<BillingTotal>();
        new RoundTrip()
                .add(
                        Statement.query(
                                TOTALS.formatted(whose, TAKING),
                                new Field<?>[] {BUCKET, CURRENCY, INVOICED, PAID, REFUNDED, OPEN},
                                all.toArray()),
                        row -> totals.add(new BillingTotal(
                                months.from().plusMonths(row.get(BUCKET) - 1L),
                                row.get(CURRENCY),
                                row.get(INVOICED).toBigIntegerExact(),
                                row.get(PAID).toBigIntegerExact(),
                                row.get(REFUNDED).toBigIntegerExact(),
                                row.get(OPEN).toBigIntegerExact())))
                .run(db);
        return List.copyOf(totals);
    }

    private static JSONB lines(List<GatewayInvoice.Line> lines) {
        var all = lines.stream()
                .map(line -> {
                    var fields = new LinkedHashMap<String, Object>();
                    fields.put("description", line.description());
                    fields.put("quantity", line.quantity());
                    fields.put("amountMinor", line.amountMinor());
                    line.period().ifPresent(period -> {
                        fields.put("from", period.start().toString());
                        period.end().ifPresent(end -> fields.put("to", end.toString()));
                    });
                    line.priceId().ifPresent(price -> fields.put("price", price));
                    return fields;
                })
                .toList();
        return JSONB.valueOf(Json.write(all));
    }

    private static List<GatewayInvoice.Line> lines(JSONB stored) {
        return Json.readList(stored.data()).stream()
                .map(line -> (Map<?, ?>) line)
                .map(line -> new GatewayInvoice.Line(
                        (String) line.get("description"),
                        ((Number) line.get("quantity")).longValue(),
                        ((Number) line.get("amountMinor")).longValue(),
                        text(line, "from")
                                .map(Instant::parse)
                                .map(from -> new Period(from, text(line, "to").map(Instant::parse))),
                        text(line, "price")))
                .toList();
    }

    private static Optional<String> text(Map<?, ?> line, String field) {
        return Optional.ofNullable((String) line.get(field));
    }

    private static Invoice invoice(Record row) {
        var told = new GatewayInvoice(
                row.get(INVOICES.GATEWAY_ID),
                Columns.optional(row, INVOICES.CUSTOMER_ID),
                Columns.optional(row, INVOICES.SUBSCRIPTION_ID),
                Columns.optional(row, INVOICES.NUMBER),
                GatewayInvoice.Status.valueOf(row.get(INVOICES.STATUS)),
                GatewayInvoice.Reason.valueOf(row.get(INVOICES.REASON)),
                Columns.optional(row, INVOICES.PERIOD_START)
                        .map(start -> Columns.period(start, row.get(INVOICES.PERIOD_END))),
                row.get(INVOICES.CURRENCY),
                row.get(INVOICES.TOTAL_MINOR),
                row.get(INVOICES.PAID_MINOR),
                row.get(INVOICES.TAX_MINOR),
                Columns.optional(row, INVOICES.PAYMENT_ID),
                row.get(INVOICES.ATTEMPTS),
                Columns.optional(row, INVOICES.HOSTED_URL),
                Columns.optional(row, INVOICES.RECEIPT_URL),
                lines(row.get(INVOICES.LINES)),
                row.get(INVOICES.ISSUED_AT),
                Columns.optional(row, INVOICES.PAID_AT),
                row.get(INVOICES.AS_OF));
        return new Invoice(
                new TenantId(row.get(INVOICES.TENANT_ID)),
                new InvoiceId(row.get(INVOICES.ID)),
                new AccountId(row.get(INVOICES.ACCOUNT_ID)),
                row.get(INVOICES.GATEWAY),
                told,
                Columns.optional(row, INVOICES.PURCHASE_ID).map(PurchaseId::new),
                Columns.optional(row, INVOICES.GRANT_ID).map(GrantId::new),
                Columns.optional(row, INVOICES.REFERENCE),
                row.get(INVOICES.REFUNDED_MINOR),
                row.get(INVOICES.CREATED_AT));
    }
}
