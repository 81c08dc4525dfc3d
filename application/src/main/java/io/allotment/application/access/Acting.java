package io.allotment.application.access;

import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Caller;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.Right;
import io.allotment.domain.access.Rights;
import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * The caller that a service works for: whether they may, and that the audit log says what they did. Each service asks first,
 * before it opens a unit of work. Thread-safe.
 */
public final class Acting {

    private static final int SALT_BYTES = 16;

    private final Caller caller;
    private final AccessCache access;
    private final Persistence persistence;
    private final Moments moments;
    private final RandomGenerator secrets;

    /** @param secrets unpredictable and thread-safe */
    public Acting(
            Caller caller, AccessCache access, Persistence persistence, Moments moments, RandomGenerator secrets) {
        this.caller = caller;
        this.access = access;
        this.persistence = persistence;
        this.moments = moments;
        this.secrets = secrets;
    }

    /** The same for another caller. */
    public Acting as(Caller other) {
        return new Acting(other, access, persistence, moments, secrets);
    }

    public Caller caller() {
        return caller;
    }

    public Actor actor() {
        return caller.actor();
    }

    /**
     * Refuses a caller who does not hold one of Allotment's own permissions in the tenant ({@link Forbidden}), and one who does
     * not belong to it in the same way as if there were no such tenant ({@link NotFound}). Operators may everything, also in
     * tenants that there are not: what is done finds that out.
     */
    public void require(TenantId tenant, Right right) {
        require(tenant, right.key());
    }

    /** The same for any permission. */
    public void require(TenantId tenant, PermissionKey permission) {
        if (!holds(tenant, permission)) {
            throw Forbidden.missing(permission);
        }
    }

    /** Whether {@link #require} would let the caller go on; refuses who does not belong to the tenant. */
    public boolean holds(TenantId tenant, PermissionKey permission) {
        if (mayReadAnyway(permission)) {
            return true;
        }
        var rights = rightsOf(tenant);
        if (rights.isEmpty() && !caller.readsAll()) {
            throw new NotFound("tenant", tenant);
        }
        return rights.filter(held -> held.holds(permission, moments.now())).isPresent();
    }

    private boolean mayReadAnyway(PermissionKey permission) {
        return caller.isOperator() || caller.readsAll() && permission.action().equals("read");
    }

    /** Refuses who does not belong to the tenant, as if there were no such tenant. */
    public void requireMember(TenantId tenant) {
        if (!caller.readsAll()) {
            rightsIn(tenant);
        }
    }

    /** Refuses everybody but operators; who does not belong to the tenant is not told that there is one. */
    public void requireOperator(TenantId tenant) {
        requireMember(tenant);
        requireOperator();
    }

    /** Refuses everybody but operators. */
    public void requireOperator() {
        if (!caller.isOperator()) {
            throw Forbidden.platformOnly();
        }
    }

    /** Refuses who may not read across tenants. */
    public void requireReadsAll() {
        if (!caller.readsAll()) {
            throw Forbidden.platformOnly();
        }
    }

    /**
     * Refuses to give on what the caller does not hold themselves, and for longer than they do: operators may.
     *
     * @param end of what is given; empty for ever
     */
    public void requireToGrant(TenantId tenant, Iterable<PermissionKey> permissions, Optional<Instant> end) {
        if (caller.isOperator()) {
            return;
        }
        var rights = rightsIn(tenant);
        var now = moments.now();
        for (var permission : permissions) {
            if (!rights.holds(permission, now)) {
                throw Forbidden.notHeld(permission);
            }
            if (!rights.holds(permission, now, end)) {
                throw Forbidden.notHeldSoLong(permission);
            }
        }
    }

    /** Refuses to take away what the caller does not hold themselves: operators may. */
    public void requireToTake(TenantId tenant, Iterable<PermissionKey> permissions) {
        if (caller.isOperator()) {
            return;
        }
        var rights = rightsIn(tenant);
        var now = moments.now();
        for (var permission : permissions) {
            if (!rights.holds(permission, now)) {
                throw Forbidden.notHeldToTake(permission);
            }
        }
    }

    private Rights rightsIn(TenantId tenant) {
        return rightsOf(tenant).orElseThrow(() -> new NotFound("tenant", tenant));
    }

    private Optional<Rights> rightsOf(TenantId tenant) {
        boolean isOthers = caller.tenant().filter(own -> !own.equals(tenant)).isPresent();
        return isOthers ? Optional.empty() : access.now(tenant, caller.actor());
    }

    /**
     * Changes the rights of a tenant, in its unit of work: one such change after another, and known in this process as soon as
     * it is done. Refuses a tenant that there is not.
     */
    public <T> T changingRights(TenantId tenant, Supplier<T> change) {
        try {
            return persistence.unitOfWork().forTenant(tenant, () -> {
                if (!persistence.tenants().lockRights(tenant)) {
                    throw new NotFound("tenant", tenant);
                }
                return change.get();
            });
        } finally {
            access.changed(tenant);
        }
    }

    /**
     * The same for who holds the permission, which is asked before the unit of work is opened, and again in it: nobody changes
     * rights on the strength of one that was taken away meanwhile.
     */
    public <T> T changingRights(TenantId tenant, Right right, Supplier<T> change) {
        require(tenant, right);
        return changingRights(tenant, () -> {
            require(tenant, right);
            return change.get();
        });
    }

    /** The same for what concerns all tenants, in the platform's unit of work. */
    public <T> T changingCatalogue(Supplier<T> change) {
        try {
            return persistence.unitOfWork().forPlatform(change);
        } finally {
            access.catalogueChanged();
        }
    }

    /**
     * Runs a unit of work that changes of rights may join: what they changed is known in this process when the unit is done,
     * too, since it cannot be seen before.
     *
     * @param tenant whose unit it is; empty for the platform's
     */
    public <T> T enclosingChanges(Optional<TenantId> tenant, Supplier<T> unit) {
        long before = access.changes();
        try {
            return unit.get();
        } finally {
            if (access.changes() != before) {
                tenant.ifPresentOrElse(access::changed, access::catalogueChanged);
            }
        }
    }

    /** Changes the tenant from the platform's unit of work; what this process knows of rights in it is forgotten with that. */
    public <T> T changingTenant(TenantId tenant, Supplier<T> change) {
        try {
            return persistence.unitOfWork().forPlatform(change);
        } finally {
            access.changed(tenant);
        }
    }

    /** Changes who has a role on the platform, in its unit of work; known in this process as soon as it is done. */
    public <T> T changingPlatformRoles(Supplier<T> change) {
        try {
            return persistence.unitOfWork().forPlatform(change);
        } finally {
            access.platformRolesChanged();
        }
    }

    /**
     * Writes the tenant's audit log, in the open unit of work and with it. To be called last, since the log's end stays locked
     * until the unit ends.
     */
    public void record(TenantId tenant, AuditEvent event) {
        append(Optional.of(tenant), event);
    }

    /** Writes the platform's audit log, in the platform's open unit of work. */
    public void record(AuditEvent event) {
        append(Optional.empty(), event);
    }

    private void append(Optional<TenantId> tenant, AuditEvent event) {
        var salt = new byte[SALT_BYTES];
        secrets.nextBytes(salt);
        var log = persistence.audit();
        log.append(AuditEntry.after(
                log.lockHead(tenant),
                moments.now(),
                caller.actor(),
                event,
                caller.origin(),
                HexFormat.of().formatHex(salt)));
    }
}
