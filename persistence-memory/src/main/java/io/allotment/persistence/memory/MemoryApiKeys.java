package io.allotment.persistence.memory;

import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.apikey.ApiKeys;
import io.allotment.domain.identity.User;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Membership;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

final class MemoryApiKeys implements ApiKeys {

    private final Tables tables;

    MemoryApiKeys(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void insert(ApiKey key, Optional<byte[]> sha256) {
        tables.apiKeys.requireToWrite(key);
        if (!tables.tenants.holds(Key.of(key.tenantId()))) {
            throw new Unknown("tenant", "tenantId", key.tenantId());
        }
        key.owner().ifPresent(owner -> {
            if (!tables.memberships.holds(Key.of(key.tenantId(), owner))) {
                throw new Unknown("member", "owner", owner);
            }
        });
        key.externalId()
                .filter(external -> findByExternalId(key.tenantId(), external).isPresent())
                .ifPresent(taken -> {
                    throw new AlreadyExists("API key", "externalId", taken);
                });
        tables.apiKeys.put(Key.of(key.tenantId(), key.id()), key);
        sha256.map(HexFormat.of()::formatHex).ifPresent(digest -> {
            if (tables.apiKeyDigests.everyRow().anyMatch(row -> row.sha256().equals(digest))) {
                throw new IllegalStateException("there is a key of this secret already");
            }
            tables.apiKeyDigests.put(
                    Key.of(key.tenantId(), digest), new Tables.KeyDigest(key.tenantId(), digest, key.id()));
        });
    }

    @Override
    public void update(ApiKey key) {
        tables.apiKeys.requireToWrite(key);
        var present = find(key.tenantId(), key.id())
                .filter(found -> found.version() == key.version() - 1)
                .orElseThrow(() -> new StaleVersion("API key", key.id()));
        long since = present.usageCount() - key.usageCount();
        tables.apiKeys.put(
                Key.of(key.tenantId(), key.id()),
                present.lastUsedAt().map(last -> key.used(since, last)).orElse(key));
    }

    @Override
    public Optional<ApiKey> find(TenantId tenant, ApiKeyId id) {
        return tables.apiKeys.find(Key.of(tenant, id));
    }

    @Override
    public Optional<ApiKey> findByExternalId(TenantId tenant, String externalId) {
        return tables.apiKeys
                .under(Key.of(tenant))
                .filter(key -> key.externalId().filter(externalId::equals).isPresent())
                .findFirst();
    }

    @Override
    public Page<ApiKey> list(TenantId tenant, Optional<UserId> owner, PageRequest page) {
        return tables.apiKeys.page(
                Key.of(tenant),
                Position.ID,
                page,
                key -> owner.isEmpty() || key.owner().equals(owner));
    }

    @Override
    public long countLive(TenantId tenant, Instant now) {
        return tables.apiKeys
                .under(Key.of(tenant))
                .filter(key -> !key.hasEnded(now))
                .count();
    }

    @Override
    public Optional<Found> findBySecret(byte[] sha256) {
        tables.requirePlatform("finding a key by its secret");
        var digest = HexFormat.of().formatHex(sha256);
        return tables.apiKeyDigests
                .all()
                .filter(row -> row.sha256().equals(digest))
                .findFirst()
                .flatMap(row -> find(row.tenantId(), row.apiKeyId()))
                .map(key -> new Found(
                        key,
                        key.owner()
                                .map(owner -> tables.memberships
                                        .find(Key.of(key.tenantId(), owner))
                                        .filter(Membership::isActive)
                                        .flatMap(member -> tables.users.find(Key.of(owner)))
                                        .filter(User::active)
                                        .isPresent())
                                .orElse(true)));
    }

    @Override
    public void addUses(List<Uses> uses) {
        tables.requirePlatform("adding uses of keys");
        for (var use : uses) {
            find(use.tenantId(), use.id())
                    .ifPresent(key ->
                            tables.apiKeys.put(Key.of(use.tenantId(), use.id()), key.used(use.times(), use.last())));
        }
    }
}
