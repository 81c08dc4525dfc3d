package io.allotment.domain.retention;

import io.allotment.domain.job.JobName;
import io.allotment.domain.shared.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Port: how long rows are kept, and their removal. Removing is the platform's: in its unit of work alone, as is all that is not said to
 * be a tenant's too.
 */
public interface Retentions {

    /** As it stands; empty where there is no such tenant. In the tenant's unit of work too. */
    Optional<Retention> find(TenantId tenant);

    /** The same, locked until the unit ends: of several at the same moment one removes. In the tenant's unit of work too. */
    Optional<Retention> lock(TenantId tenant);

    /** Writes what was locked. In the tenant's unit of work too. */
    void save(Retention retention);

    /** Tenants that may have something to remove by now, longest due first, but for those whose work of the job is to be left alone. */
    List<TenantId> due(JobName job, Instant now, int limit);

    /**
     * The time up to which some so many of the oldest decisions after the checkpoint were made, and not after the time wanted: how far a
     * portion goes.
     */
    Instant keysUpTo(Retention retention, Instant wanted, int some);

    /** The same of usage events. */
    Instant usageUpTo(Retention retention, Instant wanted, int some);

    /**
     * Removes what was decided from one checkpoint of keys to the next, but for the undoing of charges that are kept: as long as a charge is there, it
     * is known that it was undone.
     */
    int removeDecisions(Retention before, Retention checkpoint);

    /**
     * Removes usage events made before the checkpoint of usage, with the reservations behind them, but for what still counts: the events of
     * what is still allocated, and charges whose undoing is kept. What they counted in quotas is added to the checkpoint first.
     */
    int removeUsage(Retention checkpoint);

    /**
     * Removes reports of metered usage made before the checkpoint of usage: all of a subscription's period at once, since together they come to whole
     * units, where each is done and no counter that is there begins with them or before. So many periods at the most, oldest first; says how many.
     */
    int removeReports(Retention checkpoint, int limit);

    /** Removes answers to the tenant's other requests, orders at gateways, and checkouts that are over, from before a time, so many at the most. */
    int removeRequests(TenantId tenant, Instant before, int limit);

    /** Removes notices of decisions made before a time, so many at the most. */
    int removeNotices(TenantId tenant, Instant before, int limit);

    /** When the oldest of each was made that is there; empty where there is none. */
    Oldest oldest(TenantId tenant);

    /** @param keys of requests and decisions, from the checkpoint on */
    record Oldest(Optional<Instant> usage, Optional<Instant> keys, Optional<Instant> notices) {

        /** When the first of them has been kept long enough; where there is none, what comes now has. */
        public Instant due(RetentionTerms terms, Instant now) {
            return Stream.of(
                            usage.orElse(now).plus(Duration.ofDays(terms.usageDays())),
                            keys.orElse(now).plus(Duration.ofDays(terms.keyDays())),
                            notices.orElse(now).plus(Duration.ofDays(terms.noticeDays())))
                    .min(Comparator.naturalOrder())
                    .orElseThrow();
        }
    }

    /** Removes answers to the platform's own requests from before a time, so many at the most. */
    int removePlatformRequests(Instant before, int limit);

    /** Removes sessions that were over before a time, so many at the most. */
    int removeSessions(Instant before, int limit);

    /** Removes tokens for a new password that ended before a time, so many at the most. */
    int removeResets(Instant before, int limit);

    /**
     * Removes attempts at addresses without a password: those whose last one was before a time, and the oldest of more than are
     * kept; so many at the most.
     */
    int removeAttempts(Instant before, int kept, int limit);

    /** Removes mails that were written before a time, sent or given up or neither, so many at the most. */
    int removeMails(Instant before, int limit);

    /** Removes what gateways told before a time, however it stands, so many at the most. */
    int removePaymentEvents(Instant before, int limit);
}
