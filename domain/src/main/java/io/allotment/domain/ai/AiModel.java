package io.allotment.domain.ai;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Text;
import java.util.List;
import java.util.Optional;

/**
 * A model of a provider, or another interface whose calls cost money.
 *
 * @param match which names mean it
 * @param position in which order the provider's models are matched, ascending
 * @param capabilities such as {@code chat}, {@code vision}, at most 50
 * @param contextWindow in tokens
 * @param deprecated whether the provider advises against it
 * @param active whether it may be chosen
 */
public record AiModel(
        ModelRef ref,
        String displayName,
        Optional<String> description,
        Optional<String> priceComments,
        Clause match,
        int position,
        List<String> capabilities,
        Optional<Long> contextWindow,
        boolean deprecated,
        boolean active) {

    public AiModel {
        requireNonNull(ref, "ref");
        displayName = Text.name("displayName", displayName, 200);
        description = description.map(text -> Text.prose("description", text, 4_000));
        priceComments = priceComments.map(text -> Text.prose("priceComments", text, 4_000));
        requireNonNull(match, "match");
        capabilities = capabilities.stream()
                .map(capability -> Text.key("capabilities", capability))
                .distinct()
                .toList();
        if (capabilities.size() > 50) {
            throw new InvalidValue("capabilities", "must be at most 50");
        }
        if (contextWindow.filter(tokens -> tokens < 1).isPresent()) {
            throw new InvalidValue("contextWindow", "must be more than zero");
        }
    }

    /** An active one that is meant by its name alone, in plain words. */
    public static AiModel of(String provider, String model) {
        return new AiModel(
                new ModelRef(provider, model),
                model,
                Optional.empty(),
                Optional.empty(),
                new Clause.Equals(model),
                0,
                List.of(),
                Optional.empty(),
                false,
                true);
    }

    /** At another place among the provider's models. */
    public AiModel at(int otherPosition) {
        return new AiModel(
                ref,
                displayName,
                description,
                priceComments,
                match,
                otherPosition,
                capabilities,
                contextWindow,
                deprecated,
                active);
    }

    /** The changed model; refuses another provider or name. */
    public AiModel changedTo(AiModel changed) {
        if (!changed.ref.equals(ref)) {
            throw new InvalidValue("model", "cannot be changed");
        }
        return changed;
    }
}
