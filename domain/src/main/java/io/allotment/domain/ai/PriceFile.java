package io.allotment.domain.ai;

import io.allotment.domain.shared.InvalidValue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A published list of providers, models and prices. What of it cannot be understood is named and left out, and the rest
 * holds.
 */
public record PriceFile(List<Listed> providers, List<Skipped> skipped) {

    /** The prices of such a file. */
    public static final String CURRENCY = "USD";

    /** A provider with its models, in the file's order. */
    public record Listed(AiProvider provider, List<ListedModel> models) {
        public Listed {
            models = List.copyOf(models);
        }
    }

    /** A model with its prices. */
    public record ListedModel(AiModel model, List<PriceTerms> prices) {
        public ListedModel {
            prices = List.copyOf(prices);
        }
    }

    /**
     * What was left out.
     *
     * @param model empty where it is the whole provider
     */
    public record Skipped(String provider, String model, String reason) {}

    public PriceFile {
        providers = List.copyOf(providers);
        skipped = List.copyOf(skipped);
    }

    /** @param tree the file's JSON, as lists, maps, texts and exact decimals */
    public static PriceFile read(Object tree) {
        var providers = new ArrayList<Listed>();
        var skipped = new ArrayList<Skipped>();
        var keys = new HashSet<String>();
        for (var each : AiTrees.list("file", tree)) {
            var map = AiTrees.map("provider", each);
            var key = String.valueOf(map.get("id"));
            try {
                var provider = provider(map, providers.size());
                if (!keys.add(provider.key())) {
                    throw new InvalidValue("id", "is there twice");
                }
                providers.add(new Listed(provider, models(provider.key(), map.get("models"), skipped)));
            } catch (InvalidValue wrong) {
                skipped.add(new Skipped(key, "", wrong.getMessage()));
            }
        }
        return new PriceFile(providers, skipped);
    }

    private static AiProvider provider(Map<String, Object> map, int position) {
        var fallbacks = map.get("fallback_model_providers");
        var extractors = map.get("extractors");
        return new AiProvider(
                AiTrees.text("id", map.get("id")),
                AiTrees.text("name", map.get("name")),
                Optional.empty(),
                optional("api_pattern", map),
                Optional.ofNullable(map.get("model_match")).map(AiTrees::clause),
                Optional.ofNullable(map.get("provider_match")).map(AiTrees::clause),
                true,
                true,
                true,
                position,
                fallbacks == null
                        ? List.of()
                        : AiTrees.list("fallback_model_providers", fallbacks).stream()
                                .map(name -> AiTrees.text("fallback_model_providers", name))
                                .toList(),
                extractors == null
                        ? List.of()
                        : AiTrees.list("extractors", extractors).stream()
                                .map(AiTrees::extractor)
                                .toList());
    }

    private static List<ListedModel> models(String provider, Object tree, List<Skipped> skipped) {
        var models = new ArrayList<ListedModel>();
        var names = new HashSet<String>();
        for (var each : AiTrees.list("models", tree)) {
            var map = AiTrees.map("model", each);
            try {
                var model = model(provider, map, models.size());
                if (!names.add(model.ref().model())) {
                    throw new InvalidValue("id", "is there twice");
                }
                models.add(new ListedModel(model, AiTrees.terms(map.get("prices"))));
            } catch (InvalidValue wrong) {
                skipped.add(new Skipped(provider, String.valueOf(map.get("id")), wrong.getMessage()));
            }
        }
        return models;
    }

    private static AiModel model(String provider, Map<String, Object> map, int position) {
        var name = AiTrees.text("id", map.get("id"));
        return new AiModel(
                new ModelRef(provider, name),
                optional("name", map).orElse(name),
                optional("description", map),
                optional("price_comments", map),
                AiTrees.clause(map.get("match")),
                position,
                List.of(),
                Optional.ofNullable(map.get("context_window")).map(tokens -> AiTrees.whole("context_window", tokens)),
                Boolean.TRUE.equals(map.get("deprecated")),
                true);
    }

    private static Optional<String> optional(String field, Map<String, Object> map) {
        return Optional.ofNullable(map.get(field)).map(value -> AiTrees.text(field, value));
    }
}
