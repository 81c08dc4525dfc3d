package io.allotment.domain.job;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.List;

/**
 * Port: what time has made due, found across tenants without looking at those that have nothing to do. Left out are tenants
 * whose work of the same job failed and is not to be tried again yet. In the platform's unit of work alone.
 */
public interface DueWork {

    /** An account that something is to be done for. */
    record Account(TenantId tenantId, AccountId accountId) {
        public Account {
            requireNonNull(tenantId, "tenantId");
            requireNonNull(accountId, "accountId");
        }
    }

    /** Accounts with a reservation that still holds though its lease has ended, each once, longest overdue first. */
    List<Account> lapsedLeases(JobName job, Instant now, int limit);

    /** Accounts with a grant that has ended and still holds what nobody has reserved, each once, longest overdue first. */
    List<Account> endedGrants(JobName job, Instant now, int limit);

    /** Accounts with a live subscription that time has changed and nobody has touched since, longest overdue first. */
    List<Account> changedSubscriptions(JobName job, Instant now, int limit);

    /** Accounts with a live subscription whose missing payment may have to be told of, longest overdue first. */
    List<Account> missingPayments(JobName job, Instant now, int limit);

    /** Accounts with a trial that ends by a time, whose holder was not told of that end, the first to end first. */
    List<Account> endingTrials(JobName job, Instant now, Instant endsBy, int limit);
}
