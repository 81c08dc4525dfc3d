package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.FAILED_WORK;

import io.allotment.domain.job.FailedWork;
import io.allotment.domain.job.FailedWorks;
import io.allotment.domain.job.JobName;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;

final class JooqFailedWorks implements FailedWorks {

    private final DSLContext db;
    private final JooqUnits units;

    JooqFailedWorks(DSLContext db, JooqUnits units) {
        this.db = db;
        this.units = units;
    }

    @Override
    public Optional<FailedWork> find(TenantId tenant, JobName job) {
        requirePlatform();
        return db.selectFrom(FAILED_WORK).where(is(tenant, job)).fetchOptional(JooqFailedWorks::work);
    }

    @Override
    public void save(FailedWork work) {
        requirePlatform();
        try {
            db.insertInto(FAILED_WORK)
                    .set(FAILED_WORK.TENANT_ID, work.tenantId().value())
                    .set(FAILED_WORK.JOB, work.job().value())
                    .set(columns(work))
                    .onConflict(FAILED_WORK.TENANT_ID, FAILED_WORK.JOB)
                    .doUpdate()
                    .setAllToExcluded()
                    .execute();
        } catch (IntegrityConstraintViolationException missing) {
            throw SqlErrors.isForeignKeyViolation(missing)
                    ? new Unknown("tenant", "tenantId", work.tenantId())
                    : missing;
        }
    }

    @Override
    public boolean replace(FailedWork read, Optional<FailedWork> now) {
        requirePlatform();
        // Who waits for a row looks at it anew: what was written meanwhile is seen.
        var asRead = is(read.tenantId(), read.job())
                .and(FAILED_WORK.REFERENCE.eq(read.reference()))
                .and(FAILED_WORK.ATTEMPTS.eq(read.attempts()))
                .and(FAILED_WORK.LAST_FAILED_AT.eq(read.lastFailedAt()))
                .and(FAILED_WORK.NEXT_ATTEMPT_AT.isNotDistinctFrom(
                        read.nextAttemptAt().orElse(null)));
        return now.map(work -> db.update(FAILED_WORK)
                                .set(columns(work))
                                .where(asRead)
                                .execute())
                        .orElseGet(
                                () -> db.deleteFrom(FAILED_WORK).where(asRead).execute())
                == 1;
    }

    private static Map<Field<?>, Object> columns(FailedWork work) {
        var columns = new HashMap<Field<?>, Object>();
        columns.put(FAILED_WORK.ATTEMPTS, work.attempts());
        columns.put(FAILED_WORK.FIRST_FAILED_AT, work.firstFailedAt());
        columns.put(FAILED_WORK.LAST_FAILED_AT, work.lastFailedAt());
        columns.put(FAILED_WORK.NEXT_ATTEMPT_AT, work.nextAttemptAt().orElse(null));
        columns.put(FAILED_WORK.REASON, work.reason());
        columns.put(FAILED_WORK.REFERENCE, work.reference());
        return columns;
    }

    @Override
    public boolean delete(TenantId tenant, JobName job) {
        requirePlatform();
        return db.deleteFrom(FAILED_WORK).where(is(tenant, job)).execute() == 1;
    }

    @Override
    public void succeeded(JobName job, Set<TenantId> tenants) {
        requirePlatform();
        if (!tenants.isEmpty()) {
            db.deleteFrom(FAILED_WORK)
                    .where(FAILED_WORK.TENANT_ID.in(
                            tenants.stream().map(TenantId::value).toList()))
                    .and(FAILED_WORK.JOB.eq(job.value()))
                    .execute();
        }
    }

    @Override
    public Page<FailedWork> listDead(PageRequest page) {
        requirePlatform();
        var rows = db.selectFrom(FAILED_WORK)
                .where(FAILED_WORK.NEXT_ATTEMPT_AT.isNull())
                .and(page.after().map(JooqFailedWorks::after).orElse(DSL.noCondition()))
                .orderBy(FAILED_WORK.TENANT_ID, FAILED_WORK.JOB)
                .limit(page.limit() + 1)
                .fetch(JooqFailedWorks::work);
        return Page.of(rows, page, work -> work.tenantId() + "." + work.job());
    }

    @Override
    public List<FailedWork> listDue(JobName job, Instant now, int limit) {
        requirePlatform();
        return db.selectFrom(FAILED_WORK)
                .where(FAILED_WORK.JOB.eq(job.value()))
                .and(FAILED_WORK.NEXT_ATTEMPT_AT.le(now))
                .orderBy(FAILED_WORK.TENANT_ID)
                .limit(limit)
                .fetch(JooqFailedWorks::work);
    }

    @Override
    public Map<JobName, Long> countFailing() {
        requirePlatform();
        var count = DSL.count().cast(Long.class);
        return db.select(FAILED_WORK.JOB, count)
                .from(FAILED_WORK)
                .where(FAILED_WORK.NEXT_ATTEMPT_AT.isNotNull())
                .groupBy(FAILED_WORK.JOB)
                .fetchMap(row -> new JobName(row.value1()), row -> row.value2());
    }

    @Override
    public long countDead() {
        requirePlatform();
        return db.fetchCount(FAILED_WORK, FAILED_WORK.NEXT_ATTEMPT_AT.isNull());
    }

    private static Condition after(String cursor) {
        var parts = Cursor.parts(cursor, 2);
        try {
            return DSL.row(FAILED_WORK.TENANT_ID, FAILED_WORK.JOB)
                    .gt(Columns.uuid(parts[0]), new JobName(parts[1]).value());
        } catch (InvalidValue notOurs) {
            throw Columns.cursorNotOurs();
        }
    }

    private void requirePlatform() {
        units.requirePlatform("what jobs could not do");
    }

    private static Condition is(TenantId tenant, JobName job) {
        return FAILED_WORK.TENANT_ID.eq(tenant.value()).and(FAILED_WORK.JOB.eq(job.value()));
    }

    private static FailedWork work(Record row) {
        return new FailedWork(
                new TenantId(row.get(FAILED_WORK.TENANT_ID)),
                new JobName(row.get(FAILED_WORK.JOB)),
                row.get(FAILED_WORK.ATTEMPTS),
                row.get(FAILED_WORK.FIRST_FAILED_AT),
                row.get(FAILED_WORK.LAST_FAILED_AT),
                Columns.optional(row, FAILED_WORK.NEXT_ATTEMPT_AT),
                row.get(FAILED_WORK.REASON),
                row.get(FAILED_WORK.REFERENCE));
    }
}
