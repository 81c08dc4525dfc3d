package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.MEMBERSHIPS;
import static io.allotment.persistence.jooq.generated.Tables.PERMISSIONS;
import static io.allotment.persistence.jooq.generated.Tables.ROLES;
import static io.allotment.persistence.jooq.generated.Tables.ROLE_ASSIGNMENTS;
import static io.allotment.persistence.jooq.generated.Tables.ROLE_PERMISSIONS;
import static io.allotment.persistence.jooq.generated.Tables.USERS;

import io.allotment.domain.access.Role;
import io.allotment.domain.access.RoleAssignment;
import io.allotment.domain.access.Roles;
import io.allotment.domain.access.SystemRole;
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
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SelectConditionStep;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;

final class JooqRoles implements Roles {

    /** What the role of the row holds. */
    private static final Field<String[]> HELD = DSL.array(DSL.select(ROLE_PERMISSIONS.PERMISSION_KEY)
                    .from(ROLE_PERMISSIONS)
                    .where(ROLE_PERMISSIONS.TENANT_ID.eq(ROLES.TENANT_ID))
                    .and(ROLE_PERMISSIONS.ROLE_KEY.eq(ROLES.KEY)))
            .as("held");

    private final DSLContext db;

    JooqRoles(DSLContext db) {
        this.db = db;
    }

    @Override
    public void insert(Role role) {
        int rows = db.insertInto(ROLES)
                .set(ROLES.TENANT_ID, role.tenantId().value())
                .set(ROLES.KEY, role.key().value())
                .set(ROLES.NAME, role.name())
                .set(ROLES.DESCRIPTION, role.description().orElse(null))
                .set(ROLES.CREATED_AT, role.createdAt())
                .set(ROLES.UPDATED_AT, role.updatedAt())
                .set(ROLES.VERSION, role.version())
                .onConflict(ROLES.TENANT_ID, ROLES.KEY)
                .doNothing()
                .execute();
        if (rows == 0) {
            throw new AlreadyExists("role", "key", role.key());
        }
        hold(role);
    }

    @Override
    public void update(Role role) {
        int rows = db.update(ROLES)
                .set(ROLES.NAME, role.name())
                .set(ROLES.DESCRIPTION, role.description().orElse(null))
                .set(ROLES.UPDATED_AT, role.updatedAt())
                .set(ROLES.VERSION, role.version())
                .where(ROLES.TENANT_ID.eq(role.tenantId().value()))
                .and(ROLES.KEY.eq(role.key().value()))
                .and(ROLES.VERSION.eq(role.version() - 1))
                .execute();
        if (rows == 0) {
            throw new StaleVersion("role", role.key());
        }
        var keys = keys(role);
        // What it still holds stays untouched: whoever deletes a permission locks it first, and then what holds it.
        db.deleteFrom(ROLE_PERMISSIONS)
                .where(ROLE_PERMISSIONS.TENANT_ID.eq(role.tenantId().value()))
                .and(ROLE_PERMISSIONS.ROLE_KEY.eq(role.key().value()))
                .and(ROLE_PERMISSIONS.PERMISSION_KEY.ne(DSL.all(keys)))
                .execute();
        hold(role);
    }

    private void hold(Role role) {
        var keys = keys(role);
        try {
            db.insertInto(
                            ROLE_PERMISSIONS,
                            ROLE_PERMISSIONS.TENANT_ID,
                            ROLE_PERMISSIONS.ROLE_KEY,
                            ROLE_PERMISSIONS.PERMISSION_KEY)
                    .select(db.select(
                                    DSL.val(role.tenantId().value()),
                                    DSL.val(role.key().value()),
                                    PERMISSIONS.KEY)
                            .from(PERMISSIONS)
                            .where(PERMISSIONS.KEY.eq(DSL.any(keys))))
                    .onConflictDoNothing()
                    .execute();
            requireAll(role);
        } catch (IntegrityConstraintViolationException gone) {
            throw SqlErrors.isForeignKeyViolation(gone)
                    ? new Unknown("permission", "permissions", "of that name any more")
                    : gone;
        }
    }

    private static String[] keys(Role role) {
        return role.permissions().stream().map(PermissionKey::value).toArray(String[]::new);
    }

