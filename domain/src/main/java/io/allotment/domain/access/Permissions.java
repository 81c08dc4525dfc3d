package io.allotment.domain.access;

import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PermissionKey;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Port: the catalogue of permissions, and what the system roles hold of them. Read in any unit of work, changed in the
 * platform's. Every change counts as one of the catalogue ({@code Catalog}'s version). Allotment's own are there from the
 * beginning.
 */
public interface Permissions {

    /** Refuses a taken key ({@code AlreadyExists}). */
    void insert(Permission permission);

    /** Writes the description. Refuses a key that is not there ({@code NotFound}). */
    void update(Permission permission);

    Optional<Permission> find(PermissionKey key);

    /** By key. */
    Page<Permission> list(PageRequest page);

    /** All keys there are, in their order. */
    Set<PermissionKey> keys();

    /**
     * Deletes it with what hangs on it: roles hold it no longer, keys have it no longer in their scopes. An operation that
     * needs it keeps it from being deleted ({@link PermissionInUse}). False where there is none.
     */
    boolean delete(PermissionKey key);

    /** What the system roles hold of the product's permissions; of Allotment's own see {@link SystemRole#rights}. */
    Map<SystemRole, Set<PermissionKey>> ofSystemRoles();

    /** False where it holds it already. Refuses a permission that is not there ({@code Unknown}). */
    boolean give(SystemRole role, PermissionKey permission);

    /** False where it does not hold it. */
    boolean take(SystemRole role, PermissionKey permission);
}
