package io.allotment.domain.tenancy;

import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.TenantId;
import java.util.Optional;

/**
 * Port: the tenants. A tenant's unit of work finds and changes its own alone; the platform's unit all of them.
 */
public interface Tenants {

    /** Refuses a taken name or slug ({@code AlreadyExists}). */
    void insert(Tenant tenant);

    /** Writes what was read at the version before; refuses a stale one, and a taken name or slug. */
    void update(Tenant tenant);

    Optional<Tenant> find(TenantId id);

    Optional<Tenant> findBySlug(Slug slug);

    /** All that this unit may see, oldest first. */
    Page<Tenant> list(PageRequest page);

    /** Deletes the tenant with all its rows; platform's unit alone. False where there is none. */
    boolean delete(TenantId id);
}
