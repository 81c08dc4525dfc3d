package io.allotment.domain.access;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * A role that a tenant made for itself.
 *
 * @param key unique in the tenant, and no system role's
 * @param name 1 to 100 characters
 * @param description at most 2,000 characters
 * @param permissions at most 1,000
 * @param version counts changes; a change must name the one it was read at
 */
public record Role(
        TenantId tenantId,
        RoleKey key,
        String name,
        Optional<String> description,
        Set<PermissionKey> permissions,
        Instant createdAt,
        Instant updatedAt,
        long version) {

    public Role {
        requireNonNull(tenantId, "tenantId");
        if (SystemRole.of(key).isPresent()) {
            throw new InvalidValue("key", "is the name of a system role; choose another");
        }
        var terms = new RoleTerms(name, description, permissions);
        name = terms.name();
        description = terms.description();
        permissions = terms.permissions();
        requireNonNull(createdAt, "createdAt");
        requireNonNull(updatedAt, "updatedAt");
    }

    /** A new role. */
    public static Role created(TenantId tenantId, RoleKey key, RoleTerms terms, Instant now) {
        return new Role(tenantId, key, terms.name(), terms.description(), terms.permissions(), now, now, 1);
    }

    public RoleTerms terms() {
        return new RoleTerms(name, description, permissions);
    }

    /** With other terms, or as it is where they are the same. */
    public Role with(RoleTerms changed, Instant now) {
        return changed.equals(terms())
                ? this
                : new Role(
                        tenantId,
                        key,
                        changed.name(),
                        changed.description(),
                        changed.permissions(),
                        createdAt,
                        now,
                        version + 1);
    }
}
