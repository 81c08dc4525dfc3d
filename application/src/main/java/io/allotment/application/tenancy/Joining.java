package io.allotment.application.tenancy;

import io.allotment.domain.Persistence;
import io.allotment.domain.access.RoleAssignment;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.tenancy.Membership;
import io.allotment.domain.tenancy.PersonalTenant;
import io.allotment.domain.tenancy.Seats;
import java.util.Optional;

/** How somebody becomes a member: within the tenant's seats, with a role. Under the lock of the tenant's rights. */
final class Joining {

    private final Persistence persistence;

    Joining(Persistence persistence) {
        this.persistence = persistence;
    }

    /**
     * Refuses a personal tenant, a tenant whose seats are taken, somebody who is a member already, and a user or a role that
     * there is not.
     *
     * @param grantedBy empty where the platform's operator or the product itself did
     */
    void join(Membership membership, RoleKey role, Optional<UserId> grantedBy) {
        var tenant = membership.tenantId();
        requireShared(tenant);
        var seats = seats(tenant);
        persistence.memberships().insert(membership);
        seats.requireFree();
        give(membership, role, grantedBy);
    }

    /** The first member of a new tenant, who needs no seat. */
    void found(Membership membership, RoleKey role) {
        persistence.memberships().insert(membership);
        give(membership, role, Optional.empty());
    }

    private void give(Membership membership, RoleKey role, Optional<UserId> grantedBy) {
        persistence
                .roles()
                .assign(new RoleAssignment(
                        membership.tenantId(),
                        membership.userId(),
                        role,
                        grantedBy,
                        membership.createdAt(),
                        Optional.empty()));
    }

    /** Refuses a personal tenant. */
    void requireShared(TenantId tenant) {
        if (persistence.tenants().findPerson(tenant).isPresent()) {
            throw new PersonalTenant(tenant);
        }
    }

    /**
     * Those of the plan that the tenant's account is on, or was on last; no limit where there never was one. A personal tenant
     * has one.
     */
    Seats seats(TenantId tenant) {
        long used = persistence.memberships().countActive(tenant);
        return new Seats(
                used, persistence.tenants().findPerson(tenant).isPresent() ? Optional.of(1L) : planned(tenant));
    }

    private Optional<Long> planned(TenantId tenant) {
        return persistence
                .subscriptions()
                .findCurrent(tenant, BillingAccount.idOf(tenant))
                .flatMap(subscription -> persistence.catalog().findVersion(subscription.planVersionId()))
                .flatMap(version -> Seats.limit(version.terms()));
    }
}
