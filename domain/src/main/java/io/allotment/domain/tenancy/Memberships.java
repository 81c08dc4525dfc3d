package io.allotment.domain.tenancy;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.util.Optional;

/**
 * Port: who belongs to a tenant. Whoever changes it first takes {@link Tenants#lockRights}, so that the changes of a tenant's
 * members follow one another.
 */
public interface Memberships {

    /** A membership, and the tenant it is in. */
    record Place(Tenant tenant, Membership membership) {
        public Place {
            requireNonNull(tenant, "tenant");
            requireNonNull(membership, "membership");
        }
    }

    /** Refuses a user who is a member already ({@code AlreadyExists}) and one who does not exist ({@code Unknown}). */
    void insert(Membership membership);

    /** Writes what was read at the version before; refuses a stale one. */
    void update(Membership membership);

    /** With the member's roles, places in teams, and keys of their own. False where there is none. */
    boolean remove(TenantId tenant, UserId user);

    Optional<Membership> find(TenantId tenant, UserId user);

    /** In the order of user ids. */
    Page<Membership> list(TenantId tenant, PageRequest page);

    /** Where a user belongs, by tenant. In the platform's unit of work. */
    Page<Place> listPlaces(UserId user, PageRequest page);

    /** How many active members the tenant has. */
    long countActive(TenantId tenant);
}
