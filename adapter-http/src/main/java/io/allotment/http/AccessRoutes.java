package io.allotment.http;

import io.allotment.domain.access.Permission;
import io.allotment.domain.access.PlatformAssignment;
import io.allotment.domain.access.PlatformRole;
import io.allotment.domain.access.Role;
import io.allotment.domain.access.RoleAssignment;
import io.allotment.domain.access.RoleTerms;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.access.TenantRole;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Permissions, roles that hold them, and who has which role. */
final class AccessRoutes {

    void addTo(Routes routes) {
        routes.get("/permissions", this::listPermissions);
        routes.postForPlatform("/permissions", this::createPermission);
        routes.get("/permissions/{permission}", this::getPermission);
        routes.patch("/permissions/{permission}", this::describePermission);
        routes.delete("/permissions/{permission}", this::deletePermission);

        routes.get("/system-roles", this::listSystemRoles);
        routes.get("/system-roles/{role}", this::getSystemRole);
        routes.put("/system-roles/{role}/permissions/{permission}", this::give);
        routes.delete("/system-roles/{role}/permissions/{permission}", this::take);

        routes.get("/tenants/{tenant}/roles", this::listRoles);
        routes.postForTenant("/tenants/{tenant}/roles", this::createRole);
        routes.get("/tenants/{tenant}/roles/{role}", this::getRole);
        routes.patch("/tenants/{tenant}/roles/{role}", this::changeRole);
        routes.deleteWithQuery("/tenants/{tenant}/roles/{role}", this::deleteRole);
        routes.get("/tenants/{tenant}/roles/{role}/holders", this::listHolders);

        routes.get("/tenants/{tenant}/members/{user}/roles", this::listMemberRoles);
        routes.put("/tenants/{tenant}/members/{user}/roles/{role}", this::assign);
        routes.delete("/tenants/{tenant}/members/{user}/roles/{role}", this::unassign);
        routes.get("/tenants/{tenant}/members/{user}/permissions", this::listMemberPermissions);

        routes.get("/platform-roles", this::listPlatformRoles);
        routes.put("/platform-roles/{user}/{role}", this::assignPlatformRole);
        routes.delete("/platform-roles/{user}/{role}", this::unassignPlatformRole);
    }

    // Permissions

    record NewPermission(PermissionKey key, Optional<String> description) {}

    record PermissionChange(Change<String> description) {}

    record PermissionView(
            PermissionKey key, Optional<String> description, boolean builtIn, Instant createdAt, Instant updatedAt) {

        static PermissionView of(Permission permission) {
            return new PermissionView(
                    permission.key(),
                    permission.description(),
                    permission.isBuiltIn(),
                    permission.createdAt(),
                    permission.updatedAt());
        }
    }

    private Reply listPermissions(Call call) {
        var page = call.query(Paging.class).page();
        return Reply.ok(Items.of(call.allotment().access().listPermissions(page), PermissionView::of));
    }

    private Reply createPermission(Call call) {
        var body = call.body(NewPermission.class);
        var permission = call.allotment().access().createPermission(body.key(), body.description());
        return Reply.created(PermissionView.of(permission)).at("/permissions/" + permission.key());
    }

    private Reply getPermission(Call call) {
        return Reply.ok(PermissionView.of(call.allotment().access().getPermission(permission(call))));
    }

    private Reply describePermission(Call call) {
        var change = call.body(PermissionChange.class).description();
        return Reply.ok(
                PermissionView.of(call.allotment().access().describePermission(permission(call), change::from)));
    }

    private Reply deletePermission(Call call) {
        call.allotment().access().deletePermission(permission(call));
        return Reply.noContent();
    }

    private static PermissionKey permission(Call call) {
        return call.path("permission", PermissionKey::new);
    }

    // System roles

    private Reply listSystemRoles(Call call) {
        return Reply.ok(Items.all(call.allotment().access().systemRoles(), RoleView::of));
    }

    private Reply getSystemRole(Call call) {
        return Reply.ok(RoleView.of(call.allotment().access().systemRole(systemRole(call))));
    }

    private Reply give(Call call) {
        call.refuseBody();
        return Reply.ok(RoleView.of(call.allotment().access().give(systemRole(call), permission(call))));
    }

    private Reply take(Call call) {
        call.allotment().access().take(systemRole(call), permission(call));
        return Reply.noContent();
    }

    private static SystemRole systemRole(Call call) {
        return call.path(
                "role",
                text -> SystemRole.of(new RoleKey(text)).orElseThrow(() -> new InvalidValue("role", "is none")));
    }

    // Roles

    record NewRole(RoleKey key, String name, Optional<String> description, Optional<List<PermissionKey>> permissions) {

        RoleTerms terms() {
            return new RoleTerms(
                    name,
                    description,
                    permissions.<Set<PermissionKey>>map(Set::copyOf).orElse(Set.of()));
        }
    }

    /**
     * @param permissions all that it is to hold from now on
     * @param version the one it was read at, where somebody else's change in between must not be lost
     */
    record RoleChange(
            Optional<String> name,
            Change<String> description,
            Optional<List<PermissionKey>> permissions,
            Optional<Long> version) {

        RoleTerms of(RoleTerms present) {
            return new RoleTerms(
                    name.orElse(present.name()),
                    description.from(present.description()),
                    permissions.<Set<PermissionKey>>map(Set::copyOf).orElse(present.permissions()));
        }
    }

    record Deletion(Optional<Boolean> cascade) {}

