package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Port: what accounts bought or want to buy. Changes happen under the account's lock. */
public interface CreditPurchases {

    /**
     * Which ones are wanted.
     *
     * @param status how they stand
     * @param checkout what the gateway calls the checkout
     */
    record Filter(Optional<CreditPurchase.Status> status, Optional<String> checkout) {

        public static final Filter ALL = new Filter(Optional.empty(), Optional.empty());

        public Filter {
            requireNonNull(status, "status");
            checkout = checkout.map(id -> Text.name("checkout", id, 255));
        }
    }

    /** Refuses an account that is not there ({@code Unknown}). */
    void insert(CreditPurchase purchase);

    /** Writes checkout, payment and cancellation; one that is not there is a programming error ({@link IllegalStateException}). */
    void update(CreditPurchase purchase);

    Optional<CreditPurchase> find(TenantId tenant, PurchaseId id);

    /** The account's, newest first. */
    Page<CreditPurchase> list(TenantId tenant, AccountId account, PageRequest page);

    /** The account's that wait for their payment, newest first; also in the platform's unit of work. */
    List<CreditPurchase> listPending(TenantId tenant, AccountId account, Instant now);

    /** Those of all tenants whose page at the gateway {@linkplain CreditPurchase#isToBeClosed is to be closed}, those first that expire first. In the platform's unit of work. */
    List<CreditPurchase> listToClose(String gateway, Instant now, int limit);

    /** Those of all tenants, newest first. In the platform's unit of work. */
    Page<CreditPurchase> listAll(Filter filter, Instant now, PageRequest page);
}
