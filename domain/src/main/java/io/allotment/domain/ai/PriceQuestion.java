package io.allotment.domain.ai;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.InvalidValue;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What did this cost? Asked with a usage in its wholes and parts, or with what the provider answered.
 *
 * @param provider a key or another name of who offers the model
 * @param apiUrl where it was called, which tells the provider where no name does
 * @param model any of its names; a provider's answer may tell it
 * @param at when it was used; empty for now
 * @param usage counts by the names of the units, or the answer
 * @param isAnswer whether the usage is the provider's own
 * @param flavor which of the provider's interfaces answered; empty for the first that fits
 */
public record PriceQuestion(
        Optional<String> provider,
        Optional<String> apiUrl,
        Optional<String> model,
        Optional<Instant> at,
        Map<String, Object> usage,
        boolean isAnswer,
        Optional<String> flavor) {

    /**
     * What it cost.
     *
     * @param usage as it was understood
     * @param ignored what the usage counts that is no unit
     */
    public record Reckoned(PriceBook.Quote quote, ModelUsage usage, List<String> ignored) {
        public Reckoned {
            ignored = List.copyOf(ignored);
        }
    }

    private record Read(ModelUsage usage, Optional<String> model, List<String> ignored) {}

    public PriceQuestion {
        requireNonNull(provider, "provider");
        requireNonNull(apiUrl, "apiUrl");
        requireNonNull(model, "model");
        requireNonNull(at, "at");
        usage = Collections.unmodifiableMap(new LinkedHashMap<>(usage));
        requireNonNull(flavor, "flavor");
    }

    /** The answer of a book. Refuses what has no price in it ({@link NoPrice}), and a usage that cannot be understood. */
    public Reckoned answer(PriceBook book, Instant now) {
        var read = isAnswer ? readAnswer(book) : readUsage();
        var asked = new PriceBook.Asked(
                provider, apiUrl, read.model().orElseThrow(() -> new InvalidValue("model", "must be given")));
        return new Reckoned(book.quote(asked, read.usage(), at.orElse(now)), read.usage(), read.ignored());
    }

    private Read readUsage() {
        var ignored = new ArrayList<String>();
        return new Read(AiTrees.usage(usage, ignored::add), model, ignored);
    }

    private Read readAnswer(PriceBook book) {
        var from = book.provider(provider, apiUrl, model)
                .orElseThrow(() -> new InvalidValue("provider", "is none that the price book knows"));
        var extracted = RawUsage.of(from, flavor, usage);
        return new Read(extracted.usage(), model.or(extracted::model), List.of());
    }
}
