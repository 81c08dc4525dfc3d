package io.allotment.domain.ai;

import io.allotment.domain.shared.InvalidValue;
import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the usage that a provider tells in its answers, by the extractors that the catalogue has of it. Which provider counts
 * what was cached within its input and which beside it is said there. What most providers tell and no extractor names, is read
 * too: output that the model kept to itself, and what was written to a cache for an hour.
 */
public final class RawUsage {

    /** Parts of the output and of what was written to the cache: they change no whole. */
    private static final List<Part> PARTS = List.of(
            new Part(PriceUnit.REASONING, "completion_tokens_details", "reasoning_tokens"),
            new Part(PriceUnit.REASONING, "output_tokens_details", "reasoning_tokens"),
            new Part(PriceUnit.REASONING, "thoughtsTokenCount"),
            new Part(PriceUnit.CACHE_WRITE_1H, "cache_creation", "ephemeral_1h_input_tokens"));

    private static final List<String> ROOTS = List.of("usage", "usageMetadata");

    private record Part(PriceUnit unit, List<String> path) {
        Part(PriceUnit unit, String... path) {
            this(unit, List.of(path));
        }
    }

    private RawUsage() {}

    /**
     * The usage of an answer, or of the usage part of it alone.
     *
     * @param flavor which of the provider's interfaces answered; empty for the first whose extractor finds all it needs
     */
    public static UsageExtractor.Extracted of(
            AiProvider provider, Optional<String> flavor, Map<String, Object> answer) {
        var extractors = provider.extractors().stream()
                .filter(extractor -> flavor.isEmpty() || flavor.get().equals(extractor.flavor()))
                .toList();
        if (extractors.isEmpty()) {
            throw new InvalidValue(
                    "flavor",
                    "must be one that " + provider.key() + " has: "
                            + provider.extractors().stream()
                                    .map(UsageExtractor::flavor)
                                    .toList());
        }
        UsageExtractor.Extracted most = null;
        InvalidValue first = null;
        for (var extractor : extractors) {
            try {
                var extracted = extractor.extract(answer);
                // Interfaces have fields in common: the one that tells most is meant.
                if (most == null || told(extracted) > told(most)) {
                    most = extracted;
                }
            } catch (InvalidValue another) {
                first = first == null ? another : first;
            }
        }
        if (most == null) {
            throw first;
        }
        return new UsageExtractor.Extracted(most.model(), withParts(most.usage(), answer));
    }

    private static long told(UsageExtractor.Extracted extracted) {
        return extracted.usage().counts().size();
    }

    private static ModelUsage withParts(ModelUsage usage, Map<String, Object> answer) {
        Map<?, ?> told = ROOTS.stream()
                .map(answer::get)
                .filter(Map.class::isInstance)
                .findFirst()
                .<Map<?, ?>>map(Map.class::cast)
                .orElse(answer);
        var counts = new EnumMap<PriceUnit, BigDecimal>(PriceUnit.class);
        counts.putAll(usage.counts());
        for (var part : PARTS) {
            Object here = told;
            for (var name : part.path()) {
                here = here instanceof Map<?, ?> map ? map.get(name) : null;
            }
            if (here instanceof BigDecimal count) {
                counts.putIfAbsent(part.unit(), count);
            }
        }
        return new ModelUsage(counts);
    }
}
