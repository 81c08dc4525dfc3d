package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.Optional;

/**
 * Port: who takes the money. Used outside of units of work, since it may be far away. One that bills by itself is a {@link
 * BillingGateway} as well.
 */
public interface PaymentGateway {

    /**
     * What is to be paid.
     *
     * @param description what the payer reads
     * @param priceId what the gateway calls the price, else what we do, by which it may know it ({@link Offer#name})
     * @param customerId what the gateway calls the account, where it knows customers
     */
    record Order(
            PurchaseId id,
            TenantId tenantId,
            AccountId accountId,
            String description,
            Money price,
            Optional<String> priceId,
            Optional<String> customerId,
            ReturnAddresses returnTo,
            Instant orderedAt) {

        public Order {
            requireNonNull(id, "id");
            requireNonNull(tenantId, "tenantId");
            requireNonNull(accountId, "accountId");
            requireNonNull(description, "description");
            requireNonNull(price, "price");
            requireNonNull(priceId, "priceId");
            requireNonNull(customerId, "customerId");
            requireNonNull(returnTo, "returnTo");
            requireNonNull(orderedAt, "orderedAt");
        }

        public IdempotencyKey idempotencyKey() {
            return new IdempotencyKey("purchase-" + id);
        }
    }

    /** What purchases, invoices and the directory call it, such as {@code stripe}. */
    String name();

    /**
     * Where the order can be paid. The same order again is the same checkout, so that an answer that was lost can be asked for
     * again. Refuses where the gateway cannot be reached ({@link GatewayAway}).
     */
    Checkout checkout(Order order);
}
