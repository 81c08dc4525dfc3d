package io.allotment.application.tenancy;

import io.allotment.application.shared.Moments;
import io.allotment.application.subscription.SubscriptionService;
import io.allotment.domain.Persistence;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Membership;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.domain.tenancy.Thresholds;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Tenants and who belongs to them. Thread-safe. */
public final class TenantService {

    private final Persistence persistence;
    private final SubscriptionService subscriptions;
    private final Ids ids;
    private final Moments moments;

    public TenantService(Persistence persistence, SubscriptionService subscriptions, Ids ids, Moments moments) {
        this.persistence = persistence;
        this.subscriptions = subscriptions;
        this.ids = ids;
        this.moments = moments;
    }

    /**
     * Creates a tenant with its billing account, subscribed to the catalogue's default plan where there is one. Refuses a
     * taken name or slug.
     */
    public Tenant create(TenantProfile profile) {
        return persistence.unitOfWork().forPlatform(() -> {
            var tenant = Tenant.created(new TenantId(ids.next()), profile, moments.now());
            persistence.tenants().insert(tenant);
            subscriptions.openTenantAccount(tenant);
            return tenant;
        });
    }

    /** The tenant; refuses an unknown one ({@link NotFound}), as all methods here do. */
    public Tenant get(TenantId id) {
        return persistence.unitOfWork().forTenant(id, () -> require(id));
    }

    public Tenant getBySlug(Slug slug) {
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.tenants().findBySlug(slug))
                .orElseThrow(() -> new NotFound("tenant", slug));
    }

    /** All tenants, oldest first. */
    public Page<Tenant> list(PageRequest page) {
        return persistence.unitOfWork().forPlatform(() -> persistence.tenants().list(page));
    }

    /**
     * Changes the profile.
     *
     * @param readAt the version the change was made on, where somebody else's change in between must not be lost
     */
    public Tenant update(TenantId id, Optional<Long> readAt, UnaryOperator<TenantProfile> change) {
        return changed(id, readAt, tenant -> tenant.with(change.apply(tenant.profile()), moments.now()));
    }

    /**
     * Changes when the tenant hears of used quotas and low credits.
     *
     * @param readAt the version the change was made on, where somebody else's change in between must not be lost
     */
    public Tenant setThresholds(TenantId id, Optional<Long> readAt, Thresholds thresholds) {
        return changed(id, readAt, tenant -> tenant.with(thresholds, moments.now()));
    }

    /** Has the gate deny everything until it is reactivated; nothing is lost. Nothing happens to a suspended one. */
    public Tenant suspend(TenantId id) {
        return persistence.unitOfWork().forPlatform(() -> {
            var tenant = require(id);
            return saved(tenant, tenant.suspended(moments.now()));
        });
    }

    /** Ends a suspension. Nothing happens to an active tenant. */
    public Tenant reactivate(TenantId id) {
        return persistence.unitOfWork().forPlatform(() -> {
            var tenant = require(id);
            return saved(tenant, tenant.reactivated(moments.now()));
        });
    }

    /** Deletes the tenant with everything that belongs to it, for good. */
    public void delete(TenantId id) {
        persistence.unitOfWork().forPlatform(() -> {
            if (!persistence.tenants().delete(id)) {
                throw new NotFound("tenant", id);
            }
        });
    }

    /**
     * Makes a user a member. Refuses a user who does not exist or is a member already.
     *
     * @param displayName what the tenant calls them
     */
    public Membership addMember(TenantId id, UserId user, String displayName) {
        return persistence.unitOfWork().forTenant(id, () -> {
            require(id);
            var membership = new Membership(id, user, displayName, moments.now());
            persistence.memberships().insert(membership);
            return membership;
        });
    }

    public Page<Membership> listMembers(TenantId id, PageRequest page) {
        return persistence.unitOfWork().forTenant(id, () -> {
            require(id);
            return persistence.memberships().list(id, page);
        });
    }

    private Tenant changed(TenantId id, Optional<Long> readAt, UnaryOperator<Tenant> change) {
        return persistence.unitOfWork().forTenant(id, () -> {
            var tenant = require(id);
            if (readAt.isPresent() && readAt.get() != tenant.version()) {
                throw new StaleVersion("tenant", id);
            }
            return saved(tenant, change.apply(tenant));
        });
    }

    private Tenant require(TenantId id) {
        return persistence.tenants().find(id).orElseThrow(() -> new NotFound("tenant", id));
    }

    private Tenant saved(Tenant before, Tenant after) {
        if (after.version() != before.version()) {
            persistence.tenants().update(after);
        }
        return after;
    }
}
