package io.allotment.persistence.memory;

import io.allotment.domain.ai.AiPreferences;
import io.allotment.domain.ai.ModelPreference;
import io.allotment.domain.ai.ModelRef;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

final class MemoryAiPreferences implements AiPreferences {

    private final Tables tables;

    MemoryAiPreferences(Tables tables) {
        this.tables = tables;
    }

    private static Key key(TenantId tenant, Optional<UserId> user) {
        return Key.of(tenant, user.map(UserId::toString).orElse(tenant.toString()));
    }

    @Override
    public Optional<ModelPreference> find(TenantId tenant, Optional<UserId> user) {
        return tables.modelPreferences.find(key(tenant, user)).map(Tables.Preferred::preference);
    }

    @Override
    public void save(TenantId tenant, Optional<UserId> user, ModelPreference preference, Instant now) {
        var row = new Tables.Preferred(tenant, preference);
        tables.modelPreferences.requireToWrite(row);
        user.filter(member -> !tables.memberships.holds(Key.of(tenant, member))).ifPresent(member -> {
            throw new NotFound("member", member);
        });
        preference.ref().ifPresent(ref -> requireModel("model", ref));
        preference
                .provider()
                .filter(provider -> !tables.aiProviders.holds(Key.of(provider)))
                .ifPresent(provider -> {
                    throw new Unknown("provider", "provider", provider);
                });
        tables.modelPreferences.put(key(tenant, user), row);
    }

    @Override
    public List<ModelRef> allowed(TenantId tenant, String outputType) {
        return tables.outputModels
                .under(Key.of(tenant, Key.bytes(outputType)))
                .map(Tables.OutputModel::model)
                .toList();
    }

    @Override
    public List<ModelRef> allow(TenantId tenant, String outputType, List<ModelRef> models, Instant now) {
        var before = allowed(tenant, outputType);
        tables.outputModels.removeUnder(Key.of(tenant, Key.bytes(outputType)));
        for (var model : models) {
            var row = new Tables.OutputModel(tenant, model);
            tables.outputModels.requireToWrite(row);
            requireModel("models", model);
            tables.outputModels.put(
                    Key.of(tenant, Key.bytes(outputType), model.provider(), Key.bytes(model.model())), row);
        }
        return before;
    }

    private void requireModel(String field, ModelRef ref) {
        if (!tables.aiModels.holds(Key.of(ref.provider(), Key.bytes(ref.model())))) {
            throw new Unknown("model", field, ref);
        }
    }
}
