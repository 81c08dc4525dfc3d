package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.API_KEYS;
import static io.allotment.persistence.jooq.generated.Tables.PERMISSIONS;
import static io.allotment.persistence.jooq.generated.Tables.SYSTEM_ROLE_PERMISSIONS;

import io.allotment.domain.access.Permission;
import io.allotment.domain.access.PermissionInUse;
import io.allotment.domain.access.Permissions;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.Unknown;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;

final class JooqPermissions implements Permissions {

    private final DSLContext db;

    JooqPermissions(DSLContext db) {
        this.db = db;
    }

    private void change() {
        JooqCatalog.countChange(db);
    }

    @Override
    public void insert(Permission permission) {
        change();
        int rows = db.insertInto(PERMISSIONS)
                .set(PERMISSIONS.KEY, permission.key().value())
                .set(PERMISSIONS.DESCRIPTION, permission.description().orElse(null))
                .set(PERMISSIONS.CREATED_AT, permission.createdAt())
                .set(PERMISSIONS.UPDATED_AT, permission.updatedAt())
                .onConflict(PERMISSIONS.KEY)
                .doNothing()
                .execute();
        if (rows == 0) {
            throw new AlreadyExists("permission", "key", permission.key());
        }
    }

    @Override
    public void update(Permission permission) {
        change();
        int rows = db.update(PERMISSIONS)
                .set(PERMISSIONS.DESCRIPTION, permission.description().orElse(null))
                .set(PERMISSIONS.UPDATED_AT, permission.updatedAt())
                .where(PERMISSIONS.KEY.eq(permission.key().value()))
                .execute();
        if (rows == 0) {
            throw new NotFound("permission", permission.key());
        }
    }

    @Override
    public Optional<Permission> find(PermissionKey key) {
        return db.selectFrom(PERMISSIONS)
                .where(PERMISSIONS.KEY.eq(key.value()))
                .fetchOptional(JooqPermissions::permission);
    }

    @Override
    public Page<Permission> list(PageRequest page) {
        var rows = db.selectFrom(PERMISSIONS)
                .where(page.after()
                        .<Condition>map(after -> PERMISSIONS.KEY.gt(Columns.permission(after)))
                        .orElse(DSL.noCondition()))
                .orderBy(PERMISSIONS.KEY)
                .limit(page.limit() + 1)
                .fetch(JooqPermissions::permission);
        return Page.of(rows, page, permission -> permission.key().value());
    }

    @Override
    public Set<PermissionKey> keys() {
        var keys = new LinkedHashSet<PermissionKey>();
        db.select(PERMISSIONS.KEY)
                .from(PERMISSIONS)
                .orderBy(PERMISSIONS.KEY)
                .forEach(row -> keys.add(new PermissionKey(row.value1())));
        return keys;
    }

    @Override
    public boolean delete(PermissionKey key) {
        change();
        try {
            // What roles hold of it goes by its foreign keys.
            boolean existed = db.deleteFrom(PERMISSIONS)
                            .where(PERMISSIONS.KEY.eq(key.value()))
                            .execute()
                    == 1;
            db.update(API_KEYS)
                    .set(API_KEYS.SCOPES, DSL.arrayRemove(API_KEYS.SCOPES, key.value()))
                    .where(DSL.val(key.value()).eq(DSL.any(API_KEYS.SCOPES)))
                    .execute();
            return existed;
        } catch (IntegrityConstraintViolationException used) {
            throw SqlErrors.isForeignKeyViolation(used) ? new PermissionInUse(key) : used;
        }
    }

    @Override
    public Map<SystemRole, Set<PermissionKey>> ofSystemRoles() {
        var held = new EnumMap<SystemRole, Set<PermissionKey>>(SystemRole.class);
        db.select(SYSTEM_ROLE_PERMISSIONS.ROLE_KEY, SYSTEM_ROLE_PERMISSIONS.PERMISSION_KEY)
                .from(SYSTEM_ROLE_PERMISSIONS)
                .orderBy(SYSTEM_ROLE_PERMISSIONS.PERMISSION_KEY)
                .forEach(row -> held.computeIfAbsent(
                                SystemRole.of(new RoleKey(row.value1())).orElseThrow(), role -> new LinkedHashSet<>())
                        .add(new PermissionKey(row.value2())));
        return held;
    }

    @Override
    public boolean give(SystemRole role, PermissionKey permission) {
        change();
        try {
            return db.insertInto(SYSTEM_ROLE_PERMISSIONS)
                            .set(SYSTEM_ROLE_PERMISSIONS.ROLE_KEY, role.key().value())
                            .set(SYSTEM_ROLE_PERMISSIONS.PERMISSION_KEY, permission.value())
                            .onConflictDoNothing()
                            .execute()
                    == 1;
        } catch (IntegrityConstraintViolationException missing) {
            throw SqlErrors.isForeignKeyViolation(missing)
                    ? new Unknown("permission", "permission", permission)
                    : missing;
        }
    }

    @Override
    public boolean take(SystemRole role, PermissionKey permission) {
        change();
        return db.deleteFrom(SYSTEM_ROLE_PERMISSIONS)
                        .where(SYSTEM_ROLE_PERMISSIONS.ROLE_KEY.eq(role.key().value()))
                        .and(SYSTEM_ROLE_PERMISSIONS.PERMISSION_KEY.eq(permission.value()))
                        .execute()
                == 1;
    }

    private static Permission permission(Record row) {
        return new Permission(
                new PermissionKey(row.get(PERMISSIONS.KEY)),
                Columns.optional(row, PERMISSIONS.DESCRIPTION),
                row.get(PERMISSIONS.CREATED_AT),
                row.get(PERMISSIONS.UPDATED_AT));
    }
}
