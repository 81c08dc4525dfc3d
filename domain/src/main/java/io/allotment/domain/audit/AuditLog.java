package io.allotment.domain.audit;

import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.util.Optional;
import java.util.Set;

/**
 * Port: the audit log of each tenant, and the platform's. A tenant's is read and written in its own unit of work, and in the
 * platform's; the platform's in the platform's alone. Nothing of it is ever changed but what {@link #erase} and {@link #eraseOfTenants} do.
 */
public interface AuditLog {

    /** Where the log ends, locked until the unit does: who appends takes turns. Refuses a tenant that there is not. */
    AuditHead lockHead(Optional<TenantId> tenant);

    /** Appends the entry that follows the log's head, and makes it the head; {@link IllegalStateException} for another. */
    void append(AuditEntry entry);

    /** Where the log ends just now. */
    AuditHead head(Optional<TenantId> tenant);

    /** Newest first. */
    Page<AuditEntry> list(Optional<TenantId> tenant, AuditFilter filter, PageRequest page);

    /**
     * Erases the personal values of entries that somebody made, and of those that name them: as the entity, or among the
     * values. In the platform's unit alone.
     *
     * @param names what entries may call them: the user's id as text, and e-mail addresses
     * @return how many entries had any
     */
    long erase(Optional<TenantId> tenant, UserId user, Set<String> names);

    /** The same in the logs of all tenants at once. */
    long eraseOfTenants(UserId user, Set<String> names);
}
