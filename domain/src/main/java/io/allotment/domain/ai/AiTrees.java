package io.allotment.domain.ai;

import io.allotment.domain.shared.InvalidValue;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Clauses, prices and extractors as trees of JSON (maps, lists, texts, booleans and exact decimals), in the form of the
 * published price file. Refuses a tree of another form.
 */
public final class AiTrees {

    private static final int MAX_CLAUSES = 500;
    private static final int MAX_DEPTH = 10;

    private AiTrees() {}

    public static Clause clause(Object tree) {
        return clause(tree, 1);
    }

    private static Clause clause(Object tree, int depth) {
        var entry = map("match", tree).entrySet().stream().toList();
        if (entry.size() != 1 || depth > MAX_DEPTH) {
            throw new InvalidValue("match", "must name one kind of clause, nested at most " + MAX_DEPTH + " levels");
        }
        var value = entry.get(0).getValue();
        return switch (entry.get(0).getKey()) {
            case "equals" -> new Clause.Equals(text("match", value));
            case "starts_with" -> new Clause.StartsWith(text("match", value));
            case "ends_with" -> new Clause.EndsWith(text("match", value));
            case "contains" -> new Clause.Contains(text("match", value));
            case "regex" -> new Clause.Regex(text("match", value));
            case "or" -> new Clause.AnyOf(clauses(value, depth));
            case "and" -> new Clause.AllOf(clauses(value, depth));
            default ->
                throw new InvalidValue(
                        "match",
                        "holds a clause of the unknown kind " + entry.get(0).getKey());
        };
    }

    private static List<Clause> clauses(Object tree, int depth) {
        var clauses = list("match", tree);
        if (clauses.isEmpty() || clauses.size() > MAX_CLAUSES) {
            throw new InvalidValue("match", "must be of 1 to " + MAX_CLAUSES + " clauses");
        }
        return clauses.stream().map(each -> clause(each, depth + 1)).toList();
    }

    public static Map<String, Object> tree(Clause clause) {
        if (clause instanceof Clause.Equals equal) {
            return Map.of("equals", equal.text());
        } else if (clause instanceof Clause.StartsWith start) {
            return Map.of("starts_with", start.text());
        } else if (clause instanceof Clause.EndsWith end) {
            return Map.of("ends_with", end.text());
        } else if (clause instanceof Clause.Contains part) {
            return Map.of("contains", part.text());
        } else if (clause instanceof Clause.Regex regex) {
            return Map.of("regex", regex.expression());
        } else if (clause instanceof Clause.AnyOf any) {
            return Map.of("or", any.clauses().stream().map(AiTrees::tree).toList());
        }
        return Map.of(
                "and",
                ((Clause.AllOf) clause).clauses().stream().map(AiTrees::tree).toList());
    }

    /** Prices by their names in the file: {@code {"input_mtok": 2.5}}, or with tiers {@code {"base": …, "tiers": […]}}. */
    public static ModelRates rates(Object tree) {
        var rates = new EnumMap<PriceUnit, Rate>(PriceUnit.class);
        map("prices", tree).forEach((key, value) -> {
            if (value != null) {
                rates.put(PriceUnit.ofPrice(key), rate(key, value));
            }
        });
        return new ModelRates(rates);
    }

    private static Rate rate(String key, Object tree) {
        if (!(tree instanceof Map<?, ?>)) {
            return new Rate(decimal(key, tree), List.of());
        }
        var tiered = map(key, tree);
        var tiers = list(key + ".tiers", tiered.get("tiers")).stream()
                .map(each -> map(key + ".tiers", each))
                .map(tier -> new Rate.Tier(
                        whole(key + ".tiers.start", tier.get("start")),
                        decimal(key + ".tiers.price", tier.get("price"))))
                .toList();
        return new Rate(decimal(key + ".base", tiered.get("base")), tiers);
    }

    public static Map<String, Object> tree(ModelRates rates) {
        return tree(rates, Function.identity());
    }

    /** @param number how a decimal is written: itself, or as text */
    public static Map<String, Object> tree(ModelRates rates, Function<BigDecimal, ?> number) {
        var tree = new LinkedHashMap<String, Object>();
        rates.byUnit()
                .forEach((unit, rate) -> tree.put(
                        unit.priceKey(),
                        rate.tiers().isEmpty()
                                ? number.apply(rate.base())
                                : Map.of(
                                        "base",
                                        number.apply(rate.base()),
                                        "tiers",
                                        rate.tiers().stream()
                                                .map(tier -> Map.of(
                                                        "start", tier.start(), "price", number.apply(tier.price())))
                                                .toList())));
        return tree;
    }

    /** One set of prices, or a list of them with their conditions. */
    public static List<PriceTerms> terms(Object tree) {
        if (tree instanceof Map<?, ?>) {
            return List.of(PriceTerms.always(rates(tree)));
        }
        var terms = list("prices", tree).stream()
                .map(each -> map("prices", each))
                .map(each -> new PriceTerms(condition(each.get("constraint")), rates(each.get("prices"))))
                .toList();
        if (terms.isEmpty() || terms.size() > ModelPrice.MAX_TERMS) {
            throw new InvalidValue("prices", "must be 1 to " + ModelPrice.MAX_TERMS);
        }
        return terms;
    }

