package io.allotment.persistence.memory;

import io.allotment.domain.job.FailedWork;
import io.allotment.domain.job.FailedWorks;
import io.allotment.domain.job.JobName;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

final class MemoryFailedWorks implements FailedWorks {

    private static final String WHAT = "what jobs could not do";

    private final Tables tables;

    MemoryFailedWorks(Tables tables) {
        this.tables = tables;
    }

    @Override
    public Optional<FailedWork> find(TenantId tenant, JobName job) {
        tables.requirePlatform(WHAT);
        return tables.failedWork.find(Key.of(tenant, job));
    }

    @Override
    public void save(FailedWork work) {
        tables.requirePlatform(WHAT);
        if (!tables.tenants.holds(Key.of(work.tenantId()))) {
            throw new Unknown("tenant", "tenantId", work.tenantId());
        }
        tables.failedWork.put(Key.of(work.tenantId(), work.job()), work);
    }

    @Override
    public boolean replace(FailedWork read, Optional<FailedWork> now) {
        if (!find(read.tenantId(), read.job()).equals(Optional.of(read))) {
            return false;
        }
        now.ifPresentOrElse(this::save, () -> delete(read.tenantId(), read.job()));
        return true;
    }

    @Override
    public boolean delete(TenantId tenant, JobName job) {
        tables.requirePlatform(WHAT);
        return tables.failedWork.remove(Key.of(tenant, job));
    }

    @Override
    public void succeeded(JobName job, Set<TenantId> tenants) {
        tenants.forEach(tenant -> delete(tenant, job));
    }

    @Override
    public Page<FailedWork> listDead(PageRequest page) {
        tables.requirePlatform(WHAT);
        return tables.failedWork.page(Key.of(), Position.ID_AND_JOB, page, FailedWork::isDead);
    }

    @Override
    public List<FailedWork> listDue(JobName job, Instant now, int limit) {
        tables.requirePlatform(WHAT);
        return tables.failedWork
                .all()
                .filter(work -> work.job().equals(job) && !work.isWaiting(now))
                .limit(limit)
                .toList();
    }

    @Override
    public Map<JobName, Long> countFailing() {
        tables.requirePlatform(WHAT);
        return tables.failedWork
                .all()
                .filter(work -> !work.isDead())
                .collect(Collectors.groupingBy(FailedWork::job, Collectors.counting()));
    }

    @Override
    public long countDead() {
        tables.requirePlatform(WHAT);
        return tables.failedWork.all().filter(FailedWork::isDead).count();
    }

    /** Whether something of the tenant's in this job failed that is to be left alone. */
    static boolean isWaiting(Tables tables, TenantId tenant, JobName job, Instant now) {
        return tables.failedWork
                .find(Key.of(tenant, job))
                .filter(work -> work.isWaiting(now))
                .isPresent();
    }
}
