package io.allotment.domain.ai;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Text;
import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where an interface of a provider tells the usage in its answers. Counts that go to one unit are added up: so what a
 * provider counts beside the input gets into it.
 *
 * @param flavor of the provider's interfaces, such as {@code chat} and {@code responses}
 * @param root where the usage lies in the answer
 * @param modelPath where the model's name lies in the answer
 */
public record UsageExtractor(String flavor, List<Step> root, List<Step> modelPath, List<Mapping> mappings) {

    /** A step down a tree of JSON. */
    public sealed interface Step {}

    /** To the value of a field. */
    public record Field(String name) implements Step {}

    /** To the first element of an array in which a field matches. */
    public record Where(String field, Clause match) implements Step {}

    /** A count, and where it lies below the root. */
    public record Mapping(List<Step> path, PriceUnit unit, boolean required) {
        public Mapping {
            path = List.copyOf(path);
        }
    }

    /** What an answer told. */
    public record Extracted(Optional<String> model, ModelUsage usage) {}

    public UsageExtractor {
        flavor = Text.name("flavor", flavor, 100);
        root = List.copyOf(root);
        modelPath = List.copyOf(modelPath);
        mappings = List.copyOf(mappings);
    }

    /** The usage of an answer, or of the usage part of it alone. Refuses one that lacks what is required. */
    public Extracted extract(Map<String, Object> answer) {
        var counts = new EnumMap<PriceUnit, BigDecimal>(PriceUnit.class);
        // The part may be given by itself.
        var usage = down(answer, root).orElse(answer);
        for (var mapping : mappings) {
            var found = down(usage, mapping.path());
            if (found.isPresent() && found.get() instanceof BigDecimal count) {
                counts.merge(mapping.unit(), count, BigDecimal::add);
            } else if (mapping.required()) {
                throw new InvalidValue("usage." + written(mapping.path()), "must be a number");
            }
        }
        if (counts.isEmpty()) {
            throw new InvalidValue("usage", "tells nothing at " + written(root));
        }
        var model = down(answer, modelPath).filter(String.class::isInstance).map(String.class::cast);
        return new Extracted(model, new ModelUsage(counts));
    }

    private static Optional<Object> down(Object from, List<Step> path) {
        Object here = from;
        for (var step : path) {
            if (step instanceof Field field && here instanceof Map<?, ?> map) {
                here = map.get(field.name());
            } else if (step instanceof Where where && here instanceof List<?> list) {
                here = list.stream()
                        .filter(element -> element instanceof Map<?, ?> map
                                && map.get(where.field()) instanceof String text
                                && where.match().matches(Clause.folded(text)))
                        .findFirst()
                        .orElse(null);
            } else {
                return Optional.empty();
            }
        }
        return Optional.ofNullable(here);
    }

    private static String written(List<Step> path) {
        return String.join(
                ".",
                path.stream()
                        .map(step -> step instanceof Field field ? field.name() : "[" + ((Where) step).field() + "]")
                        .toList());
    }
}
