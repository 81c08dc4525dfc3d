package io.allotment.domain.billing;

import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.TenantId;
import java.util.Optional;

/** Port: what was ordered of gateways for subscriptions. Kept as long as answers to requests are. */
public interface BillingOrders {

    /** Writes the order down, with what a change is to, which is not deleted while it is kept; refuses a version that is not there ({@code Unknown}). False, and nothing changes, where its key is used in the tenant. */
    boolean insert(BillingOrder order);

    /** Writes its outcome; one that is not there is a programming error ({@link IllegalStateException}). */
    void update(BillingOrder order);

    Optional<BillingOrder> find(TenantId tenant, IdempotencyKey key);
}
