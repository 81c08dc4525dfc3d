package io.allotment.application.job;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.job.FailedWork;
import io.allotment.domain.job.JobName;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/** What jobs gave up on, for the platform's operator; support may look. Thread-safe. */
public final class DeadLetterService {

    private final Persistence persistence;
    private final Map<JobName, LongSupplier> others;
    private final Moments moments;
    private final Acting acting;

    /** @param others what fails and is tried again besides what {@link FailedWork} tells of, by job; counted in the platform's unit of work */
    public DeadLetterService(
            Persistence persistence, Map<JobName, LongSupplier> others, Moments moments, Acting acting) {
        this.others = Map.copyOf(others);
        this.persistence = persistence;
        this.moments = moments;
        this.acting = acting;
    }

    /** By tenant and job. */
    public Page<FailedWork> list(PageRequest page) {
        acting.requireReadsAll();
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.failedWorks().listDead(page));
    }

    /** One of a tenant's; refuses one that there is not ({@link NotFound}). */
    public FailedWork get(TenantId tenant, JobName job) {
        acting.requireMember(tenant);
        acting.requireReadsAll();
        return persistence.unitOfWork().forPlatform(() -> dead(tenant, job));
    }

    /** How many there are. */
    public long count() {
        acting.requireReadsAll();
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.failedWorks().countDead());
    }

    /**
     * What fails in jobs and is tried again: by job for how many tenants; of {@code payments} how many events, of {@code erase-customers} how many
     * customers, with those that wait for a day; of {@code close-checkouts} how many pages that could have been closed minutes ago. Jobs of which nothing fails are left out.
     */
    public Map<JobName, Long> failing() {
        acting.requireReadsAll();
        return persistence.unitOfWork().forPlatform(() -> {
            var failing = new HashMap<>(persistence.failedWorks().countFailing());
            others.forEach((job, count) -> failing.merge(job, count.getAsLong(), Long::sum));
            failing.values().removeIf(number -> number == 0);
            return failing;
        });
    }

    /**
     * Has the job try the tenant again the next time it runs, and as often as if it had never failed. Of {@code payments} the gateway is asked for what the
     * given up events tell of; where that is not known the job {@code reconcile} compares all. Refuses one that there is not ({@link NotFound}).
     */
    public FailedWork retry(TenantId tenant, JobName job) {
        acting.requireOperator(tenant);
        return persistence.unitOfWork().forPlatform(() -> {
            var retried = dead(tenant, job).retried(moments.now());
            persistence.failedWorks().save(retried);
            record("dead-letter.retried", tenant, job);
            return retried;
        });
    }

    /**
     * Forgets it: should something still be due, the job finds it the next time it runs; of {@code payments} the job {@code reconcile}, since an event that was given up is
     * not applied any more, unless a later dead letter of the tenant's is tried again: that takes all with it that are given up. Refuses one that there is not ({@link NotFound}).
     */
    public void forget(TenantId tenant, JobName job) {
        acting.requireOperator(tenant);
        persistence.unitOfWork().forPlatform(() -> {
            dead(tenant, job);
            persistence.failedWorks().delete(tenant, job);
            record("dead-letter.forgotten", tenant, job);
        });
    }

    private FailedWork dead(TenantId tenant, JobName job) {
        return persistence
                .failedWorks()
                .find(tenant, job)
                .filter(FailedWork::isDead)
                .orElseThrow(() -> new NotFound("dead letter", job + " of " + tenant));
    }

    private void record(String action, TenantId tenant, JobName job) {
        acting.record(AuditEvent.of(action, "tenant", tenant)
                .to(AuditValues.of("job", job.value()).map()));
    }
}
