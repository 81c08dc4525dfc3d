package io.allotment.domain.ai;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Text;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which model somebody likes to work with, and how it is to answer. What a user does not say is what their tenant says.
 *
 * @param provider its key; needed where a model is named, and enough by itself: then any of its models will do
 * @param model its name as the provider writes it
 * @param tone such as {@code professional}, at most 50 characters
 * @param language a tag such as {@code en} or {@code pt-BR}
 * @param settings the product's own
 */
public record ModelPreference(
        Optional<String> provider,
        Optional<String> model,
        Optional<String> tone,
        Optional<String> language,
        Document settings) {

    /** Nothing is preferred. */
    public static final ModelPreference NONE =
            new ModelPreference(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Document.EMPTY);

    private static final Pattern TAG = Pattern.compile("[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*");

    public ModelPreference {
        provider = provider.map(key -> Text.key("provider", key));
        model = model.map(name -> Text.name("model", name, 200));
        if (model.isPresent() && provider.isEmpty()) {
            throw new InvalidValue("provider", "must be named beside the model");
        }
        tone = tone.map(word -> Text.name("tone", word, 50));
        language = language.map(
                tag -> Text.matching("language", tag, TAG, 35, "must be a language tag such as en or pt-BR"));
        requireNonNull(settings, "settings");
    }

    /** A model alone, in plain words. */
    public static ModelPreference of(String provider, String model) {
        return new ModelPreference(
                Optional.of(provider), Optional.of(model), Optional.empty(), Optional.empty(), Document.EMPTY);
    }

    /** This one's values where it has them, else the other's. Provider and model go together; settings go one by one. */
    public ModelPreference or(ModelPreference base) {
        var all = new LinkedHashMap<>(base.settings.fields());
        all.putAll(settings.fields());
        boolean own = provider.isPresent();
        return new ModelPreference(
                own ? provider : base.provider,
                own ? model : base.model,
                tone.or(base::tone),
                language.or(base::language),
                new Document(all));
    }

    /** The model, where one is named. */
    public Optional<ModelRef> ref() {
        return model.map(name -> new ModelRef(provider.orElseThrow(), name));
    }
}
