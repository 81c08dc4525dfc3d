package io.allotment.application.ai;

import io.allotment.domain.ai.AiModel;
import io.allotment.domain.ai.AiProvider;
import io.allotment.domain.ai.AiTrees;
import io.allotment.domain.ai.ModelPrice;
import io.allotment.domain.audit.AuditValues;
import java.util.Map;

/** What the AI catalogue holds, as the audit log tells it. */
final class AiValues {

    private AiValues() {}

    static Map<String, Object> of(AiProvider provider) {
        return AuditValues.of("name", provider.name())
                .and("baseUrl", provider.baseUrl())
                .and("apiPattern", provider.apiPattern())
                .and("modelMatch", provider.modelMatch().map(AiTrees::tree))
                .and("providerMatch", provider.providerMatch().map(AiTrees::tree))
                .and("keyRequired", provider.keyRequired())
                .and("streaming", provider.streaming())
                .and("active", provider.active())
                .and("position", provider.position())
                .and("fallbacks", provider.fallbacks())
                .and(
                        "extractors",
                        provider.extractors().stream().map(AiTrees::tree).toList())
                .map();
    }

    static Map<String, Object> of(AiModel model) {
        return AuditValues.of("displayName", model.displayName())
                .and("description", model.description())
                .and("match", AiTrees.tree(model.match()))
                .and("position", model.position())
                .and("capabilities", model.capabilities())
                .and("contextWindow", model.contextWindow())
                .and("deprecated", model.deprecated())
                .and("active", model.active())
                .map();
    }

    static AuditValues of(ModelPrice price) {
        return AuditValues.of("id", price.id())
                .and("effectiveFrom", price.effectiveFrom())
                .and("condition", AiTrees.tree(price.terms().condition()))
                .and("rates", AiTrees.tree(price.rates(), java.math.BigDecimal::toPlainString))
                .and("currency", price.currency());
    }
}
