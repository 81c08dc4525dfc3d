package io.allotment.domain.usage;

import io.allotment.domain.shared.TenantId;
import java.time.ZoneId;
import java.util.List;

/**
 * Port: what was used, summed. A summary is always the sum of all events there are, rolled up or not: rolling up makes it
 * quicker, and nothing else.
 */
public interface UsageSummaries {

    /**
     * The sums, by time and group ({@link UsageSummary#ORDER}), or the largest first. A usage counts in the quarter of an
     * hour that it is in.
     *
     * @param zone whose hours, days and months; those of the tenant are quickest
     * @param limit no more rows than this
     */
    List<UsageSummary> summarize(TenantId tenant, SummaryRequest request, ZoneId zone, int limit);

    /**
     * Adds events that are not rolled up yet to what is, each exactly once, whoever else does so at the same time; waits for
     * nobody. In the platform's unit of work.
     *
     * @param limit about so many events
     * @return how many events; zero where there was nothing to do, but for what others are at
     */
    int rollUp(int limit);

    /**
     * The same with a tenant's events, and waits for whoever is at some of them.
     *
     * @param limit about so many events
     * @return how many events; where it is less than the limit, none waits any more
     */
    int rollUp(TenantId tenant, int limit);

    /**
     * Sees to a tenant whose time zone has changed: its days are made anew. In the platform's unit of work.
     *
     * @return how many tenants; zero where none has moved, but for what others are at
     */
    int followMoves();
}
