package io.allotment.application.access;

import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.Permission;
import io.allotment.domain.access.PlatformAssignment;
import io.allotment.domain.access.PlatformRole;
import io.allotment.domain.access.Right;
import io.allotment.domain.access.Role;
import io.allotment.domain.access.RoleAssignment;
import io.allotment.domain.access.RoleInUse;
import io.allotment.domain.access.RoleTerms;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.access.TenantRole;
import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Who may what: the catalogue of permissions, roles that hold them, and who has which role. Nobody gives what they do not hold,
 * and nobody takes it. Methods refuse what does not exist ({@link NotFound}). Thread-safe.
 */
public final class AccessService {

    private final Persistence persistence;
    private final AccessCache access;
    private final Moments moments;
    private final Acting acting;
    private final Granting granting;

    public AccessService(Persistence persistence, AccessCache access, Moments moments, Acting acting) {
        this.persistence = persistence;
        this.access = access;
        this.moments = moments;
        this.acting = acting;
        this.granting = new Granting(persistence, acting);
    }

    // What anybody may

    /**
     * Whether the user may this in the tenant at present; false too for who is no active member. Asked in the process, in the
     * same time whatever there is. What another process changed may be seen a second later.
     *
     * <p>Everybody may ask for themselves; for others it takes {@link Right#ROLE_READ}.
     */
    public boolean check(TenantId tenant, UserId user, PermissionKey permission) {
        requireSelfOr(tenant, user, Right.ROLE_READ);
        return access.holds(tenant, Actor.user(user), permission);
    }

    /** All that the user may in the tenant at present, in the order of the keys. Refuses who is no member. */
    public Set<PermissionKey> permissionsOf(TenantId tenant, UserId user) {
        requireSelfOr(tenant, user, Right.ROLE_READ);
        return access.now(tenant, Actor.user(user))
                .map(rights -> rights.at(moments.now()))
                .orElseGet(() -> in(tenant, () -> {
                    granting.member(tenant, user);
                    return Set.of();
                }));
    }

    /** All that the key may at present, which is no more than its owner may. A member's own they see too who may see no others. */
    public Set<PermissionKey> permissionsOf(TenantId tenant, ApiKeyId id) {
        acting.requireMember(tenant);
        var key = in(tenant, () -> persistence.apiKeys().find(tenant, id));
        var owner = key.flatMap(ApiKey::owner);
        if (owner.isEmpty() || !owner.equals(acting.actor().member())) {
            acting.require(tenant, Right.KEY_READ);
        }
        if (key.isEmpty()) {
            throw new NotFound("API key", id);
        }
        return access.now(tenant, new Actor.ApiKey(id, owner))
                .map(rights -> rights.at(moments.now()))
                .orElse(Set.of());
    }

    private void requireSelfOr(TenantId tenant, UserId user, Right right) {
        if (acting.actor() instanceof Actor.User self && self.id().equals(user)) {
            acting.requireMember(tenant);
        } else {
            acting.require(tenant, right);
        }
    }

    // The catalogue of permissions

    /** Adds to the catalogue. Refuses a taken key. */
    public Permission createPermission(PermissionKey key, Optional<String> description) {
        acting.requireOperator();
        return acting.changingCatalogue(() -> {
            var now = moments.now();
            var permission = new Permission(key, description, now, now);
            persistence.permissions().insert(permission);
            acting.record(AuditEvent.of("permission.created", "permission", key).to(described(description)));
            return permission;
        });
    }

    /** Says what it allows. Refuses one of Allotment's own. */
    public Permission describePermission(PermissionKey key, UnaryOperator<Optional<String>> change) {
        acting.requireOperator();
        return acting.changingCatalogue(() -> {
            var present = ofTheProduct(permission(key));
            var description = change.apply(present.description());
            if (description.equals(present.description())) {
                return present;
            }
            var changed = present.described(description, moments.now());
            persistence.permissions().update(changed);
            acting.record(AuditEvent.of("permission.described", "permission", key)
                    .from(described(present.description()))
                    .to(described(description)));
            return changed;
        });
    }

    /** Whoever has signed in may read the catalogue. */
    public Permission getPermission(PermissionKey key) {
        return findPermission(key).orElseThrow(() -> new NotFound("permission", key));
    }

