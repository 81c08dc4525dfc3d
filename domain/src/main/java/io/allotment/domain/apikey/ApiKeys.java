package io.allotment.domain.apikey;

import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Port: API keys, and the way from a secret to its key. In the tenant's unit of work, but where something else is said.
 * Whoever changes a key first takes {@code Tenants.lockRights}, so that every process hears of it.
 */
public interface ApiKeys {

    /**
     * Keeps a new key.
     *
     * <p>Refuses an owner who is no member ({@code Unknown}) and a taken external id ({@code AlreadyExists}).
     *
     * @param sha256 of its secret, 32 bytes; empty for a key that another issuer manages
     */
    void insert(ApiKey key, Optional<byte[]> sha256);

    /** Writes what was read at the version before, but for its uses; refuses a stale one ({@code StaleVersion}). */
    void update(ApiKey key);

    Optional<ApiKey> find(TenantId tenant, ApiKeyId id);

    Optional<ApiKey> findByExternalId(TenantId tenant, String externalId);

    /**
     * In the order of ids, which is that of their making.
     *
     * @param owner only this member's own
     */
    Page<ApiKey> list(TenantId tenant, Optional<UserId> owner, PageRequest page);

    /** How many have not ended at the time. */
    long countLive(TenantId tenant, Instant now);

    /**
     * A key as its secret finds it.
     *
     * @param ownerIsActive whether its owner is an active member, and an active user; true for the tenant's own
     */
    record Found(ApiKey key, boolean ownerIsActive) {}

    /** The key of this secret, whichever tenant's; in the platform's unit alone. One question, whether there is one or not. */
    Optional<Found> findBySecret(byte[] sha256);

    /**
     * Uses of a key.
     *
     * @param times how many more
     */
    record Uses(TenantId tenantId, ApiKeyId id, long times, Instant last) {}

    /** Adds the uses of several keys, of several tenants; in the platform's unit alone. Keys that are gone are passed over. */
    void addUses(List<Uses> uses);
}
