package io.allotment.domain.ai;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.shared.TokenCounts.TokenClass;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a model was used for, as providers count: the input is all of it, and what was read from the cache or heard is a part
 * of it. {@link #disjoint} takes the parts out of their wholes.
 *
 * @param counts what was told; zero was told, too
 */
public record ModelUsage(Map<PriceUnit, BigDecimal> counts) {

    public ModelUsage {
        requireNonNull(counts, "counts");
        var copy = new EnumMap<PriceUnit, BigDecimal>(PriceUnit.class);
        counts.forEach((unit, count) -> copy.put(unit, Amounts.exact(unit.usageKey(), count)));
        counts = Collections.unmodifiableMap(copy);
    }

    /** Of whole tokens in and out. */
    public static ModelUsage of(long input, long output) {
        return new ModelUsage(
                Map.of(PriceUnit.INPUT, BigDecimal.valueOf(input), PriceUnit.OUTPUT, BigDecimal.valueOf(output)));
    }

    /** With another count. */
    public ModelUsage with(PriceUnit unit, long count) {
        var more = new EnumMap<PriceUnit, BigDecimal>(PriceUnit.class);
        more.putAll(counts);
        more.put(unit, BigDecimal.valueOf(count));
        return new ModelUsage(more);
    }

    /** Of disjoint classes: the wholes are added up again, and what is in no class is none. */
    public static ModelUsage of(TokenCounts tokens) {
        var counts = new EnumMap<PriceUnit, BigDecimal>(PriceUnit.class);
        tokens.byClass().forEach((tokenClass, count) -> {
            var unit = unit(tokenClass);
            counts.merge(unit, count.value(), BigDecimal::add);
            for (var whole : PriceUnit.values()) {
                if (unit.isPartOf(whole)) {
                    counts.merge(whole, count.value(), BigDecimal::add);
                }
            }
        });
        for (var unit : PriceUnit.values()) {
            // Calls of the model are one where nobody tells.
            if (unit != PriceUnit.REQUEST) {
                counts.putIfAbsent(unit, BigDecimal.ZERO);
            }
        }
        return new ModelUsage(counts);
    }

    /**
     * The count of a unit. Zero where none was told; but a whole that was not told while a part of it was is no zero, and is
     * refused.
     */
    BigDecimal count(PriceUnit unit) {
        var told = counts.get(unit);
        if (told != null) {
            return told;
        }
        for (var other : counts.entrySet()) {
            if (other.getValue().signum() > 0) {
                requireWhole(unit, other.getKey());
                requireOverlap(unit, other.getKey());
            }
        }
        return BigDecimal.ZERO;
    }

    private void requireWhole(PriceUnit missing, PriceUnit told) {
        if (told.isPartOf(missing)) {
            throw new InvalidValue(
                    missing.usageKey(),
                    "is missing, while " + told.usageKey() + ", a part of it, is "
                            + counts.get(told).toPlainString());
        }
    }

    /** Of audio and of what was read from the cache, nobody knows how much is both. */
    private void requireOverlap(PriceUnit missing, PriceUnit told) {
        for (var other : counts.entrySet()) {
            if (other.getValue().signum() > 0 && missing.isOverlapOf(told, other.getKey())) {
                throw new InvalidValue(
                        missing.usageKey(),
                        "is missing: of " + told.usageKey() + " and "
                                + other.getKey().usageKey() + ", how much is both?");
            }
        }
    }

    /**
     * The counts of these units, each without those of its parts among them: what is in none of the parts stays with the whole.
     * Refuses a usage whose parts are more than their whole.
     */
    Map<PriceUnit, BigDecimal> disjoint(Collection<PriceUnit> units) {
        List<PriceUnit> partsFirst = units.stream()
                .sorted(Comparator.comparingInt(PriceUnit::depth).reversed().thenComparing(unit -> unit))
                .toList();
        var own = new LinkedHashMap<PriceUnit, BigDecimal>();
        for (var unit : partsFirst) {
            var rest = count(unit);
            for (var part : own.entrySet()) {
                if (part.getKey().isPartOf(unit)) {
                    rest = rest.subtract(part.getValue());
                }
            }
            if (rest.signum() < 0) {
                throw new InvalidValue(
                        unit.usageKey(),
                        "is " + count(unit).toPlainString() + ", and its parts "
                                + own.keySet().stream()
                                        .filter(part -> part.isPartOf(unit)
                                                && count(part).signum() > 0)
                                        .map(PriceUnit::usageKey)
                                        .sorted()
                                        .toList()
                                + " are " + rest.negate().toPlainString() + " more");
            }
            own.put(unit, Amounts.plain(rest));
        }
        return own;
    }

    /** In disjoint classes, as the gate records them. */
    public TokenCounts tokens() {
        var told = counts.keySet().stream().toList();
        var counted = new EnumMap<TokenClass, Quantity>(TokenClass.class);
        disjoint(told).forEach((unit, count) -> counted.merge(tokenClass(unit), new Quantity(count), Quantity::plus));
        return new TokenCounts(counted);
    }

    private static TokenClass tokenClass(PriceUnit unit) {
        return switch (unit) {
            case INPUT, INPUT_TEXT, INPUT_VIDEO -> TokenClass.INPUT;
            case CACHE_READ, CACHE_TEXT_READ, CACHE_IMAGE_READ, CACHE_VIDEO_READ -> TokenClass.CACHE_READ;
            case CACHE_WRITE, CACHE_TEXT_WRITE, CACHE_AUDIO_WRITE, CACHE_IMAGE_WRITE, CACHE_VIDEO_WRITE ->
                TokenClass.CACHE_WRITE;
            case CACHE_WRITE_1H -> TokenClass.CACHE_WRITE_1H;
            case INPUT_AUDIO -> TokenClass.AUDIO_INPUT;
            case CACHE_AUDIO_READ -> TokenClass.AUDIO_CACHE_READ;
            case INPUT_IMAGE -> TokenClass.IMAGE_INPUT;
            case OUTPUT, OUTPUT_TEXT, OUTPUT_VIDEO -> TokenClass.OUTPUT;
            case REASONING -> TokenClass.REASONING;
            case OUTPUT_AUDIO -> TokenClass.AUDIO_OUTPUT;
            case OUTPUT_IMAGE -> TokenClass.IMAGE_OUTPUT;
            case REQUEST -> TokenClass.REQUEST;
            case TOOL_CALL -> TokenClass.TOOL_CALL;
            case IMAGE -> TokenClass.IMAGE;
            case CALL -> TokenClass.CALL;
            case UNIT -> TokenClass.UNIT;
        };
    }

    private static PriceUnit unit(TokenClass tokenClass) {
        return switch (tokenClass) {
            case INPUT -> PriceUnit.INPUT;
            case CACHE_READ -> PriceUnit.CACHE_READ;
            case CACHE_WRITE -> PriceUnit.CACHE_WRITE;
            case CACHE_WRITE_1H -> PriceUnit.CACHE_WRITE_1H;
            case OUTPUT -> PriceUnit.OUTPUT;
            case REASONING -> PriceUnit.REASONING;
            case AUDIO_INPUT -> PriceUnit.INPUT_AUDIO;
            case AUDIO_OUTPUT -> PriceUnit.OUTPUT_AUDIO;
            case AUDIO_CACHE_READ -> PriceUnit.CACHE_AUDIO_READ;
            case IMAGE_INPUT -> PriceUnit.INPUT_IMAGE;
            case IMAGE_OUTPUT -> PriceUnit.OUTPUT_IMAGE;
            case REQUEST -> PriceUnit.REQUEST;
            case TOOL_CALL -> PriceUnit.TOOL_CALL;
            case IMAGE -> PriceUnit.IMAGE;
            case CALL -> PriceUnit.CALL;
            case UNIT -> PriceUnit.UNIT;
        };
    }
}
