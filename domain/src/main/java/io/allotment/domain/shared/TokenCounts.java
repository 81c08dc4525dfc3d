package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/** Tokens of AI work by class. The classes are disjoint: no token is counted in two. */
public record TokenCounts(Map<TokenClass, Quantity> byClass) {

    /** What a model's price list tells apart. */
    public enum TokenClass {
        INPUT,
        /** Input read from the provider's cache; not counted in {@code INPUT}. */
        CACHE_READ,
        /** Input written to the provider's cache; not counted in {@code INPUT}. */
        CACHE_WRITE,
        OUTPUT,
        /** Output the model kept to itself; not counted in {@code OUTPUT}. */
        REASONING,
        AUDIO_INPUT,
        AUDIO_OUTPUT,
        /** Input written to the provider's cache for an hour; not counted in {@code CACHE_WRITE}. */
        CACHE_WRITE_1H,
        /** Audio read from the provider's cache; counted neither in {@code AUDIO_INPUT} nor in {@code CACHE_READ}. */
        AUDIO_CACHE_READ,
        IMAGE_INPUT,
        IMAGE_OUTPUT,
        /** Calls of the model: no tokens, but a price list may have a price for them. */
        REQUEST,
        /** What the model called on the provider's side: no tokens. */
        TOOL_CALL,
        /** Whole pictures: no tokens. */
        IMAGE,
        /** Calls of an interface that is no language model: no tokens. */
        CALL,
        /** Whatever else an interface counts: no tokens. */
        UNIT;

        /** Whether it counts tokens, and not pieces of another kind. */
        public boolean isOfTokens() {
            return compareTo(REQUEST) < 0;
        }
    }

    public static final TokenCounts NONE = new TokenCounts(Map.of());

    public TokenCounts {
        requireNonNull(byClass, "byClass");
        var copy = new EnumMap<TokenClass, Quantity>(TokenClass.class);
        byClass.forEach((tokenClass, count) -> {
            if (!count.isZero()) {
                copy.put(tokenClass, count);
            }
        });
        byClass = Collections.unmodifiableMap(copy);
    }

    public static TokenCounts of(long input, long output) {
        return new TokenCounts(Map.of(TokenClass.INPUT, Quantity.of(input), TokenClass.OUTPUT, Quantity.of(output)));
    }

    /** Both together, class by class. */
    public TokenCounts plus(TokenCounts other) {
        if (isEmpty() || other.isEmpty()) {
            return isEmpty() ? other : this;
        }
        var sum = new EnumMap<TokenClass, Quantity>(TokenClass.class);
        sum.putAll(byClass);
        other.byClass.forEach((tokenClass, count) -> sum.merge(tokenClass, count, Quantity::plus));
        return new TokenCounts(sum);
    }

    public boolean isEmpty() {
        return byClass.isEmpty();
    }

    /** All tokens of all classes. */
    public Quantity total() {
        return byClass.entrySet().stream()
                .filter(count -> count.getKey().isOfTokens())
                .map(Map.Entry::getValue)
                .reduce(Quantity.ZERO, Quantity::plus);
    }
}