    private void requireAll(Role role) {
        var present = db.select(ROLE_PERMISSIONS.PERMISSION_KEY)
                .from(ROLE_PERMISSIONS)
                .where(ROLE_PERMISSIONS.TENANT_ID.eq(role.tenantId().value()))
                .and(ROLE_PERMISSIONS.ROLE_KEY.eq(role.key().value()))
                .fetchSet(ROLE_PERMISSIONS.PERMISSION_KEY);
        role.permissions().stream()
                .map(PermissionKey::value)
                .filter(key -> !present.contains(key))
                .min(Comparator.naturalOrder())
                .ifPresent(missing -> {
                    throw new Unknown("permission", "permissions", missing);
                });
    }

    @Override
    public Optional<Role> find(TenantId tenant, RoleKey key) {
        return select(tenant).and(ROLES.KEY.eq(key.value())).fetchOptional(JooqRoles::role);
    }

    @Override
    public Page<Role> list(TenantId tenant, PageRequest page) {
        var rows = select(tenant)
                .and(page.after()
                        .<Condition>map(after -> ROLES.KEY.gt(Columns.key(after)))
                        .orElse(DSL.noCondition()))
                .orderBy(ROLES.KEY)
                .limit(page.limit() + 1)
                .fetch(JooqRoles::role);
        return Page.of(rows, page, role -> role.key().value());
    }

    @Override
    public boolean delete(TenantId tenant, RoleKey key) {
        return db.deleteFrom(ROLES)
                        .where(ROLES.TENANT_ID.eq(tenant.value()))
                        .and(ROLES.KEY.eq(key.value()))
                        .execute()
                == 1;
    }

    @Override
    public void assign(RoleAssignment assignment) {
        var tenant = assignment.tenantId();
        var role = assignment.role();
        boolean isOwn = SystemRole.of(role).isEmpty();
        // Asked first, since an error does not tell which of two foreign keys it was.
        if (isOwn && find(tenant, role).isEmpty()) {
            throw new Unknown("role", "role", role);
        }
        try {
            db.insertInto(ROLE_ASSIGNMENTS)
                    .set(ROLE_ASSIGNMENTS.TENANT_ID, tenant.value())
                    .set(ROLE_ASSIGNMENTS.USER_ID, assignment.userId().value())
                    .set(ROLE_ASSIGNMENTS.ROLE_KEY, role.value())
                    .set(ROLE_ASSIGNMENTS.OWN_ROLE_KEY, isOwn ? role.value() : null)
                    .set(
                            ROLE_ASSIGNMENTS.GRANTED_BY,
                            assignment.grantedBy().map(UserId::value).orElse(null))
                    .set(ROLE_ASSIGNMENTS.GRANTED_AT, assignment.grantedAt())
                    .set(ROLE_ASSIGNMENTS.EXPIRES_AT, assignment.expiresAt().orElse(null))
                    .onConflict(ROLE_ASSIGNMENTS.TENANT_ID, ROLE_ASSIGNMENTS.USER_ID, ROLE_ASSIGNMENTS.ROLE_KEY)
                    .doUpdate()
                    .set(ROLE_ASSIGNMENTS.GRANTED_BY, DSL.excluded(ROLE_ASSIGNMENTS.GRANTED_BY))
                    .set(ROLE_ASSIGNMENTS.GRANTED_AT, DSL.excluded(ROLE_ASSIGNMENTS.GRANTED_AT))
                    .set(ROLE_ASSIGNMENTS.EXPIRES_AT, DSL.excluded(ROLE_ASSIGNMENTS.EXPIRES_AT))
                    .execute();
        } catch (IntegrityConstraintViolationException missing) {
            throw SqlErrors.isForeignKeyViolation(missing)
                    ? new Unknown("member", "userId", assignment.userId())
                    : missing;
        }
    }

    @Override
    public boolean unassign(TenantId tenant, UserId user, RoleKey role) {
        return db.deleteFrom(ROLE_ASSIGNMENTS)
                        .where(ROLE_ASSIGNMENTS.TENANT_ID.eq(tenant.value()))
                        .and(ROLE_ASSIGNMENTS.USER_ID.eq(user.value()))
                        .and(ROLE_ASSIGNMENTS.ROLE_KEY.eq(role.value()))
                        .execute()
                == 1;
    }

    @Override
    public List<RoleAssignment> of(TenantId tenant, UserId user) {
        return db.selectFrom(ROLE_ASSIGNMENTS)
                .where(ROLE_ASSIGNMENTS.TENANT_ID.eq(tenant.value()))
                .and(ROLE_ASSIGNMENTS.USER_ID.eq(user.value()))
                .orderBy(ROLE_ASSIGNMENTS.ROLE_KEY)
                .fetch(JooqRoles::assignment);
    }

