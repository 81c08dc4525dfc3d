package io.allotment.application.access;

import io.allotment.domain.Persistence;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.LastOwner;
import io.allotment.domain.access.RoleAssignment;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Membership;
import java.time.Instant;
import java.util.Optional;

/**
 * Who is an owner of a tenant, and that it keeps one. Read in the open unit of work, as it stands there, once nobody else
 * changes rights.
 */
public final class Owners {

    private static final RoleKey OWNER = SystemRole.OWNER.key();

    private final Persistence persistence;
    private final Acting acting;

    public Owners(Persistence persistence, Acting acting) {
        this.persistence = persistence;
        this.acting = acting;
    }

    /**
     * Refuses everybody but operators and people who are owners.
     *
     * @param end until when they must be, so that nobody gives for longer than they have; empty for ever
     */
    public void require(TenantId tenant, Instant now, Optional<Instant> end) {
        boolean isOwner = acting.caller().isOperator()
                || acting.actor() instanceof Actor.User user
                        && isActive(tenant, user.id())
                        && assignment(tenant, user.id())
                                .filter(held -> held.isValid(now) && held.lasts(end))
                                .isPresent();
        if (!isOwner) {
            throw Forbidden.because(
                    "owner-only", "This is for owners of the tenant, for no longer than they are owners.");
        }
    }

    /** Refuses to take from the tenant the last owner it has for good. */
    public void requireAnother(Membership leaving) {
        var tenant = leaving.tenantId();
        LastOwner.requireAnother(
                tenant,
                isActive(leaving)
                        && assignment(tenant, leaving.userId())
                                .filter(RoleAssignment::isLastingOwner)
                                .isPresent(),
                persistence.roles().countHolders(tenant, OWNER, LastOwner.END_OF_TIME));
    }

    /** Refuses to shut the last owner that the tenant has for good out of the platform; a tenant of one goes with its person. */
    public void requireAnother(TenantId tenant, UserId leaving) {
        if (persistence.tenants().findPerson(tenant).isPresent()) {
            return;
        }
        try {
            persistence.memberships().find(tenant, leaving).ifPresent(this::requireAnother);
        } catch (LastOwner refused) {
            throw LastOwner.unlessNamed(tenant);
        }
    }

    /** Who was shut out of the platform holds nothing in any tenant. */
    public boolean isActive(TenantId tenant, UserId user) {
        return persistence
                .memberships()
                .find(tenant, user)
                .filter(this::isActive)
                .isPresent();
    }

    private boolean isActive(Membership member) {
        return member.isActive() && persistence.users().isActive(member.userId());
    }

    private Optional<RoleAssignment> assignment(TenantId tenant, UserId user) {
        return persistence.roles().of(tenant, user).stream()
                .filter(held -> held.role().equals(OWNER))
                .findFirst();
    }
}
