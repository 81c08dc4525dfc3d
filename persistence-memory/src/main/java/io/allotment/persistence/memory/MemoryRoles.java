package io.allotment.persistence.memory;

import io.allotment.domain.access.Role;
import io.allotment.domain.access.RoleAssignment;
import io.allotment.domain.access.Roles;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.identity.User;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Membership;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

final class MemoryRoles implements Roles {

    private final Tables tables;

    MemoryRoles(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void insert(Role role) {
        tables.roles.requireToWrite(role);
        if (!tables.tenants.holds(Key.of(role.tenantId()))) {
            throw new Unknown("tenant", "tenantId", role.tenantId());
        }
        if (find(role.tenantId(), role.key()).isPresent()) {
            throw new AlreadyExists("role", "key", role.key());
        }
        requirePermissions(role);
        tables.roles.put(Key.of(role.tenantId(), role.key()), role);
    }

    @Override
    public void update(Role role) {
        tables.roles.requireToWrite(role);
        var present = find(role.tenantId(), role.key())
                .filter(before -> before.version() == role.version() - 1)
                .orElseThrow(() -> new StaleVersion("role", role.key()));
        requirePermissions(role);
        tables.roles.put(
                Key.of(role.tenantId(), role.key()),
                new Role(
                        role.tenantId(),
                        role.key(),
                        role.name(),
                        role.description(),
                        role.permissions(),
                        present.createdAt(),
                        role.updatedAt(),
                        role.version()));
    }

    private void requirePermissions(Role role) {
        role.permissions().stream()
                .filter(permission ->
                        tables.permissions.find(Key.of(permission)).isEmpty())
                .min((one, other) -> one.value().compareTo(other.value()))
                .ifPresent(missing -> {
                    throw new Unknown("permission", "permissions", missing);
                });
    }

    @Override
    public Optional<Role> find(TenantId tenant, RoleKey key) {
        return tables.roles.find(Key.of(tenant, key));
    }

    @Override
    public Page<Role> list(TenantId tenant, PageRequest page) {
        return tables.roles.page(Key.of(tenant), Position.KEY, page);
    }

    @Override
    public boolean delete(TenantId tenant, RoleKey key) {
        return find(tenant, key).isPresent() && tables.roles.remove(Key.of(tenant, key));
    }

    @Override
    public void assign(RoleAssignment assignment) {
        tables.roleAssignments.requireToWrite(assignment);
        var tenant = assignment.tenantId();
        if (SystemRole.of(assignment.role()).isEmpty()
                && find(tenant, assignment.role()).isEmpty()) {
            throw new Unknown("role", "role", assignment.role());
        }
        if (tables.memberships.find(Key.of(tenant, assignment.userId())).isEmpty()) {
            throw new Unknown("member", "userId", assignment.userId());
        }
        tables.roleAssignments.put(Key.of(tenant, assignment.userId(), assignment.role()), assignment);
        tables.roleHolders.put(Key.of(tenant, assignment.role(), assignment.userId()), assignment);
    }

    @Override
    public boolean unassign(TenantId tenant, UserId user, RoleKey role) {
        var key = Key.of(tenant, user, role);
        return tables.roleAssignments.find(key).isPresent() && tables.roleAssignments.remove(key);
    }

    @Override
    public List<RoleAssignment> of(TenantId tenant, UserId user) {
        return tables.roleAssignments.under(Key.of(tenant, user)).toList();
    }

    @Override
    public Map<UserId, List<RoleAssignment>> of(TenantId tenant, Set<UserId> users) {
        return users.stream()
                .flatMap(user -> of(tenant, user).stream())
                .collect(Collectors.groupingBy(RoleAssignment::userId));
    }

    @Override
    public Page<RoleAssignment> holders(TenantId tenant, RoleKey role, PageRequest page) {
        return tables.roleHolders.page(Key.of(tenant, role), Position.ID, page);
    }

    @Override
    public long countHolders(TenantId tenant, RoleKey role, Instant now) {
        return tables.roleHolders
                .under(Key.of(tenant, role))
                .filter(held -> held.isValid(now))
                .filter(held -> tables.memberships
                        .find(Key.of(tenant, held.userId()))
                        .filter(Membership::isActive)
                        .flatMap(member -> tables.users.findAnyway(Key.of(member.userId())))
                        .filter(User::active)
                        .isPresent())
                .count();
    }

    @Override
    public Map<RoleKey, Set<PermissionKey>> permissions(TenantId tenant, Set<RoleKey> roles) {
        var held = new HashMap<RoleKey, Set<PermissionKey>>();
        roles.forEach(key -> find(tenant, key).ifPresent(role -> held.put(key, role.permissions())));
        return held;
    }
}
