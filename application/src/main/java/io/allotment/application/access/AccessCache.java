package io.allotment.application.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Interner;
import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.PermissionIndex;
import io.allotment.domain.access.Rights;
import io.allotment.domain.access.RoleAssignment;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Membership;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What everybody may, kept in the process under the versions of the tenant and the catalogue that it belongs to. The gate asks
 * at the versions it decides on, which are compared in its transaction, so it is exact. Whoever asks for the present may be
 * told what held a second ago, if another process changed it; what this one changed is known at once. Thread-safe.
 */
public final class AccessCache {

    /** Stands for the version of a tenant that there is not. */
    private static final long NO_TENANT = -1;

    /** So long the versions are taken for the present ones. */
    private static final Duration MEMORY = Duration.ofSeconds(1);

    private final Persistence persistence;
    private final Moments moments;
    private final Cache<TenantId, Standing> standings = cache(100_000);
    private final Cache<Member, Known> members = cache(500_000);
    /** Of tenants that there are not: apart, so that whoever asks for any drives nobody out. */
    private final Cache<Member, Known> nowhere = cache(100_000);

    private final Cache<Key, Known> keys = cache(100_000);
    /** Those who have the same roles share one object: there is less to keep, and it is near when it is asked. */
    private final Interner<Rights> same = Interner.newWeakInterner();
    /** Counts what this process changed: what was read before a change must not be kept after it. */
    private final AtomicLong changes = new AtomicLong();

    private final AtomicLong platformChanges = new AtomicLong();

    private volatile PermissionsAt permissions = new PermissionsAt(-1, new PermissionIndex(Set.of()), Map.of());

    /** Which versions were the present ones at a moment; the tenant's is NO_TENANT where there is none. */
    private record Standing(long rightsVersion, long catalogVersion, Instant readAt, Instant until) {

        boolean isFresh(Instant now) {
            return now.isBefore(until) && !now.isBefore(readAt);
        }
    }

    private record Member(TenantId tenant, UserId user) {}

    private record Key(TenantId tenant, Actor.ApiKey key) {}

    /** @param heldOrNull null for who is not, or not actively, a member, and for a key that there is not, or that was revoked */
    private record Known(long rightsVersion, long catalogVersion, Rights heldOrNull) {

        static Known of(long rightsVersion, long catalogVersion, Optional<Rights> rights) {
            return new Known(rightsVersion, catalogVersion, rights.orElse(null));
        }

        boolean isAt(long rights, long catalog) {
            return rightsVersion == rights && catalogVersion == catalog;
        }

        Optional<Rights> rights() {
            return Optional.ofNullable(heldOrNull);
        }
    }

    private record PermissionsAt(
            long catalogVersion, PermissionIndex index, Map<SystemRole, Set<PermissionKey>> ofSystemRoles) {}

    public AccessCache(Persistence persistence, Moments moments) {
        this.persistence = persistence;
        this.moments = moments;
    }

    private static <K, V> Cache<K, V> cache(int size) {
        // It tidies up in the thread that comes by: to wake another one costs more.
        return Caffeine.newBuilder().maximumSize(size).executor(Runnable::run).build();
    }

    /** What the actor may at these versions of the tenant and the catalogue; empty where they do not belong to it. */
    public Optional<Rights> at(long rightsVersion, long catalogVersion, TenantId tenant, Actor actor) {
        if (actor instanceof Actor.User user) {
            return ofMember(rightsVersion, catalogVersion, tenant, user.id());
        }
        if (actor instanceof Actor.ApiKey key) {
            return ofKey(rightsVersion, catalogVersion, tenant, key);
        }
        return Optional.of(Rights.all(permissions(catalogVersion, tenant).index()));
    }

    /**
     * What the actor may now; empty where they do not belong to the tenant, or there is no such tenant. Inside a unit of work
     * as it stands there, exactly.
     */
    public Optional<Rights> now(TenantId tenant, Actor actor) {
        return now(tenant, actor, moments.now());
    }

    /** Whether the actor holds the permission now; false for whom {@link #now} is empty. */
    public boolean holds(TenantId tenant, Actor actor, PermissionKey permission) {
        var now = moments.now();
        var rights = now(tenant, actor, now);
        return rights.isPresent() && rights.get().holds(permission, now);
    }

    /**
     * Reads what the actor may, where nothing is known of them or this process has changed rights in the tenant: for whoever
     * will ask {@link #at} while others wait.
     */
    public void prepare(TenantId tenant, Actor actor) {
        if (standings.getIfPresent(tenant) == null || !isKnown(tenant, actor)) {
            now(tenant, actor);
        }
    }

    private boolean isKnown(TenantId tenant, Actor actor) {
        if (actor instanceof Actor.User user) {
            return members.getIfPresent(new Member(tenant, user.id())) != null;
        }
        return !(actor instanceof Actor.ApiKey key) || keys.getIfPresent(new Key(tenant, key)) != null;
    }

    private Optional<Rights> now(TenantId tenant, Actor actor, Instant now) {
        return persistence.unitOfWork().isOpen() ? apart().present(tenant, actor, now) : present(tenant, actor, now);
    }

