package io.allotment.application.apikey;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Right;
import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.apikey.ApiKeySettings;
import io.allotment.domain.apikey.KeySecret;
import io.allotment.domain.apikey.TooManyApiKeys;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/**
 * API keys: a tenant's own, and its members'. Who may manage keys sees and changes all of the tenant's; a member with the right
 * to own ones sees and changes those alone, and to them others' do not exist. Thread-safe.
 */
public final class ApiKeyService {

    private final Persistence persistence;
    private final KeyVerifier verifier;
    private final Ids ids;
    private final Moments moments;
    private final RandomGenerator secrets;
    private final Acting acting;

    /** @param secrets unpredictable and thread-safe */
    public ApiKeyService(
            Persistence persistence,
            KeyVerifier verifier,
            Ids ids,
            Moments moments,
            RandomGenerator secrets,
            Acting acting) {
        this.persistence = persistence;
        this.verifier = verifier;
        this.ids = ids;
        this.moments = moments;
        this.secrets = secrets;
        this.acting = acting;
    }

    /**
     * A key that was made.
     *
     * @param secret what its bearer shows, told this once; empty for a key that another issuer manages
     */
    public record Made(ApiKey key, Optional<KeySecret> secret) {}

    /**
     * Makes a key. Refuses scopes that there are not, whoever asks, and those that the caller does not hold themselves for as long as
     * the key is to live; an owner who is no member; a taken external id; and more keys than a tenant may have. For themselves people make keys
     * with what they hold now: such a key never may more than they.
     */
    public Made create(TenantId tenant, ApiKey.Wish wish) {
        requireToMake(tenant, wish);
        return acting.changingRights(tenant, () -> {
            requireToMake(tenant, wish);
            requireKnown(wish.settings().scopes());
            requireToGive(tenant, wish.owner(), wish.settings().scopes(), wish.expiresAt());
            var secret = wish.externalId().isEmpty()
                    ? Optional.of(KeySecret.generate(wish.environment(), secrets))
                    : Optional.<KeySecret>empty();
            var key = ApiKey.created(
                    tenant,
                    new ApiKeyId(ids.next()),
                    wish,
                    secret.map(KeySecret::prefix),
                    acting.actor().member(),
                    moments.now());
            insert(key, secret);
            acting.record(tenant, event("api-key.created", key).to(told(key)).about(personal(key)));
            return new Made(key, secret);
        });
    }

