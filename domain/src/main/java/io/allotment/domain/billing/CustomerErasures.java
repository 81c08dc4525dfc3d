package io.allotment.domain.billing;

import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Port: the customers whom gateways are to know no more. In the platform's unit of work. */
public interface CustomerErasures {

    /** Orders it; what is ordered already is due at once, and is to be done once more where that is under way. */
    void insert(CustomerErasure order);

    /** Orders it for the accounts that a person has in tenants: for how many customers. What is ordered already stays as it is, and does not count. */
    int orderOf(UserId person, Instant now);

    /** Orders it for all accounts of a tenant: for how many customers. What is ordered already stays as it is, and does not count. */
    int orderOf(TenantId tenant, Instant now);

    /** Those to be done by then, longest due first. */
    List<CustomerErasure> due(String gateway, Instant now, int limit);

    /** Writes when it is tried again, and why; one that is not there is a programming error ({@link IllegalStateException}). */
    void update(CustomerErasure order);

    /** It is done; false where it was before, and where it was ordered once more meanwhile. */
    boolean remove(CustomerErasure order);

    Optional<CustomerErasure> find(String gateway, String customerId);

    /** All that is ordered and not done, of all gateways, by gateway and customer. */
    Page<CustomerErasure> list(PageRequest page);

    /** How many could not be done so far, or were ordered before that and are not done, of all gateways. */
    long countFailing(Instant orderedBefore);
}