    /**
     * One that knows nothing yet, for inside a unit of work: that may have changed rights, and may be undone, so that nothing of
     * what it sees may be kept for others.
     */
    public AccessCache apart() {
        return new AccessCache(persistence, moments);
    }

    /** Users are looked for in a tenant that there is not just as in others', which are not to be told from it by the work. */
    private Optional<Rights> present(TenantId tenant, Actor actor, Instant now) {
        var standing = standing(tenant, now);
        return standing.rightsVersion() == NO_TENANT && !(actor instanceof Actor.User)
                ? Optional.empty()
                : at(standing.rightsVersion(), standing.catalogVersion(), tenant, actor);
    }

    /** Forgets what was the present: to be called when a change of rights is done, and may be before. */
    public void changed(TenantId tenant) {
        changes.incrementAndGet();
        standings.invalidate(tenant);
    }

    /** The same for a change of the catalogue, which concerns all tenants. */
    public void catalogueChanged() {
        changes.incrementAndGet();
        standings.invalidateAll();
    }

    /** The same for roles on the platform, which this cache does not keep: whoever keeps them asks for {@link #platformChanges}. */
    void platformRolesChanged() {
        platformChanges.incrementAndGet();
    }

    /** How often this process has changed roles on the platform. */
    public long platformChanges() {
        return platformChanges.get();
    }

    /** How often this process has changed something: what was known at another number may be old. */
    public long changes() {
        return changes.get();
    }

    private Standing standing(TenantId tenant, Instant now) {
        var known = standings.getIfPresent(tenant);
        if (known != null && known.isFresh(now)) {
            return known;
        }
        long before = changes.get();
        var read = in(
                tenant,
                () -> new Standing(
                        persistence.tenants().rightsVersion(tenant).orElse(NO_TENANT),
                        persistence.catalog().version(),
                        now,
                        now.plus(MEMORY)));
        standings.put(tenant, read);
        if (changes.get() != before) {
            // Who changed something forgot it before this was put, perhaps.
            standings.invalidate(tenant);
        }
        return read;
    }

    private Optional<Rights> ofMember(long rightsVersion, long catalogVersion, TenantId tenant, UserId user) {
        var member = new Member(tenant, user);
        var kept = rightsVersion == NO_TENANT ? nowhere : members;
        var known = kept.getIfPresent(member);
        if (known == null || !known.isAt(rightsVersion, catalogVersion)) {
            var all = permissions(catalogVersion, tenant);
            known = Known.of(rightsVersion, catalogVersion, in(tenant, () -> read(all, tenant, user)));
            kept.put(member, known);
        }
        return known.rights();
    }

    private Optional<Rights> read(PermissionsAt all, TenantId tenant, UserId user) {
        return persistence
                .memberships()
                .find(tenant, user)
                .filter(Membership::isActive)
                .filter(membership -> persistence.users().isActive(user))
                .map(membership -> {
                    var assignments = persistence.roles().of(tenant, user);
                    var own = assignments.stream()
                            .map(RoleAssignment::role)
                            .filter(role -> SystemRole.of(role).isEmpty())
                            .collect(Collectors.toSet());
                    return same.intern(Rights.of(
                            all.index(),
                            assignments,
                            all.ofSystemRoles(),
                            persistence.roles().permissions(tenant, own)));
                });
    }

    private Optional<Rights> ofKey(long rightsVersion, long catalogVersion, TenantId tenant, Actor.ApiKey actor) {
        var key = new Key(tenant, actor);
        var known = keys.getIfPresent(key);
        if (known == null || !known.isAt(rightsVersion, catalogVersion)) {
            var rights = in(tenant, () -> read(rightsVersion, catalogVersion, tenant, actor));
            known = Known.of(rightsVersion, catalogVersion, rights);
            keys.put(key, known);
        }
        return known.rights();
    }

    /** Who says that a key acts for another member than its owner is not believed. */
    private Optional<Rights> read(long rightsVersion, long catalogVersion, TenantId tenant, Actor.ApiKey actor) {
        return persistence
                .apiKeys()
                .find(tenant, actor.id())
                .filter(key -> key.revokedAt().isEmpty() && key.owner().equals(actor.member()))
                .flatMap(key -> key.owner()
                        .map(owner -> ofMember(rightsVersion, catalogVersion, tenant, owner))
                        .orElseGet(() -> Optional.of(
                                Rights.all(permissions(catalogVersion, tenant).index())))
                        .map(rights -> rights.within(key.settings().scopes()))
                        .map(rights -> key.expiresAt().map(rights::until).orElse(rights)));
    }

    private PermissionsAt permissions(long catalogVersion, TenantId tenant) {
        var present = permissions;
        if (present.catalogVersion() != catalogVersion) {
            present = in(
                    tenant,
                    () -> new PermissionsAt(
                            catalogVersion,
                            new PermissionIndex(persistence.permissions().keys()),
                            persistence.permissions().ofSystemRoles()));
            permissions = present;
        }
        return present;
    }

    private <T> T in(TenantId tenant, Supplier<T> read) {
        var units = persistence.unitOfWork();
        return units.isOpen() ? read.get() : units.forTenant(tenant, read);
    }
}
