package io.allotment.domain.billing;

import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.MeteredReportId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/** Port: what gateways are told of metered usage. A tenant's unit of work sees its own, the platform's all. */
public interface MeteredReports {

    /** Refuses an account that does not exist ({@code Unknown}). */
    void insert(MeteredReport report);

    /** Writes how it stands; one that is not there is a programming error ({@link IllegalStateException}). */
    void update(MeteredReport report);

    Optional<MeteredReport> find(TenantId tenant, MeteredReportId id);

    /** The same, locked until the unit of work ends: whoever else locks it waits. */
    Optional<MeteredReport> lock(TenantId tenant, MeteredReportId id);

    /** The one that is known so at the gateway now. */
    Optional<MeteredReport> findIdentified(String gateway, String identifier);

    /**
     * The one to be sent next, locked; those first whose outcome is not known, then the oldest. Empty where none is due, but for what others
     * are at.
     */
    Optional<MeteredReport> lockDue(String gateway, Instant now);

    /** Whether some were sent of which it is not known what came of it. */
    boolean hasUnanswered(String gateway);

    /**
     * What is in all reports of the account, gateway and feature for the subscription's period, whatever their status; and what of these, and of those
     * of the quota's period, may count.
     */
    MeteredReport.Total total(TenantId tenant, MeteredReport.Subject subject);

    /**
     * What units corrections of the same period, of the subscription or the quota, withhold that were made since the report, or at the same time; and no
     * more than what all withhold, less what reports that were sent anew leave out instead.
     */
    BigDecimal withheldSince(TenantId tenant, MeteredReport report);

    /**
     * What units the gateway took of a tenant's customer's usage in a time, and has not given back.
     *
     * @param to not included
     */
    BigDecimal sumSent(
            TenantId tenant, String gateway, String customerId, FeatureKey feature, Instant from, Instant to);

    /** Those that stand so, or all; by tenants, oldest first. */
    Page<MeteredReport> list(Optional<MeteredReport.Status> status, PageRequest page);
}