    public Optional<Permission> findPermission(PermissionKey key) {
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.permissions().find(key));
    }

    /** By key. */
    public Page<Permission> listPermissions(PageRequest page) {
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.permissions().list(page));
    }

    /**
     * Deletes it: no role holds it any more, and no key has it in its scopes. Refuses one that an operation needs, and one of
     * Allotment's own.
     */
    public void deletePermission(PermissionKey key) {
        acting.requireOperator();
        acting.changingCatalogue(() -> {
            var present = ofTheProduct(permission(key));
            persistence.permissions().delete(key);
            acting.record(
                    AuditEvent.of("permission.deleted", "permission", key).from(described(present.description())));
            return null;
        });
    }

    private Permission permission(PermissionKey key) {
        return persistence.permissions().find(key).orElseThrow(() -> new NotFound("permission", key));
    }

    private static Permission ofTheProduct(Permission permission) {
        if (permission.isBuiltIn()) {
            throw builtIn(permission.key());
        }
        return permission;
    }

    private static Forbidden builtIn(PermissionKey key) {
        return Forbidden.because(
                "built-in-permission", "The permission " + key + " is one of Allotment's own, which stay as they are.");
    }

    private static Map<String, Object> described(Optional<String> description) {
        return description
                .<Map<String, Object>>map(text -> Map.of("description", text))
                .orElse(Map.of());
    }

    // System roles

    /** The roles that every tenant has, with all that they hold at present. Whoever has signed in may read them. */
    public List<TenantRole> systemRoles() {
        return persistence
                .unitOfWork()
                .forPlatform(
                        () -> Stream.of(SystemRole.values()).map(granting::role).toList());
    }

    public TenantRole systemRole(SystemRole role) {
        return persistence.unitOfWork().forPlatform(() -> granting.role(role));
    }

    /** Has the role hold the permission, in all tenants. Nothing happens where it does already. */
    public TenantRole give(SystemRole role, PermissionKey permission) {
        acting.requireOperator();
        return acting.changingCatalogue(() -> {
            requireNotOwner(role);
            permission(permission);
            if (!role.rights().contains(permission) && persistence.permissions().give(role, permission)) {
                acting.record(AuditEvent.of("system-role.given", "system-role", role.key())
                        .to(Map.of("permission", permission.value())));
            }
            return granting.role(role);
        });
    }

    /** Has the role hold the permission no longer. Refuses those of Allotment's own that it always holds. */
    public TenantRole take(SystemRole role, PermissionKey permission) {
        acting.requireOperator();
        return acting.changingCatalogue(() -> {
            requireNotOwner(role);
            permission(permission);
            if (role.rights().contains(permission)) {
                throw builtIn(permission);
            }
            if (persistence.permissions().take(role, permission)) {
                acting.record(AuditEvent.of("system-role.taken", "system-role", role.key())
                        .from(Map.of("permission", permission.value())));
            }
            return granting.role(role);
        });
    }

    private static void requireNotOwner(SystemRole role) {
        if (role == SystemRole.OWNER) {
            throw Forbidden.because(
                    "owner-holds-all", "The role owner holds all permissions: none is given to it or taken from it.");
        }
    }

    // A tenant's roles

    /** All roles that there are in the tenant, the system's and its own, by key. */
    public Page<TenantRole> listRoles(TenantId tenant, PageRequest page) {
        acting.require(tenant, Right.ROLE_READ);
        return in(tenant, () -> {
            var own = persistence.roles().list(tenant, page);
            var system = Stream.of(SystemRole.values())
                    .filter(role -> page.after()
                            .map(after -> role.key().value().compareTo(after) > 0)
                            .orElse(true))
                    .map(granting::role);
            var rows = Stream.concat(own.items().stream().map(TenantRole::of), system)
                    .sorted(Comparator.comparing(role -> role.key().value()))
                    .limit(page.limit() + 1L)
                    .toList();
            var merged = Page.of(rows, page, role -> role.key().value());
            return merged.next().isPresent() || own.next().isEmpty() ? merged : new Page<>(merged.items(), own.next());
        });
    }

    public TenantRole getRole(TenantId tenant, RoleKey key) {
        acting.require(tenant, Right.ROLE_READ);
        return in(tenant, () -> granting.role(tenant, key));
    }

    /** Refuses a taken key, and to have it hold what the caller does not hold for ever. */
    public Role createRole(TenantId tenant, RoleKey key, RoleTerms terms) {
        return acting.changingRights(tenant, Right.ROLE_MANAGE, () -> {
            var role = Role.created(tenant, key, terms, moments.now());
            acting.requireToGrant(tenant, known(terms.permissions()), Optional.empty());
            persistence.roles().insert(role);
            acting.record(tenant, AuditEvent.of("role.created", "role", key).to(values(terms)));
            return role;
        });
    }

    /**
     * Changes one of the tenant's own, for all who have it. Refuses to have it hold what the caller does not hold for ever, and to
     * take from it what they do not hold.
     *
     * @param readAt the version the change was made on, where somebody else's change in between must not be lost
     */
    public Role updateRole(TenantId tenant, RoleKey key, Optional<Long> readAt, UnaryOperator<RoleTerms> change) {
        return acting.changingRights(tenant, Right.ROLE_MANAGE, () -> {
            var before = own(tenant, key);
            if (readAt.isPresent() && readAt.get() != before.version()) {
                throw new StaleVersion("role", key);
            }
            var after = before.with(change.apply(before.terms()), moments.now());
            if (after.version() == before.version()) {
                return before;
            }
            acting.requireToGrant(tenant, known(without(after.permissions(), before.permissions())), Optional.empty());
            acting.requireToTake(tenant, without(before.permissions(), after.permissions()));
            persistence.roles().update(after);
            acting.record(
                    tenant,
                    AuditEvent.of("role.changed", "role", key)
                            .from(values(before.terms()))
                            .to(values(after.terms())));
            return after;
        });
    }

    /**
     * Deletes one of the tenant's own. Where somebody has it, it is refused ({@link RoleInUse}) unless it is taken from them too,
     * which takes holding all that it holds.
     *
     * @param cascade whether it is taken from all who have it
     */
    public void deleteRole(TenantId tenant, RoleKey key, boolean cascade) {
        acting.changingRights(tenant, Right.ROLE_MANAGE, () -> {
            var role = own(tenant, key);
            long holders = countHolders(tenant, key);
            if (holders > 0) {
                if (!cascade) {
                    throw new RoleInUse(key, holders);
                }
                granting.requireToTake(tenant, TenantRole.of(role), moments.now());
            }
            persistence.roles().delete(tenant, key);
            var before = values(role.terms());
            before.put("holders", holders);
            acting.record(tenant, AuditEvent.of("role.deleted", "role", key).from(before));
            return null;
        });
    }

    /** Those too who are suspended, since they may come back; not those whose time is over. */
    private long countHolders(TenantId tenant, RoleKey key) {
        var now = moments.now();
        long count = 0;
        var after = Optional.<String>empty();
        do {
            var page = persistence.roles().holders(tenant, key, new PageRequest(PageRequest.MAX_LIMIT, after));
            count += page.items().stream().filter(held -> held.isValid(now)).count();
            after = page.next();
        } while (after.isPresent());
        return count;
    }

    private Role own(TenantId tenant, RoleKey key) {
        if (SystemRole.of(key).isPresent()) {
            throw Forbidden.because(
                    "system-role", "The role " + key + " is the same in every tenant, and stays as it is.");
        }
        return persistence.roles().find(tenant, key).orElseThrow(() -> new NotFound("role", key));
    }

    /** Those that there are: what is not in the catalogue is refused where it is written, by its name. */
    private Set<PermissionKey> known(Set<PermissionKey> permissions) {
        var known = new HashSet<>(permissions);
        known.retainAll(persistence.permissions().keys());
        return known;
    }

    private static Set<PermissionKey> without(Set<PermissionKey> some, Set<PermissionKey> others) {
        var left = new HashSet<>(some);
        left.removeAll(others);
        return left;
    }

    private static Map<String, Object> values(RoleTerms terms) {
        var values = new HashMap<>(described(terms.description()));
        values.put("name", terms.name());
        values.put("permissions", sorted(terms.permissions()));
        return values;
    }

    private static List<String> sorted(Collection<PermissionKey> permissions) {
        return permissions.stream().map(PermissionKey::value).sorted().toList();
    }

    // Who has which role

    /**
     * Gives a member a role, or another end to one that they have; nothing happens where it is the same end. Refuses who does
     * not hold all that the role holds; the role of the owner is given by owners and operators alone, and the last one keeps it
     * without an end. What somebody holds for a time they give for no longer.
     *
     * @param expiresAt in the future; empty for never
     */
    public RoleAssignment assign(TenantId tenant, UserId user, RoleKey key, Optional<Instant> expiresAt) {
        return acting.changingRights(tenant, Right.ROLE_ASSIGN, () -> {
            var now = moments.now();
            requireFuture(expiresAt, now);
            var role = granting.role(tenant, key);
            var member = granting.member(tenant, user);
            granting.requireToGive(tenant, role, now, expiresAt);
            var before = granting.assignment(tenant, user, key);
            if (before.isPresent() && before.get().expiresAt().equals(expiresAt)) {
                return before.get();
            }
            if (expiresAt.isPresent()) {
                granting.requireAnotherOwner(member, role);
            }
            var assignment =
                    new RoleAssignment(tenant, user, key, acting.actor().member(), now, expiresAt);
            persistence.roles().assign(assignment);
            acting.record(
                    tenant,
                    AuditEvent.of("role.assigned", "role-assignment", user + "/" + key)
                            .from(before.map(held -> values(held.expiresAt())).orElse(Map.of()))
                            .to(values(expiresAt)));
            return assignment;
        });
    }

    /**
     * Takes a role from a member. Refuses who does not hold all that the role holds, and to take the role of the owner from the
     * last one.
     */
    public void unassign(TenantId tenant, UserId user, RoleKey key) {
        acting.changingRights(tenant, Right.ROLE_ASSIGN, () -> {
            var role = granting.role(tenant, key);
            var member = granting.member(tenant, user);
            var before = granting.assignment(tenant, user, key);
            if (before.isEmpty()) {
                throw new NotFound("role of the member", key);
            }
            granting.requireToTake(tenant, role, moments.now());
            granting.requireAnotherOwner(member, role);
            persistence.roles().unassign(tenant, user, key);
            acting.record(
                    tenant,
                    AuditEvent.of("role.unassigned", "role-assignment", user + "/" + key)
                            .from(values(before.get().expiresAt())));
            return null;
        });
    }

    /** A member's roles, expired ones too, by key. */
    public List<RoleAssignment> rolesOf(TenantId tenant, UserId user) {
        requireSelfOr(tenant, user, Right.ROLE_READ);
        return in(tenant, () -> {
            granting.member(tenant, user);
            return persistence.roles().of(tenant, user);
        });
    }

    /** Who has the role, expired ones too, by user. */
    public Page<RoleAssignment> holders(TenantId tenant, RoleKey key, PageRequest page) {
        acting.require(tenant, Right.ROLE_READ);
        return in(tenant, () -> {
            granting.role(tenant, key);
            return persistence.roles().holders(tenant, key, page);
        });
    }

    private static void requireFuture(Optional<Instant> expiresAt, Instant now) {
        if (expiresAt.isPresent() && !expiresAt.get().isAfter(now)) {
            throw new InvalidValue("expiresAt", "must lie in the future");
        }
    }

    private static Map<String, Object> values(Optional<Instant> expiresAt) {
        return Map.of("expiresAt", expiresAt.map(Instant::toString).orElse("never"));
    }

    // Roles on the platform

    /** Gives a user a role on the platform, or another end to one that they have; nothing happens where it is the same end. */
    public PlatformAssignment assignPlatformRole(UserId user, PlatformRole role, Optional<Instant> expiresAt) {
        acting.requireOperator();
        return acting.changingPlatformRoles(() -> {
            var now = moments.now();
            requireFuture(expiresAt, now);
            if (persistence.users().find(user).isEmpty()) {
                throw new NotFound("user", user);
            }
            var before = platformRole(user, role);
            if (before.isPresent() && before.get().expiresAt().equals(expiresAt)) {
                return before.get();
            }
            var assignment = new PlatformAssignment(user, role, acting.actor().member(), now, expiresAt);
            persistence.platformRoles().assign(assignment);
            acting.record(AuditEvent.of("platform-role.assigned", "platform-role", user + "/" + role)
                    .from(before.map(held -> values(held.expiresAt())).orElse(Map.of()))
                    .to(values(expiresAt)));
            return assignment;
        });
    }

    /** Takes it. */
    public void unassignPlatformRole(UserId user, PlatformRole role) {
        acting.requireOperator();
        acting.changingPlatformRoles(() -> {
            var before = platformRole(user, role);
            if (before.isEmpty()) {
                throw new NotFound("role of the user", role);
            }
            persistence.platformRoles().unassign(user, role);
            acting.record(AuditEvent.of("platform-role.unassigned", "platform-role", user + "/" + role)
                    .from(values(before.get().expiresAt())));
            return null;
        });
    }

    /** Who has a role on the platform, expired ones too, by user and role. */
    public Page<PlatformAssignment> listPlatformRoles(PageRequest page) {
        acting.requireOperator();
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.platformRoles().list(page));
    }

    private Optional<PlatformAssignment> platformRole(UserId user, PlatformRole role) {
        return persistence.platformRoles().of(user).stream()
                .filter(held -> held.role() == role)
                .findFirst();
    }

    /** In the tenant's unit of work; refuses a tenant that there is not. */
    private <T> T in(TenantId tenant, Supplier<T> work) {
        return persistence.unitOfWork().forTenant(tenant, () -> {
            if (persistence.tenants().find(tenant).isEmpty()) {
                throw new NotFound("tenant", tenant);
            }
            return work.get();
        });
    }
}
