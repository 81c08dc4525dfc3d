package io.allotment.application.tenancy;

import io.allotment.application.access.Acting;
import io.allotment.application.access.Owners;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.LastOwner;
import io.allotment.domain.access.Right;
import io.allotment.domain.access.RoleAssignment;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Invitation;
import io.allotment.domain.tenancy.Membership;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What members hold, and what that lets others do with them: nobody manages a member who holds more, and nobody gives what they
 * do not hold. Read in the open unit of work, as it stands there.
 */
final class Holdings {

    private final Persistence persistence;
    private final Acting acting;
    private final Owners owners;

    Holdings(Persistence persistence, Acting acting) {
        this.persistence = persistence;
        this.acting = acting;
        this.owners = new Owners(persistence, acting);
    }

    /** @param everything of an owner: what there will be too */
    private record Held(boolean everything, Set<PermissionKey> permissions) {

        boolean covers(Held other) {
            return everything || !other.everything && permissions.containsAll(other.permissions);
        }
    }

    /** Refuses everybody but operators and people who are owners without an end: nobody gives for longer than they have. */
    void requireLastingOwner(TenantId tenant, Instant now) {
        owners.require(tenant, now, Optional.empty());
    }

    /** Refuses who holds less than the member they would manage; oneself everybody may. */
    void requireMayManage(TenantId tenant, UserId member, Instant now) {
        if (acting.caller().isOperator() || acting.actor().equals(Actor.user(member))) {
            return;
        }
        var theirs = held(tenant, roles(tenant, member, now));
        if (theirs.everything()) {
            owners.require(tenant, now, Optional.of(now));
        }
        for (var permission : theirs.permissions()) {
            if (!acting.holds(tenant, permission)) {
                throw Forbidden.because(
                        "member-holds-more",
                        "Nobody manages a member who holds more than they do: the permission " + permission
                                + " is missing.");
            }
        }
    }

    /** Refuses who does not hold all that the role does without an end, and a role that there is not. */
    void requireMayGive(TenantId tenant, RoleKey role, Instant now) {
        if (!exists(tenant, role)) {
            throw new Unknown("role", "role", role);
        }
        if (role.equals(SystemRole.OWNER.key())) {
            requireLastingOwner(tenant, now);
        }
        acting.requireToGrant(tenant, held(tenant, Set.of(role)).permissions(), Optional.empty());
    }

    /** Whether what an invitation promises can still be given: by who vouches for it, as they stand now. */
    boolean isGood(Invitation invitation, Instant now) {
        var tenant = invitation.tenantId();
        return exists(tenant, invitation.role())
                && invitation
                        .invitedBy()
                        .map(inviter -> mayInvite(tenant, inviter, invitation.role(), now))
                        .orElse(true);
    }

    private boolean mayInvite(TenantId tenant, UserId inviter, RoleKey role, Instant now) {
        var present = held(tenant, roles(tenant, inviter, now));
        var lasting = held(tenant, roles(tenant, inviter, LastOwner.END_OF_TIME));
        return owners.isActive(tenant, inviter)
                && present.covers(new Held(false, Set.of(Right.MEMBER_INVITE.key())))
                && lasting.covers(held(tenant, Set.of(role)));
    }

    /** Refuses to let the tenant's last owner go. */
    void requireNotLastOwner(Membership leaving) {
        owners.requireAnother(leaving);
    }

    /** The roles that somebody has and that have not ended at the time. */
    Set<RoleKey> roles(TenantId tenant, UserId user, Instant at) {
        return persistence.roles().of(tenant, user).stream()
                .filter(assignment -> assignment.isValid(at))
                .map(RoleAssignment::role)
                .collect(Collectors.toSet());
    }

    private boolean exists(TenantId tenant, RoleKey role) {
        return SystemRole.of(role).isPresent()
                || persistence.roles().find(tenant, role).isPresent();
    }

    private Held held(TenantId tenant, Set<RoleKey> roles) {
        if (roles.contains(SystemRole.OWNER.key())) {
            return new Held(true, Set.of());
        }
        var ofSystemRoles = persistence.permissions().ofSystemRoles();
        var permissions = new HashSet<PermissionKey>();
        roles.stream().map(SystemRole::of).flatMap(Optional::stream).forEach(role -> {
            permissions.addAll(role.rights());
            permissions.addAll(ofSystemRoles.getOrDefault(role, Set.of()));
        });
        var own = roles.stream().filter(role -> SystemRole.of(role).isEmpty()).collect(Collectors.toSet());
        persistence.roles().permissions(tenant, own).values().forEach(permissions::addAll);
        return new Held(false, permissions);
    }
}
