package io.allotment.domain.apikey;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.UserId;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;

/**
 * With what a program acts in a tenant: for the tenant itself, or for one of its members. It may no more than its scopes, and
 * a member's key no more than the member.
 *
 * @param owner the member whose own it is; empty for the tenant's
 * @param environment {@code live}, {@code test} or another word of 1 to 12 letters
 * @param prefix how its secret begins, for display; empty for a key that another issuer manages, which has no secret here
 * @param externalId what another issuer calls it; unique in the tenant; 1 to 200 characters
 * @param createdBy empty where the platform's operator or the product itself did
 * @param expiresAt from then on it is refused; empty for never
 * @param revokedAt since when it is refused for good
 * @param replacedBy the key that it was rotated to
 * @param lastUsedAt when it was last taken, as far as it is written yet: at most once a minute
 * @param usageCount how often it was taken, as far as it is written yet
 * @param version counts changes, uses not among them; a change must name the one it was read at
 */
public record ApiKey(
        TenantId tenantId,
        ApiKeyId id,
        Optional<UserId> owner,
        String environment,
        Optional<String> prefix,
        ApiKeySettings settings,
        Optional<String> externalId,
        Optional<UserId> createdBy,
        Instant createdAt,
        Instant updatedAt,
        Optional<Instant> expiresAt,
        Optional<Instant> revokedAt,
        Optional<ApiKeyId> replacedBy,
        Optional<Instant> lastUsedAt,
        long usageCount,
        long version) {

    /** How many a tenant may have that have not ended. */
    public static final int MAX_PER_TENANT = 1_000;

    /** How long the old key may go on after it was replaced. */
    public static final Duration MAX_GRACE = Duration.ofDays(30);

    private static final int MAX_EXTERNAL_ID = 200;

    public ApiKey {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(id, "id");
        requireNonNull(owner, "owner");
        KeySecret.requireEnvironment(environment);
        requireNonNull(settings, "settings");
        externalId.ifPresent(
                text -> Text.bounded("externalId", Text.prose("externalId", text, MAX_EXTERNAL_ID), MAX_EXTERNAL_ID));
        if (prefix.isPresent() == externalId.isPresent()) {
            throw new IllegalArgumentException("a key has either a secret of ours or an issuer elsewhere");
        }
        requireNonNull(createdBy, "createdBy");
        requireNonNull(createdAt, "createdAt");
        requireNonNull(updatedAt, "updatedAt");
        requireNonNull(expiresAt, "expiresAt");
        requireNonNull(revokedAt, "revokedAt");
        requireNonNull(replacedBy, "replacedBy");
        requireNonNull(lastUsedAt, "lastUsedAt");
        if (usageCount < 0) {
            throw new IllegalArgumentException("usageCount must not be negative");
        }
    }

    /**
     * What somebody wants a key to be.
     *
     * @param owner the member whose own it is to be; empty for the tenant's
     * @param externalId where another issuer manages it: it then gets no secret here
     * @param expiresAt empty for never
     */
    public record Wish(
            Optional<UserId> owner,
            String environment,
            ApiKeySettings settings,
            Optional<String> externalId,
            Optional<Instant> expiresAt) {

        /** A key of the tenant's that never expires. */
        public static Wish of(String environment, ApiKeySettings settings) {
            return new Wish(Optional.empty(), environment, settings, Optional.empty(), Optional.empty());
        }

        public Wish ownedBy(UserId member) {
            return new Wish(Optional.of(member), environment, settings, externalId, expiresAt);
        }

        public Wish managedAs(String externalName) {
            return new Wish(owner, environment, settings, Optional.of(externalName), expiresAt);
        }

        public Wish until(Instant end) {
            return new Wish(owner, environment, settings, externalId, Optional.of(end));
        }
    }

    /**
     * A new one. Refuses one that would have expired already.
     *
     * @param prefix of its secret; empty where another issuer manages it
     */
    public static ApiKey created(
            TenantId tenant, ApiKeyId id, Wish wish, Optional<String> prefix, Optional<UserId> createdBy, Instant now) {
        requireLater(wish.expiresAt(), now);
        return new ApiKey(
                tenant,
                id,
                wish.owner(),
                wish.environment(),
                prefix,
                wish.settings(),
                wish.externalId(),
                createdBy,
                now,
                now,
                wish.expiresAt(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                1);
    }

    /** With other settings, or as it is where they are the same. */
    public ApiKey with(ApiKeySettings changed, Instant now) {
        if (changed.equals(settings)) {
            return this;
        }
        return new ApiKey(
                tenantId,
                id,
                owner,
                environment,
                prefix,
                changed,
                externalId,
                createdBy,
                createdAt,
                now,
                expiresAt,
                revokedAt,
                replacedBy,
                lastUsedAt,
                usageCount,
                version + 1);
    }

    /** Without a scope that there is no more; counts as no change. */
    public ApiKey without(PermissionKey scope) {
        var left = new HashSet<>(settings.scopes());
        left.remove(scope);
        return new ApiKey(
                tenantId,
                id,
                owner,
                environment,
                prefix,
                new ApiKeySettings(
                        settings.name(),
                        settings.description(),
                        left,
                        settings.ipAllowList(),
                        settings.requestsPerMinute()),
                externalId,
                createdBy,
                createdAt,
                updatedAt,
                expiresAt,
                revokedAt,
                replacedBy,
                lastUsedAt,
                usageCount,
                version);
    }

    /** Refused from now on, for good; as it is where it was revoked already. */
    public ApiKey revoked(Instant now) {
        return revokedAt.isPresent() ? this : ended(now, expiresAt, Optional.of(now), replacedBy);
    }

    /**
     * Replaced by another one, and taken for a while longer, though not beyond its own end. Refuses one that has ended or was
     * replaced before, and one that another issuer manages.
     */
    public ApiKey replacedBy(ApiKeyId successor, Duration grace, Instant now) {
        requireReplaceable(now);
        if (grace.isNegative() || grace.compareTo(MAX_GRACE) > 0) {
            throw new InvalidValue("graceSeconds", "must be from 0 to " + MAX_GRACE.toSeconds());
        }
        var end = now.plus(grace);
        return ended(
                now,
                Optional.of(expiresAt.filter(own -> own.isBefore(end)).orElse(end)),
                revokedAt,
                Optional.of(successor));
    }

    /**
     * The key that replaces this one: the same in all but its secret and its uses.
     *
     * @param end when it expires; where nothing is said it lives as long as this one was to
     */
    public ApiKey successor(
            ApiKeyId successor, String newPrefix, Optional<Instant> end, Optional<UserId> by, Instant now) {
        requireReplaceable(now);
        var expires = end.or(() -> expiresAt.map(own -> now.plus(Duration.between(createdAt, own))));
        return created(
                tenantId,
                successor,
                new Wish(owner, environment, settings, Optional.empty(), expires),
                Optional.of(newPrefix),
                by,
                now);
    }

    private void requireReplaceable(Instant now) {
        if (externalId.isPresent()) {
            throw new ApiKeyManagedElsewhere(id);
        }
        if (hasEnded(now) || replacedBy.isPresent()) {
            throw new ApiKeyEnded(id);
        }
    }

    private ApiKey ended(
            Instant now, Optional<Instant> expires, Optional<Instant> revoked, Optional<ApiKeyId> successor) {
        return new ApiKey(
                tenantId,
                id,
                owner,
                environment,
                prefix,
                settings,
                externalId,
                createdBy,
                createdAt,
                now,
                expires,
                revoked,
                successor,
                lastUsedAt,
                usageCount,
                version + 1);
    }

    /** Used so often more. */
    public ApiKey used(long times, Instant last) {
        return new ApiKey(
                tenantId,
                id,
                owner,
                environment,
                prefix,
                settings,
                externalId,
                createdBy,
                createdAt,
                updatedAt,
                expiresAt,
                revokedAt,
                replacedBy,
                Optional.of(lastUsedAt.filter(last::isBefore).orElse(last)),
                usageCount + times,
                version);
    }

    public boolean isExpired(Instant now) {
        return expiresAt.filter(end -> !now.isBefore(end)).isPresent();
    }

    /** Whether it is refused, for good. */
    public boolean hasEnded(Instant now) {
        return revokedAt.isPresent() || isExpired(now);
    }

    /**
     * Why it is not taken now, from there; empty where it is.
     *
     * @param from empty where it is not known: then it is in no list
     */
    public Optional<KeyRefusal> refusal(Instant now, boolean ownerIsActive, Optional<InetAddress> from) {
        if (revokedAt.isPresent()) {
            return Optional.of(KeyRefusal.REVOKED);
        }
        if (isExpired(now)) {
            return Optional.of(KeyRefusal.EXPIRED);
        }
        if (owner.isPresent() && !ownerIsActive) {
            return Optional.of(KeyRefusal.OWNER_INACTIVE);
        }
        var allowed = settings.ipAllowList();
        var isAllowed = allowed.isEmpty()
                || from.filter(address -> allowed.stream().anyMatch(range -> range.contains(address)))
                        .isPresent();
        return isAllowed ? Optional.empty() : Optional.of(KeyRefusal.ADDRESS_NOT_ALLOWED);
    }

    private static void requireLater(Optional<Instant> end, Instant now) {
        if (end.filter(at -> !now.isBefore(at)).isPresent()) {
            throw new InvalidValue("expiresAt", "must lie in the future");
        }
    }
}