    /** Refuses one that there is not ({@link NotFound}), as all methods here do. */
    public ApiKey get(TenantId tenant, ApiKeyId id) {
        var only = requireOwnOr(tenant, Right.KEY_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            requireTenant(tenant);
            return find(tenant, id, only);
        });
    }

    /** The key that calls; empty where the caller is none. */
    public Optional<ApiKey> me() {
        var tenant = acting.caller().tenant();
        return acting.actor()
                .key()
                .map(id -> persistence
                        .unitOfWork()
                        .forTenant(tenant.orElseThrow(), () -> find(tenant.orElseThrow(), id, Optional.empty())));
    }

    /** The key that another issuer calls so, where there is one. */
    public Optional<ApiKey> findByExternalId(TenantId tenant, String externalId) {
        var only = requireOwnOr(tenant, Right.KEY_READ);
        return persistence
                .unitOfWork()
                .forTenant(tenant, () -> {
                    requireTenant(tenant);
                    return persistence.apiKeys().findByExternalId(tenant, externalId);
                })
                .filter(key -> only.isEmpty() || key.owner().equals(only));
    }

    /** Oldest first; those that have ended too. */
    public Page<ApiKey> list(TenantId tenant, PageRequest page) {
        var only = requireOwnOr(tenant, Right.KEY_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            requireTenant(tenant);
            return persistence.apiKeys().list(tenant, only, page);
        });
    }

    /**
     * Changes what of a key can be changed. Refuses scopes that are new to it and that the caller does not hold as long as the
     * key lives, or that there are not.
     *
     * @param readAt the version the change was made on, where somebody else's change in between must not be lost
     */
    public ApiKey change(TenantId tenant, ApiKeyId id, Optional<Long> readAt, UnaryOperator<ApiKeySettings> change) {
        return changing(tenant, id, before -> {
            if (readAt.isPresent() && readAt.get() != before.version()) {
                throw new StaleVersion("API key", id);
            }
            var after = before.with(change.apply(before.settings()), moments.now());
            if (after.version() == before.version()) {
                return before;
            }
            var added = new HashSet<>(after.settings().scopes());
            added.removeAll(before.settings().scopes());
            requireKnown(added);
            requireToGive(
                    after,
                    isBoundAlike(before, after) ? added : after.settings().scopes());
            persistence.apiKeys().update(after);
            acting.record(
                    tenant,
                    event("api-key.changed", after)
                            .changing(told(before), told(after))
                            .about(personal(before, after)));
            return after;
        });
    }

    /**
     * Replaces a key by another one that is the same in all but its secret, spend limits included; the old one is taken until
     * the grace is over. Refuses a key that has ended, one that was replaced already, one that another issuer manages, and
     * scopes that the caller does not hold as long as the new key lives: they will know the secret.
     *
     * @param grace none to 30 days
     * @param expiresAt of the new key; where nothing is said it lives as long as the old one was to
     */
    public Made rotate(TenantId tenant, ApiKeyId id, Duration grace, Optional<Instant> expiresAt) {
        return changing(tenant, id, present -> {
            var now = moments.now();
            var secret = KeySecret.generate(present.environment(), secrets);
            var successor = present.successor(
                    new ApiKeyId(ids.next()),
                    secret.prefix(),
                    expiresAt,
                    acting.actor().member(),
                    now);
            requireToGive(successor, successor.settings().scopes());
            var replaced = present.replacedBy(successor.id(), grace, now);
            persistence.apiKeys().update(replaced);
            insert(successor, Optional.of(secret));
            limitAlike(present, successor);
            acting.record(
                    tenant,
                    event("api-key.rotated", replaced)
                            .from(told(present))
                            .to(told(replaced))
                            .about(personal(successor)));
            return new Made(successor, Optional.of(secret));
        });
    }

    /** Has the key refused from now on, for good. Nothing happens to one that was revoked. */
    public void revoke(TenantId tenant, ApiKeyId id) {
        changing(tenant, id, present -> {
            var revoked = present.revoked(moments.now());
            if (revoked.version() != present.version()) {
                persistence.apiKeys().update(revoked);
                acting.record(
                        tenant,
                        event("api-key.revoked", revoked)
                                .changing(told(present), told(revoked))
                                .about(personal(revoked)));
            }
            return revoked;
        });
    }

    /**
     * Whether a key that was shown is taken, and whose it is; for whoever lets callers in. Takes no account of what it is
     * wanted for. A key that was revoked or changed is known here at once, in other processes within two seconds.
     *
     * @param origin where it came from: a key may be bound to addresses
     */
    public Verified verify(String secret, Origin origin) {
        return verifier.verify(secret, origin);
    }

    /** Writes the uses of keys that are only counted yet: to be called when the process ends. */
    public void writeUses() {
        verifier.writeUses();
    }

    /** Whether it is taken from where it was, and as often. Who loosens that gives something too. */
    private static boolean isBoundAlike(ApiKey before, ApiKey after) {
        return before.settings().ipAllowList().equals(after.settings().ipAllowList())
                && before.settings().requestsPerMinute().equals(after.settings().requestsPerMinute());
    }

    private void requireToMake(TenantId tenant, ApiKey.Wish wish) {
        if (wish.owner().isPresent() && wish.owner().equals(acting.actor().member())) {
            requireOwnOr(tenant, Right.KEY_MANAGE);
        } else {
            acting.require(tenant, Right.KEY_MANAGE);
        }
    }

    private void requireToGive(ApiKey key, Set<PermissionKey> scopes) {
        requireToGive(key.tenantId(), key.owner(), scopes, key.expiresAt());
    }

    /**
     * Refuses to give a key what the caller does not hold, and for longer than they do. A person's own key ends with what they
     * hold, so theirs may outlive it; a key that makes another one for its owner ends by itself, and so must the other.
     */
    private void requireToGive(
            TenantId tenant, Optional<UserId> owner, Set<PermissionKey> scopes, Optional<Instant> end) {
        if (!scopes.isEmpty()
                && owner.isPresent()
                && !owner.equals(acting.actor().member())) {
            // Its bearer acts, and spends, as the member.
            acting.require(tenant, Right.GATE_DELEGATE);
        }
        boolean isOwn = owner.filter(member -> acting.actor().equals(Actor.user(member)))
                .isPresent();
        acting.requireToGrant(tenant, scopes, isOwn ? Optional.of(moments.now()) : end);
    }

    /** Changes a key for who may, which is asked before the unit of work is opened, and again in it. */
    private <T> T changing(TenantId tenant, ApiKeyId id, Function<ApiKey, T> change) {
        requireOwnOr(tenant, Right.KEY_MANAGE);
        return acting.changingRights(
                tenant, () -> change.apply(find(tenant, id, requireOwnOr(tenant, Right.KEY_MANAGE))));
    }

    /** The only member whose keys the caller may see or change; empty for all keys, to who has the right for all. */
    private Optional<UserId> requireOwnOr(TenantId tenant, Right all) {
        if (acting.holds(tenant, all.key()) || all == Right.KEY_READ && acting.holds(tenant, Right.KEY_MANAGE.key())) {
            return Optional.empty();
        }
        acting.require(tenant, acting.actor().member().isPresent() ? Right.KEY_OWN : all);
        return acting.actor().member();
    }

    /** An operator may ask for any. */
    private void requireTenant(TenantId tenant) {
        if (persistence.tenants().find(tenant).isEmpty()) {
            throw new NotFound("tenant", tenant);
        }
    }

    private ApiKey find(TenantId tenant, ApiKeyId id, Optional<UserId> only) {
        return persistence
                .apiKeys()
                .find(tenant, id)
                .filter(key -> only.isEmpty() || key.owner().equals(only))
                .orElseThrow(() -> new NotFound("API key", id));
    }

    private void requireKnown(Set<PermissionKey> scopes) {
        if (scopes.isEmpty()) {
            return;
        }
        var known = persistence.permissions().keys();
        scopes.stream().filter(scope -> !known.contains(scope)).findFirst().ifPresent(unknown -> {
            throw new Unknown("permission", "scopes", unknown);
        });
    }

    private void insert(ApiKey key, Optional<KeySecret> secret) {
        if (persistence.apiKeys().countLive(key.tenantId(), moments.now()) >= ApiKey.MAX_PER_TENANT) {
            throw new TooManyApiKeys();
        }
        persistence.apiKeys().insert(key, secret.map(KeySecret::sha256));
    }

    /** What limited the old key limits the new one too, and what the old one spent counts. */
    private void limitAlike(ApiKey old, ApiKey successor) {
        for (var window : SpendLimit.Window.values()) {
            persistence
                    .spendLimits()
                    .lock(new SpendLimit.Ref(old.tenantId(), SpendLimit.Spender.of(old.id()), window))
                    .ifPresent(limit -> persistence
                            .spendLimits()
                            .save(new SpendLimit(
                                    limit.tenantId(),
                                    SpendLimit.Spender.of(successor.id()),
                                    window,
                                    limit.limit(),
                                    limit.period(),
                                    limit.spent())));
        }
    }

    private static AuditEvent event(String action, ApiKey key) {
        return AuditEvent.of(action, "api-key", key.id());
    }

    /** What the audit log says of a key; never more of its secret than the prefix. */
    private static Map<String, Object> told(ApiKey key) {
        var values = new LinkedHashMap<String, Object>();
        values.put("environment", key.environment());
        values.put(
                "scopes",
                key.settings().scopes().stream()
                        .map(PermissionKey::value)
                        .sorted()
                        .toList());
        key.prefix().ifPresent(prefix -> values.put("prefix", prefix));
        key.externalId().ifPresent(external -> values.put("externalId", external));
        key.owner().ifPresent(owner -> values.put("owner", owner.toString()));
        key.settings().requestsPerMinute().ifPresent(rate -> values.put("requestsPerMinute", rate));
        key.expiresAt().ifPresent(end -> values.put("expiresAt", end.toString()));
        key.revokedAt().ifPresent(at -> values.put("revokedAt", at.toString()));
        key.replacedBy().ifPresent(successor -> values.put("replacedBy", successor.toString()));
        return values;
    }

    /** Side by side, since what is to be erased of somebody is sought among the values themselves. */
    private static Map<String, Object> personal(ApiKey before, ApiKey after) {
        var values = new LinkedHashMap<>(personal(after));
        personal(before).forEach((name, value) -> values.put(name + "Before", value));
        return values;
    }

    private static Map<String, Object> personal(ApiKey key) {
        var settings = key.settings();
        var values = new LinkedHashMap<String, Object>();
        values.put("name", settings.name());
        settings.description().ifPresent(text -> values.put("description", text));
        values.put(
                "ipAllowList",
                settings.ipAllowList().stream().map(Object::toString).toList());
        return values;
    }
}
