package io.allotment.domain.job;

import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Port: what jobs could not do. In the platform's unit of work alone. */
public interface FailedWorks {

    Optional<FailedWork> find(TenantId tenant, JobName job);

    /** New, or instead of what was kept of this tenant and job. Refuses a tenant that is not there ({@link Unknown}). */
    void save(FailedWork work);

    /**
     * Writes what came of trying it again, or removes it.
     *
     * @param read as it was listed
     * @param now how it is then; empty where nothing has failed any more
     * @return false, and nothing changes, where it is not as it was read any more
     */
    boolean replace(FailedWork read, Optional<FailedWork> now);

    /** False where nothing had failed. */
    boolean delete(TenantId tenant, JobName job);

    /** The job did what there was to do for these tenants: nothing has failed any more. */
    void succeeded(JobName job, Set<TenantId> tenants);

    /** The dead letters, by tenant and job. */
    Page<FailedWork> listDead(PageRequest page);

    /** What failed in a job and is to be tried again by then, by tenant. */
    List<FailedWork> listDue(JobName job, Instant now, int limit);

    /** For how many tenants a job failed and tries again; jobs for which there are none are left out. */
    Map<JobName, Long> countFailing();

    /** How many dead letters there are. */
    long countDead();
}
