package io.allotment.domain.billing;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Port: where subscriptions can be paid. Changes happen under the account's lock. */
public interface SubscriptionCheckouts {

    void insert(SubscriptionCheckout checkout);

    /** Writes the changed checkout; one that is not there is a programming error ({@link IllegalStateException}). */
    void update(SubscriptionCheckout checkout);

    Optional<SubscriptionCheckout> find(TenantId tenant, CheckoutId id);

    /** The account's, newest first. */
    Page<SubscriptionCheckout> list(TenantId tenant, AccountId account, PageRequest page);

    /** The account's that are not over, oldest first. */
    List<SubscriptionCheckout> listNotOver(TenantId tenant, AccountId account);

    /** The tenant's that are not over, oldest first; also in the platform's unit of work. */
    List<SubscriptionCheckout> listNotOver(TenantId tenant);

    /** Those at the gateway whose money has not come as far as is known, of all tenants, in the order of their ids. In the platform's unit of work. */
    Page<SubscriptionCheckout> listUnpaid(String gateway, PageRequest page);

    /** Those of all tenants whose page at the gateway {@linkplain SubscriptionCheckout#isToBeClosed is to be closed}, those first that expire first. In the platform's unit of work. */
    List<SubscriptionCheckout> listToClose(String gateway, Instant now, int limit);
}
