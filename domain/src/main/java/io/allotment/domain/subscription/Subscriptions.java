package io.allotment.domain.subscription;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.Optional;

/** Port: subscriptions, past and present. Changes happen under the account's lock. */
public interface Subscriptions {

    /** A subscription across tenants. */
    record Ref(TenantId tenantId, AccountId accountId, SubscriptionId id) {}

    /** Refuses a second live subscription of the account ({@link AlreadySubscribed}). */
    void insert(Subscription subscription);

    /** Writes the changed subscription; one that is not there is a programming error ({@link IllegalStateException}). */
    void update(Subscription subscription);

    /** Writes down that the holder is told of an end of its trial; false, and nothing changes, where they were told of it. */
    boolean markTrialTold(Subscription subscription, Instant end);

    /** The account's newest subscription that has not ended, else its newest. */
    Optional<Subscription> findCurrent(TenantId tenant, AccountId account);

    Optional<Subscription> find(TenantId tenant, AccountId account, SubscriptionId id);

    /** The one that the gateway bills under this name of its own. */
    Optional<Subscription> findBilled(TenantId tenant, String gateway, String gatewayId);

    /** One of the tenant's that a gateway bills, whichever, and has not said to be over; also in the platform's unit of work. */
    Optional<Subscription> findStillBilled(TenantId tenant);

    /** One that another gateway than this bills and has not said to be over, of any tenant. In the platform's unit of work. */
    Optional<Subscription> findBilledElsewhere(String gateway);

    /** All that the gateway bills and has not said to be over, of all tenants, in the order of their ids. In the platform's unit of work. */
    Page<Subscription> listStillBilled(String gateway, PageRequest page);

    /** Whether any subscription of the account had a trial. */
    boolean hadTrial(TenantId tenant, AccountId account);

    /** The account's subscriptions, newest first. */
    Page<Subscription> list(TenantId tenant, AccountId account, PageRequest page);

    /** The live subscriptions to a plan version, of all tenants, in the order of their ids. In the platform's unit of work. */
    Page<Ref> listSubscribers(PlanVersionId version, PageRequest page);
}
