package io.allotment.domain.ai;

import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Port: what a tenant and its members prefer, and which models a kind of output may be made with. */
public interface AiPreferences {

    /** What a user prefers, or the tenant itself; empty where nothing was said. */
    Optional<ModelPreference> find(TenantId tenant, Optional<UserId> user);

    /**
     * In place of what was said before. Refuses a user who is no member ({@code NotFound}), and a provider or model that is none
     * ({@code Unknown}). What a member prefers goes with their membership.
     */
    void save(TenantId tenant, Optional<UserId> user, ModelPreference preference, Instant now);

    /** The models a kind of output may be made with, by provider and name; none where it may be made with any. */
    List<ModelRef> allowed(TenantId tenant, String outputType);

    /**
     * In place of those before; none lets it be made with any. Who does so at the same time waits until this unit ends. Refuses
     * a model that is none ({@code Unknown}).
     *
     * @return those before
     */
    List<ModelRef> allow(TenantId tenant, String outputType, List<ModelRef> models, Instant now);
}
