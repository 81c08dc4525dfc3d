package io.allotment.domain.ai;

import io.allotment.domain.shared.InvalidValue;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a price may be set on, and a usage may count. A unit of more traits is a part of every unit that has fewer of them:
 * audio read from the cache is a part of what is read from the cache, which is a part of the input. A part without a price
 * of its own costs what the whole does.
 */
public enum PriceUnit {
    INPUT("input_tokens", "input_mtok", Per.MILLION, "input"),
    CACHE_READ("cache_read_tokens", "cache_read_mtok", Per.MILLION, "input", "read"),
    /** Kept for five minutes, where the provider tells how long. */
    CACHE_WRITE("cache_write_tokens", "cache_write_mtok", Per.MILLION, "input", "write"),
    /** Kept for an hour. */
    CACHE_WRITE_1H("cache_write_1h_tokens", "cache_write_1h_mtok", Per.MILLION, "input", "write", "hour"),
    INPUT_TEXT("input_text_tokens", "input_text_mtok", Per.MILLION, "input", "text"),
    CACHE_TEXT_READ("cache_text_read_tokens", "cache_text_read_mtok", Per.MILLION, "input", "read", "text"),
    CACHE_TEXT_WRITE("cache_text_write_tokens", "cache_text_write_mtok", Per.MILLION, "input", "write", "text"),
    INPUT_AUDIO("input_audio_tokens", "input_audio_mtok", Per.MILLION, "input", "audio"),
    CACHE_AUDIO_READ("cache_audio_read_tokens", "cache_audio_read_mtok", Per.MILLION, "input", "read", "audio"),
    CACHE_AUDIO_WRITE("cache_audio_write_tokens", "cache_audio_write_mtok", Per.MILLION, "input", "write", "audio"),
    INPUT_IMAGE("input_image_tokens", "input_image_mtok", Per.MILLION, "input", "image"),
    CACHE_IMAGE_READ("cache_image_read_tokens", "cache_image_read_mtok", Per.MILLION, "input", "read", "image"),
    CACHE_IMAGE_WRITE("cache_image_write_tokens", "cache_image_write_mtok", Per.MILLION, "input", "write", "image"),
    INPUT_VIDEO("input_video_tokens", "input_video_mtok", Per.MILLION, "input", "video"),
    CACHE_VIDEO_READ("cache_video_read_tokens", "cache_video_read_mtok", Per.MILLION, "input", "read", "video"),
    CACHE_VIDEO_WRITE("cache_video_write_tokens", "cache_video_write_mtok", Per.MILLION, "input", "write", "video"),
    OUTPUT("output_tokens", "output_mtok", Per.MILLION, "output"),
    /** What the model kept to itself. */
    REASONING("output_reasoning_tokens", "output_reasoning_mtok", Per.MILLION, "output", "reasoning"),
    OUTPUT_TEXT("output_text_tokens", "output_text_mtok", Per.MILLION, "output", "text"),
    OUTPUT_AUDIO("output_audio_tokens", "output_audio_mtok", Per.MILLION, "output", "audio"),
    OUTPUT_IMAGE("output_image_tokens", "output_image_mtok", Per.MILLION, "output", "image"),
    OUTPUT_VIDEO("output_video_tokens", "output_video_mtok", Per.MILLION, "output", "video"),
    /** Calls of a model: one, where a usage does not tell. */
    REQUEST("requests", "requests_kcount", Per.THOUSAND, "request"),
    /** What a model called on the provider's side, such as a search. */
    TOOL_CALL("tool_calls", "tool_calls_kcount", Per.THOUSAND, "tool"),
    /** Whole pictures, where they are priced by the piece. */
    IMAGE("images", "images_kcount", Per.THOUSAND, "picture"),
    /** Calls of an interface that is no language model. */
    CALL("calls", "call", Per.ONE, "call"),
    /** Whatever else an interface counts: minutes, pages, characters. */
    UNIT("units", "unit", Per.ONE, "unit");

    /** How many of a unit a price is for. */
    private enum Per {
        ONE(0),
        THOUSAND(3),
        MILLION(6);

        private final int digits;

        Per(int digits) {
            this.digits = digits;
        }
    }

    private static final Map<String, PriceUnit> BY_USAGE =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(unit -> unit.usageKey, unit -> unit));
    private static final Map<String, PriceUnit> BY_PRICE =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(unit -> unit.priceKey, unit -> unit));

    private final String usageKey;
    private final String priceKey;
    private final Per per;
    private final Set<String> traits;

    PriceUnit(String usageKey, String priceKey, Per per, String... traits) {
        this.usageKey = usageKey;
        this.priceKey = priceKey;
        this.per = per;
        this.traits = Set.of(traits);
    }

    /** As a usage calls it: {@code cache_read_tokens}. */
    public String usageKey() {
        return usageKey;
    }

    /** As a price list calls it: {@code cache_read_mtok}. */
    public String priceKey() {
        return priceKey;
    }

    /** How many decimal digits lie between one and what a price is for: six where it is for a million. */
    int perDigits() {
        return per.digits;
    }

    /** How many traits it has: parts have more than their wholes. */
    int depth() {
        return traits.size();
    }

    /** Whether all that this counts is counted by the other, too. */
    boolean isPartOf(PriceUnit whole) {
        return this != whole && traits.containsAll(whole.traits);
    }

    /** Whether it counts what two others both do, neither of which is a part of the other. */
    boolean isOverlapOf(PriceUnit one, PriceUnit other) {
        return isPartOf(one)
                && isPartOf(other)
                && !one.isPartOf(other)
                && !other.isPartOf(one)
                && one != other
                && traits.stream().allMatch(trait -> one.traits.contains(trait) || other.traits.contains(trait));
    }

    /** The units, none where the name is no usage's. */
    public static Optional<PriceUnit> ofUsage(String usageKey) {
        return Optional.ofNullable(BY_USAGE.get(usageKey));
    }

    /** Refuses a name that no price list has. */
    public static PriceUnit ofPrice(String priceKey) {
        var unit = BY_PRICE.get(priceKey);
        if (unit == null) {
            throw new InvalidValue(
                    "prices",
                    "names " + priceKey + ", which is none of "
                            + List.copyOf(BY_PRICE.keySet()).stream().sorted().toList());
        }
        return unit;
    }
}