    @Override
    public Map<UserId, List<RoleAssignment>> of(TenantId tenant, Set<UserId> users) {
        var ids = users.stream().map(UserId::value).toArray(UUID[]::new);
        return db
                .selectFrom(ROLE_ASSIGNMENTS)
                .where(ROLE_ASSIGNMENTS.TENANT_ID.eq(tenant.value()))
                .and(ROLE_ASSIGNMENTS.USER_ID.eq(DSL.any(ids)))
                .orderBy(ROLE_ASSIGNMENTS.USER_ID, ROLE_ASSIGNMENTS.ROLE_KEY)
                .fetch(JooqRoles::assignment)
                .stream()
                .collect(Collectors.groupingBy(RoleAssignment::userId));
    }

    @Override
    public Page<RoleAssignment> holders(TenantId tenant, RoleKey role, PageRequest page) {
        var rows = db.selectFrom(ROLE_ASSIGNMENTS)
                .where(ROLE_ASSIGNMENTS.TENANT_ID.eq(tenant.value()))
                .and(ROLE_ASSIGNMENTS.ROLE_KEY.eq(role.value()))
                .and(Columns.after(ROLE_ASSIGNMENTS.USER_ID, page))
                .orderBy(ROLE_ASSIGNMENTS.USER_ID)
                .limit(page.limit() + 1)
                .fetch(JooqRoles::assignment);
        return Page.of(rows, page, held -> held.userId().toString());
    }

    @Override
    public long countHolders(TenantId tenant, RoleKey role, Instant now) {
        return db.fetchCount(db.selectOne()
                .from(ROLE_ASSIGNMENTS)
                .join(MEMBERSHIPS)
                .on(MEMBERSHIPS.TENANT_ID.eq(ROLE_ASSIGNMENTS.TENANT_ID))
                .and(MEMBERSHIPS.USER_ID.eq(ROLE_ASSIGNMENTS.USER_ID))
                .join(USERS)
                .on(USERS.ID.eq(MEMBERSHIPS.USER_ID))
                .where(ROLE_ASSIGNMENTS.TENANT_ID.eq(tenant.value()))
                .and(ROLE_ASSIGNMENTS.ROLE_KEY.eq(role.value()))
                .and(ROLE_ASSIGNMENTS.EXPIRES_AT.isNull().or(ROLE_ASSIGNMENTS.EXPIRES_AT.gt(now)))
                .and(MEMBERSHIPS.STATUS.eq(Membership.Status.ACTIVE.name()))
                .and(USERS.ACTIVE));
    }

    @Override
    public Map<RoleKey, Set<PermissionKey>> permissions(TenantId tenant, Set<RoleKey> roles) {
        var held = new HashMap<RoleKey, Set<PermissionKey>>();
        if (!roles.isEmpty()) {
            select(tenant)
                    .and(ROLES.KEY.eq(DSL.any(roles.stream().map(RoleKey::value).toArray(String[]::new))))
                    .forEach(row -> held.put(new RoleKey(row.get(ROLES.KEY)), permissions(row)));
        }
        return held;
    }

    private SelectConditionStep<Record> select(TenantId tenant) {
        return db.select(ROLES.fields()).select(HELD).from(ROLES).where(ROLES.TENANT_ID.eq(tenant.value()));
    }

    private static Set<PermissionKey> permissions(Record row) {
        return Stream.of(row.get(HELD)).map(PermissionKey::new).collect(Collectors.toUnmodifiableSet());
    }

    private static Role role(Record row) {
        return new Role(
                new TenantId(row.get(ROLES.TENANT_ID)),
                new RoleKey(row.get(ROLES.KEY)),
                row.get(ROLES.NAME),
                Columns.optional(row, ROLES.DESCRIPTION),
                permissions(row),
                row.get(ROLES.CREATED_AT),
                row.get(ROLES.UPDATED_AT),
                row.get(ROLES.VERSION));
    }

    private static RoleAssignment assignment(Record row) {
        return new RoleAssignment(
                new TenantId(row.get(ROLE_ASSIGNMENTS.TENANT_ID)),
                new UserId(row.get(ROLE_ASSIGNMENTS.USER_ID)),
                new RoleKey(row.get(ROLE_ASSIGNMENTS.ROLE_KEY)),
                Columns.optional(row, ROLE_ASSIGNMENTS.GRANTED_BY).map(UserId::new),
                row.get(ROLE_ASSIGNMENTS.GRANTED_AT),
                Columns.optional(row, ROLE_ASSIGNMENTS.EXPIRES_AT));
    }
}