    record RoleView(
            RoleKey key,
            String name,
            Optional<String> description,
            Collection<PermissionKey> permissions,
            boolean system,
            Optional<Instant> createdAt,
            Optional<Instant> updatedAt,
            Optional<Long> version) {

        static RoleView of(TenantRole role) {
            return new RoleView(
                    role.key(),
                    role.name(),
                    role.description(),
                    role.permissions(),
                    role.isSystem(),
                    role.own().map(Role::createdAt),
                    role.own().map(Role::updatedAt),
                    role.own().map(Role::version));
        }

        static RoleView of(Role role) {
            return of(TenantRole.of(role));
        }
    }

    private Reply listRoles(Call call) {
        var page = call.query(Paging.class).page();
        return Reply.ok(Items.of(call.allotment().access().listRoles(call.tenant(), page), RoleView::of));
    }

    private Reply createRole(Call call) {
        var body = call.body(NewRole.class);
        var role = call.allotment().access().createRole(call.tenant(), body.key(), body.terms());
        return Reply.created(RoleView.of(role)).at("/tenants/" + call.tenant() + "/roles/" + role.key());
    }

    private Reply getRole(Call call) {
        return Reply.ok(RoleView.of(call.allotment().access().getRole(call.tenant(), role(call))));
    }

    private Reply changeRole(Call call) {
        var change = call.body(RoleChange.class);
        return Reply.ok(RoleView.of(
                call.allotment().access().updateRole(call.tenant(), role(call), change.version(), change::of)));
    }

    private Reply deleteRole(Call call) {
        boolean cascade = call.query(Deletion.class).cascade().orElse(false);
        call.allotment().access().deleteRole(call.tenant(), role(call), cascade);
        return Reply.noContent();
    }

    private static RoleKey role(Call call) {
        return call.path("role", RoleKey::new);
    }

    // Who has which

    /** @param expiresAt absent for never */
    record Assignment(Optional<Instant> expiresAt) {

        static Assignment of(Call call) {
            return call.bodyOr(new Assignment(Optional.empty()), Assignment.class);
        }
    }

    /** @param expired whether it counts for nothing any more */
    record AssignmentView(
            UserId userId,
            RoleKey role,
            Optional<UserId> grantedBy,
            Instant grantedAt,
            Optional<Instant> expiresAt,
            boolean expired) {

        static AssignmentView of(RoleAssignment held, Instant now) {
            return new AssignmentView(
                    held.userId(),
                    held.role(),
                    held.grantedBy(),
                    held.grantedAt(),
                    held.expiresAt(),
                    !held.isValid(now));
        }
    }

    record PermissionQuery(Optional<PermissionKey> permission) {}

    /** @param holds whether they hold the one that was asked for, where one was */
    record HeldView(Collection<PermissionKey> items, Optional<Boolean> holds) {}

    private Reply listHolders(Call call) {
        var page = call.query(Paging.class).page();
        var now = now(call);
        return Reply.ok(Items.of(
                call.allotment().access().holders(call.tenant(), role(call), page),
                held -> AssignmentView.of(held, now)));
    }

    private Reply listMemberRoles(Call call) {
        var now = now(call);
        return Reply.ok(Items.all(
                call.allotment().access().rolesOf(call.tenant(), user(call)), held -> AssignmentView.of(held, now)));
    }

    private Reply assign(Call call) {
        var expiresAt = Assignment.of(call).expiresAt();
        var held = call.allotment().access().assign(call.tenant(), user(call), role(call), expiresAt);
        return Reply.ok(AssignmentView.of(held, now(call)));
    }

    private Reply unassign(Call call) {
        call.allotment().access().unassign(call.tenant(), user(call), role(call));
        return Reply.noContent();
    }

    private Reply listMemberPermissions(Call call) {
        var asked = call.query(PermissionQuery.class).permission();
        var held = call.allotment().access().permissionsOf(call.tenant(), user(call));
        return Reply.ok(new HeldView(
                asked.<Collection<PermissionKey>>map(one -> held.contains(one) ? List.of(one) : List.of())
                        .orElse(held),
                asked.map(held::contains)));
    }

    private static Instant now(Call call) {
        return call.allotment().clock().instant();
    }

    private static UserId user(Call call) {
        return call.path("user", UserId::of);
    }

    // Roles on the platform

    record PlatformAssignmentView(
            UserId userId,
            PlatformRole role,
            Optional<UserId> grantedBy,
            Instant grantedAt,
            Optional<Instant> expiresAt,
            boolean expired) {

        static PlatformAssignmentView of(PlatformAssignment held, Instant now) {
            return new PlatformAssignmentView(
                    held.userId(),
                    held.role(),
                    held.grantedBy(),
                    held.grantedAt(),
                    held.expiresAt(),
                    !held.isValid(now));
        }
    }

    private Reply listPlatformRoles(Call call) {
        var page = call.query(Paging.class).page();
        var now = now(call);
        return Reply.ok(Items.of(
                call.allotment().access().listPlatformRoles(page), held -> PlatformAssignmentView.of(held, now)));
    }

    private Reply assignPlatformRole(Call call) {
        var expiresAt = Assignment.of(call).expiresAt();
        var held = call.allotment().access().assignPlatformRole(user(call), platformRole(call), expiresAt);
        return Reply.ok(PlatformAssignmentView.of(held, now(call)));
    }

    private Reply unassignPlatformRole(Call call) {
        call.allotment().access().unassignPlatformRole(user(call), platformRole(call));
        return Reply.noContent();
    }

    private static PlatformRole platformRole(Call call) {
        return call.path("role", PlatformRole.class);
    }
}
