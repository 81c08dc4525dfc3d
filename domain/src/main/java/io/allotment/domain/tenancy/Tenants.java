package io.allotment.domain.tenancy;

import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.util.Optional;

/**
 * Port: the tenants. A tenant's unit of work finds and changes its own alone; the platform's unit all of them.
 */
public interface Tenants {

    /** Refuses a taken name or slug ({@code AlreadyExists}). */
    void insert(Tenant tenant);

    /**
     * The same for a user's personal tenant; refuses a second one of the user ({@code AlreadyExists}), and waits for whoever
     * makes one at the same moment.
     */
    void insertPersonal(Tenant tenant, UserId user);

    /** Whose personal tenant it is; empty where it is nobody's. */
    Optional<UserId> findPerson(TenantId id);

    /** The user's personal tenant; platform's unit alone. */
    Optional<Tenant> findPersonal(UserId user);

    /** Writes what was read at the version before; refuses a stale one, and a taken name or slug. */
    void update(Tenant tenant);

    Optional<Tenant> find(TenantId id);

    Optional<Tenant> findBySlug(Slug slug);

    /**
     * Counts the changes of what decisions rely on and accounts do not tell: the tenant's own row, its members, their roles
     * and limits, its keys. Empty where there is no such tenant.
     */
    Optional<Long> rightsVersion(TenantId id);

    /**
     * Counts such a change, and keeps the tenant's row locked until the unit ends: whoever changes rights takes turns, and every
     * process hears of it. False where there is no such tenant.
     */
    boolean lockRights(TenantId id);

    /** All that this unit may see, oldest first. */
    Page<Tenant> list(PageRequest page);

    /**
     * Locks the tenant with all its accounts: until the unit ends nobody changes one, and what was changed is seen. Platform's unit alone.
     * Refuses ({@code Unavailable}) while others work in it: to be done again.
     */
    void lock(TenantId id);

    /**
     * Deletes the tenant with all its rows; platform's unit alone. False where there is none. Refuses ({@code Unavailable}) while others
     * work in it: to be done again.
     */
    boolean delete(TenantId id);
}
