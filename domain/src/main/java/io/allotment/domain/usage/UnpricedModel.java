package io.allotment.domain.usage;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.ai.PriceBook;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Text;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Optional;

/**
 * AI work of one model that was recorded without a price and has none yet.
 *
 * @param provider as the charges named it, where they did
 * @param model as the charges named it
 * @param events how many
 * @param firstAt when the first of them was used
 * @param lastAt when the last of them was
 */
public record UnpricedModel(Optional<String> provider, String model, long events, Instant firstAt, Instant lastAt) {

    /** By model, then by provider, who names none first; in the order of their bytes. */
    public static final Comparator<UnpricedModel> ORDER = Comparator.comparing(UnpricedModel::position);

    private static final HexFormat HEX = HexFormat.of();

    public UnpricedModel {
        requireNonNull(provider, "provider");
        model = Text.name("model", model, 200);
        if (events < 1) {
            throw new InvalidValue("events", "must be at least one");
        }
        requireNonNull(firstAt, "firstAt");
        requireNonNull(lastAt, "lastAt");
    }

    /** How its price is asked for. */
    public PriceBook.Asked asked() {
        return asked(provider, model);
    }

    /** How the price of a model is asked for that a charge named so. */
    public static PriceBook.Asked asked(Optional<String> provider, String model) {
        return new PriceBook.Asked(provider, Optional.empty(), model);
    }

    /** What a listing goes on after. */
    public String position() {
        return hex(model) + "." + hex(provider.orElse(""));
    }

    /** The model and the provider, empty for none, of a {@link #position}; refuses what is none. */
    public static String[] readPosition(String after) {
        try {
            var parts = after.split("\\.", -1);
            return new String[] {text(parts[0]), text(parts[1])};
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException notOurs) {
            throw new InvalidValue("after", "is not of this listing");
        }
    }

    private static String hex(String text) {
        return HEX.formatHex(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(String hex) {
        return new String(HEX.parseHex(hex), StandardCharsets.UTF_8);
    }
}
