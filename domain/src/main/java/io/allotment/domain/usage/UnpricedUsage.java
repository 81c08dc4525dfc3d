package io.allotment.domain.usage;

import io.allotment.domain.ai.PriceBook;
import io.allotment.domain.job.JobName;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Port: AI work that was recorded without a price. Each such event waits until it is given a cost, once. All but the list is
 * for the platform's unit of work alone.
 */
public interface UnpricedUsage {

    /**
     * A model whose work is wanted.
     *
     * @param asked as the charges named it
     * @param from work before this is not wanted; empty for none
     */
    record Wanted(PriceBook.Asked asked, Optional<Instant> from) {}

    /** What a tenant has, by model: {@link UnpricedModel#ORDER}. */
    Page<UnpricedModel> list(TenantId tenant, PageRequest page);

    /**
     * Some of a tenant's events, in the order of their ids: those that are rolled up ({@link UsageSummaries#rollUp}). Nobody
     * else gets them before the unit of work ends; what somebody else has is left out, and so is what was found {@linkplain
     * #unfit unfit} for prices of this version.
     */
    List<UsageEvent> take(TenantId tenant, List<Wanted> models, long pricesVersion, int limit);

    /**
     * Gives events that were {@linkplain #take taken} in this unit of work their costs, and adds them to the sums.
     *
     * @param priced one tenant's; each has its cost
     */
    void price(List<UsageEvent> priced, Instant now);

    /**
     * Events that were {@linkplain #take taken} in this unit of work, and whose tokens the prices of a version cannot tell
     * apart: they wait for other prices.
     *
     * @param unfit one tenant's
     */
    void unfit(List<UsageEvent> unfit, long pricesVersion);

    /**
     * Tenants some of whose events wait, and for whom prices have changed since it was last tried, or that is long ago.
     *
     * @param job without tenants for whom it failed lately
     * @param triedBefore what is long ago
     */
    List<TenantId> due(JobName job, Instant now, Instant triedBefore, int limit);

    /** It was tried to price what a tenant has, with the prices of a version. */
    void tried(TenantId tenant, long pricesVersion, Instant now);
}
