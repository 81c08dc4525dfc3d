package io.allotment.domain.access;

import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Port: a tenant's own roles, and who has which role. In the tenant's unit of work. Whoever changes anything here first takes
 * {@code Tenants.lockRights}, so that the changes of a tenant's rights follow one another.
 */
public interface Roles {

    /** Refuses a taken key ({@code AlreadyExists}), and a permission that is not there ({@code Unknown}). */
    void insert(Role role);

    /** Writes what was read at the version before; refuses a stale one, and a permission that is not there. */
    void update(Role role);

    Optional<Role> find(TenantId tenant, RoleKey key);

    /** By key. */
    Page<Role> list(TenantId tenant, PageRequest page);

    /** With all its assignments. False where there is none. */
    boolean delete(TenantId tenant, RoleKey key);

    /**
     * Gives the role, new, or with another giver and end. Refuses a user who is no member, and a role that is neither a system
     * role nor one of the tenant's ({@code Unknown}).
     */
    void assign(RoleAssignment assignment);

    /** False where the member does not have it. */
    boolean unassign(TenantId tenant, UserId user, RoleKey role);

    /** All of a member's, expired ones too, by key. */
    List<RoleAssignment> of(TenantId tenant, UserId user);

    /** The same of several members at once; who has none is missing. */
    Map<UserId, List<RoleAssignment>> of(TenantId tenant, Set<UserId> users);

    /** Who has the role, expired ones too, by user. */
    Page<RoleAssignment> holders(TenantId tenant, RoleKey role, PageRequest page);

    /** How many active members, who are active users too, have the role at the time. */
    long countHolders(TenantId tenant, RoleKey role, Instant now);

    /** What the tenant's own roles hold, of those named that there are. */
    Map<RoleKey, Set<PermissionKey>> permissions(TenantId tenant, Set<RoleKey> roles);
}
