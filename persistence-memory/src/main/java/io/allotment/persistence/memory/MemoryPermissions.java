package io.allotment.persistence.memory;

import io.allotment.domain.access.Permission;
import io.allotment.domain.access.PermissionInUse;
import io.allotment.domain.access.Permissions;
import io.allotment.domain.access.Right;
import io.allotment.domain.access.Role;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.Unknown;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

final class MemoryPermissions implements Permissions {

    /** As in the migration that makes the table. */
    private static final Instant BEGINNING = Instant.parse("2026-01-01T00:00:00Z");

    private final Tables tables;

    MemoryPermissions(Tables tables) {
        this.tables = tables;
        for (var right : Right.values()) {
            tables.permissions.begin(
                    Key.of(right.key()),
                    new Permission(right.key(), Optional.of(right.description()), BEGINNING, BEGINNING));
        }
    }

    @Override
    public void insert(Permission permission) {
        tables.permissions.requireToWrite(permission);
        if (find(permission.key()).isPresent()) {
            throw new AlreadyExists("permission", "key", permission.key());
        }
        tables.permissions.put(Key.of(permission.key()), permission);
    }

    @Override
    public void update(Permission permission) {
        tables.permissions.requireToWrite(permission);
        var present = find(permission.key()).orElseThrow(() -> new NotFound("permission", permission.key()));
        tables.permissions.put(
                Key.of(permission.key()), present.described(permission.description(), permission.updatedAt()));
    }

    @Override
    public Optional<Permission> find(PermissionKey key) {
        return tables.permissions.find(Key.of(key));
    }

    @Override
    public Page<Permission> list(PageRequest page) {
        return tables.permissions.page(Key.of(), Position.PERMISSION, page);
    }

    @Override
    public Set<PermissionKey> keys() {
        var keys = new LinkedHashSet<PermissionKey>();
        tables.permissions.all().map(Permission::key).forEach(keys::add);
        return keys;
    }

    @Override
    public boolean delete(PermissionKey key) {
        var permission = find(key);
        if (permission.isEmpty()) {
            return false;
        }
        tables.permissions.requireToWrite(permission.get());
        if (tables.operations
                .everyRow()
                .anyMatch(
                        operation -> operation.permission().filter(key::equals).isPresent())) {
            throw new PermissionInUse(key);
        }
        tables.roles
                .everyRow()
                .filter(role -> role.permissions().contains(key))
                .toList()
                .forEach(role -> tables.roles.put(Key.of(role.tenantId(), role.key()), without(role, key)));
        tables.apiKeys
                .everyRow()
                .filter(apiKey -> apiKey.settings().scopes().contains(key))
                .toList()
                .forEach(apiKey -> tables.apiKeys.put(Key.of(apiKey.tenantId(), apiKey.id()), apiKey.without(key)));
        for (var role : SystemRole.values()) {
            take(role, key);
        }
        return tables.permissions.remove(Key.of(key));
    }

    private static Role without(Role role, PermissionKey key) {
        var left = new HashSet<>(role.permissions());
        left.remove(key);
        return new Role(
                role.tenantId(),
                role.key(),
                role.name(),
                role.description(),
                left,
                role.createdAt(),
                role.updatedAt(),
                role.version());
    }

    @Override
    public Map<SystemRole, Set<PermissionKey>> ofSystemRoles() {
        var held = new EnumMap<SystemRole, Set<PermissionKey>>(SystemRole.class);
        tables.systemRolePermissions
                .all()
                .forEach(row -> held.computeIfAbsent(row.role(), role -> new LinkedHashSet<>())
                        .add(row.permission()));
        return held;
    }

    @Override
    public boolean give(SystemRole role, PermissionKey permission) {
        var row = new Tables.Held(role, permission);
        tables.systemRolePermissions.requireToWrite(row);
        if (find(permission).isEmpty()) {
            throw new Unknown("permission", "permission", permission);
        }
        var key = Key.of(role, permission);
        if (tables.systemRolePermissions.find(key).isPresent()) {
            return false;
        }
        tables.systemRolePermissions.put(key, row);
        return true;
    }

    @Override
    public boolean take(SystemRole role, PermissionKey permission) {
        tables.systemRolePermissions.requireToWrite(new Tables.Held(role, permission));
        return tables.systemRolePermissions.remove(Key.of(role, permission));
    }
}
