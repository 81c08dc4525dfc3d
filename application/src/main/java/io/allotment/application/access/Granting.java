package io.allotment.application.access;

import io.allotment.domain.Persistence;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.LastOwner;
import io.allotment.domain.access.RoleAssignment;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.access.TenantRole;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Membership;
import java.time.Instant;
import java.util.Optional;

/** Who may give which role and take it, asked inside the unit of work that does it, once nobody else changes rights. */
final class Granting {

    private final Persistence persistence;
    private final Acting acting;

    Granting(Persistence persistence, Acting acting) {
        this.persistence = persistence;
        this.acting = acting;
    }

    /** The system's or the tenant's own; refuses one that there is not. */
    TenantRole role(TenantId tenant, RoleKey key) {
        return SystemRole.of(key)
                .map(this::role)
                .or(() -> persistence.roles().find(tenant, key).map(TenantRole::of))
                .orElseThrow(() -> new NotFound("role", key));
    }

    TenantRole role(SystemRole role) {
        var permissions = persistence.permissions();
        return TenantRole.of(role, permissions.keys(), permissions.ofSystemRoles());
    }

    Membership member(TenantId tenant, UserId user) {
        return persistence.memberships().find(tenant, user).orElseThrow(() -> new NotFound("member", user));
    }

    Optional<RoleAssignment> assignment(TenantId tenant, UserId user, RoleKey role) {
        return persistence.roles().of(tenant, user).stream()
                .filter(held -> held.role().equals(role))
                .findFirst();
    }

    /** @param end of what is given; empty for ever */
    void requireToGive(TenantId tenant, TenantRole role, Instant now, Optional<Instant> end) {
        requireOwnerFor(tenant, role, now, end);
        acting.requireToGrant(tenant, role.permissions(), end);
    }

    void requireToTake(TenantId tenant, TenantRole role, Instant now) {
        requireOwnerFor(tenant, role, now, Optional.of(now));
        acting.requireToTake(tenant, role.permissions());
    }

    /** Refuses to take from somebody what makes them the tenant's last owner for good. */
    void requireAnotherOwner(Membership member, Optional<RoleAssignment> taken) {
        var tenant = member.tenantId();
        LastOwner.requireAnother(
                tenant,
                member.isActive()
                        && persistence.users().isActive(member.userId())
                        && taken.filter(RoleAssignment::isLastingOwner).isPresent(),
                persistence.roles().countHolders(tenant, SystemRole.OWNER.key(), LastOwner.END_OF_TIME));
    }

    /** To hold all permissions is not to be an owner: there may be more tomorrow. */
    private void requireOwnerFor(TenantId tenant, TenantRole role, Instant now, Optional<Instant> end) {
        if (role.key().equals(SystemRole.OWNER.key()) && !isOwner(tenant, now, end)) {
            throw Forbidden.because(
                    "owner-only", "This is for owners of the tenant, for no longer than they are owners.");
        }
    }

    private boolean isOwner(TenantId tenant, Instant now, Optional<Instant> end) {
        return acting.caller().isOperator()
                || acting.actor() instanceof Actor.User user
                        && persistence
                                .memberships()
                                .find(tenant, user.id())
                                .filter(Membership::isActive)
                                .isPresent()
                        && assignment(tenant, user.id(), SystemRole.OWNER.key())
                                .filter(held -> held.isValid(now) && held.lasts(end))
                                .isPresent();
    }
}