    /** Always, where there is none. */
    public static PriceCondition condition(Object tree) {
        if (tree == null) {
            return new PriceCondition.Always();
        }
        var constraint = map("constraint", tree);
        try {
            if (constraint.containsKey("start_date")) {
                return new PriceCondition.From(LocalDate.parse(text("start_date", constraint.get("start_date"))));
            }
            return new PriceCondition.Daily(
                    utc(text("start_time", constraint.get("start_time"))),
                    utc(text("end_time", constraint.get("end_time"))));
        } catch (DateTimeParseException wrong) {
            throw new InvalidValue("constraint", "must be a start_date, or a start_time and an end_time of an offset");
        }
    }

    private static LocalTime utc(String text) {
        return OffsetTime.parse(text).withOffsetSameInstant(ZoneOffset.UTC).toLocalTime();
    }

    /** Empty where it always holds. */
    public static Optional<Map<String, Object>> tree(PriceCondition condition) {
        if (condition instanceof PriceCondition.From from) {
            return Optional.of(Map.of("start_date", from.day().toString()));
        } else if (condition instanceof PriceCondition.Daily daily) {
            var tree = new LinkedHashMap<String, Object>();
            tree.put("start_time", daily.start().atOffset(ZoneOffset.UTC).toString());
            tree.put("end_time", daily.end().atOffset(ZoneOffset.UTC).toString());
            return Optional.of(tree);
        }
        return Optional.empty();
    }

    public static UsageExtractor extractor(Object tree) {
        var map = map("extractors", tree);
        var mappings = list("extractors.mappings", map.get("mappings")).stream()
                .map(each -> map("extractors.mappings", each))
                .map(AiTrees::mapping)
                .toList();
        return new UsageExtractor(
                map.get("api_flavor") == null ? "default" : text("extractors.api_flavor", map.get("api_flavor")),
                path(map.get("root")),
                path(map.get("model_path") == null ? "model" : map.get("model_path")),
                mappings);
    }

    private static UsageExtractor.Mapping mapping(Map<String, Object> tree) {
        var dest = text("extractors.mappings.dest", tree.get("dest"));
        var unit = PriceUnit.ofUsage(dest)
                .orElseThrow(() -> new InvalidValue("extractors.mappings.dest", "is " + dest + ", which is no unit"));
        return new UsageExtractor.Mapping(path(tree.get("path")), unit, !Boolean.FALSE.equals(tree.get("required")));
    }

    private static List<UsageExtractor.Step> path(Object tree) {
        if (tree instanceof String name) {
            return List.of(new UsageExtractor.Field(name));
        }
        var steps = new ArrayList<UsageExtractor.Step>();
        for (var step : list("extractors.path", tree)) {
            if (step instanceof String name) {
                steps.add(new UsageExtractor.Field(name));
            } else {
                var where = map("extractors.path", step);
                steps.add(new UsageExtractor.Where(
                        text("extractors.path.field", where.get("field")), clause(where.get("match"))));
            }
        }
        return steps;
    }

    public static Map<String, Object> tree(UsageExtractor extractor) {
        var tree = new LinkedHashMap<String, Object>();
        tree.put("api_flavor", extractor.flavor());
        tree.put("root", path(extractor.root()));
        tree.put("model_path", path(extractor.modelPath()));
        tree.put(
                "mappings",
                extractor.mappings().stream()
                        .map(mapping -> Map.of(
                                "path",
                                path(mapping.path()),
                                "dest",
                                mapping.unit().usageKey(),
                                "required",
                                mapping.required()))
                        .toList());
        return tree;
    }

    private static List<Object> path(List<UsageExtractor.Step> steps) {
        return steps.stream()
                .map(step -> step instanceof UsageExtractor.Where where
                        ? (Object) Map.of("type", "array-match", "field", where.field(), "match", tree(where.match()))
                        : ((UsageExtractor.Field) step).name())
                .toList();
    }

    /**
     * A usage as its JSON has it, by the names of the units. A count that is null was not told.
     *
     * @param ignored is told the names that are no unit's
     */
    public static ModelUsage usage(Map<String, Object> tree, Consumer<String> ignored) {
        var counts = new EnumMap<PriceUnit, BigDecimal>(PriceUnit.class);
        tree.forEach((key, value) -> {
            // One usage is one request: nobody need, or may, say how many it was.
            var unit = PriceUnit.ofUsage(key).filter(known -> known != PriceUnit.REQUEST);
            if (unit.isEmpty()) {
                ignored.accept(key);
            } else if (value != null) {
                counts.put(unit.get(), decimal(key, value));
            }
        });
        return new ModelUsage(counts);
    }

    static Map<String, Object> map(String field, Object tree) {
        if (tree instanceof Map<?, ?> map) {
            var copy = new LinkedHashMap<String, Object>();
            map.forEach((key, value) -> copy.put(String.valueOf(key), value));
            return copy;
        }
        throw new InvalidValue(field, "must be an object");
    }

    static List<?> list(String field, Object tree) {
        if (tree instanceof List<?> list) {
            return list;
        }
        throw new InvalidValue(field, "must be a list");
    }

    static String text(String field, Object tree) {
        if (tree instanceof String text) {
            return text;
        }
        throw new InvalidValue(field, "must be a text");
    }

    private static BigDecimal decimal(String field, Object tree) {
        if (tree instanceof BigDecimal decimal) {
            return decimal;
        } else if (tree instanceof Number number) {
            return new BigDecimal(number.toString());
        } else if (tree instanceof String text && text.matches("[0-9]{1,30}(\\.[0-9]{1,30})?")) {
            return new BigDecimal(text);
        }
        throw new InvalidValue(field, "must be a decimal number");
    }

    static long whole(String field, Object tree) {
        try {
            return decimal(field, tree).longValueExact();
        } catch (ArithmeticException fraction) {
            throw new InvalidValue(field, "must be a whole number");
        }
    }
}
