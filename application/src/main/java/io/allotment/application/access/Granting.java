package io.allotment.application.access;

import io.allotment.domain.Persistence;
import io.allotment.domain.access.RoleAssignment;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.access.TenantRole;
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
    private final Owners owners;

    Granting(Persistence persistence, Acting acting) {
        this.persistence = persistence;
        this.acting = acting;
        this.owners = new Owners(persistence, acting);
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

    /** Refuses to take from somebody what makes them the tenant's last owner for good. */
    void requireAnotherOwner(Membership member, TenantRole taken) {
        if (taken.key().equals(SystemRole.OWNER.key())) {
            owners.requireAnother(member);
        }
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

    /** To hold all permissions is not to be an owner: there may be more tomorrow. */
    private void requireOwnerFor(TenantId tenant, TenantRole role, Instant now, Optional<Instant> end) {
        if (role.key().equals(SystemRole.OWNER.key())) {
            owners.require(tenant, now, end);
        }
    }
}
