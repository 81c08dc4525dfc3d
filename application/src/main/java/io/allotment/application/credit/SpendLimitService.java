package io.allotment.application.credit;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Right;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Tenant;
import java.util.Map;
import java.util.Optional;

/**
 * How much members and keys may spend. The gate counts. Methods refuse a tenant that does not exist ({@link NotFound}).
 * Thread-safe.
 */
public final class SpendLimitService {

    private final Persistence persistence;
    private final Moments moments;
    private final Acting acting;

    public SpendLimitService(Persistence persistence, Moments moments, Acting acting) {
        this.persistence = persistence;
        this.moments = moments;
        this.acting = acting;
    }

    /**
     * Sets the limit, new or changed; what was spent in the present period counts, also before there was a limit. Refuses a
     * member who is none.
     */
    public SpendLimit set(TenantId tenantId, SpendLimit.Spender spender, SpendLimit.Window window, Credits limit) {
        acting.require(tenantId, Right.LIMIT_MANAGE);
        return persistence.unitOfWork().forTenant(tenantId, () -> {
            var tenant = tenant(tenantId);
            requireKnown(tenantId, spender);
            var ref = new SpendLimit.Ref(tenantId, spender, window);
            var before = present(tenant, ref).or(() -> presentWithAllHeld(tenant, ref));
            var set = before.orElseGet(() -> begun(tenant, ref, limit)).withLimit(limit);
            persistence.spendLimits().save(set);
            if (before.filter(earlier -> earlier.limit().equals(limit)).isEmpty()) {
                acting.record(
                        tenantId,
                        event("spend-limit.set", ref)
                                .from(limit(before.map(SpendLimit::limit)))
                                .to(limit(Optional.of(limit))));
            }
            return set;
        });
    }

    /** Locked: whoever counts on it waits, and other charges do not. */
    private Optional<SpendLimit> present(Tenant tenant, SpendLimit.Ref ref) {
        return persistence.spendLimits().lock(ref).map(stored -> stored.at(moments.now(), tenant.timeZone()));
    }

    /** Another may have begun it while we waited, and charges count on it since. */
    private Optional<SpendLimit> presentWithAllHeld(Tenant tenant, SpendLimit.Ref ref) {
        // With all accounts held, no charge is under way that would not be counted.
        persistence.accounts().lockAll(tenant.id());
        return present(tenant, ref);
    }

    private SpendLimit begun(Tenant tenant, SpendLimit.Ref ref, Credits limit) {
        var period = ref.window().at(moments.now(), tenant.timeZone());
        var spent = persistence.spendLimits().spentIn(tenant.id(), ref.spender(), period);
        return new SpendLimit(tenant.id(), ref.spender(), ref.window(), limit, period, spent);
    }

    /** Refuses one that is not there. */
    public void remove(TenantId tenantId, SpendLimit.Spender spender, SpendLimit.Window window) {
        acting.require(tenantId, Right.LIMIT_MANAGE);
        persistence.unitOfWork().forTenant(tenantId, () -> {
            tenant(tenantId);
            var ref = new SpendLimit.Ref(tenantId, spender, window);
            var removed = persistence.spendLimits().lock(ref);
            if (removed.isEmpty() || !persistence.spendLimits().remove(ref)) {
                throw new NotFound("spend limit", spender.id());
            }
            acting.record(tenantId, event("spend-limit.removed", ref).from(limit(removed.map(SpendLimit::limit))));
        });
    }

    /** All limits with what is spent in the present period, by kind, id and window. */
    public Page<SpendLimit> list(TenantId tenantId, PageRequest page) {
        acting.require(tenantId, Right.ACCOUNT_READ);
        return persistence.unitOfWork().forTenant(tenantId, () -> {
            var zone = tenant(tenantId).timeZone();
            var now = moments.now();
            return persistence.spendLimits().list(tenantId, page).map(limit -> limit.at(now, zone));
        });
    }

    private static AuditEvent event(String action, SpendLimit.Ref ref) {
        var spender = ref.spender();
        return AuditEvent.of(action, "spend-limit", spender.kind() + "." + spender.id() + "." + ref.window());
    }

    private static Map<String, Object> limit(Optional<Credits> limit) {
        return AuditValues.of("limit", limit).map();
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
