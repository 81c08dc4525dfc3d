package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.METERED_REPORTS;

import io.allotment.domain.billing.MeteredReport;
import io.allotment.domain.billing.MeteredReports;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.MeteredReportId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;

final class JooqMeteredReports implements MeteredReports {

    private final DSLContext db;
    private final JooqUnits units;

    JooqMeteredReports(DSLContext db, JooqUnits units) {
        this.db = db;
        this.units = units;
    }

    @Override
    public void insert(MeteredReport report) {
        try {
            db.insertInto(METERED_REPORTS)
                    .set(METERED_REPORTS.TENANT_ID, report.tenantId().value())
                    .set(METERED_REPORTS.ID, report.id().value())
                    .set(METERED_REPORTS.ACCOUNT_ID, report.accountId().value())
                    .set(METERED_REPORTS.GATEWAY, report.gateway())
                    .set(METERED_REPORTS.FEATURE_KEY, report.feature().value())
                    .set(METERED_REPORTS.QUANTITY, report.quantity())
                    .set(METERED_REPORTS.PERIOD_START, report.periodStart())
                    .set(METERED_REPORTS.BILLING_PERIOD_START, report.billingPeriodStart())
                    .set(METERED_REPORTS.USED_AT, report.at())
                    .set(METERED_REPORTS.CREATED_AT, report.createdAt())
                    .set(columns(report))
                    .execute();
        } catch (IntegrityConstraintViolationException missing) {
            throw SqlErrors.isForeignKeyViolation(missing)
                    ? new Unknown("account", "accountId", report.accountId())
                    : missing;
        }
    }

    @Override
    public void update(MeteredReport report) {
        int rows = db.update(METERED_REPORTS)
                .set(columns(report))
                .where(METERED_REPORTS.TENANT_ID.eq(report.tenantId().value()))
                .and(METERED_REPORTS.ID.eq(report.id().value()))
                .execute();
        if (rows != 1) {
            throw new IllegalStateException("A report to be changed is not there: " + report.id());
        }
    }

    /** What changes. */
    private static Map<Field<?>, Object> columns(MeteredReport report) {
        var columns = new HashMap<Field<?>, Object>();
        columns.put(METERED_REPORTS.UNITS, report.units());
        columns.put(METERED_REPORTS.WITHHELD_UNITS, report.withheldUnits());
        columns.put(METERED_REPORTS.STATUS, report.status().name());
        columns.put(METERED_REPORTS.IDENTIFIER, report.identifier());
        columns.put(METERED_REPORTS.CUSTOMER_ID, report.customerId().orElse(null));
        columns.put(METERED_REPORTS.ATTEMPTS, report.attempts());
        columns.put(METERED_REPORTS.TRIED_AT, report.triedAt().orElse(null));
        columns.put(METERED_REPORTS.NEXT_AT, report.nextAt().orElse(null));
        columns.put(METERED_REPORTS.SENT_AT, report.sentAt().orElse(null));
        columns.put(METERED_REPORTS.PROBLEM, report.problem().orElse(null));
        return columns;
    }

    @Override
    public Optional<MeteredReport> find(TenantId tenant, MeteredReportId id) {
        return db.selectFrom(METERED_REPORTS)
                .where(METERED_REPORTS.TENANT_ID.eq(tenant.value()))
                .and(METERED_REPORTS.ID.eq(id.value()))
                .fetchOptional(JooqMeteredReports::report);
    }

    @Override
    public Optional<MeteredReport> lock(TenantId tenant, MeteredReportId id) {
        return db.selectFrom(METERED_REPORTS)
                .where(METERED_REPORTS.TENANT_ID.eq(tenant.value()))
                .and(METERED_REPORTS.ID.eq(id.value()))
                .forUpdate()
                .fetchOptional(JooqMeteredReports::report);
    }

    @Override
    public Optional<MeteredReport> findIdentified(String gateway, String identifier) {
        return db.selectFrom(METERED_REPORTS)
                .where(METERED_REPORTS.GATEWAY.eq(gateway))
                .and(METERED_REPORTS.IDENTIFIER.eq(identifier))
                .fetchOptional(JooqMeteredReports::report);
    }

    @Override
    public Optional<MeteredReport> lockDue(String gateway, Instant now) {
        units.requirePlatform("sending reports of metered usage");
        return db.selectFrom(METERED_REPORTS)
                .where(METERED_REPORTS.GATEWAY.eq(gateway))
                .and(METERED_REPORTS.NEXT_AT.le(now))
                .orderBy(METERED_REPORTS.TRIED_AT.asc().nullsLast(), METERED_REPORTS.NEXT_AT, METERED_REPORTS.ID)
                .limit(1)
                .forUpdate()
                .skipLocked()
                .fetchOptional(JooqMeteredReports::report);
    }

    @Override
    public boolean hasUnanswered(String gateway) {
        return db.fetchExists(db.selectOne()
                .from(METERED_REPORTS)
                .where(METERED_REPORTS.GATEWAY.eq(gateway))
                .and(METERED_REPORTS.NEXT_AT.isNotNull())
                .and(METERED_REPORTS.TRIED_AT.isNotNull()));
    }

