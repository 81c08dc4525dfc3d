package io.allotment.application.ai;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Right;
import io.allotment.domain.ai.ModelChoice;
import io.allotment.domain.ai.ModelPreference;
import io.allotment.domain.ai.ModelRef;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.UserId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which models a tenant and its members prefer, which a kind of output may be made with, and which one to use. Methods refuse a
 * tenant and a member that do not exist ({@link NotFound}). Thread-safe.
 */
public final class ModelPreferenceService {

    private static final int MAX_MODELS = 200;

    private final Persistence persistence;
    private final PriceCache prices;
    private final Moments moments;
    private final Acting acting;

    public ModelPreferenceService(Persistence persistence, PriceCache prices, Moments moments, Acting acting) {
        this.persistence = persistence;
        this.prices = prices;
        this.moments = moments;
        this.acting = acting;
    }

    /** What the tenant prefers. */
    public ModelPreference get(TenantId tenant) {
        acting.requireMember(tenant);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            requireTenant(tenant);
            return preference(tenant, Optional.empty());
        });
    }

    /** What a member prefers, and the tenant where they say nothing. */
    public ModelPreference get(TenantId tenant, UserId user) {
        requireOwnOr(tenant, user, Right.MEMBER_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            requireMember(tenant, user);
            return preference(tenant, Optional.of(user)).or(preference(tenant, Optional.empty()));
        });
    }

    /** Changes what the tenant prefers. Refuses a provider or model that is none. */
    public ModelPreference set(TenantId tenant, ModelPreference preference) {
        acting.require(tenant, Right.TENANT_UPDATE);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            requireTenant(tenant);
            return saved(tenant, Optional.empty(), preference);
        });
    }

    /** Changes what a member prefers: their own is everybody's to change. Refuses a provider or model that is none. */
    public ModelPreference set(TenantId tenant, UserId user, ModelPreference preference) {
        requireOwnOr(tenant, user, Right.MEMBER_MANAGE);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            requireMember(tenant, user);
            return saved(tenant, Optional.of(user), preference);
        });
    }

    /** The models a kind of output may be made with; none where it may be made with any. */
    public List<ModelRef> allowed(TenantId tenant, String outputType) {
        acting.requireMember(tenant);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            requireTenant(tenant);
            return persistence.aiPreferences().allowed(tenant, Text.key("outputType", outputType));
        });
    }

    /** Says which models a kind of output may be made with; none lets it be made with any. Refuses a model that is none. */
    public List<ModelRef> allow(TenantId tenant, String outputType, List<ModelRef> models) {
        acting.require(tenant, Right.TENANT_UPDATE);
        Text.key("outputType", outputType);
        if (models.size() > MAX_MODELS) {
            throw new InvalidValue("models", "must be at most " + MAX_MODELS);
        }
        return persistence.unitOfWork().forTenant(tenant, () -> {
            requireTenant(tenant);
            var before = persistence.aiPreferences().allow(tenant, outputType, models, moments.now());
            var after = persistence.aiPreferences().allowed(tenant, outputType);
            if (!after.equals(before)) {
                acting.record(
                        tenant,
                        AuditEvent.of("output-models.set", "output-type", outputType)
                                .from(AuditValues.of("models", before).map())
                                .to(AuditValues.of("models", after).map()));
            }
            return after;
        });
    }

    /**
     * The model to use: the user's wish, the tenant's, or the first that the kind of output may be made with, with the reason for
     * each that cannot be. Refuses where there is none ({@link ModelChoice.None}).
     *
     * @param user whom the work is for; somebody else than the caller only for who may have work done for any member
     */
    public ModelChoice resolve(TenantId tenant, Optional<UserId> user, Optional<String> outputType) {
        if (user.isEmpty() || user.equals(acting.actor().member())) {
            acting.requireMember(tenant);
        } else {
            acting.require(tenant, Right.GATE_DELEGATE);
        }
        var book = prices.book();
        return persistence.unitOfWork().forTenant(tenant, () -> {
            requireTenant(tenant);
            user.ifPresent(member -> requireMember(tenant, member));
            var allowed = outputType
                    .map(type -> persistence.aiPreferences().allowed(tenant, Text.key("outputType", type)))
                    .orElse(List.of());
            return ModelChoice.of(
                    book,
                    user.map(member -> preference(tenant, Optional.of(member))).orElse(ModelPreference.NONE),
                    preference(tenant, Optional.empty()),
                    allowed);
        });
    }

    private ModelPreference preference(TenantId tenant, Optional<UserId> user) {
        return persistence.aiPreferences().find(tenant, user).orElse(ModelPreference.NONE);
    }

    private ModelPreference saved(TenantId tenant, Optional<UserId> user, ModelPreference preference) {
        var before = preference(tenant, user);
        persistence.aiPreferences().save(tenant, user, preference, moments.now());
        if (!preference.equals(before)) {
            var holder = user.map(UserId::toString).orElse(tenant.toString());
            var event = AuditEvent.of("model-preference.set", "model-preference", holder);
            acting.record(
                    tenant,
                    user.isPresent()
                            ? event.changingAbout(values(before), values(preference))
                            : event.changing(values(before), values(preference)));
        }
        return preference;
    }

    private static Map<String, Object> values(ModelPreference preference) {
        return AuditValues.of("provider", preference.provider())
                .and("model", preference.model())
                .and("tone", preference.tone())
                .and("language", preference.language())
                .and("settings", preference.settings())
                .map();
    }

    private void requireOwnOr(TenantId tenant, UserId user, Right right) {
        // A key of theirs may what its scopes say.
        if (acting.actor().equals(Actor.user(user))) {
            acting.requireMember(tenant);
        } else {
            acting.require(tenant, right);
        }
    }

    private void requireTenant(TenantId tenant) {
        if (persistence.tenants().find(tenant).isEmpty()) {
            throw new NotFound("tenant", tenant);
        }
    }

    private void requireMember(TenantId tenant, UserId user) {
        requireTenant(tenant);
        if (persistence.memberships().find(tenant, user).isEmpty()) {
            throw new NotFound("member", user);
        }
    }
}
