package io.allotment.application.credit;

import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Tenant;
import java.util.Optional;

/**
 * How much members and keys may spend. The gate counts. Methods refuse a tenant that does not exist ({@link NotFound}).
 * Thread-safe.
 */
public final class SpendLimitService {

    private final Persistence persistence;
    private final Moments moments;

    public SpendLimitService(Persistence persistence, Moments moments) {
        this.persistence = persistence;
        this.moments = moments;
    }

    /**
     * Sets the limit, new or changed; what was spent in the present period counts, also before there was a limit. Refuses a
     * member who is none.
     */
    public SpendLimit set(TenantId tenantId, SpendLimit.Spender spender, SpendLimit.Window window, Credits limit) {
        return persistence.unitOfWork().forTenant(tenantId, () -> {
            var tenant = tenant(tenantId);
            requireKnown(tenantId, spender);
            var ref = new SpendLimit.Ref(tenantId, spender, window);
            var set = present(tenant, ref)
                    .orElseGet(() -> begun(tenant, ref, limit))
                    .withLimit(limit);
            persistence.spendLimits().save(set);
            return set;
        });
    }

    /** Locked: whoever counts on it waits, and other charges do not. */
    private Optional<SpendLimit> present(Tenant tenant, SpendLimit.Ref ref) {
        return persistence.spendLimits().lock(ref).map(stored -> stored.at(moments.now(), tenant.timeZone()));
    }

    private SpendLimit begun(Tenant tenant, SpendLimit.Ref ref, Credits limit) {
        // With all accounts held, no charge is under way that would not be counted.
        persistence.accounts().lockAll(tenant.id());
        // Another may have begun it while we waited, and charges count on it since.
        return present(tenant, ref).orElseGet(() -> {
            var period = ref.window().at(moments.now(), tenant.timeZone());
            var spent = persistence.spendLimits().spentIn(tenant.id(), ref.spender(), period);
            return new SpendLimit(tenant.id(), ref.spender(), ref.window(), limit, period, spent);
        });
    }

    /** Refuses one that is not there. */
    public void remove(TenantId tenantId, SpendLimit.Spender spender, SpendLimit.Window window) {
        persistence.unitOfWork().forTenant(tenantId, () -> {
            tenant(tenantId);
            if (!persistence.spendLimits().remove(new SpendLimit.Ref(tenantId, spender, window))) {
                throw new NotFound("spend limit", spender.id());
            }
        });
    }

    /** All limits with what is spent in the present period, by kind, id and window. */
    public Page<SpendLimit> list(TenantId tenantId, PageRequest page) {
        return persistence.unitOfWork().forTenant(tenantId, () -> {
            var zone = tenant(tenantId).timeZone();
            var now = moments.now();
            return persistence.spendLimits().list(tenantId, page).map(limit -> limit.at(now, zone));
        });
    }

    private void requireKnown(TenantId tenant, SpendLimit.Spender spender) {
        if (spender.kind() == SpendLimit.Spender.Kind.MEMBER
                && persistence
                        .memberships()
                        .find(tenant, new UserId(spender.id()))
                        .isEmpty()) {
            throw new Unknown("member", "spender", spender.id());
        }
    }

    private Tenant tenant(TenantId id) {
        return persistence.tenants().find(id).orElseThrow(() -> new NotFound("tenant", id));
    }
}