    @Override
    public MeteredReport.Total total(TenantId tenant, MeteredReport.Subject subject) {
        var billed = METERED_REPORTS.BILLING_PERIOD_START.eq(subject.billingPeriodStart());
        var mayCount = METERED_REPORTS.STATUS.in(Stream.of(MeteredReport.Status.values())
                .filter(MeteredReport.Status::mayCount)
                .map(status -> DSL.inline(status.name()))
                .toList());
        return db.select(
                        orZero(DSL.sum(METERED_REPORTS.QUANTITY).filterWhere(billed)),
                        orZero(DSL.sum(METERED_REPORTS.UNITS.sub(METERED_REPORTS.WITHHELD_UNITS))
                                .filterWhere(billed)),
                        orZero(DSL.sum(METERED_REPORTS.UNITS).filterWhere(mayCount)))
                .from(METERED_REPORTS)
                .where(around(tenant, subject))
                .fetchSingle(sums -> new MeteredReport.Total(sums.value1(), sums.value2(), sums.value3()));
    }

    @Override
    public BigDecimal withheldSince(TenantId tenant, MeteredReport report) {
        var withheld = DSL.sum(METERED_REPORTS.WITHHELD_UNITS);
        return db.select(DSL.least(
                        orZero(withheld),
                        orZero(withheld.filterWhere(METERED_REPORTS.CREATED_AT.ge(report.createdAt())))))
                .from(METERED_REPORTS)
                .where(around(tenant, report.subject()))
                .fetchSingle()
                .value1();
    }

    private static Field<BigDecimal> orZero(Field<BigDecimal> sum) {
        return DSL.coalesce(sum, BigDecimal.ZERO);
    }

    /** Of the subscription's period, and of the quota's. */
    private static Condition around(TenantId tenant, MeteredReport.Subject subject) {
        return METERED_REPORTS
                .TENANT_ID
                .eq(tenant.value())
                .and(METERED_REPORTS.ACCOUNT_ID.eq(subject.accountId().value()))
                .and(METERED_REPORTS.FEATURE_KEY.eq(subject.feature().value()))
                .and(METERED_REPORTS.GATEWAY.eq(subject.gateway()))
                .and(METERED_REPORTS
                        .BILLING_PERIOD_START
                        .eq(subject.billingPeriodStart())
                        .or(METERED_REPORTS.PERIOD_START.eq(subject.periodStart())));
    }

    @Override
    public BigDecimal sumSent(
            TenantId tenant, String gateway, String customerId, FeatureKey feature, Instant from, Instant to) {
        return db.select(orZero(DSL.sum(METERED_REPORTS.UNITS)))
                .from(METERED_REPORTS)
                .where(METERED_REPORTS.TENANT_ID.eq(tenant.value()))
                .and(METERED_REPORTS.GATEWAY.eq(gateway))
                .and(METERED_REPORTS.CUSTOMER_ID.eq(customerId))
                .and(METERED_REPORTS.STATUS.eq(DSL.inline(MeteredReport.Status.SENT.name())))
                .and(METERED_REPORTS.USED_AT.ge(from))
                .and(METERED_REPORTS.USED_AT.lt(to))
                .and(METERED_REPORTS.FEATURE_KEY.eq(feature.value()))
                .fetchSingle()
                .value1();
    }

    @Override
    public Page<MeteredReport> list(Optional<MeteredReport.Status> status, PageRequest page) {
        units.requirePlatform("the reports of metered usage of all tenants");
        var rows = db.selectFrom(METERED_REPORTS)
                .where(status.<Condition>map(wanted -> METERED_REPORTS.STATUS.eq(DSL.inline(wanted.name())))
                        .orElse(DSL.noCondition()))
                .and(page.after().map(JooqMeteredReports::after).orElse(DSL.noCondition()))
                .orderBy(METERED_REPORTS.TENANT_ID, METERED_REPORTS.ID)
                .limit(page.limit() + 1)
                .fetch(JooqMeteredReports::report);
        return Page.of(rows, page, report -> report.tenantId() + "." + report.id());
    }

    private static Condition after(String position) {
        var parts = Cursor.parts(position, 2);
        return DSL.row(METERED_REPORTS.TENANT_ID, METERED_REPORTS.ID)
                .gt(Columns.uuid(parts[0]), Columns.uuid(parts[1]));
    }

    private static MeteredReport report(Record row) {
        return new MeteredReport(
                new TenantId(row.get(METERED_REPORTS.TENANT_ID)),
                new MeteredReportId(row.get(METERED_REPORTS.ID)),
                new AccountId(row.get(METERED_REPORTS.ACCOUNT_ID)),
                row.get(METERED_REPORTS.GATEWAY),
                new FeatureKey(row.get(METERED_REPORTS.FEATURE_KEY)),
                row.get(METERED_REPORTS.QUANTITY),
                row.get(METERED_REPORTS.UNITS),
                row.get(METERED_REPORTS.WITHHELD_UNITS),
                row.get(METERED_REPORTS.PERIOD_START),
                row.get(METERED_REPORTS.BILLING_PERIOD_START),
                row.get(METERED_REPORTS.USED_AT),
                MeteredReport.Status.valueOf(row.get(METERED_REPORTS.STATUS)),
                row.get(METERED_REPORTS.IDENTIFIER),
                Columns.optional(row, METERED_REPORTS.CUSTOMER_ID),
                row.get(METERED_REPORTS.ATTEMPTS),
                Columns.optional(row, METERED_REPORTS.TRIED_AT),
                Columns.optional(row, METERED_REPORTS.NEXT_AT),
                Columns.optional(row, METERED_REPORTS.SENT_AT),
                Columns.optional(row, METERED_REPORTS.PROBLEM),
                row.get(METERED_REPORTS.CREATED_AT));
    }
}
