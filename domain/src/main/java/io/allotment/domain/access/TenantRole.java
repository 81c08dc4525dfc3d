package io.allotment.domain.access;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.RoleKey;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A role as a tenant sees it: one of the system's, which it cannot change, or one of its own.
 *
 * @param permissions all that it holds at present
 * @param own the tenant's own; empty for one of the system's
 */
public record TenantRole(
        RoleKey key,
        String name,
        Optional<String> description,
        SortedSet<PermissionKey> permissions,
        Optional<Role> own) {

    public TenantRole {
        requireNonNull(key, "key");
        requireNonNull(name, "name");
        requireNonNull(description, "description");
        var sorted = new TreeSet<>(PermissionIndex.ORDER);
        sorted.addAll(permissions);
        permissions = Collections.unmodifiableSortedSet(sorted);
        requireNonNull(own, "own");
    }

    public static TenantRole of(Role role) {
        return new TenantRole(
                role.key(), role.name(), role.description(), sorted(role.permissions()), Optional.of(role));
    }

    /**
     * @param catalogue all permissions that there are
     * @param given what the operator gave the system roles
     */
    public static TenantRole of(
            SystemRole role, Set<PermissionKey> catalogue, Map<SystemRole, Set<PermissionKey>> given) {
        return new TenantRole(
                role.key(),
                role.title(),
                Optional.of(role.description()),
                sorted(role.permissions(catalogue, given)),
                Optional.empty());
    }

    public boolean isSystem() {
        return own.isEmpty();
    }

    private static SortedSet<PermissionKey> sorted(Set<PermissionKey> permissions) {
        var sorted = new TreeSet<>(PermissionIndex.ORDER);
        sorted.addAll(permissions);
        return sorted;
    }
}
