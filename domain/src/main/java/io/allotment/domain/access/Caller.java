package io.allotment.domain.access;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.util.Optional;

/**
 * Who calls, and from where. {@link Actor.System} may everything; anybody else what their rights say.
 *
 * @param tenant whose key it is; empty for all others
 * @param platform what a user may across tenants
 */
public record Caller(Actor actor, Optional<TenantId> tenant, Optional<PlatformRole> platform, Origin origin) {

    /** The product itself, in this process. */
    public static final Caller SYSTEM = system(Origin.HERE);

    public Caller {
        requireNonNull(actor, "actor");
        requireNonNull(platform, "platform");
        requireNonNull(origin, "origin");
        if (platform.isPresent() && !(actor instanceof Actor.User)) {
            throw new IllegalArgumentException("only a user has a role on the platform");
        }
        if (tenant.isPresent() != actor instanceof Actor.ApiKey) {
            throw new IllegalArgumentException("a key has a tenant, and nobody else has");
        }
    }

    /** The bearer of the root key, and the product itself. */
    public static Caller system(Origin origin) {
        return new Caller(Actor.system(), Optional.empty(), Optional.empty(), origin);
    }

    /** Somebody who signed in. */
    public static Caller user(UserId user, Origin origin) {
        return new Caller(Actor.user(user), Optional.empty(), Optional.empty(), origin);
    }

    /** A program with a key of the tenant, or of one of its members. */
    public static Caller key(TenantId tenant, ApiKeyId key, Optional<UserId> member, Origin origin) {
        return new Caller(new Actor.ApiKey(key, member), Optional.of(tenant), Optional.empty(), origin);
    }

    /** Somebody who signed in, with a role on the platform. */
    public static Caller user(UserId user, PlatformRole role, Origin origin) {
        return new Caller(Actor.user(user), Optional.empty(), Optional.of(role), origin);
    }

    /** Whether all of it is open to them: the bearer of the root key, the product itself, and operators. */
    public boolean isOperator() {
        return actor instanceof Actor.System
                || platform.filter(PlatformRole.OPERATOR::equals).isPresent();
    }

    /** Whether they may read across tenants. */
    public boolean readsAll() {
        return isOperator() || platform.isPresent();
    }
}
