package io.allotment.application.ai;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.ai.AiModel;
import io.allotment.domain.ai.AiProvider;
import io.allotment.domain.ai.ModelRef;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Unknown;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Who offers AI models, and which. Shared by all tenants, kept by the platform's operator, and no secret: everybody may read
 * it. What models cost is {@link PriceBookService}'s. Methods refuse what does not exist ({@link NotFound}). Thread-safe.
 */
public final class AiCatalogService {

    private final Persistence persistence;
    private final Moments moments;
    private final Acting acting;

    public AiCatalogService(Persistence persistence, Moments moments, Acting acting) {
        this.persistence = persistence;
        this.moments = moments;
        this.acting = acting;
    }

    /** Refuses a taken key. */
    public AiProvider create(AiProvider provider) {
        acting.requireOperator();
        persistence.unitOfWork().forPlatform(() -> {
            persistence.aiCatalog().lock();
            if (persistence.aiCatalog().findProvider(provider.key()).isPresent()) {
                throw new AlreadyExists("provider", "key", provider.key());
            }
            persistence.aiCatalog().saveProviders(List.of(provider), moments.now());
            acting.record(AuditEvent.of("ai-provider.created", "ai-provider", provider.key())
                    .to(AiValues.of(provider)));
        });
        return provider;
    }

    /** Changes anything but the key. */
    public AiProvider updateProvider(String key, UnaryOperator<AiProvider> change) {
        acting.requireOperator();
        return persistence.unitOfWork().forPlatform(() -> {
            persistence.aiCatalog().lock();
            var present = provider(key);
            var changed = present.changedTo(change.apply(present));
            persistence.aiCatalog().saveProviders(List.of(changed), moments.now());
            recordChange("ai-provider", key, AiValues.of(present), AiValues.of(changed));
            return changed;
        });
    }

    public AiProvider getProvider(String key) {
        return persistence.unitOfWork().forPlatform(() -> provider(key));
    }

    /** By key. */
    public Page<AiProvider> listProviders(PageRequest page) {
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.aiCatalog().listProviders(page));
    }

    /** Refuses a taken name and an unknown provider. */
    public AiModel create(AiModel model) {
        acting.requireOperator();
        persistence.unitOfWork().forPlatform(() -> {
            persistence.aiCatalog().lock();
            if (persistence.aiCatalog().findProvider(model.ref().provider()).isEmpty()) {
                throw new Unknown("provider", "provider", model.ref().provider());
            }
            if (persistence.aiCatalog().findModel(model.ref()).isPresent()) {
                throw new AlreadyExists("model", "name", model.ref().model());
            }
            persistence.aiCatalog().saveModels(List.of(model), moments.now());
            acting.record(
                    AuditEvent.of("ai-model.created", "ai-model", model.ref()).to(AiValues.of(model)));
        });
        return model;
    }

    /** Changes anything but provider and name. */
    public AiModel updateModel(ModelRef ref, UnaryOperator<AiModel> change) {
        acting.requireOperator();
        return persistence.unitOfWork().forPlatform(() -> {
            persistence.aiCatalog().lock();
            var present = model(ref);
            var changed = present.changedTo(change.apply(present));
            persistence.aiCatalog().saveModels(List.of(changed), moments.now());
            recordChange("ai-model", ref, AiValues.of(present), AiValues.of(changed));
            return changed;
        });
    }

    public AiModel getModel(ModelRef ref) {
        return persistence.unitOfWork().forPlatform(() -> model(ref));
    }

    /** A provider's, by name. */
    public Page<AiModel> listModels(String provider, PageRequest page) {
        return persistence.unitOfWork().forPlatform(() -> {
            provider(provider);
            return persistence.aiCatalog().listModels(provider, page);
        });
    }

    private AiProvider provider(String key) {
        return persistence.aiCatalog().findProvider(key).orElseThrow(() -> new NotFound("provider", key));
    }

    private AiModel model(ModelRef ref) {
        return persistence.aiCatalog().findModel(ref).orElseThrow(() -> new NotFound("model", ref));
    }

    private void recordChange(String kind, Object id, Map<String, Object> before, Map<String, Object> after) {
        if (!before.equals(after)) {
            acting.record(AuditEvent.of(kind + ".updated", kind, id).changing(before, after));
        }
    }
}
