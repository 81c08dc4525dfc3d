package io.allotment.application.job;

import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.job.FailedWork;
import io.allotment.domain.job.JobName;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does the same for many tenants, each in units of work of its own: what fails for one is noted, and stops no other. Thread-safe.
 */
public final class TenantWork {

    private static final Logger LOG = LoggerFactory.getLogger(TenantWork.class);

    private final Persistence persistence;
    private final Ids ids;
    private final Moments moments;

    public TenantWork(Persistence persistence, Ids ids, Moments moments) {
        this.persistence = persistence;
        this.ids = ids;
        this.moments = moments;
    }

    /**
     * Does the work for each. A tenant for whom something failed is done no more of here, and left alone for a while: {@link
     * FailedWork}. Where the store is away nobody is at fault: nothing can be noted, and it is over ({@code Unavailable}).
     *
     * @param due what was found due, no more than the limit
     * @param limit as many as were asked for: where so many were found there may be more
     * @param work opens its units of work itself
     */
    public <T> Portion each(JobName job, List<T> due, int limit, Function<T, TenantId> tenantOf, Consumer<T> work) {
        var failed = new HashSet<TenantId>();
        var succeeded = new LinkedHashSet<TenantId>();
        int done = 0;
        for (var one : due) {
            var tenant = tenantOf.apply(one);
            if (failed.contains(tenant)) {
                continue;
            }
            try {
                work.accept(one);
                succeeded.add(tenant);
                done++;
            } catch (RuntimeException failure) {
                failed.add(tenant);
                note(job, tenant, failure);
            }
        }
        succeeded.removeAll(failed);
        forget(job, succeeded);
        return new Portion(done, failed.size(), due.size() >= limit && done > 0);
    }

    /**
     * Says of what was tried again how that went: it is forgotten, or has failed once more. What is not as it was read any more is left alone: something else has
     * failed meanwhile.
     *
     * @param problem why it failed; empty where it did not
     */
    public void retried(List<FailedWork> read, Function<FailedWork, Optional<String>> problem) {
        for (var work : read) {
            var failed = problem.apply(work).map(why -> {
                var reference = ids.next().toString();
                LOG.warn(
                        "The job {} failed once more for the tenant {}: {}; reference {}",
                        work.job(),
                        work.tenantId(),
                        why,
                        reference);
                return work.again(moments.now(), why, reference);
            });
            persistence.unitOfWork().forPlatform(() -> persistence.failedWorks().replace(work, failed));
        }
    }

    private void forget(JobName job, Set<TenantId> succeeded) {
        if (!succeeded.isEmpty()) {
            persistence.unitOfWork().forPlatform(() -> persistence.failedWorks().succeeded(job, succeeded));
        }
    }

    private void note(JobName job, TenantId tenant, RuntimeException failure) {
        var reference = ids.next().toString();
        LOG.warn("The job {} failed for the tenant {}; reference {}", job, tenant, reference, failure);
        try {
            persistence.unitOfWork().forPlatform(() -> {
                var works = persistence.failedWorks();
                var now = moments.now();
                var reason = failure.toString();
                works.save(works.find(tenant, job)
                        .map(earlier -> earlier.again(now, reason, reference))
                        .orElseGet(() -> FailedWork.first(tenant, job, now, reason, reference)));
            });
        } catch (Unknown deleted) {
            // The tenant has gone meanwhile, and what was to be done for it.
            LOG.info("The tenant {} is not there any more", tenant);
        }
    }
}
