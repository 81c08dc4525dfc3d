package io.allotment.domain.billing;

import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.ProductKey;
import java.time.Instant;
import java.util.Optional;

/** Port: the credits that are for sale. Everybody may read; writes happen in the platform's unit of work. */
public interface CreditProducts {

    /** Refuses a taken key ({@code AlreadyExists}). */
    void insert(CreditProduct product, Instant now);

    /** Writes name, description, whether it is active, and its names in Stripe; false where there is none. */
    boolean update(CreditProduct product, Instant now);

    Optional<CreditProduct> find(ProductKey key);

    /** As {@link #find}, and nobody else changes it before the unit of work ends; in the platform's. */
    Optional<CreditProduct> lock(ProductKey key);

    /** In the order of their keys, archived ones too. */
    Page<CreditProduct> list(PageRequest page);
}
