package io.allotment.domain.tenancy;

import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.util.Optional;

/** Port: who belongs to a tenant. */
public interface Memberships {

    /** Refuses a user who is a member already ({@code AlreadyExists}) and one who does not exist ({@code Unknown}). */
    void insert(Membership membership);

    Optional<Membership> find(TenantId tenant, UserId user);

    /** In the order of user ids. */
    Page<Membership> list(TenantId tenant, PageRequest page);
}
